import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { SuggestReply, SuggestRequest } from "../../firmware/contract/review.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { changedSite } from "../../firmware/review/changed-site.ts";
import { NoiseMeter } from "../../firmware/review/noise.ts";
import { openReview } from "../../firmware/review/open.ts";
import { rulesOf } from "../../firmware/review/rules.ts";
import { neat } from "../../firmware/review/suggest.ts";
import { Chance } from "../faults/chance.ts";
import { journalOf } from "./review-events.ts";
import { type Course, HOUR_MS, probeSite, probeYaml, sourceOf, T0, TEMPERATURE } from "./review-readings.ts";

const HOURS = 24;
const STEP_MS = 5_000;
const RULE = `  - { points: ["${TEMPERATURE}"], high: { major: 27 }, deadband: 0.1, on: 5s, off: 5s, action: { zh: 看, en: look } }`;

/** Two numbers of Box and Muller; half of the normal distribution is enough. */
function normal(chance: Chance): number {
  return Math.sqrt(-2 * Math.log(1 - chance.next())) * Math.cos(2 * Math.PI * chance.next());
}

/** A day near the limit: noise around a slow wave that touches 27 °C, and one real hour of heat. */
function nearTheLimit(sd: number): Course {
  const chance = new Chance(7);
  const values = Array.from({ length: (HOURS * HOUR_MS) / STEP_MS }, (_, n) => {
    const hour = (n * STEP_MS) / HOUR_MS;
    const base = hour >= 15 && hour < 16 ? 29 : 26.4 + 0.5 * Math.sin((2 * Math.PI * hour) / 6);
    return Math.round((base + sd * normal(chance)) * 10) / 10;
  });
  return { point: TEMPERATURE, fromMs: T0, stepMs: STEP_MS, values };
}

async function suggested(course: Course, more: Partial<SuggestRequest> = {}, rules = RULE): Promise<SuggestReply> {
  const desk = openReview({
    ...{ site: probeSite(rules), siteText: probeYaml(rules), journal: journalOf([]), history: sourceOf([course]), live: () => [] },
    clock: { ...systemClock, wallMs: () => (T0 + HOURS * HOUR_MS) as WallMs },
  });
  const span = { fromMs: T0, toMs: T0 + HOURS * HOUR_MS };
  const answer = await desk.suggest({ point: TEMPERATURE, ...span, removePercent: 80, keepLongerThanMs: 600_000, ...more });
  if (answer === null || "problem" in answer) throw new Error(JSON.stringify(answer));
  return answer;
}

describe("a noisy point near its limit", () => {
  test("the smallest deadband that ends it is found, and the hour of heat is still told in time", async () => {
    const found = await suggested(nearTheLimit(0.2));
    expect(found.noise).toBeGreaterThan(0.15);
    expect(found.noise).toBeLessThan(0.25);
    expect(found.nuisance).toBeGreaterThan(50);
    expect(found.lasting).toBeGreaterThanOrEqual(1);
    const deadband = found.suggestions.find(({ what }) => what === "deadband");
    expect(deadband?.deadband).toBeGreaterThanOrEqual(2 * (found.noise ?? 0));
    expect(deadband?.latestDetectionMs).toBeLessThanOrEqual(5_000);
    expect(deadband?.nuisanceAfter).toBeLessThanOrEqual(0.2 * found.nuisance);
    expect(deadband?.perWeekAfter).toBeLessThan((deadband?.perWeekBefore ?? 0) / 2);
  });

  test("EEMUA's deadband to begin with is one percent of the range, and is called that", async () => {
    const found = await suggested(nearTheLimit(0.2));
    const definition = findPoint("ambient.temperature");
    const [low, high] = definition?.kind === "measure" ? definition.range : [0, 0];
    expect(found.startDeadband).toBe(neat((high - low) / 100));
    expect(found.suggestions.filter(({ start, deadband }) => start !== (deadband === found.startDeadband))).toEqual([]);
  });

  test("the fragment keeps what the site file says, is good, and makes of the readings what was promised", async () => {
    const course = nearTheLimit(0.2);
    const found = await suggested(course);
    expect(found.suggestions.length).toBeGreaterThan(1);
    for (const { yaml, perWeekAfter } of found.suggestions) {
      expect(parse(yaml)).toMatchObject([{ points: [TEMPERATURE], high: { major: 27 }, action: { zh: "看", en: "look" } }]);
      const changed = changedSite(probeYaml(RULE), { rule: yaml });
      expect(changed).not.toHaveProperty("problems");
      const desk = openReview({
        ...{ site: probeSite(RULE), siteText: probeYaml(RULE), journal: journalOf([]), history: sourceOf([course]), live: () => [] },
        clock: { ...systemClock, wallMs: () => (T0 + HOURS * HOUR_MS) as WallMs },
      });
      const replayed = await desk.whatIf({ fromMs: T0, toMs: T0 + HOURS * HOUR_MS, rule: yaml });
      expect(replayed).toMatchObject({ problems: [], after: { perWeek: perWeekAfter } });
    }
  });

  test("what lasts is never lost for it: with a shorter memory of what matters less may go", async () => {
    const strict = await suggested(nearTheLimit(0.2), { keepLongerThanMs: 0 });
    const mild = await suggested(nearTheLimit(0.2));
    // Every alarm must stay: an on-delay, which drops the short ones, is out.
    expect(strict.suggestions.map(({ what }) => what)).not.toContain("on");
    expect(mild.suggestions.map(({ what }) => what)).toContain("on");
  });
});

test("a point that does as it should gets no suggestion, and is told why; so does one of which nothing is kept", async () => {
  const calm = await suggested({ point: TEMPERATURE, fromMs: T0, stepMs: STEP_MS, values: new Array(5_000).fill(22) });
  expect(calm.suggestions).toEqual([]);
  expect(calm.reason?.en).toContain("nothing to change");
  const empty = await suggested({ point: TEMPERATURE, fromMs: T0, stepMs: STEP_MS, values: [] });
  expect(empty.reason?.en).toContain("Nothing is kept");
  expect(empty.noise).toBeNull();
});

test("the noise is that of the readings, not of their course, and a spike or a coarse sensor does not change it much", () => {
  const rules = rulesOf(probeSite(RULE), TEMPERATURE);
  const chance = new Chance(3);
  const noiseOf = (value: (n: number) => number): number => {
    const meter = new NoiseMeter(rules, 10_000);
    for (let n = 0; n < 20_000; n += 1) meter.see(value(n), n * 5_000);
    return meter.noise ?? Number.NaN;
  };
  expect(noiseOf((n) => 20 + n / 1_000 + 0.3 * normal(chance))).toBeCloseTo(0.3, 1);
  expect(noiseOf((n) => (n % 500 === 0 ? 90 : 20 + 0.3 * normal(chance)))).toBeCloseTo(0.3, 1);
  expect(noiseOf(() => 20)).toBe(0);
  expect(noiseOf((n) => (n % 9 === 0 ? 20.5 : 20))).toBeGreaterThan(0.3);
});

test("numbers that a person would write", () => {
  expect([0, 0.11, 0.1, 1.2, 1.51, 23, 0.7].map(neat)).toEqual([0, 0.15, 0.1, 1.5, 2, 30, 0.7]);
});
