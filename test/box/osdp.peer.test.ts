import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { characterMs } from "../../drivers/line/wire.ts";
import { openHolders } from "../../firmware/access/holders.ts";
import type { AccessEntry, DoorView } from "../../firmware/contract/access.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { osdpTalker, SimulatedReader, wiegand } from "../peers/line/osdp-reader.ts";
import { serveLine } from "../peers/line/serve.ts";
import { describePeer, type Peer, startPeer } from "../peers/peer.ts";
import type { Listening } from "../room/wire/listen.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

const LINE = { baudRate: 9_600, parity: "none", stopBits: 1 } as const;
const CARD = 12_345_678;

describePeer("the built product and a card reader at a serial port", ["socat"], () => {
  const folder = workFolder();
  const port = join(folder.path, "tty-readers");
  const reader = new SimulatedReader(5, () => performance.now());
  const site = `site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 } }
areas: [{ id: room, name: { zh: 主机房, en: Main room } }]
buses: [{ id: readers, kind: osdp, path: ${port} }]
devices: [{ id: reader-in, area: room, bus: readers, unit: 5, profile: door/osdp-reader-inputs }]
access: { doors: [{ id: main, name: { zh: 大门, en: Main door }, area: room, contact: reader-in, readers: [{ device: reader-in, direction: in }] }] }
`;
  let wire: Listening;
  let bridge: Peer;
  let box: Box;
  const start = (): Promise<Box> => startBox(writeSite(folder.path, site), folder.path);
  const log = async (): Promise<readonly AccessEntry[]> =>
    (await box.get<{ entries: AccessEntry[] }>("/api/v1/access/log?limit=500")).entries.toReversed();
  const doorIs = (state: DoorView["state"]): Promise<unknown> =>
    eventually(
      () => box.get<{ doors: DoorView[] }>("/api/v1/access"),
      ({ doors }) => doors.every((door) => door.state === state),
    );
  const plugIn = (): Promise<Peer> =>
    startPeer("socat", [`pty,raw,echo=0,link=${port}`, `tcp:127.0.0.1:${wire.port}`], { ready: () => existsSync(port) });

  beforeAll(async () => {
    const holders = await openHolders(
      folder.path,
      systemClock,
      async () => false,
      () => {},
    );
    await holders.put({ card: String(CARD), name: "李雷", company: "Vertiv", validUntil: null }, { by: "test", from: "console" });
    await holders.close();
    wire = await serveLine(() => osdpTalker([reader]), characterMs(LINE));
    bridge = await plugIn();
    box = await start();
    await doorIs("closed");
  });
  afterAll(async () => {
    await box.peer.stop();
    await bridge.stop();
    await wire.stop();
    folder.dispose();
  });

  test("a card is a line of the entry log with its holder's name, the door opens by them and closes", async () => {
    reader.card(wiegand(26, CARD));
    await eventually(log, (lines) => lines.length === 1);
    reader.inputs = [0, 0];
    await doorIs("open");
    reader.inputs = [1, 0];
    await doorIs("closed");
    const lines = await eventually(log, (all) => all.length === 3);
    expect(lines.map(({ kind, person, door, direction }) => [kind, person, door, direction])).toEqual([
      ["granted", "李雷", "main", "in"],
      ["opened", "李雷", "main", "in"],
      ["closed", null, "main", null],
    ]);
    expect(lines[0]).toMatchObject({ card: String(CARD), company: "Vertiv", source: "register", device: "reader-in" });
  });

  test("the card is in the log and nowhere among the readings, nor in what the gateway printed", async () => {
    const points = JSON.stringify(await box.points());
    expect(points).not.toContain(String(CARD));
    expect(box.peer.output()).not.toContain(String(CARD));
    expect(JSON.stringify(await box.buses())).not.toContain(String(CARD));
  });

  test("ten cards at once are ten lines in their order, also while the wire is pulled out and put back", { timeout: 40_000 }, async () => {
    const before = (await log()).length;
    const cards = Array.from({ length: 10 }, (_, nth) => 1_000 + nth);
    for (const card of cards) reader.card(wiegand(26, card));
    await eventually(log, (lines) => lines.length >= before + 2);
    await bridge.stop();
    bridge = await plugIn();
    const lines = await eventually(log, (all) => all.some(({ card }) => card === "1009"), 30_000);
    const told = lines.slice(before).flatMap(({ card }) => (card === null ? [] : [Number(card)]));
    expect(told).toEqual(cards);
    expect(lines.slice(before).every(({ kind, reason }) => kind === "denied" && reason === "unknownCard")).toBe(true);
  });

  test("after a kill nobody comes twice, and the log says that nobody listened meanwhile", { timeout: 30_000 }, async () => {
    const before = await log();
    await box.peer.stop("SIGKILL");
    box = await start();
    const lines = await eventually(log, (all) => all.length > before.length);
    expect(lines.slice(before.length)).toMatchObject([{ kind: "missed", count: null, device: "reader-in" }]);
    expect(lines.filter(({ kind }) => kind === "granted")).toHaveLength(1);
  });

  test("a reader that somebody opens is an alarm", async () => {
    reader.tamper = 1;
    const alarms = await eventually(
      () => box.alarms(),
      (all) => all.some(({ point }) => point === "reader-in/access.tamper.alarm"),
    );
    expect(alarms.find(({ point }) => point === "reader-in/access.tamper.alarm")).toMatchObject({ severity: "major" });
    reader.tamper = 0;
  });
});
