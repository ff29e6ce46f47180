import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WallMs } from "../../firmware/contract/time.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { whatIfCommand } from "../../firmware/review/command.ts";
import { deskIn, minuteOf } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";
import { probeYaml, T0, TEMPERATURE } from "./review-readings.ts";

let folder: ReturnType<typeof temporaryFolder>;
let said: string[];
beforeEach(() => {
  folder = temporaryFolder();
  said = [];
  writeFileSync(
    join(folder.path, "site.yaml"),
    probeYaml(`  - { points: ["${TEMPERATURE}"], high: { major: 27 }, deadband: 1, on: 10s, off: 20s }`),
  );
  const desk = deskIn(folder.path);
  // A reading a second: cool, five minutes of heat, cool again.
  for (let minute = 0; minute < 20; minute += 1) {
    const value = minute >= 5 && minute < 10 ? 28 : 24;
    desk.write(minuteOf(T0 / MINUTE_MS + minute, [new Array<number>(60).fill(value), [], []]));
  }
  desk.close();
});
afterEach(() => folder.remove());

function command(rule: string, more: { readonly json?: boolean; readonly for?: string } = {}) {
  const file = join(folder.path, "rule.yaml");
  writeFileSync(file, rule);
  const tell = ({ en }: { readonly en: string }): void => void said.push(en);
  const clock = { ...systemClock, wallMs: () => (T0 + 30 * MINUTE_MS) as WallMs };
  return whatIfCommand(
    { site: join(folder.path, "site.yaml"), data: folder.path, rule: file, json: false, ...more },
    { clock, print: (line) => said.push(line), say: tell, fail: tell },
  );
}

test("a rule that would have been silent is told with what it was made of, alarm by alarm", async () => {
  expect(await command(`points: ["${TEMPERATURE}"]\nhigh: { major: 30 }`)).toBe("done");
  expect(said).toEqual([
    "Alarms per week 1.0 → 0.0; 0 gained, 1 lost, 0 moved, 0 unchanged.",
    "Made of 1200 readings: 1 hours of every reading, 0 hours of the last one of each minute.",
    `lost   ${TEMPERATURE} high   2026-09-20T11:05:10–11:10:20 → —`,
  ]);
});

test("as JSON for a program", async () => {
  expect(await command(`points: ["${TEMPERATURE}"]\nhigh: { major: 30 }`, { json: true, for: "1d" })).toBe("done");
  expect(JSON.parse(said[0] ?? "")).toMatchObject({ lost: 1, basis: { samples: 1200 } });
});

test("what is wrong with the rule is told by its place in its file; a period that is none shows the usage", async () => {
  expect(await command(`points: ["${TEMPERATURE}"]\nhigh: { major: hot }`)).toBe("failed");
  expect(said[0]).toMatch(/rule\.yaml:2:16 high\.major: /);
  expect(await command("points: [x]", { for: "a week" })).toBe("usage");
});
