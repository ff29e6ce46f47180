import type { AccessEntry } from "../contract/access.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import type { AuditTrail } from "./audit.ts";
import type { ClockBook } from "./clock-book.ts";
import { RefusedEntry } from "./faults.ts";
import { ACCESS_RECENT_MAX, type AccessMemory, type AccessQuery, type AccessWrite, RECORD_BYTES_MAX, type Stamp } from "./journal.ts";
import { numberOf, numberOrNull, parsed, type Row, textOf } from "./row.ts";

/** The entry log: who came and went, what doors did, and how far each reader was read. Every call here runs inside the caller's transaction. */
export class AccessLog {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** An entry that comes a second time is there already, and so are its audit lines. */
  record({ entries, readers, audit }: AccessWrite, trail: AuditTrail, clock: ClockBook, stamp: Stamp): void {
    let added = 0;
    for (const { id, entry } of entries) {
      const json = JSON.stringify(entry);
      if (json.length > RECORD_BYTES_MAX) throw new RefusedEntry(`an entry of the entry log has ${json.length} characters`);
      const who = [entry.person, entry.company, entry.card, entry.subject].filter((part) => part !== null).join(" ");
      const { boot, uptimeMs, clock: source, correctedMs } = clock.place(entry.atMs, stamp, entry.clockTrusted);
      const words = [entry.kind, entry.door, who.toLowerCase(), json] as const;
      const row = this.#sql.add.get(id, entry.atMs, ...words, boot, uptimeMs, source, correctedMs);
      if (row === undefined) continue;
      added += 1;
    }
    for (const { device, counter, blank, atMs } of readers) this.#sql.putReader.run(device, counter, blank ? 1 : 0, atMs);
    if (added > 0 || entries.length === 0) for (const line of audit) trail.add(line, clock.placeLine(line.atMs, stamp));
  }

  /** Drops the oldest lines up to number `upTo`. @returns how many went. */
  drop(upTo: number, rowsMax: number): number {
    return Number(this.#sql.drop.run(upTo, rowsMax).changes);
  }

  list(query: AccessQuery): readonly AccessEntry[] {
    const { before, after, fromMs, toMs, door, kind, who, oldestFirst } = query;
    const statement = oldestFirst === true ? this.#sql.oldest : this.#sql.newest;
    return statement
      .all({
        before: before ?? Number.MAX_SAFE_INTEGER,
        after: after ?? 0,
        from: fromMs ?? Number.MIN_SAFE_INTEGER,
        to: toMs ?? Number.MAX_SAFE_INTEGER,
        door: door ?? null,
        kind: kind ?? null,
        who: who === undefined || who === "" ? null : `%${who.toLowerCase().replaceAll(/[\\%_]/g, "\\$&")}%`,
        limit: query.limit,
      })
      .flatMap(entryOf);
  }

  memory(): AccessMemory {
    return {
      readers: this.#sql.readers.all().map((row) => ({
        device: textOf(row, "device"),
        counter: numberOf(row, "counter"),
        blank: numberOf(row, "blank") === 1,
        atMs: numberOf(row, "at_ms"),
      })),
      contacts: this.#sql.contacts.all().flatMap(entryOf),
      recent: this.#sql.recent.all(ACCESS_RECENT_MAX).flatMap(entryOf).reverse(),
    };
  }
}

function entryOf(row: Row): readonly AccessEntry[] {
  const entry = parsed<AccessEntry>(row, "entry");
  if (entry === null) return [];
  const correctedMs = numberOrNull(row, "corrected_ms");
  const number = numberOf(row, "number");
  if (correctedMs === null) return [{ ...entry, number, toldMs: null }];
  // What was before this boot was told by a clock that was right.
  const beganMs = numberOrNull(row, "began_ms") ?? Number.POSITIVE_INFINITY;
  const sinceMs = entry.sinceMs !== null && entry.sinceMs >= beganMs ? entry.sinceMs + (correctedMs - entry.atMs) : entry.sinceMs;
  return [{ ...entry, number, atMs: correctedMs, toldMs: entry.atMs, sinceMs }];
}

const SHOWN = "number, entry, corrected_ms, (SELECT began_ms FROM boots WHERE boots.number = access.boot) AS began_ms FROM access";
const WITHIN = "((corrected_ms IS NULL AND at_ms >= :from AND at_ms < :to) OR (corrected_ms >= :from AND corrected_ms < :to))";

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const listed = (order: string): StatementSync =>
    sql(`SELECT ${SHOWN} WHERE number < :before AND number > :after AND ${WITHIN}
      AND (:door IS NULL OR door = :door) AND (:kind IS NULL OR kind = :kind) AND (:who IS NULL OR who LIKE :who ESCAPE '\\')
      ORDER BY number ${order} LIMIT :limit`);
  return {
    add: sql(`INSERT INTO access (id, at_ms, kind, door, who, entry, boot, uptime_ms, clock, corrected_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING RETURNING number`),
    drop: sql("DELETE FROM access WHERE number IN (SELECT number FROM access WHERE number <= ? ORDER BY number LIMIT ?)"),
    putReader: sql(`INSERT INTO access_readers (device, counter, blank, at_ms) VALUES (?, ?, ?, ?)
      ON CONFLICT (device) DO UPDATE SET counter = excluded.counter, blank = excluded.blank, at_ms = excluded.at_ms`),
    readers: sql("SELECT device, counter, blank, at_ms FROM access_readers ORDER BY device"),
    newest: listed("DESC"),
    oldest: listed("ASC"),
    recent: sql(`SELECT ${SHOWN} WHERE number IN
      (SELECT number FROM access WHERE kind IN ('granted', 'missed', 'visitorIn', 'visitorOut', 'reset')
      AND number >= (SELECT coalesce(max(number), 0) FROM access WHERE kind = 'reset' AND entry ->> '$.subject' IS NULL)
      ORDER BY number DESC LIMIT ?) ORDER BY number DESC`),
    contacts: sql(`SELECT ${SHOWN} WHERE number IN
      (SELECT max(number) FROM access WHERE kind IN ('opened', 'closed', 'leftOpen') GROUP BY door) ORDER BY number`),
  };
}
