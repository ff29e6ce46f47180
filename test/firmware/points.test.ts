import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY, type Readings } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { historyOf } from "../../firmware/points/history.ts";
import { DeviceRing, RING_SAMPLES_MAX, RING_SPAN_MS, ringRows, ringRowsOf } from "../../firmware/points/ring.ts";
import { type Moment, PointTable } from "../../firmware/points/table.ts";

const definition = findPoint("ambient.temperature");
if (definition === undefined) throw new Error("the vocabulary has no ambient.temperature");
const entry = (id: string, optional = false, staleAfterMs = 15_000) => ({
  id,
  name: "ambient.temperature",
  definition,
  optional,
  staleAfterMs,
});
const at = (ms: number): Moment => ({ monotonicMs: ms as MonotonicMs, wallMs: (1_000_000 + ms) as WallMs });
const answer = (...values: readonly number[]): Readings => ({
  values: Float64Array.from(values),
  qualities: Uint8Array.from(values, (value) => (Number.isNaN(value) ? QUALITY.sentinel : QUALITY.good)),
});
const lost = (count: number, reason: number): Readings => ({
  values: new Float64Array(count).fill(Number.NaN),
  qualities: new Uint8Array(count).fill(reason),
});

describe("the point table", () => {
  const table = () =>
    new PointTable(
      [entry("a/t"), entry("a/u"), entry("b/t", true)],
      [
        { first: 0, count: 2 },
        { first: 2, count: 1 },
      ],
    );
  const apply = (it: PointTable, span: number, readings: Readings, answered: boolean, ms: number, held = new Set<number>()): number[] => {
    const changed: number[] = [];
    it.apply(span, readings, { answered, held }, at(ms), changed);
    return changed;
  };

  test("knows nothing at first, and unknown is not zero", () => {
    expect([...table().values]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("names only the points that look different", () => {
    const it = table();
    expect(apply(it, 0, answer(21, 22), true, 0)).toEqual([0, 1]);
    expect(apply(it, 0, answer(21, 23), true, 1_000)).toEqual([1]);
    expect(apply(it, 0, answer(21, Number.NaN), true, 2_000)).toEqual([1]);
    expect(it.qualities[1]).toBe(QUALITY.sentinel);
  });

  test("keeps the last values over a missed poll, and gives the reason when they are too old", () => {
    const it = table();
    apply(it, 0, answer(21, 22), true, 0);
    expect(apply(it, 0, lost(2, QUALITY.timeout), false, 10_000)).toEqual([]);
    expect(it.values[0]).toBe(21);
    expect(apply(it, 0, lost(2, QUALITY.timeout), false, 20_000)).toEqual([0, 1]);
    expect(it.qualities[0]).toBe(QUALITY.timeout);
    expect(it.values[0]).toBeNaN();
  });

  test("what was not asked for stands, grows no younger by that, and has a deadline of its own", () => {
    const it = new PointTable([entry("a/t"), entry("a/slow", false, 180_000)], [{ first: 0, count: 2 }]);
    apply(it, 0, answer(21, 22), true, 0);
    for (let ms = 10_000; ms <= 180_000; ms += 10_000) {
      expect(apply(it, 0, answer(21, 22), true, ms, new Set([1]))).toEqual([]);
      expect(it.sweep(at(ms))).toEqual([]);
    }
    expect(it.lastGoodMs(0)).toBe(180_000);
    expect(it.lastGoodMs(1)).toBe(0);
    apply(it, 0, answer(21, 22), true, 190_000, new Set([1]));
    expect(it.sweep(at(190_000))).toEqual([1]);
    expect(it.qualities[1]).toBe(QUALITY.stale);
  });

  test("an exception of a device that answers is believed at once", () => {
    const it = table();
    apply(it, 0, answer(21, 22), true, 0);
    expect(
      apply(it, 0, { values: Float64Array.of(21, Number.NaN), qualities: Uint8Array.of(QUALITY.good, QUALITY.exception) }, true, 1_000),
    ).toEqual([1]);
  });

  test("marks what nobody reads any more as stale, once", () => {
    const it = table();
    apply(it, 0, answer(21, 22), true, 0);
    expect(it.sweep(at(15_000))).toEqual([]);
    expect(it.sweep(at(15_001))).toEqual([0, 1]);
    expect(it.sweep(at(30_000))).toEqual([]);
    expect(it.qualities[0]).toBe(QUALITY.stale);
  });

  test("counts what is not fitted nowhere", () => {
    const it = table();
    apply(it, 0, answer(21, Number.NaN), true, 0);
    expect(it.freshness()).toEqual({ fresh: 1, stale: 1, total: 2 });
    apply(it, 1, answer(5), true, 0);
    expect(it.freshness()).toEqual({ fresh: 2, stale: 1, total: 3 });
  });
});

describe("the ring", () => {
  test("gives back the newest rows in order, gaps as null", () => {
    const ring = new DeviceRing(1, ringRows(10_000, 10));
    for (const [index, value] of [20, Number.NaN, 22].entries()) ring.push(Float64Array.of(value), (index * 10_000) as MonotonicMs);
    const slice = ring.last(RING_SPAN_MS, at(20_000));
    expect(slice.times).toEqual([1_000_000, 1_010_000, 1_020_000]);
    expect(slice.column(0)).toEqual([20, null, 22]);
  });

  test("law: holds the last hour at the poll period, whatever came before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9_000 }), fc.constantFrom(1_000, 2_000, 10_000), (polls, periodMs) => {
        const ring = new DeviceRing(2, ringRows(periodMs, 100));
        for (let poll = 0; poll < polls; poll += 1) ring.push(Float64Array.of(poll, -poll), (poll * periodMs) as MonotonicMs);
        const { times, column } = ring.last(RING_SPAN_MS, at((polls - 1) * periodMs));
        const expected = Math.min(polls, RING_SPAN_MS / periodMs + 1);
        expect(times.length).toBe(expected);
        expect(column(0).at(-1)).toBe(polls - 1);
        expect(times.every((time, index) => index === 0 || time - (times[index - 1] as number) === periodMs)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test("law: filled with what history has of it after a restart, it is what it was, and the outage is a gap", () => {
    const times = fc.array(fc.integer({ min: 900, max: 30_000 }), { minLength: 2, maxLength: 400 });
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 400_000 }), fc.constantFrom(1_000, 10_000), (pauses, outageMs, periodMs) => {
        const rows = ringRows(periodMs, 100_000);
        const [before, own] = [new DeviceRing(1, rows), new DeviceRing(1, rows)];
        let nowMs = 5_000_000;
        const reads = pauses.map((pauseMs, n) => {
          nowMs += pauseMs;
          return { atMs: nowMs, value: n };
        });
        for (const { atMs, value } of reads) before.push(Float64Array.of(value), atMs as MonotonicMs);
        const lastMs = nowMs;
        nowMs += periodMs + outageMs;
        const kept = ringRowsOf(
          Float64Array.from(reads, ({ atMs }) => atMs),
          rows,
        ).slice(1 - rows);
        const fill = (): void =>
          own.fill(
            Float64Array.from(kept, (n) => reads[n]?.atMs ?? 0),
            Float32Array.from(kept, (n) => reads[n]?.value ?? 0),
          );
        own.push(Float64Array.of(-1), nowMs as MonotonicMs);
        // Asked twice, because the clock was set in between: the second answer takes the place of the first.
        fill();
        fill();
        const all = own.last(RING_SPAN_MS, at(nowMs));
        const expected = before.last(RING_SPAN_MS - (nowMs - lastMs), at(lastMs));
        const isGap = nowMs - lastMs > (3 * RING_SPAN_MS) / (rows - 1);
        expect(all.column(0).filter((value) => value !== null)).toEqual([...expected.column(0), -1].slice(isGap ? 2 - rows : 1 - rows));
        expect(all.column(0).at(-2) === null).toBe(isGap && lastMs + 1 >= nowMs - RING_SPAN_MS);
        own.push(Float64Array.of(-2), (nowMs + periodMs) as MonotonicMs);
        expect(
          own
            .last(RING_SPAN_MS, at(nowMs + periodMs))
            .column(0)
            .at(-1),
        ).toBe(-2);
      }),
      { numRuns: 60 },
    );
  });

  test("law: all rings of a site together stay within the budget and still span the hour", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 100, max: 60_000 }), (points, periodMs) => {
        const rows = ringRows(periodMs, points);
        expect(rows * points).toBeLessThanOrEqual(Math.max(RING_SAMPLES_MAX + points, 241 * points));
        expect(rows).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  test("a clock that was set back moves the whole line, and mixes nothing up", () => {
    const ring = new DeviceRing(1, 100);
    for (const [index, value] of [1, 2, 3].entries()) ring.push(Float64Array.of(value), (index * 60_000) as MonotonicMs);
    const later = { monotonicMs: 120_000 as MonotonicMs, wallMs: 500_000 as WallMs };
    const setBack = { ...later, wallMs: 400_000 as WallMs };
    expect(ring.last(RING_SPAN_MS, later).times).toEqual([380_000, 440_000, 500_000]);
    expect(ring.last(RING_SPAN_MS, setBack).times).toEqual([280_000, 340_000, 400_000]);
    expect(ring.last(RING_SPAN_MS, setBack).column(0)).toEqual([1, 2, 3]);
    expect(ring.last(60_000, later).times).toEqual([440_000, 500_000]);
  });
});

test("a chart of two devices has one time axis, and no value where a device was not read", () => {
  const one = new DeviceRing(1, 100);
  const two = new DeviceRing(1, 100);
  one.push(Float64Array.of(1), 0 as MonotonicMs);
  two.push(Float64Array.of(2), 500 as MonotonicMs);
  one.push(Float64Array.of(3), 60_000 as MonotonicMs);
  const history = historyOf(
    [
      { id: "a", ring: one, index: 0 },
      { id: "b", ring: two, index: 0 },
    ],
    RING_SPAN_MS,
    at(60_000),
  );
  expect(history).toEqual({
    times: [1_000_000, 1_000_500, 1_060_000],
    series: [
      { point: "a", values: [1, null, 3] },
      { point: "b", values: [null, 2, null] },
    ],
  });
});
