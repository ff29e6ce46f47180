import type { BusFault, DeviceReader, Pace, ReadReport } from "../driver.ts";
import { putQuality } from "../house-value.ts";
import { QUALITY, type Quality, type Readings } from "../reading.ts";
import { mayStand } from "../slow.ts";
import type { Lost } from "./exchange.ts";

/** One question of a plan, with the columns that its answer fills. */
export interface Query {
  /** How faults name it, e.g. `unit 3 input 0+2`. */
  readonly where: string;
  readonly columns: readonly { readonly column: number }[];
  /** Not every unit of the family knows it. */
  readonly optional?: boolean;
  /** What it asks for changes slowly: it is asked this often. 0 or left out: in every round. */
  readonly everyMs?: number;
}

/** A question that may be asked in pieces, for a unit that refuses it as a whole: several smaller ones, or none where it cannot be cut. */
export interface DivisibleQuery<Q> extends Query {
  readonly parts?: () => readonly Q[];
}

/** What came of one question. The values of `data` are in the readings. */
export type Said =
  | { readonly outcome: "data"; readonly asked?: number }
  | {
      readonly outcome: "refused";
      readonly what: string;
      /** False when somebody else spoke for the device: a gateway that cannot reach it. */
      readonly reached: boolean;
      /** The unit does not know what was asked for, or a part of it. */
      readonly unknown?: boolean;
    }
  | Lost;

/** Of a device that falls silent while it is read, this many questions are waited for, the first one excepted: it alone decides. */
const TIMEOUTS_MAX = 2;
/** What was never answered is asked this often, and then only now and then: the unit does not know it. */
const UNKNOWN_TRIES = 3;
const UNKNOWN_REST_ROUNDS = 60;
/** What was answered before may be refused once or twice for a disturbance on the wire; after so many refusals running it is cut. */
const REFUSALS_BEFORE_CUT = 3;
/** A unit that refuses everything is not asked for each of its values in one round. */
const CUTS_PER_ROUND_MAX = 8;

/**
 * Reads a device question by question, and says of every column why it has no value. Learns what a unit does not know: a question that it
 * refuses is cut until only the part that is not there is refused; that part rests, and now and then everything is tried as it was planned.
 */
export class QueryReader<Q extends DivisibleQuery<Q>> implements DeviceReader {
  readonly pointNames: readonly string[];
  readonly #questions: readonly Question<Q>[];
  readonly #pace: Pick<Pace, "monotonicMs">;
  readonly #ask: (query: Q, into: Readings) => Promise<Said>;

  constructor(
    pointNames: readonly string[],
    queries: readonly Q[],
    pace: Pick<Pace, "monotonicMs">,
    ask: (query: Q, into: Readings) => Promise<Said>,
  ) {
    this.pointNames = pointNames;
    this.#questions = queries.map((query) => new Question(query, false));
    this.#pace = pace;
    this.#ask = ask;
  }

  async read(into: Readings): Promise<ReadReport> {
    const round = new Round(into);
    for (const question of this.#questions) await this.#put(question, round);
    // A device is asked something in every round, so that its silence is noticed.
    const first = this.#questions[0];
    if (round.transactions === 0 && first !== undefined) await this.#askNow(first.first(), round);
    return round.report();
  }

  /** Null: there is nothing to wait for. */
  #put(question: Question<Q>, round: Round): Promise<void> | null {
    const { query } = question;
    if (round.over !== null) round.mark(query, round.over);
    else if (question.parts !== null && !question.isWholeTried()) return this.#putEach(question.parts, round);
    else if (question.stands(this.#pace.monotonicMs(), round.into)) round.hold(query);
    // What a unit does not know keeps the reason of the last time that it was asked.
    else if (question.parts !== null || !question.rests()) return this.#askNow(question, round);
    return null;
  }

  async #askNow(question: Question<Q>, round: Round): Promise<void> {
    const { query } = question;
    const nowMs = this.#pace.monotonicMs();
    const said = await this.#ask(query, round.into);
    round.transactions += said.outcome === "data" ? (said.asked ?? 1) : 1;
    if (said.outcome === "data") {
      round.answered = true;
      round.release(query);
      question.answered(nowMs);
      return;
    }
    if (said.outcome === "refused" && said.unknown === true && question.refused(round)) {
      round.answered = true;
      round.mark(query, QUALITY.exception);
      return this.#putEach(question.parts ?? [], round);
    }
    round.failed(query, said);
  }

  async #putEach(parts: readonly Question<Q>[], round: Round): Promise<void> {
    for (const part of parts) await this.#put(part, round);
  }
}

/** One question to one unit, and what was learned about it. */
class Question<Q extends DivisibleQuery<Q>> {
  readonly query: Q;
  /** What is asked instead, once the unit has refused the whole. */
  parts: readonly Question<Q>[] | null = null;
  readonly #mayRest: boolean;
  #answeredMs = Number.NaN;
  #refusals = 0;
  #turns = 0;

  constructor(query: Q, isPart: boolean) {
    this.query = query;
    this.#mayRest = isPart || query.optional === true;
  }

  /** What is asked first of it. */
  first(): Question<Q> {
    return this.parts?.[0]?.first() ?? this;
  }

  /** Whether the whole has its turn among its parts. */
  isWholeTried(): boolean {
    this.#turns += 1;
    return this.#turns % UNKNOWN_REST_ROUNDS === 0;
  }

  /** Whether it was answered lately enough for something that changes slowly. */
  stands(nowMs: number, into: Readings): boolean {
    return mayStand(this.query.everyMs ?? 0, this.#answeredMs, nowMs, this.query.columns, into);
  }

  /** Whether it is not asked in this round: it was never answered. What once was is asked for ever. */
  rests(): boolean {
    if (!this.#mayRest || !Number.isNaN(this.#answeredMs)) return false;
    this.#turns += 1;
    return this.#turns > UNKNOWN_TRIES && (this.#turns - 1) % UNKNOWN_REST_ROUNDS !== 0;
  }

  answered(nowMs: number): void {
    this.#answeredMs = nowMs;
    this.#refusals = 0;
    this.parts = null;
  }

  /** The unit does not know all of it. Returns whether it is now asked in parts. */
  refused(round: Round): boolean {
    this.#refusals += 1;
    if (this.parts !== null) return true;
    if (!Number.isNaN(this.#answeredMs) && this.#refusals < REFUSALS_BEFORE_CUT) return false;
    const parts = this.query.parts?.() ?? [];
    if (parts.length === 0) return false;
    // What waits to be cut must not come to rest as a whole.
    this.#turns = 0;
    if (round.cuts >= CUTS_PER_ROUND_MAX) return false;
    round.cuts += 1;
    this.parts = parts.map((part) => new Question(part, true));
    return true;
  }
}

/** What happens while a device is read once. */
class Round {
  readonly into: Readings;
  answered = false;
  transactions = 0;
  cuts = 0;
  /** Why the rest of the device is not asked. */
  over: Exclude<Quality, 0> | null = null;
  #timeouts = 0;
  readonly #faults: BusFault[] = [];
  #held: Set<number> | null = null;

  constructor(into: Readings) {
    this.into = into;
  }

  mark({ columns }: Query, quality: Exclude<Quality, 0>): void {
    for (const column of columns) {
      putQuality(column, quality, this.into);
      this.#held?.delete(column.column);
    }
  }

  hold({ columns }: Query): void {
    this.#held ??= new Set();
    for (const { column } of columns) this.#held.add(column);
  }

  /** What stood was asked for after all. */
  release({ columns }: Query): void {
    if (this.#held === null) return;
    for (const { column } of columns) this.#held.delete(column);
  }

  failed(query: Query, said: Exclude<Said, { outcome: "data" }>): void {
    const reason = said.outcome === "lost" ? said.reason : "exception";
    this.#faults.push({ reason, detail: `${query.where}: ${said.what}` });
    const reached = said.outcome === "refused" && said.reached;
    this.answered ||= reached;
    this.mark(query, QUALITY[reason]);
    if (reason === "timeout") this.#timeouts += 1;
    const hopeless = (reason === "exception" && !reached) || reason === "adapterMissing" || reason === "refused";
    const silent = reason === "timeout" && (this.transactions === 1 || this.#timeouts >= TIMEOUTS_MAX);
    if (hopeless || silent) this.over = QUALITY[reason];
  }

  report(): ReadReport {
    const { answered, transactions } = this;
    return { answered, transactions, faults: this.#faults, ...(this.#held === null ? {} : { held: this.#held }) };
  }
}
