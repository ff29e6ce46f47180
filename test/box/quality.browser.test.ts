import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { openHistory } from "../../firmware/history/open.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { acknowledged, cleared, entry, journalIn, raised, STAMP } from "../firmware/journal-entries.ts";
import { describePeer } from "../peers/peer.ts";
import { type Box, newToken, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";

const POINT = "th-1/ambient.temperature";
const HOURS = 8;
const HOUR_MS = 3_600_000;
const STEP_MS = 5_000;
const SITE = `site: { id: q, name: { zh: 试验机房, en: Test room }, timezone: Asia/Shanghai }
areas: [{ id: room, name: { zh: 机房, en: Room } }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 9 }]
devices: [{ id: th-1, name: { zh: 冷通道, en: Cold aisle }, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 5s }]
rules: [{ points: ["${POINT}"], high: { major: 27 }, deadband: 0.1, on: 5s, off: 5s }]
`;

/** Hours of noise around a limit, and one of them hot throughout; the alarms of some days. */
async function remember(folder: string): Promise<void> {
  const endMs = systemClock.wallMs() - 120_000;
  const journal = await journalIn(folder);
  const write = async (n: number): Promise<void> => {
    const atMs = endMs - n * 1_800_000;
    const key = n % 3 === 0 ? "q/room/line/-/lost" : `q/room/th-1/ambient.temperature/high`;
    const of = { key, device: "th-1", point: n % 3 === 0 ? null : POINT, incident: `i${n}`, raisedAtMs: atMs, changedAtMs: atMs };
    await journal.commit(entry([raised(of)], { atMs, stamp: STAMP }));
    await journal.commit(entry([acknowledged(of)], { atMs: atMs + 60_000, stamp: STAMP }));
    await journal.commit(entry([cleared({ ...of, state: "A", clearedAtMs: atMs + 90_000 })], { atMs: atMs + 90_000, stamp: STAMP }));
  };
  await Promise.all(Array.from({ length: 60 }, (_, n) => write(59 - n)));
  await journal.close();
  let nowMs = endMs - HOURS * HOUR_MS;
  const history = openHistory({
    ...{ directory: folder, points: [{ id: POINT, decimals: 3 }] },
    clock: { ...systemClock, wallMs: () => nowMs as WallMs, wallTrusted: () => true },
    log(_, { en }) {
      throw new Error(en);
    },
  });
  const values = new Float64Array(1);
  const standing = { values, qualities: new Uint8Array(1).fill(QUALITY.good) };
  let seed = 7;
  for (let n = 0; nowMs < endMs; n += 1, nowMs += STEP_MS) {
    seed = (seed * 48_271) % 2_147_483_647;
    const isHot = nowMs > endMs - 3 * HOUR_MS && nowMs < endMs - 2 * HOUR_MS;
    values[0] = Math.round(10 * ((isHot ? 29 : 26.8) + 0.6 * (seed / 2_147_483_647 - 0.5))) / 10;
    history.take(0, values, standing);
    if (n % 720 === 0) await history.summaries([POINT], nowMs - 120_000, nowMs);
  }
  await history.close();
}

describePeer("the page Alarm quality on the real gateway", ["chromium"], () => {
  const work = workFolder();
  let box: Box;
  let browser: Browser;
  const open = async (role: string, look?: Look) => {
    const glass = await openGlass(browser, box.url, newToken(box.folder, `the ${role} ${systemClock.uuid()}`, role), look);
    await go(glass.page, `#/quality/${encodeURIComponent(POINT)}`);
    await glass.page.getByRole("table").first().waitFor();
    return glass;
  };

  beforeAll(async () => {
    await remember(join(work.path, "data"));
    box = await startBox(writeSite(work.path, SITE), join(work.path, "data"));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.peer.stop();
    work.dispose();
  });

  test("everybody sees the figures beside their targets, and the worst with the way to their device; a viewer tries nothing", async () => {
    const { page, context, complaints } = await open("viewer", { theme: "light", language: "en", widthPx: 1_280 });
    await page.getByLabel("Period").selectOption("month");
    const row = page.getByRole("row", { name: /Share of major/ });
    await row.getByText("no").waitFor();
    expect(await row.getByText("≤ 15 %").count()).toBe(1);
    await row.getByText("Set severities anew").waitFor();
    expect(await page.getByRole("link", { name: "Cold aisle too hot, 31.2 °C" }).first().getAttribute("href")).toBe("#/device/th-1");
    expect(await page.getByRole("heading", { name: /What if/ }).count()).toBe(0);
    const csv = await page.getByRole("link", { name: "Export CSV" }).getAttribute("href");
    const answer = await page.evaluate(async (path) => {
      const response = await fetch(path ?? "");
      return { status: response.status, text: await response.text() };
    }, csv);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("Share of major");
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("an engineer tries a wider deadband, then takes what the readings suggest, and gets it as YAML", async () => {
    const { page, context, complaints } = await open("engineer", { theme: "light", language: "en", widthPx: 1_280 });
    await page.getByLabel("Last", { exact: true }).selectOption("1");
    await page.getByLabel(/Deadband/).fill("1");
    await page.getByRole("button", { name: "Try it", exact: true }).click();
    await page.getByText(/Alarms per week .* → /).waitFor();
    expect(await page.getByRole("img", { name: /alarms by today's rule/ }).count()).toBe(1);
    expect(await page.getByText(/hours of every reading/).count()).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Suggest" }).click();
    await page.getByRole("heading", { name: "Suggestions" }).waitFor();
    const suggestion = page.getByRole("listitem").filter({ hasText: /^deadband/ });
    await suggestion.getByText("To stand last under").click();
    expect(await suggestion.locator("pre").textContent()).toContain("deadband:");
    await suggestion.getByRole("button").click();
    await page.getByText(/Alarms per week .* → /).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await shoot(page, "engineer-1280-en");
    await context.close();
  });

  const looks: readonly Look[] = [
    { theme: "dark", language: "zh", widthPx: 390 },
    { theme: "light", language: "en", widthPx: 390 },
    { theme: "dark", language: "zh", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, and nothing hangs over the edge", async (look) => {
    const { page, context, complaints } = await open("engineer", look);
    await page.getByRole("button", { name: look.language === "zh" ? "给出建议" : "Suggest" }).click();
    await page.getByRole("heading", { name: look.language === "zh" ? "建议" : "Suggestions" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    expect(complaints).toEqual([]);
    await shoot(page, `${look.theme}-${look.language}-${look.widthPx}`);
    await context.close();
  });

  async function shoot(page: Awaited<ReturnType<typeof open>>["page"], name: string): Promise<void> {
    const folder = process.env["SHOTS"];
    if (folder !== undefined) await page.screenshot({ path: join(folder, `quality-${name}.png`), fullPage: true });
  }
});
