import { afterEach, beforeEach, expect, test } from "vitest";
import type { RawMinute } from "../../firmware/history/book.ts";
import { MinuteBook } from "../../firmware/history/book.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { firstCursor, type SampleCursor, type SampleFile, type SamplePiece } from "../../firmware/history/samples.ts";
import { type Desk, DOOR, deskIn, HUMIDITY, M0, minuteOf, nothingStands, SITE, T0, TEMPERATURE } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";

let folder: ReturnType<typeof temporaryFolder>;
let history: Desk;
beforeEach(() => {
  folder = temporaryFolder();
  history = deskIn(folder.path);
});
afterEach(() => {
  history.close();
  folder.remove();
});

/** Lines of a file, and how many pieces it came in. */
function fileOf(more: Partial<SampleFile> & { readonly minutes: number }): { readonly lines: readonly string[]; readonly pieces: number } {
  const { minutes, ...rest } = more;
  const file: SampleFile = {
    points: [TEMPERATURE],
    states: [null],
    span: { fromMs: T0, toMs: T0 + minutes * MINUTE_MS },
    ...{ step: "raw", timeZone: "Asia/Shanghai", clock: { certain: "ok", uncertain: "?" } },
    ...rest,
  };
  let text = "";
  let pieces = 0;
  for (let cursor: SampleCursor | null = firstCursor(file); cursor !== null; pieces += 1) {
    const outcome = history.desk.answer({ what: "samples", file, cursor });
    if ("failed" in outcome) throw new Error(outcome.failed.en);
    const piece = outcome.answer as SamplePiece;
    text += new TextDecoder().decode(piece.bytes);
    cursor = piece.next;
  }
  return { lines: text.split("\r\n").slice(0, -1), pieces };
}

test("a line for each read, in local time with its offset, and whether the clock was certain", () => {
  history.write(minuteOf(M0, [[20.5, 21], [40], [0]]));
  history.write(minuteOf(M0 + 1, [[22], [41], [1]], false));
  expect(fileOf({ minutes: 2 }).lines).toEqual([
    `2026-09-20T11:00:00.0+08:00,${T0},ok,20.5`,
    `2026-09-20T11:00:01.0+08:00,${T0 + 1_000},ok,21`,
    `2026-09-20T11:01:00.0+08:00,${T0 + 60_000},?,22`,
  ]);
});

test("points that were read together share a line; what only one of them said leaves the other's cell empty", () => {
  history.write(minuteOf(M0, [[20, Number.NaN], [40, 41], [0]]));
  const book = new MinuteBook();
  book.turn((M0 + 1) * MINUTE_MS, true, nothingStands(SITE.length));
  book.take(0, Float64Array.of(25), (M0 + 1) * MINUTE_MS + 1_000);
  book.take(1, Float64Array.of(45), (M0 + 1) * MINUTE_MS + 1_500);
  history.write(book.end(nothingStands(SITE.length)) as RawMinute);
  const { lines } = fileOf({ minutes: 2, points: [HUMIDITY, TEMPERATURE], states: [null, null] });
  expect(lines.map((line) => line.split(",").slice(3).join())).toEqual(["40,20", "41,", ",25", "45,"]);
});

test("where a gap begins is an empty line, however many hours it lasts", () => {
  for (const n of [0, 1, 2, 700, 701]) history.write(minuteOf(M0 + n, [[20], [40], [0]]));
  const { lines, pieces } = fileOf({ minutes: 800 });
  expect(lines.map((line) => line.split(",").slice(2).join())).toEqual(["ok,20", "ok,20", "ok,20", ",", "ok,20", "ok,20"]);
  expect(Number(lines[3]?.split(",")[1])).toBe(T0 + 3 * MINUTE_MS);
  // Hours without anything cost no question of their own.
  expect(pieces).toBeLessThan(4);
});

test("minutes have mean, lowest and highest; states have their names, which no spreadsheet runs", () => {
  history.write(minuteOf(M0, [[20, 24, 22], [40], [0, 1]]));
  history.write(minuteOf(M0 + 3, [[], [], [1]]));
  const states = ["=HYPERLINK(1)", 'open, "wide"'];
  const minute = fileOf({ minutes: 10, step: "minute", points: [TEMPERATURE, DOOR], states: [null, states] });
  expect(minute.lines.map((line) => line.slice(line.indexOf(",") + 1))).toEqual([
    `${T0},ok,22,20,24,0.5,'=HYPERLINK(1),"open, ""wide"""`,
    `${T0 + MINUTE_MS},,,,,,,`,
    `${T0 + 3 * MINUTE_MS},ok,,,,1,"open, ""wide""","open, ""wide"""`,
  ]);
  const raw = fileOf({ minutes: 10, points: [DOOR], states: [states] });
  expect(raw.lines[0]?.split(",").slice(3).join()).toBe("'=HYPERLINK(1)");
});

test("the hour that a clock tells twice in autumn has two offsets, and no line is lost", () => {
  // Berlin, 25 October 2026, 01:00 UTC: summer time ends.
  const end = Date.UTC(2026, 9, 25, 1) / MINUTE_MS;
  for (let n = -1; n < 1; n += 1) history.write(minuteOf(end + n, [[20 + n], [40], [0]]));
  const span = { fromMs: (end - 5) * MINUTE_MS, toMs: (end + 5) * MINUTE_MS };
  const { lines } = fileOf({ minutes: 0, span, timeZone: "Europe/Berlin" });
  expect(lines.map((line) => line.split(",")[0])).toEqual(["2026-10-25T02:59:00.0+02:00", "2026-10-25T02:00:00.0+01:00"]);
});

test("a span begins and ends where it was asked to, and an hour is a piece", () => {
  for (let n = 0; n < 200; n += 1) history.write(minuteOf(M0 + n, [[n], [40], [0]]));
  const span = { fromMs: T0 + 10 * MINUTE_MS + 1, toMs: T0 + 150 * MINUTE_MS };
  const { lines, pieces } = fileOf({ minutes: 0, span });
  expect(lines).toHaveLength(139);
  expect(lines.map((line) => Number(line.split(",")[3]))).toEqual(Array.from({ length: 139 }, (_, n) => 11 + n));
  expect(pieces).toBe(3);
  expect(fileOf({ minutes: 0 })).toMatchObject({ lines: [] });
});
