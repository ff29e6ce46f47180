import type { Words } from "../contract/alarm.ts";
import { GATEWAY, type IncidentEvent } from "../incidents/event.ts";
import { type Journal, JournalError, type ToldIncident } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import { eventOf } from "./body.ts";
import { SETTLED_AFTER_MS } from "./decisions.ts";
import type { Dialect, SendOutcome } from "./dialect.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { LatestSet } from "./latest-set.ts";
import { latestOf, type Repair, repairsOf } from "./reconcile.ts";
import type { TargetWatch } from "./target-watch.ts";
import { type ComparedDesk, type DeskTicket, type Remark, ticketsByMark } from "./ticket-desk.ts";
import { Turns } from "./turns.ts";

const COMPARE_EVERY_MS = 300_000;
/** Incidents that are put right in one comparison; the rest follows with the next. */
const MENDED_MAX = 50;
/** Of what was done at a desk, so that it is not done again. */
const REMEMBERED_MAX = 10_000;

export interface ReconcilerOptions {
  readonly dialects: Iterable<readonly [target: string, dialect: Pick<Dialect, "desk">]>;
  readonly journal: Pick<Journal, "toldIncidents" | "deliveriesOf" | "tellAgain" | "commit">;
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

/** A desk does not answer for now. */
class DeskAway extends Error {}

/** What came of one comparison: repairs that were made, and what the desk said to those that were not. */
interface Tally {
  made: number;
  readonly refusals: string[];
}

class Reconciler {
  readonly #parts: Parts;
  readonly #turns: Turns;
  /** Once in a run of the box: a ticket that staff put where we do not see it is not made without end. */
  readonly #toldAgain = new LatestSet(REMEMBERED_MAX);
  /** Ticket and remark: not every desk shows what was written on it. */
  readonly #remarked = new LatestSet(REMEMBERED_MAX);

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#turns = new Turns(parts.desk.comparedAtOnce ?? Number.POSITIVE_INFINITY);
  }

  async look(): Promise<void> {
    const { target, clock, watch, dispatcher, onTrouble, signal } = this.#parts;
    const tally: Tally = { made: 0, refusals: [] };
    try {
      await this.#reconcile(tally);
      watch.compared(target, clock.wallMs(), tally.made);
    } catch (error) {
      this.#say(error);
    }
    if (tally.made > 0) dispatcher.wake();
    const { refusals } = tally;
    if (refusals[0] === undefined || signal.aborted) return;
    onTrouble({
      zh: `与上级 ${target} 对账时有 ${refusals.length} 处未能改正：${refusals[0]}。下次对账时再试；如一再出现，请检查本机在该上级的权限`,
      en: `comparing tickets with ${target} could not put all right (${refusals.length}): ${refusals[0]}; it is tried again with the next; should it come again and again, look what we may do there`,
    });
  }

  /** A desk that is away is told of by its deliveries. */
  #say(error: unknown): void {
    const { target, onTrouble, signal } = this.#parts;
    if (signal.aborted || error instanceof DeskAway) return;
    const answer = error instanceof Error ? error.message : String(error);
    const said = error instanceof JournalError ? error.fault.message : { zh: answer, en: answer };
    // Our mistake, as with a delivery, must not end the watch over the room.
    onTrouble({
      zh: `与上级 ${target} 对账未完成：${said.zh}。下次对账时再试；如一再出现，请检查本机在该上级的权限`,
      en: `comparing tickets with ${target} came to no end: ${said.en}; it is tried again with the next; should it come again and again, look what we may do there`,
    });
  }

  async #reconcile(tally: Tally): Promise<void> {
    const { dispatcher, target, desk } = this.#parts;
    const told = this.#turns.next(await this.#settled());
    const found = await this.#find(told);
    const noted = await this.#noted(
      repairsOf(told, desk, found, () => false),
      tally,
    );
    const incidents = new Set(this.#due(repairsOf(told, desk, found, noted)).map((repair) => repair.told.incident));
    // Each while nothing is on the way, by what is the case then; in between, messages go through.
    for (const incident of [...incidents].slice(0, MENDED_MAX))
      await dispatcher.whileQuiet(target, () => this.#mend(incident, noted, tally));
  }

  async #mend(incident: string, noted: (ticket: DeskTicket, remark: Remark) => boolean, tally: Tally): Promise<void> {
    const told = (await this.#settled()).filter((one) => one.incident === incident);
    const repairs = this.#due(repairsOf(told, this.#parts.desk, await this.#find(told), noted));
    for (const repair of repairs) {
      const event = eventOf(repair.told);
      // What a worn card has bent can be told to nobody.
      if (event === null) continue;
      if (repair.kind === "tellAgain" && (await this.#isTheirs(incident))) {
        this.#toldAgain.add(incident);
        continue;
      }
      const refusal = await this.#make(repair, event);
      if (refusal === null) tally.made += 1;
      else tally.refusals.push(refusal.answer);
    }
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
    const marks = told.map((one) => desk.markOf(one));
    const { tickets: found, failed } = await ticketsByMark(desk, marks, signal);
    if (failed !== null) throw failed.outcome === "refused" ? new Error(failed.answer) : new DeskAway(failed.answer);
    return found;
  }

  #due(repairs: readonly Repair[]): readonly Repair[] {
    return repairs.filter(({ kind, told }) => kind !== "tellAgain" || !this.#toldAgain.has(told.incident));
  }

  /** Which remarks stand already where they would be written; where a desk does not let us see, none is written. */
  async #noted(repairs: readonly Repair[], { refusals }: Tally): Promise<(ticket: DeskTicket, remark: Remark) => boolean> {
    const { desk, signal } = this.#parts;
    const noted = new Set<string>();
    for (const repair of repairs) {
      if (repair.kind === "tellAgain") continue;
      const { ticket, remark } = repair;
      if (this.#remarked.has(nameOf(ticket, remark))) continue;
      const holds = await desk.holds(ticket, remark, signal);
      if (!holds.ok && holds.outcome.outcome !== "refused") throw new Error(holds.outcome.answer);
      if (!holds.ok) refusals.push(holds.outcome.answer);
      if (!holds.ok || holds.value) noted.add(nameOf(ticket, remark));
    }
    return (ticket, remark) => noted.has(nameOf(ticket, remark)) || this.#remarked.has(nameOf(ticket, remark));
  }

  /** Whether the ticket of an incident is not gone, but out of our sight. */
  async #isTheirs(incident: string): Promise<boolean> {
    const { journal, target, desk, signal } = this.#parts;
    if (desk.isTheirs === undefined) return false;
    const deliveries = (await journal.deliveriesOf([incident]))[incident] ?? [];
    const number = deliveries.findLast((one) => one.target === target && one.ticket !== null)?.ticket ?? null;
    if (number === null) return false;
    const theirs = await desk.isTheirs(number, signal);
    if (!theirs.ok && theirs.outcome.outcome !== "refused") throw new DeskAway(theirs.outcome.answer);
    return theirs.ok && theirs.value;
  }

  /** @returns what the desk said in place of doing it. */
  async #make(repair: Repair, event: IncidentEvent): Promise<SendOutcome | null> {
    const { told, kind } = repair;
    const { journal, target, desk, clock, signal } = this.#parts;
    const audit = {
      ...{ atMs: clock.wallMs(), by: GATEWAY, from: "gateway", action: `ticket.${kind}`, subject: target },
      detail: [event.number ?? told.incident, ...ticketsIn(repair)].join(" "),
    };
    if (kind === "tellAgain") {
      const again = await journal.tellAgain({ target, incident: told.incident, audit });
      if (!again.ok) throw new JournalError(again);
      this.#toldAgain.add(told.incident);
      return null;
    }
    const { ticket, remark } = repair;
    const change = { note: remark, to: kind === "remark" ? null : "resolved", event } as const;
    const done =
      kind === "merge" && desk.merge !== undefined
        ? await desk.merge(ticket, repair.into, signal)
        : await desk.change(ticket, change, signal);
    if (!done.ok) return done.outcome;
    this.#remarked.add(nameOf(ticket, remark));
    const line = { atMs: audit.atMs, clockTrusted: clock.wallTrusted(), changes: [], eventIds: [], targets: [], audit: [audit] };
    const written = await journal.commit(line);
    if (!written.ok) throw new JournalError(written);
    return null;
  }
}

function nameOf(ticket: DeskTicket, remark: Remark): string {
  return `${ticket.id} ${remark.id}`;
}

function ticketsIn(repair: Repair): readonly string[] {
  if (repair.kind === "tellAgain") return [];
  return repair.kind === "merge" ? [repair.ticket.number, "→", repair.into.number] : [repair.ticket.number];
}
