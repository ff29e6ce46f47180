import type { Words } from "../contract/alarm.ts";
import type { AuditChoices, AuditFilter, AuditRow, AuditVerdict, Journal } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { BYTE_ORDER_MARK, csvLine } from "../platform/csv.ts";
import type { Act, Doer } from "./people-file.ts";

/** Reading on within this time belongs to the reading that was written down already. */
const SITTING_MS = 10 * 60_000;
const READERS_MAX = 1_000;
const LINES_PER_PIECE = 500;

/** What is asked for; a day is one of the site's zone. */
export interface AuditAsked {
  readonly by?: string;
  readonly action?: string;
  /** `2026-11-22` */
  readonly day?: string;
}

/** What an auditor does with the log. Reading it is itself written down, once per sitting; so is every export. */
export interface AuditDesk {
  list(page: { readonly limit: number; readonly before?: number }, asked: AuditAsked, reader: Doer): Promise<readonly AuditRow[]>;
  choices(): Promise<AuditChoices>;
  /** Whoever asks while a check is under way gets its answer. */
  check(): Promise<AuditVerdict>;
  /** The lines as CSV, oldest last, in pieces; not before it is on the disk that somebody took them. */
  export(
    asked: AuditAsked,
    language: keyof Words,
    reader: Doer,
  ): Promise<{ readonly fileName: string; readonly pieces: AsyncIterable<string> } | { readonly problem: Words }>;
}

export interface AuditDeskParts {
  readonly journal: Pick<Journal, "audit" | "auditChoices" | "auditCheck">;
  readonly timezone: string;
  readonly clock: Clock;
  /** False: it could not be written down. */
  readonly note: (act: Act) => Promise<boolean>;
}

export function openAuditDesk({ journal, timezone, clock, note }: AuditDeskParts): AuditDesk {
  const readers = new Map<string, number>();
  let checking: Promise<AuditVerdict> | null = null;

  function isNewSitting({ by, from }: Doer): boolean {
    const nowMs = clock.monotonicMs();
    const reader = `${by}@${from}`;
    const lastMs = readers.get(reader);
    readers.delete(reader);
    readers.set(reader, nowMs);
    const [quietest] = readers.keys();
    if (readers.size > READERS_MAX && quietest !== undefined) readers.delete(quietest);
    return lastMs === undefined || nowMs - lastMs >= SITTING_MS;
  }

  const noted = (reader: Doer, action: string, asked: AuditAsked): Promise<boolean> =>
    note({ atMs: clock.wallMs(), ...reader, action, subject: "audit", detail: inWords(asked), before: null, after: null });

  async function* pieces(filter: AuditFilter, language: keyof Words): AsyncIterable<string> {
    yield BYTE_ORDER_MARK + csvLine(COLUMNS.map((column) => column[language]));
    let before: number | undefined;
    for (;;) {
      const lines = await journal.audit(LINES_PER_PIECE, before, filter);
      const last = lines.at(-1);
      if (last === undefined) return;
      yield lines.map((line) => csvLine(cells(line, timezone))).join("");
      before = last.number;
    }
  }

  return {
    async list({ limit, before }, asked, reader) {
      if (isNewSitting(reader)) await noted(reader, "audit.open", asked);
      return journal.audit(limit, before, filterOf(asked, timezone));
    },
    choices: () => journal.auditChoices(),
    check() {
      checking ??= journal.auditCheck().finally(() => {
        checking = null;
      });
      return checking;
    },
    async export(asked, language, reader) {
      if (!(await noted(reader, "audit.export", asked))) return { problem: notWritten() };
      const today = zoned(clock.wallMs(), timezone).toPlainDate().toString();
      return { fileName: `audit-${asked.day ?? today}.csv`, pieces: pieces(filterOf(asked, timezone), language) };
    },
  };
}

const COLUMNS: readonly Words[] = [
  { zh: "序号", en: "Number" },
  { zh: "时间", en: "Time" },
  { zh: "人员", en: "Who" },
  { zh: "来自", en: "From" },
  { zh: "操作", en: "Action" },
  { zh: "对象", en: "Subject" },
  { zh: "说明", en: "Detail" },
  { zh: "原值", en: "Before" },
  { zh: "新值", en: "After" },
  { zh: "链", en: "Hash" },
  // What the hash is made of beside the columns before: who makes it anew needs them.
  { zh: "当时记录的时间", en: "Time as told" },
  { zh: "启动序号", en: "Boot" },
  { zh: "启动后毫秒", en: "Uptime ms" },
  { zh: "时钟", en: "Clock" },
];

function cells(line: AuditRow, timezone: string): readonly string[] {
  const said = (atMs: number): string => zoned(atMs, timezone).toString({ timeZoneName: "never", smallestUnit: "millisecond" });
  const { number, by, from, action, subject, detail, before, after, hash, toldMs, boot, uptimeMs, clock } = line;
  const place = [toldMs === null ? "" : said(toldMs), String(boot ?? ""), String(uptimeMs ?? ""), clock ?? ""];
  return [String(number), said(line.atMs), by, from, action, subject, detail, before ?? "", after ?? "", hash, ...place];
}

function zoned(atMs: number, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toZonedDateTimeISO(timezone);
}

/** A day begins and ends where the site is; with summer time it may have 23 or 25 hours. */
function filterOf({ by, action, day }: AuditAsked, timezone: string): AuditFilter {
  const begin = day === undefined ? null : Temporal.PlainDate.from(day);
  const startOf = (date: Temporal.PlainDate): number => date.toZonedDateTime(timezone).epochMilliseconds;
  return {
    ...(by === undefined ? {} : { by }),
    ...(action === undefined ? {} : { action }),
    ...(begin === null ? {} : { fromMs: startOf(begin), toMs: startOf(begin.add({ days: 1 })) }),
  };
}

function inWords(asked: AuditAsked): string {
  return Object.entries(asked)
    .flatMap(([key, value]) => (value === undefined ? [] : `${key}=${value}`))
    .join(" ");
}

function notWritten(): Words {
  return {
    zh: "此次导出未能写入审计日志，因此没有导出。请检查磁盘后重试。",
    en: "This export could not be written into the audit log, so nothing was exported. Check the disk and try again.",
  };
}
