import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { eventually, startBox, workFolder, writeSite } from "../box/box.ts";
import { type Look, launchBrowser, openGlass } from "../box/browser.ts";
import { startRoom } from "../room/room.ts";

/** `tsx test/dashboard/shots.ts FOLDER`: every page in both themes, both languages and three widths, in a calm and in a bad room. To be looked at. */
const PAGES = {
  room: "#/room",
  alarms: "#/alarms",
  ups: "#/device/ups-a",
  probe: "#/device/th-2",
  buses: "#/buses",
  rounds: "#/rounds",
  exports: "#/exports",
  access: "#/access",
  entries: "#/access/log",
  account: "#/account",
  assets: "#/assets",
  labels: "#/labels",
  storage: "#/storage",
  quality: "#/quality/th-1%2Fambient.temperature",
};

const folder = process.argv[2];
if (folder === undefined) throw new Error("tsx test/dashboard/shots.ts FOLDER");
mkdirSync(folder, { recursive: true });
const work = workFolder();
const room = await startRoom({ ports: "free", speed: 10, seed: 5 });
const box = await startBox(writeSite(work.path, room.siteYaml), join(work.path, "data"), { demo: true });
const browser = await launchBrowser();
try {
  await eventually(
    () => box.health(),
    ({ points }) => points.fresh > 100,
  );
  for (const mood of ["calm", "bad"]) {
    room.scenario("mains-failure", mood === "bad");
    room.scenario("dead-slave", mood === "bad");
    await new Promise((resolve) => setTimeout(resolve, mood === "bad" ? 25_000 : 5_000));
    for (const theme of ["light", "dark"] as const)
      for (const language of ["zh", "en"] as const)
        for (const widthPx of [360, 1_280, 1_920]) await shoot(mood, { theme, language, widthPx });
  }
} finally {
  await browser.close();
  await box.peer.stop();
  await room.stop();
  work.dispose();
}

async function shoot(mood: string, look: Look): Promise<void> {
  const { page, context } = await openGlass(browser, box.url, box.token, look);
  for (const [name, hash] of Object.entries(PAGES)) {
    await page.evaluate((target) => {
      location.hash = target;
    }, hash);
    await page.waitForTimeout(1_000);
    await page.screenshot({
      path: join(folder ?? "", `${name}-${mood}-${look.theme}-${look.language}-${look.widthPx}.png`),
      fullPage: look.widthPx === 360,
    });
  }
  await context.close();
}
