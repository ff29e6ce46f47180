import { join } from "node:path";
import * as z from "zod";
import { type Holder, holderSchema } from "../contract/access.ts";
import type { Words } from "../contract/alarm.ts";
import { AUDIT_TEXT_MAX } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import { type DurableJson, durableJson, type OnDamage } from "../platform/durable-json.ts";
import { holdersFromCsv, type LineProblem } from "./holder-csv.ts";

/** Card holders of one room; the file stays far below the limit of its kind. */
export const HOLDERS_MAX = 2_000;
/** Changes that wait for the journal. */
const ACTS_MAX = 200;
const BOOK_EVERY_MS = 2_000;

const actSchema = z.object({
  atMs: z.number(),
  by: z.string(),
  from: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type HolderAct = z.infer<typeof actSchema>;
const fileSchema = z.object({ holders: z.array(holderSchema).max(HOLDERS_MAX), acts: z.array(actSchema).max(ACTS_MAX) });
type HolderFile = z.infer<typeof fileSchema>;
const EMPTY: HolderFile = { holders: [], acts: [] };

type Problem = { readonly problem: Words };

/** What the register says of a card on a day. `reason`: why it would be refused; null: it is good. */
export interface CardVerdict {
  readonly holder: Holder | null;
  readonly reason: "unknownCard" | "runOut" | null;
}

/** The register of cards: who holds which. Kept in a file of its own that survives a damaged journal; every change ends in the audit log. */
export interface HolderBook {
  verdict(card: string, wallMs: number, timezone: string): CardVerdict;
  list(): readonly Holder[];
  put(holder: Holder, doer: Doer): Promise<Problem | null>;
  remove(card: string, doer: Doer): Promise<Problem | null>;
  /** All of the list, or none of it with everything that is wrong with it. */
  importCsv(
    csv: string,
    replace: boolean,
    doer: Doer,
  ): Promise<
    { readonly added: number; readonly changed: number; readonly removed: number } | { readonly problems: readonly LineProblem[] } | Problem
  >;
  close(): Promise<void>;
}

/** `record` answers whether the audit lines are on the disk. */
export async function openHolders(
  dataFolder: string,
  clock: Clock,
  record: (acts: readonly HolderAct[]) => Promise<boolean>,
  onDamage: OnDamage,
): Promise<HolderBook> {
  const file = durableJson(join(dataFolder, "card-holders.json"), fileSchema, EMPTY, clock, { onDamage });
  const found = await file.read();
  return new Book(file, clock, found.outcome === "read" ? found.data : EMPTY, record);
}

class Book implements HolderBook {
  readonly #file: DurableJson<HolderFile>;
  readonly #clock: Clock;
  readonly #record: (acts: readonly HolderAct[]) => Promise<boolean>;
  readonly #stop: () => void;
  #byCard: ReadonlyMap<string, Holder>;
  #actsWait: boolean;
  #booking: Promise<void> = Promise.resolve();
  #isBooking = false;

  constructor(file: DurableJson<HolderFile>, clock: Clock, data: HolderFile, record: (acts: readonly HolderAct[]) => Promise<boolean>) {
    this.#file = file;
    this.#clock = clock;
    this.#record = record;
    this.#byCard = byCard(data.holders);
    this.#actsWait = data.acts.length > 0;
    this.#stop = clock.every(BOOK_EVERY_MS, () => this.#book());
  }

  verdict(card: string, wallMs: number, timezone: string): CardVerdict {
    const holder = this.#byCard.get(card) ?? null;
    if (holder === null) return { holder, reason: "unknownCard" };
    if (holder.validUntil === null) return { holder, reason: null };
    const today = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallMs)).toZonedDateTimeISO(timezone).toPlainDate();
    return { holder, reason: Temporal.PlainDate.compare(today, holder.validUntil) > 0 ? "runOut" : null };
  }

  list(): readonly Holder[] {
    return [...this.#byCard.values()].toSorted((a, b) => (a.name === b.name ? (a.card < b.card ? -1 : 1) : a.name < b.name ? -1 : 1));
  }

  async put(holder: Holder, doer: Doer): Promise<Problem | null> {
    return this.#change((holders) => {
      const before = holders.get(holder.card);
      const next = new Map(holders).set(holder.card, holder);
      const action = before === undefined ? "access.holder.add" : "access.holder.change";
      return { next, act: { action, subject: holder.card, detail: "", before: textOf(before), after: textOf(holder) } };
    }, doer);
  }

  async remove(card: string, doer: Doer): Promise<Problem | null> {
    return this.#change((holders) => {
      const before = holders.get(card);
      if (before === undefined) return { problem: noSuchCard(card) };
      const next = new Map([...holders].filter(([other]) => other !== card));
      return { next, act: { action: "access.holder.remove", subject: card, detail: "", before: textOf(before), after: null } };
    }, doer);
  }

  async importCsv(csv: string, replace: boolean, doer: Doer) {
    const read = holdersFromCsv(csv);
    if ("problems" in read) return read;
    let count = { added: 0, changed: 0, removed: 0 };
    const problem = await this.#change((holders) => {
      const given = byCard(read.holders);
      const next = replace ? given : new Map([...holders, ...given]);
      const added = read.holders.filter(({ card }) => !holders.has(card));
      const changed = read.holders.filter((holder) => holders.has(holder.card) && textOf(holders.get(holder.card)) !== textOf(holder));
      const removed = replace ? [...holders.values()].filter(({ card }) => !given.has(card)) : [];
      count = { added: added.length, changed: changed.length, removed: removed.length };
      const before = [...changed.flatMap(({ card }) => holders.get(card) ?? []), ...removed];
      const detail = `${added.length} added, ${changed.length} changed, ${removed.length} removed`;
      const after = manyText([...added, ...changed]);
      return { next, act: { action: "access.holder.import", subject: "", detail, before: manyText(before), after } };
    }, doer);
    return problem ?? count;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#booking;
    this.#book();
    await this.#booking;
  }

  async #change(
    change: (
      holders: ReadonlyMap<string, Holder>,
    ) => { readonly next: ReadonlyMap<string, Holder>; readonly act: Omit<HolderAct, "atMs" | "by" | "from"> } | Problem,
    { by, from }: Doer,
  ): Promise<Problem | null> {
    let next: ReadonlyMap<string, Holder> = this.#byCard;
    const outcome = await this.#file.update((data) => {
      const done = change(byCard(data.holders));
      if ("problem" in done) return done;
      if (done.next.size > HOLDERS_MAX) return { problem: tooMany() };
      if (data.acts.length >= ACTS_MAX) return { problem: auditBehind() };
      next = done.next;
      return { next: { holders: [...next.values()], acts: [...data.acts, { atMs: this.#clock.wallMs(), by, from, ...done.act }] } };
    });
    if (outcome.outcome === "refused") return { problem: outcome.problem };
    this.#byCard = next;
    this.#actsWait = true;
    this.#book();
    return null;
  }

  /** Moves audit lines into the journal; a power cut in between writes a line twice rather than never. */
  #book(): void {
    if (!this.#actsWait || this.#isBooking) return;
    this.#isBooking = true;
    this.#booking = this.#bookActs().finally(() => {
      this.#isBooking = false;
    });
  }

  async #bookActs(): Promise<void> {
    const found = await this.#file.read();
    if (found.outcome !== "read") return;
    const { acts } = found.data;
    if (acts.length > 0 && !(await this.#record(acts))) return;
    this.#actsWait = false;
    if (acts.length === 0) return;
    const outcome = await this.#file.update((data) => {
      this.#actsWait = data.acts.length > acts.length;
      return { next: { ...data, acts: data.acts.slice(acts.length) } };
    });
    if (outcome.outcome === "refused") this.#actsWait = true;
  }
}

const byCard = (holders: readonly Holder[]): Map<string, Holder> => new Map(holders.map((holder) => [holder.card, holder]));

/** As the audit log shows a holder. */
function textOf(holder: Holder): string;
function textOf(holder: Holder | undefined): string | null;
function textOf(holder: Holder | undefined): string | null {
  if (holder === undefined) return null;
  const { card, name, company, validUntil } = holder;
  return [card, name, company, validUntil ?? ""].join(" · ");
}

/** As much of a long list as a line of the audit log holds; `detail` counts them all. */
function manyText(holders: readonly Holder[]): string {
  return holders.map(textOf).join("\n").slice(0, AUDIT_TEXT_MAX);
}

function noSuchCard(card: string): Words {
  return {
    zh: `登记册中没有卡 ${card}，未作更改。请刷新列表后重试。`,
    en: `There is no card ${card} in the register; nothing was changed. Load the list again and try once more.`,
  };
}

function tooMany(): Words {
  return {
    zh: `持卡人将超过上限 ${HOLDERS_MAX}，未作更改。请先删除不再使用的卡。`,
    en: `There would be more than ${HOLDERS_MAX} card holders, which is the limit; nothing was changed. Remove cards that are no longer used.`,
  };
}

function auditBehind(): Words {
  return {
    zh: `已有 ${ACTS_MAX} 条持卡人变更等待写入审计日志，未作更改。请检查日志库所在的磁盘。`,
    en: `${ACTS_MAX} changes of card holders wait to be written into the audit log; nothing was changed. Check the journal's disk.`,
  };
}
