import type { Delivery } from "../contract/alarm.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import {
  ANSWER_MAX,
  DELIVERIES_PER_INCIDENT_MAX,
  type DeliveryResult,
  type DueDeliveries,
  type DueQuery,
  type StandInOrder,
  type TargetQueue,
  type ToldIncident,
} from "./journal.ts";
import { numberOf, parsed, type Row, textOf, textOrNull } from "./row.ts";

/** What a fallback is handed at once; the rest follows at the next look. */
const STAND_INS_PER_STEP = 500;

/** Incidents that are over, the last ones, of which a target is asked whether it knows; looked for in the last events. */
const ENDED_ASKED = 200;
const ENDED_WITHIN_EVENTS = 5_000;
/** Messages of one incident that are told again. */
const AGAIN_MAX = 50;

/**
 * Deliveries on their way. Per target and alarm key they form a queue in order of sequence; only its first row, the head, may be
 * sent, so a clear never overtakes its raise. Every call here runs inside the caller's transaction.
 */
export class Outbox {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  /** Monotonic time began anew, so what waited for a retry is due at once. */
  restart(): void {
    this.#sql.restart.run();
  }

  /** `to`: recipients other than the target's own; null: its own. */
  queue(
    id: string,
    target: string,
    key: string,
    sequence: number,
    atMs: number,
    { to = null, standsFor = null }: { readonly to?: readonly string[] | null; readonly standsFor?: string | null } = {},
  ): void {
    const head = this.#sql.queued.get(target, key) === undefined ? 1 : 0;
    this.#sql.add.run(id, target, key, sequence, head, atMs, to === null ? null : JSON.stringify(to), standsFor);
  }

  /**
   * From the first message of an incident that has waited too long on, the fallback is told all of it that it was not told before: so
   * it hears the clear of what it heard raised. @returns how many were queued.
   */
  standIn({ target, fallback, beforeMs }: StandInOrder): number {
    const missing = this.#sql.missing.all({ target, fallback, beforeMs, limit: STAND_INS_PER_STEP });
    for (const row of missing) {
      const id = `${textOf(row, "id")}.${fallback}`;
      this.queue(id, fallback, textOf(row, "key"), numberOf(row, "sequence"), numberOf(row, "at_ms"), { standsFor: target });
    }
    return missing.length;
  }

  /** Whoever was told of the incident in place of one of these targets, and is not one of them, hears what comes of it. */
  followers(incident: string, targets: readonly string[]): readonly { readonly target: string; readonly standsFor: string }[] {
    return this.#sql.followers
      .all(incident)
      .map((row) => ({ target: textOf(row, "target"), standsFor: textOf(row, "stands_for") }))
      .filter(({ target, standsFor }) => targets.includes(standsFor) && !targets.includes(target));
  }

  due(query: DueQuery): DueDeliveries {
    const statement = query.collapse === true ? this.#sql.dueCollapsed : this.#sql.due;
    const rows = statement.all(query.target, query.nowMs, query.limit).map((row) => ({
      id: textOf(row, "id"),
      target: query.target,
      key: textOf(row, "key"),
      incident: textOf(row, "incident"),
      event: causeOf(row),
      sequence: numberOf(row, "sequence"),
      atMs: numberOf(row, "event_ms"),
      body: textOf(row, "body"),
      attempts: numberOf(row, "attempts"),
      to: row["recipients"] === null ? null : parsed<readonly string[]>(row, "recipients"),
      ...(row["stands_for"] === null ? {} : { standsFor: textOf(row, "stands_for") }),
      ...(row["overtaken"] === 1 ? { isOvertaken: true } : {}),
    }));
    const next = this.#sql.nextDue.get(query.target, query.nowMs);
    return { rows, nextDueAtMs: next === undefined ? null : numberOf(next, "due_at_ms") };
  }

  /** A result for a delivery that is no longer queued changes nothing. */
  settle({ id, atMs, answer, verdict }: DeliveryResult): void {
    const text = answer.slice(0, ANSWER_MAX);
    if (verdict.next === "retry") {
      this.#sql.retry.run(atMs, text, verdict.dueAtMs, id);
      return;
    }
    if (verdict.next === "collapse") {
      const row = this.#sql.collapse.get(atMs, text, id);
      if (row !== undefined) this.promote(textOf(row, "target"), textOf(row, "key"));
      return;
    }
    const [state, ticket, url] = verdict.next === "done" ? ["sent", verdict.ticket, verdict.ticketUrl] : ["parked", null, null];
    const row = this.#sql.finish.get(state, atMs, text, ticket, url, id);
    if (row !== undefined) this.promote(textOf(row, "target"), textOf(row, "key"));
  }

  /** Queues what is parked again, all of it or these, unless the target was told something newer. @returns how many. */
  release(target: string, ids: readonly string[] | null = null): number {
    const released = this.#sql.release.all({ target, ids: ids === null ? null : JSON.stringify(ids) });
    for (const key of new Set(released.map((row) => textOf(row, "key")))) {
      this.#sql.unhead.run(target, key);
      this.promote(target, key);
    }
    return released.length;
  }

  /** Of one incident, or null: all that stand, and those that ended last. */
  told(target: string, incident: string | null = null): readonly ToldIncident[] {
    const asked = { target, incident, within: ENDED_WITHIN_EVENTS, ended: ENDED_ASKED };
    return this.#sql.told.all(asked).map((row) => ({
      incident: textOf(row, "id"),
      key: textOf(row, "key"),
      state: textOf(row, "told") as ToldIncident["state"],
      body: textOf(row, "body"),
      sequence: numberOf(row, "sequence"),
      atMs: numberOf(row, "at_ms"),
    }));
  }

  /** @returns how many were queued. */
  tellAgain(target: string, incident: string): number {
    const [told] = this.told(target, incident);
    if (told?.state !== "live") return 0;
    const again = this.#sql.again.all({ target, incident, first: told.sequence, limit: AGAIN_MAX });
    this.promote(target, told.key);
    return again.length;
  }

  waiting(target: string, deadMax: number): TargetQueue {
    const queued = this.#sql.countQueued.get(target);
    const oldest = this.#sql.oldestQueued.get(target);
    return {
      target,
      queued: numberOf(queued, "count"),
      parked: numberOf(this.#sql.countParked.get(target), "count"),
      oldestWaitingMs: oldest === undefined ? null : numberOf(oldest, "at_ms"),
      dead: this.#sql.dead.all(target, deadMax).map((row) => ({
        id: textOf(row, "id"),
        incident: textOf(row, "incident"),
        key: textOf(row, "key"),
        event: causeOf(row),
        attempts: numberOf(row, "attempts"),
        atMs: numberOf(row, "at_ms"),
        answer: textOf(row, "answer"),
        isOvertaken: numberOf(row, "overtaken") === 1,
      })),
    };
  }

  /** Makes the oldest queued delivery of a key its head, if there is one. */
  promote(target: string, key: string): void {
    this.#sql.promote.run(target, key);
  }

  of(incidents: readonly string[]): Record<string, readonly Delivery[]> {
    const found: Record<string, readonly Delivery[]> = {};
    for (const incident of incidents)
      found[incident] = this.#sql.ofIncident.all(incident, DELIVERIES_PER_INCIDENT_MAX).map(delivery).reverse();
    return found;
  }

  /** Targets that were told of an incident, or will be. */
  heardOf(incident: string): ReadonlySet<string> {
    return new Set(this.#sql.heardOf.all(incident).map((row) => textOf(row, "target")));
  }

  acceptedLive({ target, limit }: { readonly target: string; readonly limit: number }): readonly string[] {
    return this.#sql.acceptedLive.all(target, limit).map((row) => textOf(row, "body"));
  }

  /** Queues that a message about this event waits in. */
  queuesOf(sequence: number): readonly { readonly target: string; readonly key: string }[] {
    return this.#sql.queuesOf.all(sequence).map((row) => ({ target: textOf(row, "target"), key: textOf(row, "key") }));
  }
}

function delivery(row: Row): Delivery {
  return {
    id: textOf(row, "id"),
    target: textOf(row, "target"),
    event: causeOf(row),
    state: textOf(row, "state") as Delivery["state"],
    attempts: numberOf(row, "attempts"),
    atMs: numberOf(row, "at_ms"),
    answer: textOf(row, "answer"),
    ticket: textOrNull(row, "ticket"),
    ticketUrl: textOrNull(row, "ticket_url"),
  };
}

function causeOf(row: Row): Delivery["event"] {
  return textOf(row, "cause") as Delivery["event"];
}

/** The target took something newer about the same alarm. */
const OVERTAKEN = `EXISTS (SELECT 1 FROM outbox n
  WHERE n.target = outbox.target AND n.key = outbox.key AND n.state = 'sent' AND n.sequence > outbox.sequence)`;

/** A clear of its incident waits behind it. */
const OVERTAKEN_BY_CLEAR = `EXISTS (SELECT 1 FROM outbox n JOIN events c ON c.sequence = n.sequence WHERE n.target = o.target AND n.key = o.key
  AND n.state = 'queued' AND n.sequence > o.sequence AND c.cause = 'clear' AND c.incident = e.incident)`;

function dueSql(overtaken: string): string {
  return `SELECT o.id, o.key, o.sequence, o.attempts, o.recipients, o.stands_for, e.incident, e.cause, e.body,
    coalesce(e.corrected_ms, e.at_ms) AS event_ms, ${overtaken} AS overtaken FROM outbox o JOIN events e USING (sequence)
    WHERE o.target = ? AND o.head = 1 AND o.due_at_ms <= ? ORDER BY o.due_at_ms, o.sequence LIMIT ?`;
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  return {
    restart: sql("UPDATE outbox SET due_at_ms = 0 WHERE head = 1"),
    queued: sql("SELECT 1 FROM outbox WHERE target = ? AND key = ? AND state = 'queued' LIMIT 1"),
    add: sql(`INSERT INTO outbox (id, target, key, sequence, state, head, attempts, due_at_ms, at_ms, answer, recipients,
      stands_for) VALUES (?, ?, ?, ?, 'queued', ?, 0, 0, ?, '', ?, ?)`),
    collapse: sql(`UPDATE outbox SET state = 'sent', head = 0, at_ms = ?, answer = ? WHERE id = ? AND state = 'queued'
      RETURNING target, key`),
    missing: sql(`WITH waiting AS (
        SELECT sequence FROM outbox WHERE target = :target AND state = 'queued' AND stands_for IS NULL
        UNION ALL SELECT sequence FROM outbox WHERE target = :target AND state = 'parked' AND stands_for IS NULL),
      late AS (SELECT e.incident, min(e.sequence) AS first FROM waiting JOIN events e USING (sequence)
        WHERE coalesce(e.corrected_ms, e.at_ms) <= :beforeMs GROUP BY e.incident)
      SELECT e.id, e.sequence, e.at_ms, o.key FROM late JOIN events e ON e.incident = late.incident AND e.sequence >= late.first
      JOIN outbox o ON o.sequence = e.sequence AND o.target = :target
      LEFT JOIN outbox f ON f.sequence = e.sequence AND f.target = :fallback
      WHERE f.id IS NULL ORDER BY e.sequence LIMIT :limit`),
    followers: sql(`SELECT DISTINCT o.target, o.stands_for FROM
      (SELECT sequence FROM events WHERE incident = ? ORDER BY sequence DESC LIMIT 50) JOIN outbox o USING (sequence)
      WHERE o.stands_for IS NOT NULL`),
    due: sql(dueSql("0")),
    dueCollapsed: sql(dueSql(OVERTAKEN_BY_CLEAR)),
    nextDue: sql("SELECT due_at_ms FROM outbox WHERE target = ? AND head = 1 AND due_at_ms > ? ORDER BY due_at_ms LIMIT 1"),
    retry: sql("UPDATE outbox SET attempts = attempts + 1, at_ms = ?, answer = ?, due_at_ms = ? WHERE id = ? AND state = 'queued'"),
    finish: sql(`UPDATE outbox SET state = ?, head = 0, attempts = attempts + 1, at_ms = ?, answer = ?, ticket = ?, ticket_url = ?
      WHERE id = ? AND state = 'queued' RETURNING target, key`),
    promote: sql(`UPDATE outbox SET head = 1 WHERE id =
      (SELECT id FROM outbox WHERE target = ? AND key = ? AND state = 'queued' ORDER BY sequence LIMIT 1)`),
    unhead: sql("UPDATE outbox SET head = 0 WHERE target = ? AND key = ? AND head = 1"),
    release: sql(`UPDATE outbox SET state = 'queued', due_at_ms = 0 WHERE target = :target AND state = 'parked' AND
      (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids))) AND NOT ${OVERTAKEN} RETURNING key`),
    countQueued: sql("SELECT count(*) AS count FROM outbox WHERE target = ? AND state = 'queued'"),
    countParked: sql("SELECT count(*) AS count FROM outbox WHERE target = ? AND state = 'parked'"),
    oldestQueued: sql(`SELECT coalesce(e.corrected_ms, e.at_ms) AS at_ms FROM events e WHERE e.sequence =
      (SELECT min(sequence) FROM outbox WHERE target = ? AND state = 'queued')`),
    dead: sql(`SELECT outbox.id, e.incident, outbox.key, e.cause, outbox.attempts, outbox.at_ms, outbox.answer, ${OVERTAKEN} AS overtaken
      FROM outbox JOIN events e USING (sequence) WHERE outbox.target = ? AND outbox.state = 'parked' ORDER BY outbox.sequence DESC LIMIT ?`),
    ofIncident: sql(`SELECT o.id, o.target, e.cause, o.state, o.attempts, o.at_ms, o.answer, o.ticket, o.ticket_url
      FROM events e JOIN outbox o USING (sequence) WHERE e.incident = ? ORDER BY e.sequence DESC, o.target DESC LIMIT ?`),
    heardOf: sql("SELECT DISTINCT o.target FROM events e JOIN outbox o USING (sequence) WHERE e.incident = ?"),
    // SQLite takes body from the row with the greatest sequence.
    acceptedLive: sql(`SELECT e.body, max(e.sequence) FROM incidents i JOIN events e ON e.incident = i.id
      JOIN outbox o ON o.sequence = e.sequence AND o.target = ? AND o.state = 'sent'
      WHERE i.resolved = 0 GROUP BY i.first_sequence ORDER BY i.first_sequence LIMIT ?`),
    told: sql(`WITH looked AS (
        SELECT id FROM incidents WHERE resolved = 0 AND :incident IS NULL UNION SELECT :incident WHERE :incident IS NOT NULL
        UNION SELECT incident FROM (SELECT incident FROM events WHERE cause = 'clear' AND :incident IS NULL
          AND sequence > (SELECT coalesce(max(sequence), 0) FROM events) - :within ORDER BY sequence DESC LIMIT :ended)),
      moved AS (SELECT i.id, i.resolved, o.key, max(o.at_ms) AS at_ms, sum(o.state = 'queued') AS queued,
        max(CASE WHEN o.state = 'parked' THEN e.sequence ELSE 0 END) AS parked,
        max(CASE WHEN o.state = 'sent' THEN e.sequence ELSE 0 END) AS sent, min(e.sequence) AS first,
        max(CASE WHEN e.cause = 'raise' THEN e.sequence END) AS raised,
        max(CASE WHEN e.cause IN ('raise', 'escalate') THEN e.sequence ELSE 0 END) AS begun,
        max(CASE WHEN e.cause = 'clear' THEN e.sequence ELSE 0 END) AS cleared
        FROM looked JOIN incidents i USING (id) JOIN events e ON e.incident = i.id JOIN outbox o ON o.sequence = e.sequence
        WHERE o.target = :target GROUP BY i.id, o.key),
      known AS (SELECT *, CASE WHEN queued > 0 OR parked > sent THEN 'moving' WHEN resolved = 0 AND begun >= cleared THEN 'live'
        WHEN resolved = 1 AND cleared > begun THEN 'over' ELSE 'moving' END AS told FROM moved)
      SELECT known.id, known.key, told, known.at_ms, e.sequence, e.body FROM known
      JOIN events e ON e.sequence = CASE told WHEN 'over' THEN cleared ELSE coalesce(raised, first) END ORDER BY e.sequence`),
    again: sql(`UPDATE outbox SET state = 'queued', due_at_ms = 0 WHERE target = :target AND state = 'sent' AND sequence IN
      (SELECT e.sequence FROM events e JOIN outbox o ON o.sequence = e.sequence AND o.target = :target
        WHERE e.incident = :incident AND e.sequence >= :first ORDER BY e.sequence LIMIT :limit) RETURNING id`),
    queuesOf: sql("SELECT target, key FROM outbox WHERE sequence = ? AND state = 'queued'"),
  };
}
