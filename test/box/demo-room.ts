import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type Document, parseDocument } from "yaml";
import { type Room, startRoom } from "../room/room.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";
import { launchBrowser } from "./browser.ts";

/** The built product, the demo room that it watches, and a browser to look at it with. */
export interface DemoRoom {
  /** Gone with `stop`. */
  readonly folder: string;
  readonly site: string;
  readonly room: Room;
  readonly browser: Browser;
  /** A test that starts it again puts the new one here. */
  box: Box;
  stop(): Promise<void>;
}

/**
 * Ready as soon as values come in. `speed`: how much faster than the clock the room's physics go; 0 lets them stand still.
 * `change`: what a test needs otherwise in the site file.
 */
export async function startDemoRoom({
  speed,
  change = () => undefined,
}: {
  readonly speed: number;
  readonly change?: (site: Document) => void;
}): Promise<DemoRoom> {
  const work = workFolder();
  const room = await startRoom({ ports: "free", speed, seed: 3 });
  const document = parseDocument(room.siteYaml);
  change(document);
  const site = writeSite(work.path, String(document));
  const box = await startBox(site, join(work.path, "data"), { demo: true });
  const browser = await launchBrowser();
  await eventually(
    () => box.health(),
    ({ points }) => points.fresh > 100,
  );
  const demo: DemoRoom = {
    folder: work.path,
    site,
    room,
    browser,
    box,
    async stop() {
      await browser.close();
      await demo.box.peer.stop();
      await room.stop();
      work.dispose();
    },
  };
  return demo;
}
