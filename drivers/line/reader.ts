import type { BusFault, DeviceReader, ReadReport } from "../driver.ts";
import { putQuality } from "../house-value.ts";
import { QUALITY, type Readings } from "../reading.ts";
import type { Lost } from "./exchange.ts";

/** One question of a plan, with the columns that its answer fills. */
export interface Query {
  /** How faults name it, e.g. `unit 3 input 0+2`. */
  readonly where: string;
  readonly columns: readonly { readonly column: number }[];
  /** Not every unit of the family knows it. */
  readonly optional?: boolean;
}

/** What came of one question. The values of `data` are in the readings. */
export type Said =
  | { readonly outcome: "data"; readonly asked?: number }
  /** `reached` is false when somebody else spoke for the device: a gateway that cannot reach it. */
  | { readonly outcome: "refused"; readonly what: string; readonly reached: boolean }
  | Lost;

/** Of a device that falls silent while it is read, this many questions are waited for, the first one excepted: it alone decides. */
const TIMEOUTS_MAX = 2;
/** An optional question that was never answered is asked this often, and then only now and then: the unit does not know it. */
const OPTIONAL_TRIES = 3;
const OPTIONAL_REST_ROUNDS = 60;

/** Reads a device question by question, and says of every column why it has no value. Learns which optional questions a unit does not know. */
export class QueryReader<Q extends Query> implements DeviceReader {
  readonly pointNames: readonly string[];
  readonly #queries: readonly Q[];
  readonly #ask: (query: Q, into: Readings) => Promise<Said>;
  /** Rounds without an answer, per optional question that was never answered; NaN for all others. */
  readonly #unknownRounds: number[];

  constructor(pointNames: readonly string[], queries: readonly Q[], ask: (query: Q, into: Readings) => Promise<Said>) {
    this.pointNames = pointNames;
    this.#queries = queries;
    this.#ask = ask;
    this.#unknownRounds = queries.map(({ optional }) => (optional === true ? 0 : Number.NaN));
  }

  async read(into: Readings): Promise<ReadReport> {
    let answered = false;
    let timeouts = 0;
    let transactions = 0;
    const faults: BusFault[] = [];
    for (const [index, query] of this.#queries.entries()) {
      // What a unit does not know keeps the reason of the last time that it was asked.
      if (this.#rests(index)) continue;
      const said = await this.#ask(query, into);
      transactions += said.outcome === "data" ? (said.asked ?? 1) : 1;
      if (said.outcome === "data") {
        answered = true;
        this.#unknownRounds[index] = Number.NaN;
        continue;
      }
      const reason = said.outcome === "lost" ? said.reason : "exception";
      faults.push({ reason, detail: `${query.where}: ${said.what}` });
      const reached = said.outcome === "refused" && said.reached;
      answered ||= reached;
      if (reason === "timeout") timeouts += 1;
      const hopeless = (reason === "exception" && !reached) || reason === "adapterMissing" || reason === "refused";
      const silent = reason === "timeout" && (index === 0 || timeouts >= TIMEOUTS_MAX);
      for (const lost of hopeless || silent ? this.#queries.slice(index) : [query])
        for (const column of lost.columns) putQuality(column, QUALITY[reason], into);
      if (hopeless || silent) break;
    }
    return { answered, transactions, faults };
  }

  #rests(index: number): boolean {
    const rounds = this.#unknownRounds[index] as number;
    if (Number.isNaN(rounds)) return false;
    this.#unknownRounds[index] = rounds + 1;
    return rounds >= OPTIONAL_TRIES && rounds % OPTIONAL_REST_ROUNDS !== 0;
  }
}
