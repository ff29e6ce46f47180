import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CALM, CALM_LOOKS, QUIET_MS, RING_LOOKS, type WarningLook, warningStep } from "../../firmware/forecast/early-warning.ts";
import { figuresOf, type Prediction, trustOf, WIDEN_MAX, widened } from "../../firmware/forecast/prediction.ts";
import { KEPT_MAX, OPEN_MAX, PredictionBook, type Told } from "../../firmware/forecast/prediction-book.ts";
import { recordWords } from "../../firmware/forecast/words.ts";

const MINUTE_MS = 60_000;
const told = (minutes: number, more: Partial<Told> = {}): Told => ({
  ...{ key: "limit a high 27", kind: "limit", device: "d", point: "d/a", limit: 27, direction: "high", shown: true },
  ...{ inMs: minutes * MINUTE_MS, earliestMs: minutes * 0.8 * MINUTE_MS, latestMs: minutes * 1.4 * MINUTE_MS },
  ...more,
});
const at = (minutes: number) => ({ monotonicMs: minutes * MINUTE_MS, wallMs: 1_800_000_000_000 + minutes * MINUTE_MS });
/** Told as ten minutes; what happened took this many, null: it did not happen. */
const past = (...took: readonly (number | null)[]): readonly Prediction[] =>
  took.map((minutes, n) => ({
    ...{ ...told(10), madeAtMs: n, outcome: minutes === null ? "missed" : "met" },
    tookMs: minutes === null ? null : minutes * MINUTE_MS,
  }));

describe("what was told is kept until it is known what came", () => {
  test("once, and again when the time left has halved; all of them are compared with the one moment it happened", () => {
    const book = new PredictionBook([], at(0));
    book.tell(told(20), at(0));
    book.tell(told(15), at(5));
    book.tell(told(9), at(11));
    book.met("limit a high 27", at(22).monotonicMs, at(23));
    expect(book.rows(at(30)).map(({ outcome, inMs, tookMs }) => [outcome, inMs / MINUTE_MS, (tookMs ?? 0) / MINUTE_MS])).toEqual([
      ["met", 20, 22],
      ["met", 9, 11],
    ]);
    expect(book.figures("limit a high 27")).toEqual({
      judged: 2,
      met: 2,
      inBand: 2,
      medianErrorMs: 2 * MINUTE_MS,
      largestErrorMs: 2 * MINUTE_MS,
    });
  });
  test("what did not come long after its band is a miss; of a silent point nobody knows", () => {
    const book = new PredictionBook([], at(0));
    book.tell(told(20), at(0));
    book.tell(told(20, { key: "limit b high 27" }), at(0));
    for (let minute = 1; minute <= 43; minute += 1) {
      book.heard("limit a high 27", at(minute));
      book.lapse(at(minute));
    }
    expect(book.rows(at(43)).map(({ key, outcome }) => [key, outcome])).toEqual([
      ["limit b high 27", "unseen"],
      ["limit a high 27", "missed"],
    ]);
  });
  test("a stop cuts off what is minutes away, but not what is months away", () => {
    const before = new PredictionBook([], at(0));
    before.tell(told(20), at(0));
    before.tell(told(60_000, { key: "filter f", kind: "filter" }), at(0));
    const after = new PredictionBook(before.rows(at(5)), { monotonicMs: 0, wallMs: at(1_000).wallMs });
    expect(
      after.rows({ monotonicMs: 0, wallMs: at(1_000).wallMs }).map(({ kind, outcome, madeAtMs }) => [kind, outcome, madeAtMs]),
    ).toEqual([
      ["limit", "unseen", at(0).wallMs],
      ["filter", "open", at(0).wallMs],
    ]);
    after.met("filter f", 0, { monotonicMs: 0, wallMs: at(1_000).wallMs });
    expect(after.figures("filter f")).toMatchObject({ met: 1, medianErrorMs: 59_000 * MINUTE_MS });
  });
  test("law: memory is bounded, whatever is told and happens", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 1, max: 100 }), fc.boolean()), { minLength: 500, maxLength: 1_500 }),
        (all) => {
          const book = new PredictionBook([], at(0));
          all.forEach(([key, minutes, happens], n) => {
            book.tell(told(minutes, { key: `k${key}` }), at(n));
            if (happens) book.met(`k${key}`, at(n).monotonicMs, at(n));
            book.lapse(at(n));
          });
          const rows = book.rows(at(all.length));
          expect(rows.filter(({ outcome }) => outcome === "open").length).toBeLessThanOrEqual(OPEN_MAX);
          expect(rows.length).toBeLessThanOrEqual(KEPT_MAX + OPEN_MAX);
          for (const { tookMs } of rows) expect(tookMs ?? 0).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 20 },
    ));
});

describe("the past of a thing decides how its next forecast is told", () => {
  test("right ones leave the band as it is", () => expect(trustOf(past(9, 10, 11, 12, 10, 9))).toEqual({ widen: 1, withheld: false }));
  test("late ones widen it until four of five would have been held", () => {
    const { widen, withheld } = trustOf(past(18, 18, 18, 18, 18));
    expect(withheld).toBe(false);
    const band = widened({ inMs: 10, earliestMs: 8, latestMs: 14 }, { widen, withheld });
    expect(band.latestMs).toBeCloseTo(18);
  });
  test("eight of which most never happened withhold the next; a few are no proof, and right ones bring it back", () => {
    expect(trustOf(past(null, null, null, null, null)).withheld).toBe(false);
    expect(trustOf(past(10, null, null, null, null, null, null, null, null)).withheld).toBe(true);
    expect(trustOf(past(null, null, null, null, null, null, 10, 11, 10)).withheld).toBe(false);
  });
  test("one point that is withheld does not silence the others of its kind", () => {
    const saved = past(null, null, null, null, null, null, null, null, null);
    const book = new PredictionBook(saved, at(0));
    expect(book.trust("limit a high 27", "limit").withheld).toBe(true);
    expect(book.trust("limit b high 27", "limit")).toEqual({ widen: 1, withheld: false });
  });
  test("law: a band is never narrower than it was, holds its estimate and begins no earlier than now", () =>
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.integer({ min: 0, max: 200 }), { nil: null }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        fc.option(fc.integer({ min: 0, max: 100 }), { nil: null }),
        (took, earliest, more, evenMore) => {
          const band = { inMs: earliest + more, earliestMs: earliest, latestMs: evenMore === null ? null : earliest + more + evenMore };
          const trust = trustOf(past(...took));
          const wide = widened(band, trust);
          expect(trust.widen).toBeLessThanOrEqual(WIDEN_MAX);
          expect(wide.earliestMs).toBeGreaterThanOrEqual(0);
          expect(wide.earliestMs).toBeLessThanOrEqual(Math.max(0, band.earliestMs) + 1e-9);
          expect(wide.inMs).toBe(band.inMs);
          if (wide.latestMs !== null) expect(wide.latestMs).toBeGreaterThanOrEqual((band.latestMs ?? 0) - 1e-9);
          expect(wide.latestMs === null).toBe(band.latestMs === null);
        },
      ),
    ));
  test("and is said in a sentence", () => {
    const say = (...took: readonly (number | null)[]) => recordWords(figuresOf(past(...took)), { widen: 1, withheld: false });
    expect(say(9, 10)).toBeNull();
    expect(say(9, 10, 19, 11)).toEqual({
      zh: "最近 4 次预测误差都在 9 分钟以内（一半在 1 分钟以内）",
      en: "the last 4 were within 9 min (half of them within 1 min)",
    });
    expect(say(null, 10, 12, null)?.en).toBe("of the last 4, 2 came true, half of them within 1 min");
    expect(say(null, null, null)?.en).toBe("of the last 3 none came true");
  });
});

describe("an early warning", () => {
  const near: WarningLook = { inMs: 10 * MINUTE_MS, confident: true, isPassed: false };
  const calm: WarningLook = { inMs: null, confident: false, isPassed: false };
  const play = (looks: readonly WarningLook[], from = CALM) =>
    looks.reduce((state, look, n) => warningStep(state, look, 30 * MINUTE_MS, n * 30_000), from);
  const times = (count: number, look: WarningLook): readonly WarningLook[] => Array.from({ length: count }, () => look);

  test("rings after good forecasts in a row, not after one less, nor for one that is unsure or far", () => {
    expect(play(times(RING_LOOKS, near)).active).toBe(true);
    expect(play(times(RING_LOOKS - 1, near)).active).toBe(false);
    expect(play([...times(RING_LOOKS - 1, near), calm, near]).active).toBe(false);
    expect(play(times(20, { ...near, confident: false })).active).toBe(false);
    expect(play(times(20, { ...near, inMs: 31 * MINUTE_MS })).active).toBe(false);
  });
  test("goes on while it is near though less sure, and ends when there was nothing for a while, or when the limit rings itself", () => {
    const on = play(times(RING_LOOKS, near));
    expect(play(times(20, { inMs: 40 * MINUTE_MS, confident: false, isPassed: false }), on).active).toBe(true);
    expect(play(times(CALM_LOOKS - 1, calm), on).active).toBe(true);
    expect(play(times(CALM_LOOKS, calm), on).active).toBe(false);
    expect(play([{ ...near, isPassed: true }], on).active).toBe(false);
  });
  test("law: it never rings while the limit rings, and never twice within its quiet time", () => {
    let twice = 0;
    const passed: WarningLook = { ...calm, isPassed: true };
    const stretch = fc.tuple(fc.constantFrom(near, near, calm, passed), fc.integer({ min: 1, max: 80 }));
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 20 }), (stretches) => {
        let state = CALM;
        let endedMs = Number.NEGATIVE_INFINITY;
        stretches
          .flatMap(([look, count]) => times(count, look))
          .forEach((look, n) => {
            const next = warningStep(state, look, 1_800_000, n * 30_000);
            if (look.isPassed) expect(next.active).toBe(false);
            if (next.active && !state.active) {
              expect(n * 30_000 - endedMs).toBeGreaterThanOrEqual(QUIET_MS);
              if (endedMs > 0) twice += 1;
            }
            if (!next.active && state.active) endedMs = n * 30_000;
            state = next;
          });
      }),
    );
    expect(twice).toBeGreaterThan(10);
  });
});
