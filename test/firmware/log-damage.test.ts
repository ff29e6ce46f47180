import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";

const FRAME_BYTES = 24 + 1_024;
const frameAt = (frame: number): number => 32 + frame * FRAME_BYTES;

let folder: ReturnType<typeof temporaryFolder>;
let cut: string;
let log: string;
/** Frames of the log. */
let frames: number;
beforeEach(async () => {
  folder = temporaryFolder();
  cut = join(folder.path, "cut");
  log = join(cut, "journal.db-wal");
  const journal = journalHere(join(folder.path, "room"));
  for (let n = 0; n < 10; n += 1) await journal.commit(entry([raised({ key: `key-${n}`, incident: `incident-${n}` })]));
  mkdirSync(cut);
  for (const name of ["journal.db", "journal.db-wal"]) cpSync(join(folder.path, "room", name), join(cut, name));
  await journal.close();
  frames = (readFileSync(log).length - 32) / FRAME_BYTES;
});
afterEach(() => folder.remove());

async function started(): Promise<{ readonly told: readonly string[]; readonly alarms: number }> {
  const told: string[] = [];
  const journal = journalHere(cut, "after", (words) => void told.push(words.en));
  const alarms = (await journal.liveAlarms()).length;
  await journal.close();
  return { told, alarms };
}

function bend(at: number): void {
  const bytes = readFileSync(log);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(log, bytes);
}

test("a sound log is read to its end, and nothing is said", async () => {
  expect(await started()).toEqual({ told: [], alarms: 10 });
});

test.each([
  ["in a page", 24 + 100],
  ["in a checksum", 17],
  ["in a salt", 9],
])("a bit that turned %s in the middle: what is behind it is missing, which is said, and the files are kept", async (_, within) => {
  bend(frameAt(Math.floor(frames / 2)) + within);
  const { told, alarms } = await started();
  expect(alarms).toBeLessThan(10);
  expect(told).toEqual([expect.stringMatching(/damaged at one place; at least \d+ writes after it.*copied to/)]);
  expect(readdirSync(cut).filter((name) => name.includes(".damaged-")).length).toBe(2);
  // Said once: the next start finds a log that begins anew.
  expect((await started()).told).toEqual([]);
});

test("an end that a power cut left is none: the last commit whole, torn, or in any order", async () => {
  const whole = readFileSync(log);
  for (let lost = 1; lost <= 3; lost += 1) {
    truncateSync(log, frameAt(frames - lost) + 512);
    expect((await started()).told).toEqual([]);
    writeFileSync(log, whole);
    cpSync(join(folder.path, "room", "journal.db"), join(cut, "journal.db"));
  }
});

test("a schema that is bent, which SQLite's own check does not see, is set aside: the gateway starts", async () => {
  await started();
  const file = join(cut, "journal.db");
  const bytes = readFileSync(file);
  const text = "incident TEXT NOT NULL";
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at)) bytes.write("incidenu", at);
  writeFileSync(file, bytes);
  expect((await started()).told).toEqual([expect.stringContaining("was damaged. It was kept as")]);
  expect(readdirSync(cut).some((name) => name.includes(".damaged-"))).toBe(true);
});
