import { assert, double, integer, maxSafeInteger, oneof, property, array as someOf, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { DamagedBlock, Reader, Writer } from "../../firmware/history/bytes.ts";
import { PackedReadings, type Series, writeReadings } from "../../firmware/history/readings.ts";

const ORIGIN = 17_000_000_000;

function packed(series: readonly Series[], decimals: number): Uint8Array {
  const out = new Writer();
  writeReadings(out, new Writer(), series, ORIGIN, () => decimals);
  return out.packed();
}

function unpacked(block: Uint8Array): readonly Series[] {
  const readings = new PackedReadings(new Reader(block), ORIGIN);
  return [...readings.points].map((point) => readings.of(point) as Series);
}

/** What a reading is afterwards: rounded in its last step, where it is small enough for one. */
function kept(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor + 0;
}

/** Rows of one device: deciseconds between them, and which of its points answered. */
const steps = someOf(oneof({ weight: 5, arbitrary: integer({ min: 98, max: 102 }) }, integer({ min: 0, max: 20_000 })), {
  minLength: 1,
  maxLength: 200,
});
const resolution = oneof(
  integer({ min: -400, max: 1_250 }).map((raw) => raw / 10),
  double({ noNaN: true, min: -1e6, max: 1e6 }),
);
const gap = { weight: 1, arbitrary: integer({ min: 0, max: 0 }).map(() => Number.NaN) };
const column = oneof(
  someOf(oneof({ weight: 8, arbitrary: resolution }, gap), { maxLength: 200 }),
  someOf(oneof({ weight: 8, arbitrary: integer({ min: 0, max: 5 }) }, gap), { maxLength: 200 }),
);
const devices = someOf(tuple(steps, someOf(column, { minLength: 1, maxLength: 5 })), { minLength: 1, maxLength: 8 });

function seriesOf(all: readonly (readonly [readonly number[], readonly (readonly number[])[]])[]): readonly Series[] {
  let point = 0;
  return all.flatMap(([pauses, columns]) => {
    let time = ORIGIN;
    const axis = {
      times: Float64Array.from(pauses, (pause) => {
        time += pause;
        return time;
      }),
    };
    return columns.map((values): Series => {
      point += 1 + (values.length % 3);
      return { point, axis, values: axis.times.map((_, n) => values[n % Math.max(1, values.length)] ?? Number.NaN) };
    });
  });
}

describe("a block of readings", () => {
  test("unpacks to what was packed, whatever is missing; points of a device share its times", () => {
    assert(
      property(devices, (all) => {
        const series = seriesOf(all);
        const back = unpacked(packed(series, 3));
        expect(back.map(({ point }) => point)).toEqual(series.map(({ point }) => point));
        back.forEach(({ axis, values }, n) => {
          expect(axis.times).toEqual(series[n]?.axis.times);
          expect(values).toEqual(series[n]?.values.map((value) => kept(value, 3)));
        });
        expect(new Set(back.map(({ axis }) => axis)).size).toBe(new Set(series.map(({ axis }) => axis)).size);
      }),
    );
  });

  test("is exact for counters as large as 2^53, of either sign, and for numbers that are no decimals at all", () => {
    const huge = oneof(maxSafeInteger(), integer(), double({ noNaN: true }));
    assert(
      property(someOf(oneof({ weight: 9, arbitrary: huge }, gap), { minLength: 1, maxLength: 50 }), (values) => {
        const axis = { times: Float64Array.from(values, (_, n) => ORIGIN + n) };
        const [back] = unpacked(packed([{ point: 7, axis, values: Float64Array.from(values) }], 2));
        back?.values.forEach((value, n) => {
          const original = values[n] as number;
          if (Number.isNaN(original)) expect(value).toBeNaN();
          else expect([original + 0, kept(original, 2)]).toContain(value);
          if (Number.isSafeInteger(original)) expect(value).toBe(original + 0);
        });
      }),
    );
  });

  test("gives one point without a look at the others", () => {
    const axis = { times: Float64Array.from({ length: 360 }, (_, n) => ORIGIN + n * 100) };
    const series = Array.from({ length: 32 }, (_, point) => ({ point, axis, values: axis.times.map((_time, n) => (n * point) % 97) }));
    const readings = new PackedReadings(new Reader(packed(series, 2)), ORIGIN);
    expect(readings.of(31)?.values).toEqual(series[31]?.values);
    expect(readings.of(4)?.values).toEqual(series[4]?.values);
    expect(readings.of(32)).toBeNull();
  });

  test("of 65,536 points with one reading each", () => {
    const axis = { times: Float64Array.of(ORIGIN + 5) };
    const series = Array.from({ length: 65_536 }, (_, point) => ({ point, axis, values: Float64Array.of(point / 10) }));
    const readings = new PackedReadings(new Reader(packed(series, 3)), ORIGIN);
    expect(readings.points).toHaveLength(65_536);
    for (const point of [0, 1, 31_000, 65_535]) expect(readings.of(point)?.values).toEqual(Float64Array.of(point / 10));
  });

  test("of nothing is a block, too", () => {
    expect(unpacked(packed([], 3))).toEqual([]);
    const axis = { times: Float64Array.of(ORIGIN) };
    expect(unpacked(packed([{ point: 1, axis, values: Float64Array.of(Number.NaN) }], 3))[0]?.values).toEqual(Float64Array.of(Number.NaN));
  });

  test("costs little where a sensor has a resolution of its own, and next to nothing where nothing changes", () => {
    const axis = { times: Float64Array.from({ length: 360 }, (_, n) => ORIGIN + n * 100) };
    const of = (valueAt: (n: number) => number): number =>
      packed(
        Array.from({ length: 32 }, (_, point) => ({ point, axis, values: axis.times.map((_time, n) => valueAt(n + point)) })),
        3,
      ).length /
      (32 * 360);
    expect(of((n) => 20 + ((n * 7_919) % 3) / 10)).toBeLessThan(0.3);
    expect(of(() => 2)).toBeLessThan(0.02);
    expect(of((n) => (Math.floor(n / 90) % 2 === 0 ? 0 : 1))).toBeLessThan(0.05);
  });

  test("that was bent anywhere is told, never read", () => {
    const axis = { times: Float64Array.from({ length: 60 }, (_, n) => ORIGIN + n) };
    const block = packed([{ point: 1, axis, values: axis.times.map((time) => time % 7) }], 2);
    for (let bit = 0; bit < block.length * 8; bit += 1) {
      const bent = block.slice();
      bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => new PackedReadings(new Reader(bent), ORIGIN)).toThrow(DamagedBlock);
    }
  });
});
