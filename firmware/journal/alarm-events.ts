import type { AlarmRecord } from "../contract/alarm.ts";
import type { DatabaseSync } from "../platform/sqlite.ts";
import type { AlarmEvent, AlarmEventPage, AlarmEventQuery } from "../review/event.ts";
import { numberOf, numberOrNull, parsed, type Row, textOf, textOrNull } from "./row.ts";

/** Events of one answer: some milliseconds, after which a commit has its turn. */
export const EVENTS_PER_PAGE = 500;
const NONE_MS = Number.NEGATIVE_INFINITY;
const AT = "coalesce(corrected_ms, at_ms)";

/** What alarms did in a span, page by page, so that commits go on in between. */
export class AlarmEvents {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  page({ fromMs, toMs, after }: AlarmEventQuery): AlarmEventPage {
    const { atMs, sequence } = after ?? { atMs: NONE_MS, sequence: 0 };
    const rows = this.#sql.page.all(Math.max(fromMs, atMs), toMs, atMs, sequence, EVENTS_PER_PAGE);
    const last = rows.at(-1);
    const isLast = last === undefined || rows.length < EVENTS_PER_PAGE;
    return {
      events: rows.flatMap(eventOf),
      next: isLast ? null : { atMs: numberOf(last, "at"), sequence: numberOf(last, "sequence") },
      beginsMs: this.#beginsMs(),
    };
  }

  /** Where nothing was let go of yet a quiet box knows of alarms since its first day, otherwise since the oldest event. */
  #beginsMs(): number | null {
    const oldest = this.#sql.oldest.get();
    const lived = this.#sql.lived.get()?.["day"];
    const livedMs = typeof lived === "string" ? Date.parse(`${lived}T00:00:00Z`) : null;
    if (oldest === undefined) return livedMs;
    const oldestMs = numberOf(oldest, "at");
    return numberOf(oldest, "sequence") === 1 && livedMs !== null ? Math.min(livedMs, oldestMs) : oldestMs;
  }
}

function eventOf(row: Row): readonly AlarmEvent[] {
  const record = parsed<AlarmRecord>(row, "record");
  if (record === null) return [];
  const isCorrected = numberOrNull(row, "corrected_ms") !== null;
  const clock = textOrNull(row, "clock");
  return [
    {
      sequence: numberOf(row, "sequence"),
      atMs: numberOf(row, "at"),
      certain: isCorrected || (clock === null ? numberOf(row, "clock_trusted") === 1 : clock !== "unsynced"),
      ...{ cause: textOf(row, "cause"), messages: numberOf(row, "messages") },
      ...{ key: record.key, incident: record.incident, severity: record.severity, device: record.device, point: record.point },
      ...{ text: record.text, state: record.state, raisedAtMs: record.raisedAtMs, raiseCount: record.raiseCount },
    },
  ];
}

function prepare(db: DatabaseSync) {
  return {
    page: db.prepare(`SELECT e.sequence, ${AT} AS at, corrected_ms, clock, clock_trusted, cause, record,
      (SELECT count(*) FROM outbox WHERE outbox.sequence = e.sequence) AS messages
      FROM events e WHERE ${AT} >= ? AND ${AT} < ? AND (${AT} > ? OR e.sequence > ?) ORDER BY ${AT}, e.sequence LIMIT ?`),
    oldest: db.prepare(`SELECT sequence, ${AT} AS at FROM events ORDER BY sequence LIMIT 1`),
    lived: db.prepare("SELECT day FROM lived_days ORDER BY number LIMIT 1"),
  };
}
