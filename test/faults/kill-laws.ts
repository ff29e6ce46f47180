import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { Taken } from "./recording-upstream.ts";

/** One row of the journal. */
interface JournalEvent {
  readonly sequence: number;
  readonly id: string;
  readonly cause: string;
  readonly record: AlarmRecord;
}

interface Delivery {
  readonly id: string;
  readonly target: string;
  readonly sequence: number;
  readonly state: string;
}

/** A journal as a kill left it. */
export interface Remains {
  readonly events: readonly JournalEvent[];
  readonly deliveries: readonly Delivery[];
  readonly live: ReadonlyMap<string, AlarmRecord>;
  /** Notes of acknowledgements in the audit log. */
  readonly audited: ReadonlySet<string>;
  /** Events that somebody is to be told of. */
  readonly told: ReadonlySet<number>;
}

/** Reads a copy, with its write-ahead log: to open the file itself would mend what the next start has to mend. */
export function remainsOf(dataFolder: string): Remains {
  const folder = mkdtempSync(join(tmpdir(), "roomward-remains-"));
  try {
    for (const name of ["journal.db", "journal.db-wal"])
      if (existsSync(join(dataFolder, name))) copyFileSync(join(dataFolder, name), join(folder, name));
    const db = new DatabaseSync(join(folder, "journal.db"));
    try {
      return read(db);
    } finally {
      db.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(db: DatabaseSync): Remains {
  expect(Object.values(db.prepare("PRAGMA quick_check(1)").get() ?? {})).toEqual(["ok"]);
  const rows = (sql: string): Record<string, unknown>[] => db.prepare(sql).all();
  // Killed before the very first start had made its tables; the laws see to it that nothing had been said by then.
  if (rows("SELECT 1 FROM sqlite_master WHERE name = 'events'").length === 0)
    return { events: [], deliveries: [], live: new Map(), audited: new Set(), told: new Set() };
  const events = rows("SELECT sequence, id, cause, record FROM events ORDER BY sequence").map((row) => ({
    sequence: Number(row["sequence"]),
    id: String(row["id"]),
    cause: String(row["cause"]),
    record: JSON.parse(String(row["record"])) as AlarmRecord,
  }));
  const deliveries = rows("SELECT id, target, sequence, state FROM outbox ORDER BY sequence, target") as unknown as Delivery[];
  const live = new Map(rows("SELECT key, record FROM alarms").map((row) => [String(row["key"]), JSON.parse(String(row["record"]))]));
  const audited = new Set(rows("SELECT detail FROM audit WHERE action = 'alarm.acknowledge'").map((row) => String(row["detail"])));
  const told = new Set(rows("SELECT sequence FROM events WHERE body IS NOT NULL").map((row) => Number(row["sequence"])));
  return { events, deliveries, live, audited, told };
}

/** What the box said to somebody before it was killed. */
export interface Said {
  /** To a person: acknowledged, under this note. */
  readonly acknowledged: readonly { readonly key: string; readonly note: string }[];
  /** To a screen: the alarm as it was shown. */
  readonly shown: readonly AlarmRecord[];
}

/** Holds after every kill, whatever is still on its way. */
export function expectLaws({ events, deliveries, live, audited, told }: Remains, said: Said, taken: readonly Taken[], when: string): void {
  expect(
    events.map(({ sequence }) => sequence),
    `${when}: a gap in the sequence`,
  ).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size, `${when}: an event twice`).toBe(events.length);
  for (const [key, ofKey] of Map.groupBy(events, ({ record }) => record.key)) expectLife(ofKey, live.get(key), `${when}: ${key}`);

  const byKey = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  const idOf = new Map(events.map(({ sequence, id }) => [sequence, id]));
  for (const { id, target, sequence } of deliveries) expect(id, when).toBe(`${idOf.get(sequence)}.${target}`);
  const targets = new Set(deliveries.map(({ target }) => target));
  expect(deliveries.length, `${when}: an event without its deliveries`).toBe(told.size * Math.max(1, targets.size));

  const stands = new Set(events.map(({ record }) => printed(record)));
  for (const record of said.shown)
    expect(stands.has(printed(record)), `${when}: shown, and not in the journal: ${printed(record)}`).toBe(true);
  const notes = new Set(
    events.flatMap(({ cause, record }) => (cause === "acknowledge" ? [`${record.key} ${record.acknowledgement?.note}`] : [])),
  );
  for (const { key, note } of said.acknowledged) {
    expect(notes.has(`${key} ${note}`), `${when}: the acknowledgement "${note}" is lost`).toBe(true);
    expect(audited.has(note), `${when}: "${note}" is not in the audit log`).toBe(true);
  }

  const got = new Set(taken.map(({ key }) => key));
  for (const { key, event } of taken) {
    expect(byKey.get(key)?.sequence, `${when}: ${key} was sent and is not in the journal`).toBeDefined();
    expect(key.startsWith(`${event}.`), `${when}: ${event} under the key ${key}`).toBe(true);
  }
  for (const { id, state } of deliveries)
    if (state === "sent") expect(got.has(id), `${when}: ${id} was never taken by its target`).toBe(true);
  expectOrder(taken, when);
}

/** One event has one key and one body, however often it comes; the events of an alarm come to a target in their order. */
function expectOrder(taken: readonly Taken[], when: string): void {
  const bodies = new Map<string, string>();
  const last = new Map<string, number>();
  for (const { target, key, alarm, sequence, body } of taken) {
    expect(bodies.get(key) ?? body, `${when}: ${key} came with other bytes`).toBe(body);
    bodies.set(key, body);
    const queue = `${target} ${alarm}`;
    expect(sequence, `${when}: out of order at ${queue}`).toBeGreaterThanOrEqual(last.get(queue) ?? 0);
    last.set(queue, sequence);
  }
}

/** An alarm rings, is acknowledged and ends, in this order and each once, also across restarts; what is live is what the last event says. */
function expectLife(events: readonly JournalEvent[], live: AlarmRecord | undefined, where: string): void {
  let before: AlarmRecord | null = null;
  for (const { cause, record, sequence } of events) {
    const at = `${where}, event ${sequence}: ${cause} after ${before === null ? "nothing" : `${before.state} ${before.incident}`}`;
    const isThere: boolean = before !== null && before.state !== "A" && before.clearedAtMs === null;
    // What was set aside, as all is while a start settles, rings when that is over.
    if (cause === "raise") expect(isThere && !/[EFG]/.test(before?.state ?? ""), at).toBe(false);
    if (cause === "clear") expect(isThere, at).toBe(true);
    if (cause === "acknowledge") expect(before?.state, at).toMatch(/[BD]/);
    before = record;
  }
  expect(live === undefined ? undefined : printed(live), `${where}: live`).toBe(
    before === null || before.state === "A" ? undefined : printed(before),
  );
}

/** What tells one state of an alarm from every other. `held` is shown, but not recorded. */
function printed({ key, incident, state, changedAtMs, clearedAtMs, acknowledgement }: AlarmRecord): string {
  return JSON.stringify([key, incident, state, changedAtMs, clearedAtMs, acknowledgement?.note]);
}

/** Once the targets behave: each has all that was committed for it. */
export function undelivered({ deliveries }: Remains, taken: readonly Taken[]): readonly string[] {
  const got = new Set(taken.map(({ key }) => key));
  return deliveries.filter(({ id, state }) => state !== "sent" || !got.has(id)).map(({ id, state }) => `${id} ${state}`);
}
