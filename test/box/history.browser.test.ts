import { join } from "node:path";
import { expect, test } from "vitest";
import type { Trend } from "../../firmware/contract/history.ts";
import { MINUTE_MS, type PointSummary } from "../../firmware/history/history.ts";
import { scaleOf } from "../../firmware/history/scale.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { type Desk, deskIn, minuteOf } from "../firmware/history-room.ts";
import { describePeer } from "../peers/peer.ts";
import { startRoom } from "../room/room.ts";
import { eventually, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";

const POINT = "th-1/ambient.temperature";
const DAY_MINUTES = 1_440;
const nowMinute = (): number => Math.floor(Date.now() / MINUTE_MS);

describePeer("what a box remembers", ["chromium"], () => {
  test("yesterday and the last week are on the device's page and in the API; a clean stop keeps the running minute", {
    timeout: 240_000,
  }, async () => {
    const work = workFolder();
    const data = join(work.path, "data");
    const room = await startRoom({ ports: "free", speed: 10, seed: 5 });
    const browser = await launchBrowser();
    const begun = nowMinute();
    const open = (): Desk => {
      const loaded = loadSite(room.siteYaml);
      if ("problems" in loaded) throw new Error("the demo room's site file has problems");
      return deskIn(data, { site: loaded.site.points.map(scaleOf) });
    };
    const site = writeSite(work.path, room.siteYaml);
    let box = await startBox(site, data, { demo: true });
    try {
      await eventually(
        () => box.points(),
        (points) => points.some(({ id, quality }) => id === POINT && quality === "good"),
      );
      await box.peer.stop();
      const past = open();
      const [running] = past.summaries([POINT], begun, nowMinute() + 1);
      expect(running?.minutesWithData).toBeGreaterThan(0);
      expect(running?.avg).toBeGreaterThan(10);
      const place = past.places.get(POINT) ?? Number.NaN;
      const hot = begun - 100;
      for (let minute = begun - 500; minute < begun; minute += 1) {
        if (minute > begun - 400 && minute < begun - 300) continue;
        const readings = Array.from(past.places, () => [] as number[]);
        readings[place] = [minute === hot ? 44 : 21, 22];
        past.write(minuteOf(minute, readings));
      }
      past.close();

      box = await startBox(site, data, { demo: true });
      const span = `from=${(begun - DAY_MINUTES) * MINUTE_MS}&to=${begun * MINUTE_MS}`;
      const { summaries } = await box.get<{ summaries: PointSummary[] }>(`/api/v1/summary?points=${POINT}&${span}`);
      expect(summaries).toMatchObject([{ min: 21, max: 44, maxAtMs: hot * MINUTE_MS, minutes: DAY_MINUTES, minutesWithData: 401 }]);
      expect(summaries[0]?.gaps.slice(1)).toEqual([{ fromMs: (begun - 399) * MINUTE_MS, toMs: (begun - 300) * MINUTE_MS }]);
      const trend = await box.get<Trend>(`/api/v1/trend?points=${POINT}&${span}&columns=24`);
      expect(trend).toMatchObject({ stepMs: 3_600_000, steps: 24 });
      expect(trend.series[0]?.max.filter((value) => value === 44)).toHaveLength(1);

      const looks: readonly Look[] = [
        { theme: "light", language: "zh", widthPx: 1_280 },
        { theme: "dark", language: "en", widthPx: 360 },
      ];
      for (const look of looks) {
        const { page, context, complaints } = await openGlass(browser, box.url, box.token, look);
        await go(page, "#/device/th-1");
        for (const name of look.language === "zh" ? ["24 小时", "7 天"] : ["24 h", "7 d"]) {
          await page.getByRole("button", { name, exact: true }).click();
          await page.locator("canvas").first().waitFor();
          await page.locator("details summary").first().click();
          await page
            .getByRole("cell", { name: /\(21\.0–44\.0\)/ })
            .first()
            .waitFor();
          expect(await accessibilityFaults(page)).toEqual([]);
          expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
        }
        expect(complaints).toEqual([]);
        await context.close();
      }
    } finally {
      await browser.close();
      await box.peer.stop();
      await room.stop();
      work.dispose();
    }
  });
});
