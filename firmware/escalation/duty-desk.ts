import type { AlarmRecord, Words } from "../contract/alarm.ts";
import type { EscalationView, HandOversReply, OnCallReply, RotaView } from "../contract/escalation.ts";
import { type Journal, JournalError } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { OnCallAct, OnCallRow } from "./duty-acts.ts";
import { REFUSED } from "./duty-words.ts";
import { changeAround, changeAt, EARLY_MS, GRACE_MS, openItems, stateOf, viewsOf } from "./hand-over.ts";
import type { Plan } from "./plan.ts";
import { daysAhead, dutyAt, type Person, type Rota, type Swap } from "./rota.ts";

const SWAPS_MAX = 200;
const SWAP_DAYS_MAX = 31;
const DAYS_AHEAD = 14;
/** What is kept at hand of hand-overs: a week of every rota, and more. */
const ROWS_KEPT = 2_000;
const WEEK_MS = 9 * 86_400_000;
const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 30_000;
/** The box itself in the audit log. */
const BOX = "gateway";

export type DutyAnswer = null | { readonly refused: Words } | { readonly failed: Words };

export interface HandOverQuery {
  readonly rota?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly before?: number;
  readonly limit: number;
}

export interface DutyDeskParts {
  readonly rotas: readonly Rota[];
  readonly plans: readonly Plan[];
  readonly timezone: string;
  readonly journal: Pick<Journal, "recordOnCall" | "onCall">;
  readonly clock: Clock;
  readonly room: { alarms(): readonly AlarmRecord[]; escalations(): readonly EscalationView[] };
  readonly onTrouble: (words: Words) => void;
}

/** Who is on call, who stands in, and what one shift hands to the next. */
export class DutyDesk {
  readonly #parts: DutyDeskParts;
  readonly #openedMs: number;
  #swaps: readonly OnCallRow[] = [];
  #rows: readonly OnCallRow[] = [];
  #stop: () => void = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: DutyDeskParts) {
    this.#parts = parts;
    this.#openedMs = parts.clock.wallMs();
  }

  /** Reads what was entered before. Without a journal the plan alone holds. */
  async open(): Promise<void> {
    if (this.#parts.rotas.length === 0) return;
    const { journal, clock, onTrouble } = this.#parts;
    try {
      const fromMs = clock.wallMs() - WEEK_MS;
      this.#swaps = (await journal.onCall({ kinds: ["swap"], limit: SWAPS_MAX, fromMs })).toReversed();
      this.#rows = (await journal.onCall({ kinds: ["note", "missing", "confirm"], limit: ROWS_KEPT, fromMs })).toReversed();
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      onTrouble(error.fault.message);
    }
  }

  /** Looks for hand-overs that nobody wrote, until `close`. */
  follow(): void {
    if (!this.#parts.rotas.some(({ wantsNote }) => wantsNote)) return;
    this.#stop = this.#parts.clock.every(LOOK_EVERY_MS, () => {
      this.#looking = this.#looking.then(() => this.lookForMissing());
    });
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#looking;
  }

  /** Who is on call now; null: no such rota, or nobody in it. */
  onCall(rota: string): Person | null {
    const found = this.#rota(rota);
    const duty = found === undefined ? null : this.#dutyOf(found);
    return found?.people.find(({ id }) => id === duty?.who) ?? null;
  }

  view(): OnCallReply {
    const { rotas, plans, clock, room } = this.#parts;
    return {
      nowMs: clock.wallMs(),
      certain: clock.wallTrusted(),
      rotas: rotas.map((rota) => this.#viewOf(rota)),
      plans: plans.map(({ id, name, until, steps }) => ({
        ...{ id, name, until },
        steps: steps.map((step) => ({ ...step, targets: [...step.targets], onCall: [...step.onCall], fallback: [...step.fallback] })),
      })),
      escalations: [...room.escalations()],
    };
  }

  /** Lets somebody stand in; `who` null: as planned again. */
  async swap(asked: Swap & { readonly note: string }, doer: Doer): Promise<DutyAnswer> {
    const { rota, fromMs, toMs, who, note } = asked;
    const found = this.#rota(rota);
    const nowMs = this.#parts.clock.wallMs();
    if (found === undefined) return { refused: REFUSED.unknownRota(rota) };
    if (who !== null && !found.people.some(({ id }) => id === who)) return { refused: REFUSED.unknownPerson(who, rota) };
    if (fromMs >= toMs || toMs <= nowMs || toMs - fromMs > SWAP_DAYS_MAX * DAY_MS) return { refused: REFUSED.badSpan(SWAP_DAYS_MAX) };
    if (this.#swaps.filter(({ act }) => act.kind === "swap" && act.toMs > nowMs).length >= SWAPS_MAX)
      return { refused: REFUSED.tooMany(SWAPS_MAX) };
    const before = dutyAt(found, this.#swapsNow(), fromMs, this.#parts.timezone)?.who ?? null;
    const detail = [`${iso(fromMs)} – ${iso(toMs)}`, note].filter((part) => part !== "").join(" · ");
    return this.#record({ kind: "swap", rota, fromMs, toMs, who, note }, doer, { action: "onCall.swap", detail, before, after: who });
  }

  /** What the outgoing shift writes. What is open is added by the box. */
  async writeHandOver(asked: { readonly rota: string; readonly changeMs: number; readonly text: string }, doer: Doer): Promise<DutyAnswer> {
    const { timezone, clock, room } = this.#parts;
    const rota = this.#rota(asked.rota);
    if (rota === undefined) return { refused: REFUSED.unknownRota(asked.rota) };
    const change = changeAt(rota, this.#swapsNow(), asked.changeMs, timezone);
    if (change === null || change.changeMs > clock.wallMs() + EARLY_MS) return { refused: REFUSED.noChange() };
    const open = openItems(room.alarms());
    const act: OnCallAct = { kind: "note", rota: rota.id, ...change, text: asked.text, open };
    return this.#record(act, doer, { action: "handOver.write", detail: `${iso(change.changeMs)} · ${asked.text.slice(0, 500)}` });
  }

  /** The incoming shift has read it. */
  async confirmHandOver({ id, note }: { readonly id: string; readonly note: string }, doer: Doer): Promise<DutyAnswer> {
    const row = this.#rows.find((known) => known.id === id);
    if (row?.act.kind !== "note") return { refused: REFUSED.unknownNote() };
    if (row.by === doer.by) return { refused: REFUSED.ownNote() };
    const said = this.#rows.find(({ act }) => act.kind === "confirm" && act.of === id);
    if (said !== undefined) return { refused: REFUSED.confirmed(said.by) };
    const { rota, changeMs } = row.act;
    return this.#record({ kind: "confirm", rota, changeMs, of: id, note }, doer, {
      action: "handOver.confirm",
      detail: `${iso(changeMs)} ${note}`.trim(),
    });
  }

  /** Newest first. */
  async handOvers({ limit, ...query }: HandOverQuery): Promise<HandOversReply> {
    const { journal } = this.#parts;
    const rows = await journal.onCall({ ...query, kinds: ["note", "missing"], limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const changes = shown.flatMap(({ act }) => (act.kind === "swap" ? [] : [act.changeMs]));
    const span = { fromMs: Math.min(...changes), toMs: Math.max(...changes) + 1 };
    const confirmations = changes.length === 0 ? [] : await journal.onCall({ kinds: ["confirm"], limit: ROWS_KEPT, ...span });
    return { handOvers: [...viewsOf(shown, confirmations)], more: rows.length > limit };
  }

  /** Writes down, once, that a shift changed and nobody handed over. Not while the time of day is unknown. */
  async lookForMissing(): Promise<void> {
    const { rotas, clock, timezone } = this.#parts;
    if (!clock.wallTrusted()) return;
    const atMs = clock.wallMs() - GRACE_MS;
    for (const rota of rotas) {
      const since = rota.wantsNote ? dutyAt(rota, this.#swapsNow(), atMs, timezone)?.since : null;
      if (since == null) continue;
      const change = changeAt(rota, this.#swapsNow(), since.atMs, timezone);
      const ofRota = this.#rows.filter(({ act }) => act.rota === rota.id);
      // A rota that was not in use then has missed nothing.
      const wasInUse = since.atMs >= this.#openedMs || ofRota.length > 0;
      if (change === null || !wasInUse || ofRota.some(({ act }) => act.kind !== "swap" && act.changeMs === change.changeMs)) continue;
      const names = `${change.outgoing} → ${change.incoming}`;
      const failed = await this.#record(
        { kind: "missing", rota: rota.id, ...change },
        { by: BOX, from: BOX },
        {
          action: "handOver.missing",
          detail: `${iso(change.changeMs)} ${names}`,
        },
      );
      if (failed !== null && "failed" in failed) this.#parts.onTrouble(failed.failed);
    }
  }

  async #record(
    act: OnCallAct,
    { by, from }: Doer,
    line: { readonly action: string; readonly detail: string; readonly before?: string | null; readonly after?: string | null },
  ): Promise<DutyAnswer> {
    const { journal, clock } = this.#parts;
    const atMs = clock.wallMs();
    const id = clock.uuid();
    const audit = { atMs, by, from, subject: act.rota, before: null, after: null, ...line };
    const written = await journal.recordOnCall({ id, atMs, certain: clock.wallTrusted(), by, act, audit });
    if (!written.ok) return { failed: written.message };
    const row: OnCallRow = { number: this.#nextNumber(), id, atMs, by, act };
    if (act.kind === "swap") this.#swaps = [...this.#swaps, row].slice(-2 * SWAPS_MAX);
    else this.#rows = [...this.#rows, row].slice(-ROWS_KEPT);
    return null;
  }

  #viewOf(rota: Rota): RotaView {
    const { clock, timezone } = this.#parts;
    const nowMs = clock.wallMs();
    const swaps = this.#swapsNow();
    const duty = this.#dutyOf(rota);
    const change = rota.wantsNote ? changeAround(rota, swaps, nowMs, timezone) : null;
    return {
      ...{ id: rota.id, name: rota.name },
      people: rota.people.map(({ id, name, phone }) => ({ id, name, phone })),
      now: duty === null ? null : { who: duty.who, planned: duty.planned, sinceMs: duty.since?.atMs ?? null },
      next: duty?.next ?? null,
      upcoming: daysAhead(rota, swaps, nowMs, DAYS_AHEAD, timezone).map((span) => ({ ...span })),
      swaps: this.#swaps.flatMap(({ number, by, atMs, act }) =>
        act.kind === "swap" && act.rota === rota.id && act.toMs > nowMs
          ? [{ number, rota: rota.id, fromMs: act.fromMs, toMs: act.toMs, who: act.who, note: act.note, by, atMs }]
          : [],
      ),
      handOver: change === null ? null : { ...change, state: stateOf(rota.id, change, this.#rows, nowMs) },
    };
  }

  #dutyOf(rota: Rota): ReturnType<typeof dutyAt> {
    return dutyAt(rota, this.#swapsNow(), this.#parts.clock.wallMs(), this.#parts.timezone);
  }

  #rota(id: string): Rota | undefined {
    return this.#parts.rotas.find((rota) => rota.id === id);
  }

  #swapsNow(): readonly Swap[] {
    return this.#swaps.flatMap(({ act }) => (act.kind === "swap" ? [act] : []));
  }

  /** Only to tell rows apart on a page; the journal has its own. */
  #nextNumber(): number {
    return 1 + Math.max(0, ...this.#swaps.map(({ number }) => number), ...this.#rows.map(({ number }) => number));
  }
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
