import { type Restamp, restampedAlarm, timesOf } from "../alarms/restamp.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import type { ClockQuality, ClockStep } from "../contract/clock.ts";
import { restampedIncident } from "../incidents/restamp.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import type { AuditTrail } from "./audit.ts";
import { type IncidentLedger, incidentIn } from "./incident-ledger.ts";
import { CLOCK_STEPS_KEPT, type ClockMemory, type ClockNote, type Stamp } from "./journal.ts";
import { numberOf, parsed, type Row, textOf } from "./row.ts";

/** Boots whose times needed no correction are forgotten beyond this: a box that starts every two seconds must not fill its card. */
const BOOTS_KEPT = 20_000;
const STEPS_SHOWN = 20;
/** Records in which the newest certain time is looked for: a start must not read the whole journal. */
const LOOKED_BACK = 1_000;

/** What a row has of time beside what was told: for the columns boot, uptime_ms, clock and corrected_ms. */
export interface Placed {
  readonly boot: number;
  readonly uptimeMs: number;
  readonly clock: ClockQuality["source"];
  readonly correctedMs: number | null;
}

/**
 * Which boot a record is of, and what its told time was wrong by. A record keeps the time that was told; what it was stands beside it,
 * so that hashes and signatures hold. Every call runs inside the caller's transaction.
 */
export class ClockBook {
  readonly boot: number;
  readonly #bootId: string;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #incidents: Pick<IncidentLedger, "put" | "restamp">;
  /** Once the time of day is known. */
  #known: { readonly untilMs: number; readonly by: Restamp } | null = null;

  constructor(db: DatabaseSync, bootId: string, incidents: Pick<IncidentLedger, "put" | "restamp">) {
    this.#incidents = incidents;
    this.#sql = prepare(db);
    this.#bootId = bootId;
    this.#sql.begin.run(bootId);
    const row = this.#sql.boot.get(bootId);
    this.boot = numberOf(row, "number");
    this.#sql.forget.run(this.boot - BOOTS_KEPT);
    if (row?.["offset_ms"] != null)
      this.#known = {
        untilMs: numberOf(row, "until_ms"),
        by: { beganMs: numberOf(row, "began_ms"), offsetMs: numberOf(row, "offset_ms") },
      };
  }

  /** Where a record of this boot stands. `certain`: what the caller knew of the told time at that moment. */
  place(atMs: number, { uptimeMs, clock }: Stamp, certain: boolean): Placed {
    const source = certain ? clock.source : "unsynced";
    return {
      boot: this.boot,
      uptimeMs: Math.round(uptimeMs),
      clock: source,
      correctedMs: source === "unsynced" ? this.#corrected(atMs) : null,
    };
  }

  /** As `place`, of a line that does not say what its maker knew: told before the clock went forward is told before it was known. */
  placeLine(atMs: number, stamp: Stamp): Placed {
    const known = this.#known;
    const isOld = known !== null && known.by.offsetMs > 0 && atMs >= known.by.beganMs && atMs <= known.untilMs;
    return this.place(atMs, stamp, !isOld && stamp.clock.source !== "unsynced");
  }

  /** A record that comes after the time became known and was made before. */
  late(record: AlarmRecord, { correctedMs }: Placed): AlarmRecord {
    if (correctedMs === null || this.#known === null) return record;
    return restampedAlarm(record, this.#known.by, this.#timesBefore(record.incident));
  }

  record({ step, restamp, audit }: ClockNote, stamp: Stamp, trail: AuditTrail): void {
    const { uptimeMs, cause, fromMs, toMs, before, after } = step;
    const added = this.#sql.addStep.get(this.boot, uptimeMs, cause, fromMs, toMs, JSON.stringify([before, after]));
    this.#sql.dropSteps.run(numberOf(added, "number") - CLOCK_STEPS_KEPT);
    if (restamp !== null && this.#known === null) this.#restamp(restamp, fromMs);
    for (const line of audit) trail.add(line, this.placeLine(line.atMs, stamp));
  }

  memory(): ClockMemory {
    const last = this.#sql.trusted.get();
    const trustedMs = last?.["at_ms"] == null ? null : numberOf(last, "at_ms");
    const row = this.#sql.bootBefore.get(this.boot);
    const before =
      row?.["offset_ms"] == null
        ? null
        : { fromMs: numberOf(row, "began_ms"), toMs: numberOf(row, "until_ms"), offsetMs: numberOf(row, "offset_ms") };
    return { trustedMs, steps: this.#sql.steps.all(STEPS_SHOWN).flatMap(stepOf), before };
  }

  #corrected(atMs: number): number | null {
    return this.#known === null ? null : atMs + this.#known.by.offsetMs;
  }

  #restamp(by: Restamp, untilMs: number): void {
    const { beganMs, offsetMs } = by;
    const [boot, id] = [this.boot, this.#bootId];
    this.#sql.know.run(beganMs, untilMs, offsetMs, boot);
    this.#known = { untilMs, by };
    this.#sql.events.run(offsetMs, boot, id);
    this.#sql.audit.run(offsetMs, boot, boot, beganMs);
    this.#sql.access.run(offsetMs, boot, boot);
    this.#sql.rows.run(offsetMs, boot, boot);
    this.#sql.onCall.run(offsetMs, boot);
    this.#sql.readers.run(offsetMs, beganMs);
    this.#sql.outbox.run(offsetMs, beganMs);
    this.#sql.summaries.run(offsetMs, boot, boot, beganMs);
    const touched = this.#sql.touched.all(boot, id).map((row) => textOf(row, "incident"));
    for (const incident of new Set([...touched, ...this.#incidents.restamp(offsetMs, boot)])) this.#stateOf(incident, by);
  }

  /** What is shown now of an incident and its alarms: state, not history, and put right in its place. */
  #stateOf(incident: string, by: Restamp): void {
    const known = this.#timesBefore(incident);
    for (const row of this.#sql.alarms.all(incident)) {
      const record = parsed<AlarmRecord>(row, "record");
      if (record !== null) this.#sql.putAlarm.run(JSON.stringify(restampedAlarm(record, by, known)), record.key);
    }
    const row = this.#sql.incident.get(incident);
    const record = row === undefined ? null : incidentIn(row);
    if (record !== null) this.#incidents.put(restampedIncident(record, by, known, this.boot), null);
  }

  /** Times of an incident's alarms that were told in other boots, or that were certain. */
  #timesBefore(incident: string): ReadonlySet<number> {
    const others = this.#sql.others.all(incident, this.#bootId);
    return new Set(others.flatMap((row) => timesOf(parsed<AlarmRecord>(row, "record") ?? NOTHING)));
  }
}

const NOTHING = { raisedAtMs: 0, changedAtMs: 0, clearedAtMs: null, acknowledgement: null } as AlarmRecord;

function stepOf(row: Row): readonly ClockStep[] {
  const qualities = parsed<readonly [ClockQuality, ClockQuality]>(row, "qualities");
  if (qualities === null) return [];
  const [before, after] = qualities;
  return [
    {
      ...{ number: numberOf(row, "number"), boot: numberOf(row, "boot"), uptimeMs: numberOf(row, "uptime_ms"), before, after },
      ...{ cause: textOf(row, "cause") as ClockStep["cause"], fromMs: numberOf(row, "from_ms"), toMs: numberOf(row, "to_ms") },
    },
  ];
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const last = (table: string, number: string): string => `(SELECT coalesce(max(${number}), 0) FROM ${table})`;
  const after = (column: string): string => `(SELECT ${column} FROM boots WHERE number = ?)`;
  const corrected = "corrected_ms = at_ms + ?";
  const trusted = (table: string, number: string): string =>
    `SELECT at_ms FROM (SELECT at_ms FROM ${table} WHERE clock <> 'unsynced' AND ${number} > ${last(table, number)} - ${LOOKED_BACK} ORDER BY ${number} DESC LIMIT 1)`;
  return {
    begin: sql(`INSERT INTO boots (id, first_event, first_audit, first_access, first_row)
      VALUES (?, ${last("events", "sequence")}, ${last("audit", "number")}, ${last("access", "number")}, ${last("inspection_rows", "number")})
      ON CONFLICT (id) DO NOTHING`),
    boot: sql("SELECT number, began_ms, until_ms, offset_ms FROM boots WHERE id = ?"),
    bootBefore: sql("SELECT began_ms, until_ms, offset_ms FROM boots WHERE number < ? ORDER BY number DESC LIMIT 1"),
    forget: sql("DELETE FROM boots WHERE number <= ? AND offset_ms IS NULL"),
    know: sql("UPDATE boots SET began_ms = ?, until_ms = ?, offset_ms = ? WHERE number = ?"),
    addStep: sql(`INSERT INTO clock_steps (boot, uptime_ms, cause, from_ms, to_ms, qualities) VALUES (?, ?, ?, ?, ?, ?) RETURNING number`),
    dropSteps: sql("DELETE FROM clock_steps WHERE number <= ?"),
    steps: sql("SELECT number, boot, uptime_ms, cause, from_ms, to_ms, qualities FROM clock_steps ORDER BY number DESC LIMIT ?"),
    trusted: sql(
      `SELECT max(at_ms) AS at_ms FROM (${[trusted("events", "sequence"), trusted("audit", "number"), trusted("access", "number")].join(" UNION ALL ")})`,
    ),
    events: sql(`UPDATE events SET ${corrected} WHERE sequence > ${after("first_event")} AND boot = ? AND clock = 'unsynced'`),
    audit: sql(`UPDATE audit SET ${corrected} WHERE number > ${after("first_audit")} AND boot = ? AND clock = 'unsynced' AND at_ms >= ?`),
    access: sql(`UPDATE access SET ${corrected} WHERE number > ${after("first_access")} AND boot = ? AND clock = 'unsynced'`),
    rows: sql(`UPDATE inspection_rows SET ${corrected} WHERE number > ${after("first_row")} AND boot = ? AND clock = 'unsynced'`),
    onCall: sql(`UPDATE on_call SET ${corrected} WHERE boot = ? AND clock = 'unsynced'`),
    readers: sql("UPDATE access_readers SET at_ms = at_ms + ? WHERE at_ms >= ?"),
    outbox: sql("UPDATE outbox SET at_ms = at_ms + ? WHERE at_ms >= ?"),
    // The line of a calendar says when the sheet was signed.
    summaries: sql(`UPDATE inspection_sheets SET summary = json_set(summary, '$.signedAtMs', (summary ->> '$.signedAtMs') + ?)
      WHERE id IN (SELECT sheet FROM inspection_rows WHERE number > ${after("first_row")} AND boot = ? AND clock = 'unsynced' AND act ->> '$.kind' = 'sign')
      AND summary ->> '$.signedAtMs' >= ?`),
    touched: sql(`SELECT DISTINCT incident FROM events WHERE sequence > ${after("first_event")} AND boot = ? AND clock = 'unsynced'`),
    others: sql("SELECT record FROM events WHERE incident = ? AND NOT (boot = ? AND clock IS 'unsynced')"),
    alarms: sql("SELECT record FROM alarms WHERE record ->> '$.incident' = ?"),
    putAlarm: sql("UPDATE alarms SET record = ? WHERE key = ?"),
    incident: sql("SELECT record, work FROM incidents WHERE id = ?"),
  };
}
