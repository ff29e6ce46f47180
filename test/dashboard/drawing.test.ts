import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { appended, envelopeOf, withGaps } from "../../dashboard/charts/columns.ts";
import { sparklinePath } from "../../dashboard/ui/sparkline-path.ts";

describe("a sparkline", () => {
  test("breaks where nothing was measured", () => {
    const { path } = sparklinePath([0, 1, 2, 3], [1, null, 2, 3], { widthPx: 30, heightPx: 10, limit: null });
    expect(path.match(/M/g)).toHaveLength(2);
    expect(path.match(/L/g)).toHaveLength(1);
  });
  test("law: every sample and the limit are inside the picture", () => {
    const value = fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.option(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { nil: null }),
        (values, limit) => {
          const { path, limitY } = sparklinePath(
            values.map((_, index) => index),
            values,
            { widthPx: 320, heightPx: 56, limit },
          );
          const ys = [...path.matchAll(/ (-?[\d.]+)/g)].map(([, y]) => Number(y));
          for (const y of limitY === null ? ys : [...ys, limitY]) {
            expect(y).toBeGreaterThanOrEqual(0);
            expect(y).toBeLessThanOrEqual(56);
          }
        },
      ),
    );
  });
});

describe("the columns of a chart", () => {
  test("a hole in time is a gap, a late poll is not", () => {
    const { times: axis, values } = withGaps(
      { times: [0, 1_000, 2_000, 4_500, 20_000], series: [{ point: "a", values: [1, 2, 3, 4, 5] }] },
      1_000,
    );
    expect(axis).toEqual([0, 1_000, 2_000, 4_500, 5_500, 20_000]);
    expect(values).toEqual([[1, 2, 3, 4, null, 5]]);
  });
  test("what the box keeps in coarser steps than it polls is a line, not a row of gaps", () => {
    const coarse = [0, 9_000, 18_000, 27_000, 80_000];
    expect(withGaps({ times: coarse, series: [{ point: "a", values: [1, 2, 3, 4, 5] }] }, 1_000).values).toEqual([[1, 2, 3, 4, null, 5]]);
  });
  test("of a long span are the mean with the extremes beside it, each step at its beginning, gaps as gaps", () => {
    const series = [{ point: "a", min: [1, null], max: [9, null], avg: [4, null], last: [5, null] }];
    expect(envelopeOf({ fromMs: 600_000, stepMs: 300_000, steps: 2, series, clockTrusted: true, uncertain: [] })).toEqual({
      ...{ times: [600_000, 900_000], values: [[4, null]], low: [[1, null]], high: [[9, null]] },
    });
  });
  test("grow at the end, forget after an hour, and never run backwards", () => {
    const start = { times: [0, 1_000], values: [[1, 2]] };
    expect(appended(start, 2_000, [3], 3_600_000)).toEqual({ times: [0, 1_000, 2_000], values: [[1, 2, 3]] });
    expect(appended(start, 900, [9], 3_600_000)).toEqual(start);
    expect(appended(start, 3_600_500, [5], 3_600_000)).toEqual({ times: [1_000, 3_600_500], values: [[2, 5]] });
    expect(appended(start, 2_000, [null], 3_600_000).values).toEqual([[1, 2, null]]);
  });
});
