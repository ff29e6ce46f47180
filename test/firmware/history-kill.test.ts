import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { deskIn, M0, minuteOf, TEMPERATURE } from "./history-room.ts";
import { temporaryFolder } from "./journal-entries.ts";

const KILLS = 12;
/** Each process lives for so many minutes, and some milliseconds more. */
const MINUTES_MIN = 16;
const MINUTES_MORE = 40;
const MORE_MS_MAX = 20;
const CHILD = fileURLToPath(new URL("./history-child.ts", import.meta.url));

/** @returns the last minute that was said to be on the disk. */
async function killed(directory: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, directory, String(first)], { stdio: ["ignore", "pipe", "pipe"] });
  const life = MINUTES_MIN + Math.random() * MINUTES_MORE;
  let printed = "";
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (printed.split("\n").length > life) setTimeout(() => child.kill("SIGKILL"), Math.random() * MORE_MS_MAX);
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal, complaint).toBe("SIGKILL");
  return Number(printed.slice(0, printed.lastIndexOf("\n")).split("\n").at(-1));
}

test("a process that is killed at any moment, also while an hour is packed, loses no minute that was written", {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  let first = M0;
  for (let round = 0; round < KILLS; round += 1) first = (await killed(folder.path, first)) + 1;
  const history = deskIn(folder.path);
  history.write(minuteOf(first, [[0], [40], [0]]));
  const [summary] = history.summaries([TEMPERATURE], M0, first);
  expect(summary).toMatchObject({ minutesWithData: first - M0, minutes: first - M0, gaps: [] });
  expect(first - M0).toBeGreaterThan(3 * 60);
  for (let from = M0; from < first; from += 1_000) {
    const to = Math.min(from + 1_000, first);
    const [series] = history.trend([TEMPERATURE], from, to, 1_000).series;
    expect(series?.last).toEqual(Array.from({ length: to - from }, (_, n) => (from + n) % 100));
  }
  // Not a reading is missing either, in frames and in packed hours.
  const readings = (hour: number): number[] => {
    const outcome = history.desk.answer({
      what: "samples",
      cursor: { hour, lastMs: null },
      file: {
        ...{ points: [TEMPERATURE], states: [null], span: { fromMs: 0, toMs: 1e15 }, step: "raw", timeZone: "UTC" },
        clock: { certain: "", uncertain: "?" },
      },
    });
    if ("failed" in outcome || !("bytes" in outcome.answer)) throw new Error("no readings");
    const lines = new TextDecoder()
      .decode(outcome.answer.bytes as Uint8Array)
      .split("\r\n")
      .slice(0, -1);
    return lines.map((line) => Number(line.split(",")[3]));
  };
  const all: number[] = [];
  for (let hour = Math.floor(M0 / 60); hour * 60 < first; hour += 1) all.push(...readings(hour));
  // Who was killed between the disk and the word for it wrote its last minute; the next one wrote it once more.
  const once = all.filter((value, n) => value !== all[n - 1]);
  expect(once.slice(0, first - M0)).toEqual(Array.from({ length: first - M0 }, (_, n) => (M0 + n) % 100));
  history.close();
  const db = new DatabaseSync(join(folder.path, "history.db"));
  expect(Object.values(db.prepare("PRAGMA integrity_check").get() ?? {})).toEqual(["ok"]);
  db.close();
  folder.remove();
});
