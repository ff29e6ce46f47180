/**
 * What is kept, and for how long. Days are days on which the box ran and knew the time: a clock that jumps ahead by a year adds one
 * of them, so that it deletes nothing.
 */
export interface Retention {
  readonly eventDays: number;
  readonly auditDays: number;
  readonly accessDays: number;
  readonly sheetDays: number;
  /** The journal's file never grows beyond this. */
  readonly bytesMax: number;
}

/** GB/T 22239 and the Cybersecurity Law (Article 21) ask for six months of logs at least; nothing takes the audit log below that. */
export const AUDIT_DAYS_MIN = 184;
/** Of the journal, so that who did what is written down even when everything else is full. */
export const AUDIT_RESERVE_BYTES = 64 * 1024 * 1024;
/** The parts of the journal beyond which sheets and the entry log give room. Within them they do not: better refuse the next event than eat an old sheet. */
const SHEETS_PART = 0.25;
const ACCESS_PART = 0.15;
/** The oldest go when so much of the journal is in use; the rest is for what comes while they go. */
const FULL_PART = 0.95;

export const RETENTION: Retention = {
  eventDays: 400,
  auditDays: 400,
  accessDays: 400,
  sheetDays: 5 * 366,
  bytesMax: 512 * 1024 * 1024,
};

export type LogKind = "events" | "access" | "sheets" | "audit";

/** By row numbers of the logs' own, which never go back; sheets are numbered by their day since 1970. */
type Numbered = Readonly<Record<LogKind, number | null>>;

/** What lies in the journal; null where nothing does. */
export interface Stock {
  /** Pages in use, without those that are free inside the file. */
  readonly bytesUsed: number;
  /** About so many of them, by kind. */
  readonly bytes: Readonly<Record<LogKind, number>>;
  readonly oldest: Numbered;
  readonly newest: Numbered;
  /** The last one that is old enough to go; null: the box has not lived that long. */
  readonly aged: Numbered;
  /** The last line of the audit log that is older than `AUDIT_DAYS_MIN`. */
  readonly auditMayGo: number | null;
}

/** Rows of one kind that may go, the oldest first, up to and including this one. */
export interface Cut {
  readonly kind: LogKind;
  readonly upTo: number;
  readonly because: "age" | "room";
}

const KINDS: readonly LogKind[] = ["events", "access", "sheets", "audit"];

/**
 * What goes next; null when nothing has to. What is undelivered or belongs to an open incident is not taken by whoever carries this
 * out; a kind that gave nothing although it was asked is `exhausted`, by its `cutName`.
 */
export function nextCut(stock: Stock, retention: Retention, exhausted: ReadonlySet<string>): Cut | null {
  const wanted = KINDS.map((kind) => cutOf(stock, kind, stock.aged[kind], "age"));
  if (roomLeft(stock, retention) < retention.bytesMax * (1 - FULL_PART)) wanted.push(...cutsForRoom(stock, retention));
  return wanted.find((cut) => cut !== null && !exhausted.has(cutName(cut))) ?? null;
}

export function cutName({ kind, because }: Cut): string {
  return `${because} ${kind}`;
}

/** Bytes that alarms may still take: the audit log's reserve is not theirs. */
export function roomLeft({ bytesUsed, bytes }: Pick<Stock, "bytesUsed" | "bytes">, { bytesMax }: Pick<Retention, "bytesMax">): number {
  return bytesMax - bytesUsed - Math.max(0, Math.min(AUDIT_RESERVE_BYTES, bytesMax / 2) - bytes.audit);
}

/** Who has more than its part gives first; the audit log comes last, and only with what is beyond its reserve and old enough by law. */
function cutsForRoom(stock: Stock, { bytesMax }: Retention): (Cut | null)[] {
  const { bytes, newest, auditMayGo } = stock;
  return [
    bytes.sheets > bytesMax * SHEETS_PART ? cutOf(stock, "sheets", newest.sheets, "room") : null,
    bytes.access > bytesMax * ACCESS_PART ? cutOf(stock, "access", newest.access, "room") : null,
    cutOf(stock, "events", newest.events, "room"),
    bytes.audit > AUDIT_RESERVE_BYTES ? cutOf(stock, "audit", auditMayGo, "room") : null,
  ];
}

/** Never the newest itself: the number of the next is counted from it. */
function cutOf({ oldest, newest }: Stock, kind: LogKind, upTo: number | null, because: Cut["because"]): Cut | null {
  const first = oldest[kind];
  const last = Math.min(upTo ?? Number.NEGATIVE_INFINITY, (newest[kind] ?? Number.NEGATIVE_INFINITY) - 1);
  return first !== null && first <= last ? { kind, upTo: last, because } : null;
}
