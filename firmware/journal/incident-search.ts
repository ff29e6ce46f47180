import type { DeskAnswer, DeskQuestion, IncidentFilter } from "../incidents/desk-step.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { type IncidentLedger, incidentIn } from "./incident-ledger.ts";
import type { Outbox } from "./outbox.ts";
import { numberOf, type Row, textOf } from "./row.ts";

/** Marks what the filter does not ask for. */
const ANY = null;
type Values = Record<string, string | number | null>;

/** What the service desk asks the journal. */
export class IncidentSearch {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  answer(
    question: DeskQuestion,
    { boot, ledger, outbox }: { readonly boot: number; readonly ledger: IncidentLedger; readonly outbox: Outbox },
  ): DeskAnswer {
    const nothing: DeskAnswer = { boot, incidents: [], deliveries: {}, history: [], problems: [], runbooks: [], recurring: [] };
    switch (question.what) {
      case "incidents": {
        const incidents = this.#find(question.filter);
        return { ...nothing, incidents, deliveries: outbox.of(incidents.map(({ record }) => record.id)) };
      }
      case "history":
        return { ...nothing, history: ledger.history(question.incident) };
      case "problems":
        return { ...nothing, problems: ledger.problems() };
      case "runbooks":
        return { ...nothing, runbooks: ledger.runbooks() };
      case "recurring":
        return { ...nothing, recurring: this.#recurring(question) };
    }
  }

  #find(filter: IncidentFilter): DeskAnswer["incidents"] {
    const { limit, ids, open, states, assignee, device, problem, alarm, text, fromMs, toMs, before } = filter;
    const values: Values = {
      ...{ limit, open: open === undefined ? ANY : open ? 0 : 1, assignee: assignee ?? ANY, device: device ?? ANY },
      ...{ problem: problem ?? ANY, alarm: alarm ?? ANY, text: text?.toLowerCase() ?? ANY, from: fromMs ?? ANY, to: toMs ?? ANY },
      ...{ before: before ?? ANY, states: states === undefined ? ANY : JSON.stringify(states) },
      ids: ids === undefined ? ANY : JSON.stringify(ids),
    };
    return this.#sql.find.all(values).flatMap(placed);
  }

  #recurring({ fromMs, least, limit }: Extract<DeskQuestion, { what: "recurring" }>): DeskAnswer["recurring"] {
    return this.#sql.recurring.all(fromMs, least, limit).flatMap((row) => {
      const last = incidentIn(row);
      return last === null ? [] : [{ alarm: textOf(row, "alarm"), count: numberOf(row, "count"), last }];
    });
  }
}

function placed(row: Row): DeskAnswer["incidents"] {
  const record = incidentIn(row);
  return record === null ? [] : [{ record, place: numberOf(row, "first_sequence") }];
}

function prepare(db: DatabaseSync) {
  const sql = (text: string): StatementSync => db.prepare(text);
  const asked = (column: string, name = column): string => `(:${name} IS NULL OR ${column} = :${name})`;
  return {
    find: sql(`SELECT record, work, first_sequence FROM incidents WHERE ${asked("resolved", "open")} AND ${asked("assignee")}
      AND ${asked("device")} AND ${asked("problem")} AND ${asked("alarm")}
      AND (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))
      AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids)) OR number IN (SELECT value FROM json_each(:ids)))
      AND (:text IS NULL OR instr(words, :text) > 0) AND (:from IS NULL OR opened_ms >= :from) AND (:to IS NULL OR opened_ms < :to)
      AND (:before IS NULL OR first_sequence < :before) ORDER BY first_sequence DESC LIMIT :limit`),
    recurring: sql(`SELECT i.alarm, count, record, work FROM
      (SELECT alarm, count(*) AS count, max(first_sequence) AS last FROM incidents WHERE opened_ms >= ? AND alarm IS NOT NULL
        GROUP BY alarm HAVING count(*) >= ? ORDER BY count(*) DESC, alarm LIMIT ?) JOIN incidents i ON i.first_sequence = last
      ORDER BY count DESC, i.alarm`),
  };
}
