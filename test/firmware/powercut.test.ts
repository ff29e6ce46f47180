import { spawn } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { journalHere, temporaryFolder } from "./journal-entries.ts";

const ROUNDS = 30;
/** Two rooms at a time: the machine that builds has two cores. */
const ROOMS = 2;
const LIFE_MAX_MS = 120;
const CHILD = fileURLToPath(new URL("./powercut-child.ts", import.meta.url));

interface Acknowledged {
  readonly id: string;
  readonly key: string;
  readonly cause: string;
}

/** Runs the room, and kills it without warning some time after its first acknowledged commit. */
async function killedRoom(directory: string, round: number): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, [CHILD, directory, String(round)], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  child.stdout.on("data", (chunk: Buffer) => {
    if (printed === "") setTimeout(() => child.kill("SIGKILL"), Math.random() * LIFE_MAX_MS);
    printed += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.once("close", (_, by) => resolve(by)));
  expect(signal, complaint).toBe("SIGKILL");
  // A last line without its end was cut off by the kill.
  return printed
    .slice(0, printed.lastIndexOf("\n"))
    .split("\n")
    .map((line) => {
      const [id = "", key = "", cause = ""] = line.split(" ");
      return { id, key, cause };
    });
}

async function room(rounds: number): Promise<number> {
  const folder = temporaryFolder();
  const all: Acknowledged[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const acknowledged = await killedRoom(folder.path, round);
    all.push(...acknowledged);
    await expectKept(folder.path, round, acknowledged, all.length);
  }
  folder.remove();
  return all.length;
}

async function expectKept(directory: string, round: number, acknowledged: readonly Acknowledged[], total: number): Promise<void> {
  const journal = journalHere(directory, "check", (words) => {
    throw new Error(words.en);
  });
  const live = new Map((await journal.liveAlarms()).map((record) => [record.key, record]));
  await journal.close();
  const db = new DatabaseSync(join(directory, "journal.db"), { readOnly: true });
  const events = db.prepare("SELECT id, key, cause, sequence FROM events WHERE boot = ? ORDER BY sequence").all(`boot-${round}`);
  const byId = new Map(events.map((event) => [event["id"], event]));
  for (const { id, key, cause } of acknowledged) expect(byId.get(id)).toMatchObject({ key, cause });
  const count = (sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];
  expect(count("SELECT count(DISTINCT id) - count(*) FROM events")).toBe(0);
  expect(count("SELECT count(*) FROM events")).toBeGreaterThanOrEqual(total);
  expect(count("SELECT count(*) FROM events e LEFT JOIN outbox o USING (sequence) WHERE o.id IS NOT e.id || '.itsm'")).toBe(0);
  expect(count("SELECT max(sequence) - count(*) FROM events")).toBe(0);
  db.close();
  // The live alarms say what the last event of each key says: half a commit would show here.
  const last = new Map(events.map((event) => [String(event["key"]), String(event["cause"])]));
  for (const [key, cause] of last) {
    const state = { raise: "B", acknowledge: "C" }[cause];
    expect(live.get(key)?.state).toBe(state);
    expect(live.get(key)?.acknowledgement?.by).toBe(cause === "acknowledge" ? "wang" : undefined);
  }
}

test(`killed at ${ROUNDS} random moments, the journal has all that it ever acknowledged`, async () => {
  const rooms = await Promise.all(Array.from({ length: ROOMS }, () => room(ROUNDS / ROOMS)));
  expect(Math.min(...rooms)).toBeGreaterThan(ROUNDS);
}, 300_000);
