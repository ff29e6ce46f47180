import { type Arbitrary, assert, boolean, constantFrom, integer, oneof, property, record, array as someOf } from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MinuteBook, type RawMinute } from "../../firmware/history/book.ts";
import type { Questions } from "../../firmware/history/desk.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { firstCursor, type SampleFile } from "../../firmware/history/samples.ts";
import { HistoryModel, type Noted } from "./history-model.ts";
import { type Desk, deskIn, M0, nothingStands } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";

// Every minute waits for the disk, which others may use as well.
vi.setConfig({ testTimeout: 240_000 });

/** Two devices in different blocks of the file, the second read twice as often. */
const DEVICES = [
  { first: 0, ids: ["a/temperature", "a/state"], everyTenths: 200 },
  { first: 40, ids: ["b/counter"], everyTenths: 100 },
];
const POINTS = DEVICES.flatMap(({ ids }) => ids);
const SITE = Array.from({ length: 41 }, (_, place) => {
  const device = DEVICES.find(({ first, ids }) => place >= first && place < first + ids.length);
  return { id: device?.ids[place - device.first] ?? `filler/${place}`, decimals: 3 };
});
const FAR = Number.POSITIVE_INFINITY;

interface Written {
  readonly minute: number;
  readonly raw: RawMinute;
  readonly noted: readonly Noted[];
}

/** A minute of both devices; `shape` makes values and gaps, `end` is where the box was cut off. */
function written(minute: number, shape: number, clockTrusted: boolean, end = 600): Written {
  const book = new MinuteBook();
  book.turn(minute * MINUTE_MS, clockTrusted, nothingStands(SITE.length));
  const noted: Noted[] = [];
  for (const { first, ids, everyTenths } of DEVICES)
    for (let at = (shape * 7) % 90; at < end; at += everyTenths + ((shape * at) % 3)) {
      const values = ids.map((id, n) => {
        if ((shape + at + n) % 11 === 0) return Number.NaN;
        return id === "b/counter" ? 8e12 + minute * 7 + at : id === "a/state" ? shape % 4 : 20 + ((shape * at * 13) % 70) / 10;
      });
      book.take(first, Float64Array.from(values), minute * MINUTE_MS + at * 100 + 37);
      values.forEach((value, n) => {
        if (!Number.isNaN(value)) noted.push({ point: ids[n] ?? "", tenths: minute * 600 + at, value, clockTrusted });
      });
    }
  return { minute, raw: book.end(nothingStands(SITE.length)) as RawMinute, noted };
}

type Step =
  | { readonly kind: "minutes"; readonly jump: number; readonly count: number; readonly shape: number; readonly clockTrusted: boolean }
  | { readonly kind: "reopen" };

const step: Arbitrary<Step> = oneof(
  {
    weight: 6,
    arbitrary: record({
      kind: constantFrom("minutes" as const),
      // Mostly on, sometimes the clock is set, by minutes or by hours, or the box was out.
      jump: oneof(
        { weight: 6, arbitrary: integer({ min: 1, max: 3 }) },
        { weight: 3, arbitrary: integer({ min: -70, max: 70 }) },
        { weight: 1, arbitrary: integer({ min: -200, max: 400 }) },
        // Whole days, so that there are some that are summed up.
        { weight: 2, arbitrary: integer({ min: 700, max: 2_500 }) },
      ),
      count: integer({ min: 1, max: 12 }),
      shape: integer({ min: 0, max: 1_000 }),
      clockTrusted: boolean(),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constantFrom("reopen" as const) }) },
);
const steps = someOf(step, { minLength: 1, maxLength: 14 });

let folder: ReturnType<typeof temporaryFolder>;
let open: Desk | null = null;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  open?.close();
  open = null;
  folder.remove();
});

interface Played {
  readonly desk: Desk;
  readonly model: HistoryModel;
  readonly from: number;
  readonly to: number;
}

function play(all: readonly Step[], limits: { readonly hours: number; readonly fullHours: number }): Played {
  open?.close();
  folder.remove();
  folder = temporaryFolder();
  const kept = { hoursKept: limits.hours, fullHoursKept: limits.fullHours };
  const start = (): Desk => deskIn(folder.path, { site: SITE, limits: kept });
  let desk = start();
  const model = new HistoryModel(limits);
  let minute = M0 + 1_000;
  let [from, to] = [minute, minute + 1];
  for (const one of all) {
    if (one.kind === "reopen") {
      desk.close();
      desk = start();
      continue;
    }
    minute += one.jump;
    for (let n = 0; n < one.count; n += 1, minute += 1) {
      const { raw, noted } = written(minute, one.shape + n, one.clockTrusted);
      desk.write(raw);
      model.write(minute, noted, one.clockTrusted);
      from = Math.min(from, minute);
      to = Math.max(to, minute + 1);
    }
  }
  open = desk;
  return { desk, model, from, to };
}

/** Every reading at full rate, as the CSV of one point says it. */
function exported({ desk }: Played, point: string, from: number, to: number): readonly Omit<Noted, "point">[] {
  const file: SampleFile = {
    points: [point],
    states: [null],
    span: { fromMs: from * MINUTE_MS, toMs: to * MINUTE_MS },
    ...{ step: "raw", timeZone: "Asia/Shanghai", clock: { certain: "certain", uncertain: "uncertain" } },
  };
  let text = "";
  for (let cursor: Questions["samples"]["asked"]["cursor"] | null = firstCursor(file); cursor !== null; ) {
    const outcome = desk.desk.answer({ what: "samples", file, cursor });
    if ("failed" in outcome) throw new Error(outcome.failed.en);
    const { bytes, next } = outcome.answer as Questions["samples"]["answer"];
    text += new TextDecoder().decode(bytes);
    cursor = next;
  }
  const lines = text.split("\r\n").filter((line) => line !== "");
  return lines.flatMap((line) => {
    const [local = "", epoch = "", clock = "", value = ""] = line.split(",");
    expect(Date.parse(local)).toBe(Number(epoch));
    // Where a gap begins.
    if (value === "") return [];
    return [{ tenths: Number(epoch) / 100, value: Number(value), clockTrusted: clock === "certain" }];
  });
}

function expectSame(played: Played): void {
  const { desk, model, from, to } = played;
  const uncertain = new Set(model.uncertain());
  for (const point of POINTS) {
    const expected = model.readings(point).map(({ tenths, value }) => ({
      ...{ tenths, value },
      // A minute is certain as a whole, or not.
      clockTrusted: !uncertain.has(Math.floor(tenths / 600)),
    }));
    const found = exported(played, point, from, to);
    expect(found.map(({ tenths }) => tenths)).toEqual(expected.map(({ tenths }) => tenths));
    expect(found.toSorted(byAll)).toEqual(expected.toSorted(byAll));

    for (let begin = from; begin < to; begin += 1_000) {
      const end = Math.min(to, begin + 1_000);
      const { series, stepMs } = desk.trend([point], begin, end, end - begin);
      expect(stepMs).toBe(MINUTE_MS);
      for (let minute = begin; minute < end; minute += 1) {
        const note = model.minute(point, minute);
        const at = minute - begin;
        const [min, max, avg, last] = (["min", "max", "avg", "last"] as const).map((column) => series[0]?.[column][at] ?? null);
        expect([min, max], `${point} in minute ${at}`).toEqual([note?.min ?? null, note?.max ?? null]);
        if (note === null) continue;
        expect(Math.abs((avg ?? Number.NaN) - note.avg)).toBeLessThanOrEqual(0.0011 + note.avg * 1e-15);
        if (note.last !== null) expect(last).toBe(note.last);
      }
    }
    expectEnvelope(played, point);
  }
  const spans = desk.trend(POINTS, from, to, 2_000).uncertain;
  const minutes = spans.flatMap(({ fromMs, toMs }) =>
    Array.from({ length: (toMs - fromMs) / MINUTE_MS }, (_, n) => fromMs / MINUTE_MS + n),
  );
  expect(minutes).toEqual(model.uncertain());
}

/** Quarters and more, from an odd minute on: days that are summed up, and those that are not. */
function expectEnvelope({ desk, model, from, to }: Played, point: string): void {
  const [begin, end] = [from - 7, to + 4];
  const { fromMs, stepMs, steps, series } = desk.trend([point], begin, end, Math.ceil((end - begin) / 15) + 2);
  for (let step = 0; step < steps; step += 1) {
    const first = (fromMs + step * stepMs) / MINUTE_MS;
    const notes = Array.from({ length: stepMs / MINUTE_MS }, (_, n) => first + n)
      .filter((minute) => minute >= begin && minute < end)
      .flatMap((minute) => model.minute(point, minute) ?? []);
    const extremes =
      notes.length === 0 ? [null, null] : [Math.min(...notes.map(({ min }) => min)), Math.max(...notes.map(({ max }) => max))];
    expect([series[0]?.min[step], series[0]?.max[step]]).toEqual(extremes);
    const mean = notes.reduce((sum, { avg }) => sum + avg, 0) / notes.length;
    if (notes.length > 0) expect(Math.abs((series[0]?.avg[step] ?? Number.NaN) - mean)).toBeLessThanOrEqual(0.0022 + mean * 1e-15);
  }
}

const byAll = (a: Omit<Noted, "point">, b: Omit<Noted, "point">): number => a.tenths - b.tenths || a.value - b.value;

describe("the whole store", () => {
  test("answers as a list of all readings would, whatever the clock did and however often it was started again", () => {
    assert(
      property(steps, (all) => expectSame(play(all, { hours: FAR, fullHours: FAR }))),
      { numRuns: 25 },
    );
  });

  test("answers for what it keeps, and for nothing that it let go of", () => {
    assert(
      property(steps, integer({ min: 1, max: 4 }), integer({ min: 1, max: 6 }), (all, fullHours, hours) => {
        const played = play(all, { hours, fullHours });
        expectSame(played);
      }),
      { numRuns: 25 },
    );
  });
});

describe("a clock that turns out to have been wrong", () => {
  test("is put right for what was read under it: as if it had been right, also when the power is cut in between", () => {
    const move = record({
      begin: integer({ min: -50, max: 400 }),
      minutes: integer({ min: 1, max: 300 }),
      offsetTenths: oneof(
        integer({ min: -400_000, max: 400_000 }),
        integer({ min: -200, max: 200 }).map((minutes) => minutes * 600),
      ),
    });
    assert(
      property(steps, someOf(move, { minLength: 1, maxLength: 3 }), integer({ min: 0, max: 4 }), steps, (all, moves, cutAfter, later) => {
        const played = play(all, { hours: FAR, fullHours: FAR });
        let { from, to } = played;
        for (const { begin, minutes, offsetTenths } of moves) {
          // In the middle of a minute, as clocks are set.
          const [fromMs, toMs] = [(played.from + begin) * MINUTE_MS + 12_300, (played.from + begin + minutes) * MINUTE_MS + 45_600];
          open?.desk.restamp({ fromMs, toMs }, offsetTenths * 100);
          for (let n = 0; n < cutAfter; n += 1) open?.desk.work();
          open?.close();
          open = deskIn(folder.path, { site: SITE });
          // The first minute after the start sets the rest going.
          const { raw, noted, minute } = written(to + 1, begin + 3_000, true);
          open.write(raw);
          played.model.restamp(fromMs / 100, toMs / 100, offsetTenths);
          played.model.write(minute, noted, true);
          const moved = [from + offsetTenths / 600, to + offsetTenths / 600];
          from = Math.floor(Math.min(from, ...moved));
          to = Math.ceil(Math.max(to + 2, ...moved));
        }
        const after = { desk: open as Desk, model: played.model, from, to };
        expectSame(after);
        // What comes later is not touched.
        let minute = to;
        for (const one of later)
          if (one.kind === "minutes") {
            minute += Math.max(1, one.jump);
            const next = written(minute, one.shape, one.clockTrusted);
            after.desk.write(next.raw);
            after.model.write(minute, next.noted, one.clockTrusted);
          }
        expectSame({ ...after, to: minute + 1 });
      }),
      { numRuns: 25 },
    );
  });
});
