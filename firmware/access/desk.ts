import type * as z from "zod";
import type {
  AccessEntry,
  AccessView,
  accessExportQuerySchema,
  accessLogQuerySchema,
  NewAccessEntry,
  powerSchema,
  resetSchema,
  visitInSchema,
  visitOutSchema,
} from "../contract/access.ts";
import type { Words } from "../contract/alarm.ts";
import type { AccessQuery, AuditEntry, Journal } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { Press } from "../report/press.ts";
import type { Site } from "../site/model.ts";
import { csvHeading, csvRow } from "./export.ts";
import type { HolderBook } from "./holders.ts";
import { logDocument } from "./paper.ts";
import { type AccessRoom, EMPTY_ENTRY } from "./room.ts";
import type { AccessScribe } from "./scribe.ts";

const LINES_PER_PIECE = 500;
/** Lines that a document on paper has; a table for spreadsheets as CSV has no such limit. */
export const PAPER_LINES_MAX = 1_500;

export interface ExportFile {
  readonly fileName: string;
  readonly mediaType: string;
  readonly pieces: AsyncIterable<string | Uint8Array>;
}

const MEDIA_TYPES = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  pdf: "application/pdf",
} as const;

type Problem = { readonly problem: Words };

export interface DeskParts {
  readonly site: Pick<Site, "id" | "name" | "timezone" | "doors" | "areas">;
  readonly press: Pick<Press, "print">;
  readonly room: AccessRoom;
  readonly scribe: Pick<AccessScribe, "act">;
  readonly journal: Pick<Journal, "accessLog">;
  readonly holders: HolderBook;
  readonly clock: Clock;
}

/** What people do with the entry log: look, sign visitors in and out, note servers switched on and off, put right who is inside. */
export class AccessDesk {
  readonly holders: HolderBook;
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.holders = parts.holders;
  }

  view(): AccessView {
    return this.#parts.room.view();
  }

  log({ day, ...query }: z.output<typeof accessLogQuerySchema>): Promise<readonly AccessEntry[]> {
    const span = day === undefined ? {} : this.#span(day, day);
    return this.#parts.journal.accessLog({ ...defined(query), limit: query.limit, ...span });
  }

  /** The log of some days, oldest line first; not before it is on the disk that somebody took it. */
  async exportLog(asked: z.output<typeof accessExportQuerySchema>, doer: Doer): Promise<ExportFile | Problem> {
    const { from, to, format, language } = asked;
    if (from > to) return { problem: WRONG_ORDER };
    const { clock, scribe, site } = this.#parts;
    const query = { ...defined(asked), ...this.#span(from, to) };
    const made = format === "csv" ? { pieces: this.#pieces(query, language) } : await this.#printed(query, asked, format, doer);
    if ("problem" in made) return made;
    const line = { atMs: clock.wallMs(), ...doer, action: "access.export", subject: `${from} – ${to}`, detail: format };
    const outcome = await scribe.act({ entries: [], readers: [], audit: [line] });
    if (!outcome.ok) return { problem: outcome.message };
    return { fileName: `${site.id}-access-${from}-${to}.${format}`, mediaType: MEDIA_TYPES[format], pieces: made.pieces };
  }

  async #printed(
    query: Omit<AccessQuery, "limit">,
    { from, to, language }: z.output<typeof accessExportQuerySchema>,
    format: "xlsx" | "pdf",
    { by }: Doer,
  ): Promise<{ readonly pieces: AsyncIterable<Uint8Array> } | Problem> {
    const { journal, site, clock, press } = this.#parts;
    const entries = await journal.accessLog({ ...query, limit: PAPER_LINES_MAX + 1, oldestFirst: true });
    if (entries.length > PAPER_LINES_MAX) return { problem: TOO_LONG };
    const moment = { madeAtMs: clock.wallMs(), clockTrusted: clock.wallTrusted(), timeRepeats: clock.repeats() };
    const printed = await press.print(logDocument(entries, site, { from, to, by, ...moment }), language, [format]);
    if ("problem" in printed) return printed;
    const file = printed.files.get(format);
    if (file === undefined) throw new Error(`the press gave no ${format}`);
    return { pieces: only(file) };
  }

  async *#pieces(query: Omit<AccessQuery, "limit">, language: keyof Words): AsyncIterable<string> {
    const { journal, site } = this.#parts;
    yield csvHeading(language);
    let after = 0;
    for (;;) {
      const entries = await journal.accessLog({ ...query, limit: LINES_PER_PIECE, oldestFirst: true, after });
      const last = entries.at(-1);
      if (last === undefined) return;
      yield entries.map((entry) => csvRow(entry, site, language)).join("");
      after = last.number;
    }
  }

  async visitIn(visit: z.output<typeof visitInSchema>, doer: Doer): Promise<{ readonly visit: string } | Problem> {
    const { name, company, escort, purpose, area } = visit;
    if (area !== undefined && !this.#parts.site.areas.some(({ id }) => id === area)) return { problem: noSuchArea(area) };
    const id = this.#parts.clock.uuid();
    const note = escort === "" ? purpose : `${purpose} · ${escort}`;
    const done = await this.#enter(
      { kind: "visitorIn", person: name, company, subject: id, note, area: area ?? null, direction: "in" },
      doer,
      {
        action: "access.visit.in",
        subject: name,
        after: [name, company, purpose, escort].join(" · "),
      },
    );
    return done ?? { visit: id };
  }

  async visitOut({ visit, note }: z.output<typeof visitOutSchema>, doer: Doer): Promise<Problem | null> {
    const inside = this.view().inside.find(({ key }) => key === `visit:${visit}`);
    if (inside === undefined) return { problem: NOT_INSIDE };
    const { person, company, area, sinceMs } = inside;
    const durationMs = Math.max(0, this.#parts.clock.wallMs() - sinceMs);
    const entry = { kind: "visitorOut" as const, person, company, subject: visit, note, area, direction: "out" as const, durationMs };
    return this.#enter(entry, doer, { action: "access.visit.out", subject: person ?? visit, before: person, after: null });
  }

  power({ server, state, note }: z.output<typeof powerSchema>, doer: Doer): Promise<Problem | null> {
    const kind = state === "on" ? "powerOn" : "powerOff";
    return this.#enter({ kind, subject: server, note }, doer, { action: "access.power", subject: server, after: state });
  }

  /** Takes somebody, or everybody, off the list of those inside; the log keeps what it says. */
  reset({ key, reason }: z.output<typeof resetSchema>, doer: Doer): Promise<Problem | null> {
    const { inside } = this.view();
    const gone = key === undefined ? inside : inside.filter((one) => one.key === key);
    if (key !== undefined && gone.length === 0) return Promise.resolve({ problem: NOT_INSIDE });
    const [one] = gone;
    const who = key === undefined || one === undefined ? {} : { person: one.person, company: one.company, card: one.card, area: one.area };
    const before = gone.map(({ person, card, key: id }) => person ?? card ?? id).join(", ");
    return this.#enter({ kind: "reset", subject: key ?? null, note: reason, ...who }, doer, {
      action: "access.inside.reset",
      subject: key ?? "*",
      before,
      after: "",
    });
  }

  async #enter(
    entry: Pick<NewAccessEntry, "kind"> & Partial<NewAccessEntry>,
    doer: Doer,
    audit: Pick<AuditEntry, "action" | "subject" | "before" | "after">,
  ): Promise<Problem | null> {
    const { clock, scribe, room } = this.#parts;
    const atMs = clock.wallMs();
    const whole: NewAccessEntry = { ...EMPTY_ENTRY, atMs, clockTrusted: clock.wallTrusted(), ...entry, source: "hand", by: doer.by };
    const line: AuditEntry = { atMs, ...doer, detail: whole.note, ...audit };
    const outcome = await scribe.act({ entries: [{ id: clock.uuid(), entry: whole }], readers: [], audit: [line] });
    if (!outcome.ok) return { problem: outcome.message };
    room.took(whole);
    return null;
  }

  /** From the first moment of a day to the end of another, in the site's time zone. */
  #span(from: string, to: string): Required<Pick<AccessQuery, "fromMs" | "toMs">> {
    const start = (day: Temporal.PlainDate): number => day.toZonedDateTime(this.#parts.site.timezone).epochMilliseconds;
    return { fromMs: start(Temporal.PlainDate.from(from)), toMs: start(Temporal.PlainDate.from(to).add({ days: 1 })) };
  }
}

/** What was not asked for is left out, not undefined. */
function defined(query: { [Key in "door" | "kind" | "who" | "before"]?: AccessQuery[Key] | undefined }): Omit<AccessQuery, "limit"> {
  const { door, kind, who, before } = query;
  return {
    ...(door === undefined ? {} : { door }),
    ...(kind === undefined ? {} : { kind }),
    ...(who === undefined ? {} : { who }),
    ...(before === undefined ? {} : { before }),
  };
}

async function* only(file: Uint8Array): AsyncIterable<Uint8Array> {
  yield file;
}

const TOO_LONG: Words = {
  zh: `这段时间的记录超过 ${PAPER_LINES_MAX} 条。请缩短时间段，或导出为 CSV。`,
  en: `This period has more than ${PAPER_LINES_MAX} lines. Choose a shorter one, or export it as CSV.`,
};
const WRONG_ORDER: Words = {
  zh: "开始日期晚于结束日期。请调换后重试。",
  en: "The first day is after the last one. Exchange them and try again.",
};
const NOT_INSIDE: Words = {
  zh: "此人不在在场名单中，可能已登记离开。请刷新页面后查看。",
  en: "This person is not on the list of those inside, perhaps signed out already. Load the page again and look.",
};
function noSuchArea(area: string): Words {
  return { zh: `本站没有区域 ${area}。请从列表中选择。`, en: `This site has no area ${area}. Choose one of the list.` };
}
