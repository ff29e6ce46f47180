import type { BusFault } from "../driver.ts";
import { isMissing, rowNameOf, type Variable } from "./decode.ts";
import type { FoundRows, WantedRows } from "./plan.ts";
import type { SnmpClient } from "./wire.ts";

/** UPS cards answer long bulk requests late or not at all. */
const REPETITIONS_MAX = 10;
/** A table that does not end is an agent's mistake; a large switch has some hundreds of rows. */
const ROWS_WALKED_MAX = 4_000;
const TOO_BIG = 1;
const NO_SUCH_NAME = 2;

/** What a search for rows brought. `lost` is set when the agent fell silent: then nothing is known about any row. */
export interface RowSearch {
  readonly found: FoundRows;
  readonly lost: BusFault | null;
  readonly answered: boolean;
  readonly transactions: number;
  readonly faults: readonly BusFault[];
}

/** Finds the rows that the site named by walking each set's name column. Of two rows with one name the first counts. */
export async function findRows(client: SnmpClient, wanted: readonly WantedRows[]): Promise<RowSearch> {
  const found = new Map<string, ReadonlyMap<string, string>>();
  const faults: BusFault[] = [];
  let transactions = 0;
  let answered = false;
  for (const set of wanted) {
    const walk = new Walk(set);
    while (!walk.done) {
      transactions += 1;
      const answer = await client.following(walk.at, walk.repetitions);
      if (answer.outcome === "fault") {
        faults.push(answer.fault);
        return { found, lost: answer.fault, answered, transactions, faults };
      }
      answered = true;
      if (answer.outcome === "variables") walk.take(answer.variables);
      else walk.refused(answer.status, answer.name);
    }
    if (walk.fault !== null) faults.push(walk.fault);
    found.set(set.id, walk.rows);
  }
  return { found, lost: null, answered, transactions, faults };
}

class Walk {
  readonly rows = new Map<string, string>();
  at: string;
  repetitions = REPETITIONS_MAX;
  done = false;
  fault: BusFault | null = null;
  readonly #set: WantedRows;
  #walked = 0;

  constructor(set: WantedRows) {
    this.#set = set;
    this.at = set.nameColumn;
  }

  take(variables: readonly Variable[]): void {
    if (variables.length === 0) this.done = true;
    for (const variable of variables) {
      if (this.done) return;
      if (isMissing(variable) || !variable.oid.startsWith(`${this.#set.nameColumn}.`)) this.done = true;
      else if (!follows(this.at, variable.oid)) this.#stop(`rows of ${this.#set.id}: ${variable.oid} answered after ${this.at}`);
      else this.#row(variable);
    }
  }

  refused(status: number, name: string): void {
    if (status === TOO_BIG && this.repetitions > 1) this.repetitions = 1;
    else if (status === NO_SUCH_NAME) this.done = true;
    else this.#stop(`rows of ${this.#set.id}: ${name}`);
  }

  #row(variable: Variable): void {
    this.at = variable.oid;
    this.#walked += 1;
    const name = rowNameOf(variable);
    if (name !== null && this.#set.names.includes(name) && !this.rows.has(name))
      this.rows.set(name, variable.oid.slice(this.#set.nameColumn.length + 1));
    if (this.rows.size === this.#set.names.length) this.done = true;
    else if (this.#walked >= ROWS_WALKED_MAX) this.#stop(`rows of ${this.#set.id}: more than ${ROWS_WALKED_MAX}`);
  }

  #stop(detail: string): void {
    this.done = true;
    this.fault = { reason: "exception", detail };
  }
}

/** Whether `next` comes after `oid` in the order of the tree. */
export function follows(oid: string, next: string): boolean {
  const a = oid.split(".");
  const b = next.split(".");
  for (let arc = 0; arc < Math.min(a.length, b.length); arc += 1) {
    const difference = Number(b[arc]) - Number(a[arc]);
    if (difference !== 0) return difference > 0;
  }
  return b.length > a.length;
}
