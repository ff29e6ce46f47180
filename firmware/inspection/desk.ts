import type { Words } from "../contract/alarm.ts";
import type {
  AnswerValue,
  InspectionFigures,
  InspectionMonth,
  InspectionSheet,
  InspectionSummary,
  InspectionTemplate,
} from "../contract/inspection.ts";
import { HistoryError, type HistoryStore, MINUTE_MS } from "../history/history.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { type DaySpan, dayAt, daySpan, monthDays } from "./calendar.ts";
import { figuresOf, measuredItems, noFigures, statesSeen, statesToAsk } from "./figures.ts";
import { sheetOf } from "./sheet.ts";
import { type InspectionAct, type InspectionStep, type SheetKey, type StoredDay, type StoredSheet, sheetId, sheetKeyOf } from "./step.ts";
import { summaryOf } from "./summary.ts";
import { refusalWords, unknownSheetWords } from "./words.ts";

/** Who does it. */
export interface Doer {
  readonly by: string;
  readonly from: string;
}

/** What came of an act: the sheet as it is now, or why not. `changed`: somebody else was faster, look again. */
export type Inspected =
  | { readonly sheet: InspectionSheet }
  | { readonly problem: Words; readonly why: "unknown" | "changed" | "refused" | "journal" };

export interface InspectionParts {
  readonly timezone: string;
  /** Made when they are first asked for. */
  readonly templates: () => readonly InspectionTemplate[];
  readonly journal: Pick<Journal, "inspect" | "inspections" | "expectSheets">;
  readonly history: Pick<HistoryStore, "summaries" | "trend">;
  readonly clock: Clock;
  /** A sheet of this round was signed; the time is one of the sheet's own day. */
  readonly onSigned?: ((round: string, atMs: number) => void) | undefined;
}

/** Points whose every minute is asked for at once: a day of one is some 60 kB. */
const STATES_AT_ONCE = 16;
/** The gateway itself, where the audit log asks who it was. */
const GATEWAY: Doer = { by: "roomward", from: "gateway" };

/** The inspection sheets as people work with them: today's and former ones, filled with what was measured. */
export class InspectionDesk {
  readonly #parts: InspectionParts;
  #templates: readonly InspectionTemplate[] | null = null;

  constructor(parts: InspectionParts) {
    this.#parts = parts;
  }

  get today(): string {
    return dayAt(this.#parts.clock.wallMs(), this.#parts.timezone);
  }

  get templates(): readonly InspectionTemplate[] {
    this.#templates ??= this.#parts.templates();
    return this.#templates;
  }

  /** The sheets of a month up to today; null when it is no month. */
  async month(month: string): Promise<InspectionMonth | null> {
    const days = monthDays(month);
    if (days === null) return null;
    const { today } = this;
    const { days: kept } = await this.#parts.journal.inspections({ what: "days", from: days.first, to: days.last });
    // A clock that once ran ahead may have left sheets of days to come.
    const stored = kept.filter(({ day }) => day <= today);
    const untouched = days.first <= today && today <= days.last ? this.#untouched(stored, today) : [];
    const sheets = [...stored, ...untouched].map((day) => this.#lineOf(day, day.day < today));
    return { month, today, templates: this.templates.map(({ id, name, at, who }) => ({ id, name, at, who })), sheets };
  }

  /** One sheet with its figures; null for a day that is not known, or a template that never was. */
  async sheet(id: string): Promise<InspectionSheet | null> {
    const found = await this.#find(sheetKeyOf(id));
    return found === null ? null : this.#shown(found.stored, found.span);
  }

  answer(
    asked: { readonly sheet: string; readonly item: string; readonly value: AnswerValue; readonly note: string; readonly revision: number },
    doer: Doer,
  ): Promise<Inspected> {
    const { sheet, ...answer } = asked;
    return this.#act(sheet, doer, async () => ({ kind: "answer", ...answer }));
  }

  sign(
    { sheet, note, revision }: { readonly sheet: string; readonly note: string; readonly revision: number },
    doer: Doer,
  ): Promise<Inspected> {
    return this.#act(sheet, doer, async (stored, span) => ({ kind: "sign", note, revision, figures: await this.#figures(stored, span) }));
  }

  review(
    { sheet, note, revision }: { readonly sheet: string; readonly note: string; readonly revision: number },
    doer: Doer,
  ): Promise<Inspected> {
    return this.#act(sheet, doer, async () => ({ kind: "review", note, revision }));
  }

  correct(
    asked: {
      readonly sheet: string;
      readonly item: string;
      readonly value: AnswerValue;
      readonly note: string;
      readonly reason: string;
      readonly revision: number;
    },
    doer: Doer,
  ): Promise<Inspected> {
    const { sheet, ...correction } = asked;
    return this.#act(sheet, doer, async () => ({ kind: "correct", ...correction }));
  }

  /** Writes down the figures of a day that is over, once. @returns false when the journal could not take it now. */
  async close(stored: StoredSheet): Promise<boolean> {
    const span = daySpan(stored.day, this.#parts.timezone);
    if (span === null) return true;
    const figures = await this.#measured(stored.pinned ?? this.#template(stored), span);
    if (figures.problem !== null) return false;
    const outcome = await this.#parts.journal.inspect(this.#step(stored, GATEWAY, { kind: "close", figures }));
    return outcome.ok || "refused" in outcome;
  }

  async #act(id: string, doer: Doer, actOn: (stored: StoredSheet, span: DaySpan) => Promise<InspectionAct>): Promise<Inspected> {
    const found = await this.#find(sheetKeyOf(id));
    if (found === null) return { problem: unknownSheetWords(id), why: "unknown" };
    const step = this.#step(found.stored, doer, await actOn(found.stored, found.span));
    const outcome = await this.#parts.journal.inspect(step);
    if (outcome.ok) {
      // A signature that comes late is one of its own day.
      if (step.act.kind === "sign") this.#parts.onSigned?.(found.stored.template, Math.min(step.atMs, found.span.toMs - 1));
      return { sheet: await this.#shown(outcome.sheet, found.span) };
    }
    if ("reason" in outcome) return { problem: outcome.message, why: "journal" };
    const problem = refusalWords(outcome.refused, outcome.sheet, outcome.sheet.pinned ?? step.template, step.act);
    return { problem, why: outcome.refused === "changed" ? "changed" : "refused" };
  }

  #step(stored: StoredSheet, { by, from }: Doer, act: InspectionAct): InspectionStep {
    const { clock } = this.#parts;
    const { template, day } = stored;
    return {
      ...{ id: clock.uuid(), sheet: { template, day }, template: stored.pinned ?? this.#template(stored) },
      ...{ atMs: clock.wallMs(), clockTrusted: clock.wallTrusted(), by, from, act },
    };
  }

  /** A sheet that is kept, or today's that nobody has touched. */
  async #find(key: SheetKey): Promise<{ readonly stored: StoredSheet; readonly span: DaySpan } | null> {
    const span = daySpan(key.day, this.#parts.timezone);
    if (span === null) return null;
    const [kept] = (await this.#parts.journal.inspections({ what: "sheet", sheet: key })).sheets;
    const isToday = key.day === this.today && this.templates.some(({ id }) => id === key.template);
    const stored = kept ?? (isToday ? { ...key, pinned: null, rows: [] } : null);
    return stored === null ? null : { stored, span };
  }

  async #shown(stored: StoredSheet, span: DaySpan): Promise<InspectionSheet> {
    const form = stored.pinned ?? this.#template(stored);
    const isOver = stored.day < this.today;
    const settled = stored.rows.some(({ act }) => act.kind === "sign" || (isOver && act.kind === "close"));
    const live = settled ? null : await this.#figures(stored, span);
    return sheetOf(stored, form, { ...span, isOver }, live);
  }

  /** What a signature stands under: the whole day where it was written down, or what history says up to now. */
  async #figures(stored: StoredSheet, span: DaySpan): Promise<InspectionFigures> {
    const closed = stored.day < this.today ? stored.rows.findLast(({ act }) => act.kind === "close") : undefined;
    if (closed?.act.kind === "close") return closed.act.figures;
    return this.#measured(stored.pinned ?? this.#template(stored), span);
  }

  async #measured(template: InspectionTemplate, { fromMs, toMs }: DaySpan): Promise<InspectionFigures> {
    const { clock, history } = this.#parts;
    const span = { fromMs, toMs: Math.max(fromMs, Math.min(toMs, clock.wallMs())) };
    const points = [...new Set(measuredItems(template).map(({ point }) => point))];
    if (points.length === 0) return figuresOf(template, span, []);
    try {
      const summaries = await history.summaries(points, span.fromMs, span.toMs);
      const asked = statesToAsk(template, summaries);
      const minutes = Math.ceil((span.toMs - span.fromMs) / MINUTE_MS) + 1;
      const seen = new Map<string, readonly number[]>();
      for (let at = 0; at < asked.length; at += STATES_AT_ONCE) {
        const trend = await history.trend(asked.slice(at, at + STATES_AT_ONCE), span.fromMs, span.toMs, minutes);
        for (const [point, states] of statesSeen(trend)) seen.set(point, states);
      }
      return figuresOf(template, span, summaries, seen);
    } catch (error) {
      return noFigures(span, historyTrouble(error));
    }
  }

  /** Today's form, for a sheet whose template the site no longer has: nothing but its name. */
  #template({ template }: SheetKey): InspectionTemplate {
    const found = this.templates.find(({ id }) => id === template);
    return found ?? { id: template, name: { zh: template, en: template }, at: "00:00", who: null, items: [] };
  }

  #untouched(stored: readonly StoredDay[], day: string): readonly StoredDay[] {
    const known = new Set(stored.map(sheetId));
    const all = this.templates.map(({ id }): StoredDay => ({ template: id, day, summary: null, closed: false }));
    return all.filter((sheet) => !known.has(sheetId(sheet)));
  }

  #lineOf({ template, day, summary, closed }: StoredDay, isOver: boolean): InspectionSummary {
    const untouched = { template, day, pinned: null, rows: [] };
    const line = { ...(summary ?? summaryOf(untouched, this.#template({ template, day }), isOver)), closed: isOver && closed };
    return isOver && line.state === "open" ? { ...line, state: "missing" } : line;
  }
}

/** What history itself says of its trouble; anything else is a fault of this program and goes on its way. */
function historyTrouble(error: unknown): Words {
  if (error instanceof HistoryError) return error.words;
  throw error;
}
