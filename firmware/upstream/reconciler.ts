import type { Words } from "../contract/alarm.ts";
import { GATEWAY } from "../incidents/event.ts";
import { type Journal, JournalError, type ToldIncident } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { eventOf } from "./body.ts";
import { SETTLED_AFTER_MS } from "./decisions.ts";
import type { Dialect, SendOutcome } from "./dialect.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { latestOf, type Repair, repairsOf } from "./reconcile.ts";
import type { TargetWatch } from "./target-watch.ts";
import { type ComparedDesk, type DeskTicket, type Remark, ticketsByMark } from "./ticket-desk.ts";

const COMPARE_EVERY_MS = 300_000;
/** Incidents that are put right in one comparison; the rest follows with the next. */
const MENDED_MAX = 50;

export interface ReconcilerOptions {
  readonly dialects: Iterable<readonly [target: string, dialect: Pick<Dialect, "desk">]>;
  readonly journal: Pick<Journal, "toldIncidents" | "tellAgain" | "commit">;
  readonly clock: Clock;
  readonly dispatcher: Pick<Dispatcher, "wake" | "whileQuiet">;
  readonly watch: Pick<TargetWatch, "compared">;
  readonly onTrouble: (message: Words) => void;
  readonly everyMs?: number;
}

/** Compares, at every desk with tickets, what it was told with what stands there, and puts right what differs. */
export function watchTickets({ dialects, everyMs = COMPARE_EVERY_MS, ...parts }: ReconcilerOptions): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const { signal } = stopped;
  const running = [...dialects].map(async ([target, { desk }]) => {
    if (desk === undefined) return;
    const reconciler = new Reconciler({ ...parts, target, desk, signal });
    while (!signal.aborted) {
      await parts.clock.sleep(everyMs, signal);
      if (!signal.aborted) await reconciler.look();
    }
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

interface Parts extends Omit<ReconcilerOptions, "dialects" | "everyMs"> {
  readonly target: string;
  readonly desk: ComparedDesk;
  readonly signal: AbortSignal;
}

/** A desk does not answer, or does not do what it is asked. */
class DeskTrouble extends Error {}

class Reconciler {
  readonly #parts: Parts;
  /** Told again, and not seen at the desk since: a desk that shows us no tickets is not told without end. */
  readonly #toldAgain = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const { target, clock, watch, onTrouble } = this.#parts;
    try {
      const repairs = await this.#reconcile();
      if (repairs !== null) watch.compared(target, clock.wallMs(), repairs);
    } catch (error) {
      if (this.#parts.signal.aborted) return;
      const answer = error instanceof Error ? error.message : String(error);
      const said = error instanceof JournalError ? error.fault.message : { zh: answer, en: answer };
      // Our mistake, as with a delivery, must not end the watch over the room.
      onTrouble({
        zh: `与上级 ${target} 对账未完成：${said.zh}。下次对账时再试；如一再出现，请检查本机在该上级的权限`,
        en: `comparing tickets with ${target} came to no end: ${said.en}; it is tried again with the next; should it come again and again, look what we may do there`,
      });
    }
  }

  /** @returns how many repairs were made; null: the desk does not answer. */
  async #reconcile(): Promise<number | null> {
    const { dispatcher, target, desk } = this.#parts;
    const told = await this.#settled();
    const found = await this.#find(told);
    if (told.some((one) => !found.has(desk.markOf(one)))) return null;
    const noted = await this.#noted(repairsOf(told, desk, found, () => false));
    const incidents = new Set(this.#due(repairsOf(told, desk, found, noted)).map((repair) => repair.told.incident));
    let made = 0;
    // Each while nothing is on the way, by what is the case then; in between, messages go through.
    for (const incident of [...incidents].slice(0, MENDED_MAX))
      made += await dispatcher.whileQuiet(target, () => this.#mend(incident, noted));
    if (made > 0) dispatcher.wake();
    return made;
  }

  async #mend(incident: string, noted: (ticket: DeskTicket, remark: Remark) => boolean): Promise<number> {
    const told = (await this.#settled()).filter((one) => one.incident === incident);
    const repairs = this.#due(repairsOf(told, this.#parts.desk, await this.#find(told), noted));
    for (const repair of repairs) await this.#make(repair);
    return repairs.length;
  }

  /** What a desk was told a while ago, with nothing on the way. */
  async #settled(): Promise<readonly ToldIncident[]> {
    const { journal, target, desk, clock } = this.#parts;
    const nowMs = clock.wallMs();
    const told = latestOf(await journal.toldIncidents(target), desk);
    return told.filter(({ state, atMs }) => state !== "moving" && Math.abs(nowMs - atMs) >= SETTLED_AFTER_MS);
  }

  async #find(told: readonly ToldIncident[]): Promise<ReadonlyMap<string, readonly DeskTicket[]>> {
    const { desk, signal } = this.#parts;
    const found = await ticketsByMark(
      desk,
      told.map((one) => desk.markOf(one)),
      signal,
    );
    for (const one of told) if ((found.get(desk.markOf(one))?.length ?? 0) > 0) this.#toldAgain.delete(one.incident);
    return found;
  }

  #due(repairs: readonly Repair[]): readonly Repair[] {
    return repairs.filter(({ kind, told }) => kind !== "tellAgain" || !this.#toldAgain.has(told.incident));
  }

  /** Which remarks stand already where they would be written. */
  async #noted(repairs: readonly Repair[]): Promise<(ticket: DeskTicket, remark: Remark) => boolean> {
    const { desk, signal } = this.#parts;
    const noted = new Set<string>();
    for (const repair of repairs) {
      if (repair.kind !== "remark" && repair.kind !== "resolve") continue;
      const { ticket, remark } = repair;
      const holds = await desk.holds(ticket, remark, signal);
      if (!holds.ok) throw troubleOf(holds.outcome);
      if (holds.value) noted.add(`${ticket.id} ${remark.id}`);
    }
    return (ticket, remark) => noted.has(`${ticket.id} ${remark.id}`);
  }

  async #make(repair: Repair): Promise<void> {
    const { told, kind } = repair;
    const { journal, target, desk, clock, signal } = this.#parts;
    const event = eventOf(told);
    // What a worn card has bent can be told to nobody.
    if (event === null) return;
    const audit = {
      ...{ atMs: clock.wallMs(), by: GATEWAY, from: "gateway", action: `ticket.${kind}`, subject: target },
      detail: [event.number ?? told.incident, ...ticketsIn(repair)].join(" "),
    };
    if (kind === "tellAgain") {
      this.#toldAgain.add(told.incident);
      const again = await journal.tellAgain({ target, incident: told.incident, audit });
      if (!again.ok) throw new JournalError(again);
      return;
    }
    const { ticket, remark } = repair;
    const change = { note: remark, to: kind === "remark" ? null : "resolved", event } as const;
    const done =
      kind === "merge" && desk.merge !== undefined
        ? await desk.merge(ticket, repair.into, signal)
        : await desk.change(ticket, change, signal);
    if (!done.ok) throw troubleOf(done.outcome);
    const line = { atMs: audit.atMs, clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [], audit: [audit] };
    const written = await journal.commit(line);
    if (!written.ok) throw new JournalError(written);
  }
}

function troubleOf({ answer }: SendOutcome): DeskTrouble {
  return new DeskTrouble(answer);
}

function ticketsIn(repair: Repair): readonly string[] {
  if (repair.kind === "tellAgain") return [];
  return repair.kind === "merge" ? [repair.ticket.number, "→", repair.into.number] : [repair.ticket.number];
}
