import type { AlarmRecord } from "../contract/alarm.ts";
import { PROBLEMS_MAX, RUNBOOKS_MAX } from "../contract/incident-terms.ts";
import type { DeskRefusal, DeskStep, HistoryRow } from "../incidents/desk-step.ts";
import type { IncidentRecord } from "../incidents/incident.ts";
import { type ProblemRecord, type ProblemStep, stepProblem } from "../incidents/problem.ts";
import { type RunbookRecord, type RunbookStep, stepRunbook } from "../incidents/runbook.ts";
import type { Mark } from "../incidents/service-clock.ts";
import { actOnIncident, type IncidentWork, type WorkAct, workOf } from "../incidents/work.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import type { AuditTrail } from "./audit.ts";
import type { Placed } from "./clock-book.ts";
import { AUDIT_TEXT_MAX } from "./journal.ts";
import { numberOf, numberOrNull, parsed, type Row, textOf } from "./row.ts";

/** Events of one incident that its history shows, the newest; a flapping alarm has thousands. */
const EVENTS_SHOWN_MAX = 200;

/** What was done, where: the incident as it is now, or the id of the problem or runbook. */
export type Done =
  | { readonly subject: string; readonly incident: IncidentRecord | null; readonly told: WorkAct | null }
  | { readonly refused: DeskRefusal };

/** Acts on incidents, problems and runbooks in the journal. Every call runs inside the caller's transaction. */
export class IncidentLedger {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #audit: AuditTrail;

  constructor(db: DatabaseSync, audit: AuditTrail) {
    this.#sql = prepare(db);
    this.#audit = audit;
  }

  /** Writes the act with its audit line, or neither and says why. A step that was written before changes nothing. */
  step(step: DeskStep, placed: Placed): Done {
    const known = this.#sql.known.get(step.id);
    if (known !== undefined) return { subject: textOf(known, "subject"), incident: null, told: null };
    switch (step.on) {
      case "incident":
        return this.#onIncident(step, placed);
      case "problem":
        return this.#onProblem(step, placed);
      case "runbook":
        return this.#onRunbook(step, placed);
    }
  }

  /** Writes the incident with the columns that it is searched by. */
  put(incident: IncidentRecord, sequence: number | null): void {
    const work = workOf(incident);
    const { id, key, device, openedAtMs, number = null, text, resolvedAtMs } = incident;
    const words = [number ?? "", work.subject ?? "", text.zh, text.en, device, work.assignee?.name ?? ""].join(" ").toLowerCase();
    const searched = [key, device, openedAtMs, number, work.state, work.assignee?.name ?? null, work.problem, words] as const;
    const { work: _, ...record } = incident;
    const json = [JSON.stringify(record), JSON.stringify(work)] as const;
    if (sequence === null) this.#sql.change.run(...json, ...searched, id);
    else this.#sql.put.run(id, sequence, sequence, resolvedAtMs === null ? 0 : 1, ...json, ...searched);
  }

  get(id: string): IncidentRecord | null {
    const row = this.#sql.get.get(id);
    return row === undefined ? null : incidentIn(row);
  }

  find(idOrNumber: string): IncidentRecord | null {
    const row = this.#sql.find.get(idOrNumber, idOrNumber);
    return row === undefined ? null : incidentIn(row);
  }

  /** Oldest first: acts, and the events of its alarms without those that only told targets of an act. */
  history(incident: string): readonly HistoryRow[] {
    const acts = this.#sql.acts.all("incident", incident).flatMap((row): HistoryRow[] => {
      const act = parsed<WorkAct>(row, "act");
      return act === null ? [] : [{ ...momentOf(row), by: textOf(row, "by"), act, event: null }];
    });
    const events = this.#sql.events.all(incident, EVENTS_SHOWN_MAX).flatMap((row): HistoryRow[] => {
      const record = parsed<AlarmRecord>(row, "record");
      return record === null ? [] : [{ ...momentOf(row), by: null, act: null, event: { cause: textOf(row, "cause"), record } }];
    });
    return [...events.reverse(), ...acts].toSorted((a, b) => a.atMs - b.atMs);
  }

  problems(): readonly (ProblemRecord & { readonly incidents: number })[] {
    return this.#sql.problems.all().flatMap((row) => {
      const problem = parsed<ProblemRecord>(row, "record");
      return problem === null ? [] : [{ ...problem, incidents: numberOf(row, "incidents") }];
    });
  }

  runbooks(): readonly RunbookRecord[] {
    return this.#sql.runbooks.all().flatMap((row) => parsed<RunbookRecord>(row, "record") ?? []);
  }

  /** What is written with the acts of one boot has right times, once the time of day is known. @returns incidents that were acted on in it. */
  restamp(offsetMs: number, boot: number): readonly string[] {
    const touched = this.#sql.touched.all(boot).map((row) => ({ kind: textOf(row, "kind"), subject: textOf(row, "subject") }));
    this.#sql.restamp.run(offsetMs, boot);
    for (const { kind, subject } of touched) {
      if (kind === "problem") this.#refoldProblem(subject);
      if (kind === "runbook") this.#refoldRunbook(subject);
    }
    return touched.filter(({ kind }) => kind === "incident").map(({ subject }) => subject);
  }

  #onIncident(step: Extract<DeskStep, { on: "incident" }>, placed: Placed): Done {
    const { act, by } = step;
    const before = this.find(step.incident);
    if (before === null) return { refused: "unknown" };
    if (act.kind === "link" && act.problem !== null && this.#problem(act.problem) === null) return { refused: "unknown" };
    const done = actOnIncident(before, act, by, markOf(step.atMs, placed));
    if ("refused" in done) return done;
    const after = { ...before, work: done.work };
    this.#write(step, "incident", before.id, act, placed);
    this.put(after, null);
    const name = before.number ?? before.id;
    this.#note(step, `incident.${act.kind}`, name, detailOf(act), changeOf(workOf(before), done.work), placed);
    return { subject: before.id, incident: after, told: act };
  }

  #onProblem(step: Extract<DeskStep, { on: "problem" }>, placed: Placed): Done {
    const number = step.problem === null ? this.#next("problem") : numberIn(step.problem);
    if (step.problem === null && number > PROBLEMS_MAX) return { refused: "tooMany" };
    const id = printed("PR", number);
    const before = step.problem === null ? null : this.#problem(id);
    const after = stepProblem(before, step.step, { id, by: step.by, atMs: placed.correctedMs ?? step.atMs });
    if (typeof after === "string") return { refused: after };
    this.#write(step, "problem", id, step.step, placed);
    this.#sql.putProblem.run(number, JSON.stringify(after));
    this.#note(step, `problem.${step.step.kind}`, id, detailOf(step.step), null, placed);
    for (const incident of step.incidents) {
      const act: WorkAct = { kind: "link", problem: id };
      const link = { ...step, on: "incident" as const, id: `${step.id}.${incident}`, incident, act, targets: [], subject: null };
      const linked = this.#onIncident(link, placed);
      if ("refused" in linked) throw new LinkRefused(linked.refused);
    }
    return { subject: id, incident: null, told: null };
  }

  #onRunbook(step: Extract<DeskStep, { on: "runbook" }>, placed: Placed): Done {
    const number = step.runbook === null ? this.#next("runbook") : numberIn(step.runbook);
    if (step.runbook === null && number > RUNBOOKS_MAX) return { refused: "tooMany" };
    const id = printed("RB", number);
    const row = this.#sql.runbook.get(number);
    if (step.runbook !== null && row === undefined) return { refused: "unknown" };
    const before = row === undefined ? null : parsed<RunbookRecord>(row, "record");
    const after = stepRunbook(before, step.step, { id, by: step.by, atMs: placed.correctedMs ?? step.atMs });
    if (typeof after === "string") return { refused: after };
    this.#write(step, "runbook", id, step.step, placed);
    this.#sql.putRunbook.run(number, JSON.stringify(after));
    const action = step.step.kind === "propose" ? "propose" : step.step.verdict;
    this.#note(step, `runbook.${action}`, id, detailOf(step.step), null, placed);
    return { subject: id, incident: null, told: null };
  }

  #problem(id: string): ProblemRecord | null {
    const row = this.#sql.problem.get(numberIn(id));
    return row === undefined ? null : parsed<ProblemRecord>(row, "record");
  }

  #next(kind: "problem" | "runbook"): number {
    return numberOf(this.#sql.last[kind].get(), "last") + 1;
  }

  #write(step: DeskStep, kind: string, subject: string, act: object, placed: Placed): void {
    const place = [placed.boot, placed.uptimeMs, placed.clock, placed.correctedMs] as const;
    this.#sql.add.run(step.id, kind, subject, step.atMs, step.clockTrusted ? 1 : 0, step.by, JSON.stringify(act), ...place);
  }

  #note(
    { atMs, by, from }: DeskStep,
    action: string,
    subject: string,
    detail: string,
    change: { readonly before: string; readonly after: string } | null,
    placed: Placed,
  ): void {
    this.#audit.add({ atMs, by, from, action, subject, detail: detail.slice(0, AUDIT_TEXT_MAX), ...change }, placed);
  }

  #refoldProblem(id: string): void {
    let problem: ProblemRecord | null = null;
    for (const row of this.#sql.acts.all("problem", id)) {
      const step = parsed<ProblemStep>(row, "act");
      const next: ProblemRecord | null | string =
        step === null ? problem : stepProblem(problem, step, { id, by: textOf(row, "by"), atMs: momentOf(row).atMs });
      if (typeof next !== "string") problem = next;
    }
    if (problem !== null) this.#sql.putProblem.run(numberIn(id), JSON.stringify(problem));
  }

  #refoldRunbook(id: string): void {
    let runbook: RunbookRecord | null = null;
    for (const row of this.#sql.acts.all("runbook", id)) {
      const step = parsed<RunbookStep>(row, "act");
      const next: RunbookRecord | null | string =
        step === null ? runbook : stepRunbook(runbook, step, { id, by: textOf(row, "by"), atMs: momentOf(row).atMs });
      if (typeof next !== "string") runbook = next;
    }
    if (runbook !== null) this.#sql.putRunbook.run(numberIn(id), JSON.stringify(runbook));
  }
}

/** The incident of a row with its columns record and work; null when a worn card has bent it. */
export function incidentIn(row: Row): IncidentRecord | null {
  const record = parsed<IncidentRecord>(row, "record");
  const work = record === null || row["work"] === null ? null : parsed<IncidentWork>(row, "work");
  return record === null || work === null ? record : { ...record, work };
}

/** An incident that a new problem names cannot be linked: all of it is taken back. */
export class LinkRefused extends Error {
  override readonly name = "LinkRefused";
  readonly refused: DeskRefusal;
  constructor(refused: DeskRefusal) {
    super(refused);
    this.refused = refused;
  }
}

export function markOf(atMs: number, { boot, uptimeMs, correctedMs }: Placed): Mark {
  return { boot, uptimeMs, atMs: correctedMs ?? atMs };
}

function momentOf(row: Row): { readonly atMs: number; readonly clockTrusted: boolean } {
  const correctedMs = numberOrNull(row, "corrected_ms");
  return { atMs: correctedMs ?? numberOf(row, "at_ms"), clockTrusted: numberOf(row, "clock_trusted") === 1 };
}

function printed(head: "PR" | "RB", number: number): string {
  return `${head}-${String(number).padStart(6, "0")}`;
}

function numberIn(id: string): number {
  return Number(id.slice(3));
}

/** What an act says in words of its own. */
function detailOf(act: object): string {
  const { text, reason, note } = act as { readonly text?: string; readonly reason?: string; readonly note?: string };
  return [text, reason, note].filter((part) => part !== undefined && part !== "").join(" · ");
}

const TOLD_IN_AUDIT = ["state", "subject", "assignee", "priority", "cause", "problem"] as const;

/** The fields that an act changed, as they were and as they are. */
function changeOf(before: IncidentWork, after: IncidentWork): { readonly before: string; readonly after: string } | null {
  const changed = TOLD_IN_AUDIT.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  const of = (work: IncidentWork): string => JSON.stringify(Object.fromEntries(changed.map((field) => [field, work[field]])));
  return changed.length === 0 ? null : { before: of(before), after: of(after) };
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const searched = ["alarm", "device", "opened_ms", "number", "state", "assignee", "problem", "words"];
  const same = ["last_sequence", "resolved", "record", "work", ...searched].map((column) => `${column} = excluded.${column}`);
  return {
    known: sql("SELECT subject FROM desk_acts WHERE id = ?"),
    add: sql(`INSERT INTO desk_acts (id, kind, subject, at_ms, clock_trusted, by, act, boot, uptime_ms, clock, corrected_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    acts: sql("SELECT at_ms, corrected_ms, clock_trusted, by, act FROM desk_acts WHERE kind = ? AND subject = ? ORDER BY number"),
    get: sql("SELECT record, work FROM incidents WHERE id = ?"),
    find: sql("SELECT record, work FROM incidents WHERE id = ? UNION ALL SELECT record, work FROM incidents WHERE number = ? LIMIT 1"),
    put: sql(`INSERT INTO incidents (id, first_sequence, last_sequence, resolved, record, work, ${searched.join(", ")})
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET ${same.join(", ")}`),
    change: sql(`UPDATE incidents SET record = ?, work = ?, ${searched.map((column) => `${column} = ?`).join(", ")} WHERE id = ?`),
    events: sql(`SELECT at_ms, corrected_ms, clock_trusted, cause, record FROM events
      WHERE incident = ? AND id NOT IN (SELECT id FROM desk_acts WHERE kind = 'incident' AND subject = incident) ORDER BY sequence DESC LIMIT ?`),
    problem: sql("SELECT record FROM problems WHERE number = ?"),
    problems: sql(`SELECT record, (SELECT count(*) FROM incidents WHERE problem = printf('PR-%06d', problems.number)) AS incidents
      FROM problems ORDER BY number DESC`),
    putProblem: sql("INSERT INTO problems (number, record) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET record = excluded.record"),
    runbook: sql("SELECT record FROM runbooks WHERE number = ?"),
    runbooks: sql("SELECT record FROM runbooks ORDER BY number"),
    putRunbook: sql("INSERT INTO runbooks (number, record) VALUES (?, ?) ON CONFLICT (number) DO UPDATE SET record = excluded.record"),
    last: {
      problem: sql("SELECT coalesce(max(number), 0) AS last FROM problems"),
      runbook: sql("SELECT coalesce(max(number), 0) AS last FROM runbooks"),
    },
    touched: sql("SELECT DISTINCT kind, subject FROM desk_acts WHERE boot = ? AND clock = 'unsynced'"),
    restamp: sql("UPDATE desk_acts SET corrected_ms = at_ms + ? WHERE boot = ? AND clock = 'unsynced'"),
  };
}
