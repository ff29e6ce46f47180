import { existsSync } from "node:fs";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { startBox, workFolder, writeSite } from "../box/box.ts";
import { openGlass } from "../box/browser.ts";
import { benchBox, benchSiteYaml } from "./bench-box.ts";
import { dashboardMissing } from "./bytes.ts";
import { startFarm } from "./farm.ts";
import { quantile, type Row } from "./row.ts";

const CHROMIUM = "/usr/bin/chromium";
const DEVICES = 20;
const POINTS_PER_DEVICE = 25;
const HIGH_VOLTS = 900;
const REGISTER_OVER = 9_500;
const STORM_MS = 10_000;
/** What is on its way to the screen when the last alarm has begun. */
const AFTER_MS = 3_000;
const FRAME_MS = 1_000 / 60;
/** A frame that took longer has left out at least one. */
const LATE_MS = FRAME_MS * 1.5;

export function screenMissing(): string | null {
  return existsSync(CHROMIUM) ? dashboardMissing() : `${CHROMIUM} is not there`;
}

/** The alarms page while a whole room goes dark, 500 alarms in 10 s: whether it still paints 60 times a second. The quiet page beside it says what the machine can. */
export async function benchScreen(): Promise<Row[]> {
  const farm = await startFarm({ devices: DEVICES, registers: POINTS_PER_DEVICE, moving: false });
  const folder = workFolder();
  const site = { ports: farm.ports, points: POINTS_PER_DEVICE, periodMs: 1_000, high: HIGH_VOLTS };
  const box = await startBox(writeSite(folder.path, benchSiteYaml(site)), folder.path, { program: benchBox(POINTS_PER_DEVICE) });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  let context: BrowserContext | null = null;
  try {
    const glass = await openGlass(browser, box.url, box.token);
    context = glass.context;
    const { page } = glass;
    await page.getByRole("navigation").first().waitFor();
    await page.evaluate(() => {
      location.hash = "#/alarms";
    });
    await clock.sleep(AFTER_MS);
    const quiet = await framesOf(page, async () => clock.sleep(STORM_MS));
    const storm = await framesOf(page, async () => {
      const count = DEVICES * POINTS_PER_DEVICE;
      for (let n = 0; n < count; n += 1) {
        farm.set(n % DEVICES, Math.floor(n / DEVICES), REGISTER_OVER);
        await clock.sleep(STORM_MS / count);
      }
      await clock.sleep(AFTER_MS);
    });
    const alarms = (await box.alarms()).length;
    return [
      { metric: "screen in a blackout, alarms", value: alarms, unit: "" },
      ...rowsOf("screen in a blackout", storm),
      ...rowsOf("screen of a quiet room", quiet),
    ];
  } finally {
    await context?.close();
    await browser.close();
    await box.peer.stop();
    await farm.stop();
    folder.dispose();
  }
}

interface Frames {
  readonly gapsMs: readonly number[];
  readonly longTasksMs: readonly number[];
}

/** As text: what the loader of TypeScript puts into functions is not there on the page. */
const WATCH = `
  const seen = { gapsMs: [], longTasksMs: [], isOn: true };
  globalThis.paintedFrames = seen;
  let last = performance.now();
  const frame = (atMs) => {
    seen.gapsMs.push(atMs - last);
    last = atMs;
    if (seen.isOn) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longTasksMs.push(duration);
  }).observe({ type: "longtask" });
`;

async function framesOf(page: Page, during: () => Promise<void>): Promise<Frames> {
  await page.evaluate(`(() => {${WATCH}})()`);
  await during();
  return page.evaluate(() => {
    const seen = Reflect.get(globalThis, "paintedFrames") as Frames & { isOn: boolean };
    seen.isOn = false;
    return seen;
  });
}

function rowsOf(what: string, { gapsMs, longTasksMs }: Frames): readonly Row[] {
  const gaps = gapsMs.slice(1);
  const late = gaps.filter((gapMs) => gapMs > LATE_MS).length;
  return [
    { metric: `${what}, frames a second`, value: (1_000 * gaps.length) / gaps.reduce((sum, gapMs) => sum + gapMs, 0), unit: "1/s" },
    { metric: `${what}, frame gap, p99`, value: quantile(gaps, 0.99), unit: "ms" },
    { metric: `${what}, frame gap, longest`, value: Math.max(...gaps), unit: "ms" },
    { metric: `${what}, frames that came late`, value: (100 * late) / gaps.length, unit: "%" },
    { metric: `${what}, longest task`, value: Math.max(0, ...longTasksMs), unit: "ms" },
  ];
}
