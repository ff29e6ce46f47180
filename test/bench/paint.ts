import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { type Box, startBox, workFolder, writeSite } from "../box/box.ts";
import { benchBox, benchSiteYaml } from "./bench-box.ts";
import { dashboardMissing } from "./bytes.ts";
import { startFarm } from "./farm.ts";
import { median, type Row } from "./row.ts";

const CHROMIUM = "/usr/bin/chromium";
const RUNS = 5;
const DEVICES = 8;
const POINTS_PER_DEVICE = 25;
const SLOW_BYTES_PER_S = 10_000_000 / 8;
const SLOW_LATENCY_MS = 20;
const SLOW_CPU = 4;

/** P7, second half: first and largest contentful paint of the room page with an empty cache, as it is and on a slow phone. */
export async function benchPaint(): Promise<Row[]> {
  const farm = await startFarm({ devices: DEVICES, registers: POINTS_PER_DEVICE, moving: true });
  const folder = workFolder();
  const site = { ports: farm.ports, points: POINTS_PER_DEVICE, periodMs: 1_000, high: 900 };
  const box = await startBox(writeSite(folder.path, benchSiteYaml(site)), folder.path, { program: benchBox(POINTS_PER_DEVICE) });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const rows: Row[] = [];
    for (const slow of [false, true]) {
      const paints: Paint[] = [];
      for (let run = 0; run < RUNS; run += 1) paints.push(await paint(browser, box, slow));
      const how = slow ? "4× slower CPU, 10 Mbit/s" : "plain";
      rows.push(
        { metric: `first contentful paint, ${how}`, value: median(paints.map(({ firstMs }) => firstMs)), unit: "ms" },
        { metric: `largest contentful paint, ${how}`, value: median(paints.map(({ largestMs }) => largestMs)), unit: "ms" },
      );
    }
    return rows;
  } finally {
    await browser.close();
    await box.peer.stop();
    await farm.stop();
    folder.dispose();
  }
}

/** Why it cannot be measured here, or null. */
export function paintMissing(): string | null {
  return existsSync(CHROMIUM) ? dashboardMissing() : `${CHROMIUM} is not there`;
}

interface Paint {
  readonly firstMs: number;
  readonly largestMs: number;
}

async function paint(browser: Browser, box: Box, slow: boolean): Promise<Paint> {
  const context = await browser.newContext();
  try {
    await signIn(context, box);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
    if (slow) {
      const throughput = { downloadThroughput: SLOW_BYTES_PER_S, uploadThroughput: SLOW_BYTES_PER_S };
      await devtools.send("Network.emulateNetworkConditions", { offline: false, latency: SLOW_LATENCY_MS, ...throughput });
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOW_CPU });
    }
    await page.goto(box.url, { waitUntil: "load" });
    return await page.evaluate(
      (settleMs) =>
        new Promise<{ firstMs: number; largestMs: number }>((resolve) => {
          let largestMs = 0;
          new PerformanceObserver((list) => {
            largestMs = Math.max(largestMs, ...list.getEntries().map(({ startTime }) => startTime));
          }).observe({ type: "largest-contentful-paint", buffered: true });
          setTimeout(() => {
            const firstMs = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN;
            resolve({ firstMs, largestMs });
          }, settleMs);
        }),
      slow ? 2_500 : 1_000,
    );
  } finally {
    await context.close();
  }
}

/** As the page does it; the cookie stays in the context. */
async function signIn(context: BrowserContext, box: Box): Promise<void> {
  const answer = await context.request.post(`${box.url}/api/v1/session`, { data: { token: box.token } });
  if (!answer.ok()) throw new Error(`sign-in: ${answer.status()} ${await answer.text()}`);
}

if (import.meta.main) console.table(await benchPaint());
