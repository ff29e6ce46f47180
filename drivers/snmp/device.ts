import type { BusFault, DeviceReader, Pace, ReadReport } from "../driver.ts";
import type { Rows } from "../profile.ts";
import { emptyReadings, isGood, isPathMissing, QUALITY, type Quality, type Readings } from "../reading.ts";
import { mayStand } from "../slow.ts";
import { decodeInto, type Explanation, markInto, rowNameOf, TAG, unsignedOf, type Variable } from "./decode.ts";
import { type AskedVariable, cutIntoRequests, planDevice, type Questions, questionsFor, type SnmpPlan, withoutColumns } from "./plan.ts";
import type { SnmpProfile } from "./profile.ts";
import { RequestSize } from "./request-size.ts";
import { findRows } from "./rows.ts";
import type { SnmpAnswer, SnmpClient } from "./wire.ts";

/** A row that is not there is looked for again this often: a walk costs many requests. */
const SEARCH_AGAIN_MS = 60_000;
/** SNMPv1 refuses a whole request for one missing variable; a variable that was never there is left out this long. */
const LEAVE_OUT_MS = 600_000;
/** Splitting and asking again must end, whatever the agent answers. */
const TRANSACTIONS_PER_READ_MAX = 96;
/** An agent that has answered in this pass may drop one datagram; after the second it is left alone until the next pass. */
const SILENCES_PER_READ_MAX = 2;
/** Points of different paces leave out different columns, in a pattern that comes again; so many patterns are kept. */
const PATTERNS_KEPT_MAX = 16;
const STATUS = { tooBig: 1, noSuchName: 2 } as const;

/** What is asked with one datagram; `oids` are the same list every time, so that the client needs to encode them only once. */
interface Request {
  readonly asked: readonly AskedVariable[];
  readonly oids: readonly string[];
}
type ValueUse = Extract<AskedVariable["use"], { kind: "value" | "fallback" }>;
type Refusal = Extract<SnmpAnswer, { outcome: "errorStatus" }>;

/** What happened during one read. */
class Pass {
  answered = false;
  transactions = 0;
  silences = 0;
  rowsMoved = false;
  /** A name cell got no answer: the rows' values cannot be believed. */
  rowsUnsure: Quality | null = null;
  readonly faults: BusFault[] = [];
  /** So many variables at once got no answer; whether that was their number is seen when fewer get one. */
  tooMany: number | null = null;
  /** All that was answered, as long as everything is. */
  answers: (readonly Variable[])[] = [];
  /** What variables said about the numbers of others; those numbers wait for the end of the pass. */
  readonly explanations = new Map<string, Explanation>();
  readonly waiting: { readonly use: ValueUse; readonly variable: Variable }[] = [];
  readonly into: Readings;
  /** Columns that are not asked for: they change slowly, and were heard lately. */
  readonly held: Set<number>;

  constructor(into: Readings, held: Set<number>) {
    this.into = into;
    this.held = held;
  }

  report(): ReadReport {
    const { answered, transactions, faults, held } = this;
    return held.size === 0 ? { answered, transactions, faults } : { answered, transactions, faults, held };
  }
}

/** A point that is asked for more rarely than its device, and when it was asked for last. */
interface SlowColumn {
  readonly column: number;
  readonly everyMs: number;
  heardMs: number;
}

/** One device behind an SNMP agent. */
export class SnmpDevice implements DeviceReader {
  readonly pointNames: readonly string[];
  readonly #client: SnmpClient;
  readonly #pace: Pace;
  readonly #plan: SnmpPlan;
  readonly #rowColumns: readonly number[];
  readonly #slow: readonly SlowColumn[];
  #questions: Questions | null = null;
  #searchAgainAtMs = 0;
  #upTime: number | null = null;
  readonly #size: RequestSize;
  /** The requests of a pass, by the columns that it leaves out. */
  readonly #requests = new Map<string, readonly Request[]>();
  readonly #leftOutUntilMs = new Map<string, number>();
  readonly #everThere = new Set<string>();
  readonly #spare = emptyReadings(1);

  constructor(client: SnmpClient, pace: Pace, profile: SnmpProfile, rows: Rows) {
    this.#client = client;
    this.#pace = pace;
    this.#plan = planDevice(profile, rows);
    this.#rowColumns = this.#plan.points.flatMap(({ row }, column) => (row === null ? [] : [column]));
    this.#slow = this.#plan.points.flatMap(({ everyMs }, column) => (everyMs === 0 ? [] : [{ column, everyMs, heardMs: Number.NaN }]));
    this.#size = new RequestSize(this.#plan.variablesPerGetMax, client.version !== "1");
    this.pointNames = this.#plan.pointNames;
  }

  /** Few promises: of hundreds of agents each is asked every second. */
  async read(into: Readings): Promise<ReadReport> {
    const startedMs = this.#pace.monotonicMs();
    const pass = new Pass(into, this.#standing(startedMs, into));
    const questions = this.#isSearchDue(startedMs) ? await this.#search(pass) : this.#questions;
    if (questions !== null) await this.#askAll(questions, pass);
    if (pass.rowsMoved) await this.#askAnew(pass);
    this.#judgeRows(pass);
    for (const slow of this.#slow) if (!pass.held.has(slow.column)) slow.heardMs = startedMs;
    const isWhole = pass.faults.length === 0 && pass.answers.length > 1;
    if (isWhole && this.#size.grows(() => pass.answers.flat())) this.#requests.clear();
    return pass.report();
  }

  /** Slow columns that need not be asked for; none of them when nothing else is left to ask, or nobody would notice that the agent is gone. */
  #standing(nowMs: number, into: Readings): Set<number> {
    if (this.#slow.length === 0) return new Set();
    const standing = this.#slow.filter((slow) => mayStand(slow.everyMs, slow.heardMs, nowMs, [slow], into));
    return new Set(standing.length === this.pointNames.length ? [] : standing.map(({ column }) => column));
  }

  #isSearchDue(nowMs: number): boolean {
    return this.#questions === null || (this.#questions.missingColumns.length > 0 && nowMs >= this.#searchAgainAtMs);
  }

  /** Another row answers under our number: what was read belongs to it. Finds ours and reads once more. */
  async #askAnew(pass: Pass): Promise<void> {
    pass.rowsMoved = false;
    pass.held.clear();
    const moved = await this.#search(pass);
    if (moved !== null) await this.#askAll(moved, pass);
  }

  /** Finds the rows and lays out the questions; null when the agent is silent, then all columns say so. */
  async #search(pass: Pass): Promise<Questions | null> {
    this.#questions = null;
    const search = await findRows(this.#client, this.#plan.wantedRows);
    pass.transactions += search.transactions;
    pass.answered ||= search.answered;
    pass.faults.push(...search.faults);
    if (search.lost !== null) {
      pass.held.clear();
      for (let column = 0; column < this.pointNames.length; column += 1) markInto(pass.into, column, QUALITY[search.lost.reason]);
      return null;
    }
    this.#searchAgainAtMs = this.#pace.monotonicMs() + SEARCH_AGAIN_MS;
    this.#questions = questionsFor(this.#plan, search.found);
    this.#requests.clear();
    return this.#questions;
  }

  async #askAll(questions: Questions, pass: Pass): Promise<void> {
    for (const column of questions.missingColumns) markInto(pass.into, column, QUALITY.noSuchObject);
    const queue = [...this.#requestsFor(questions, pass)];
    for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
      if (pass.transactions >= TRANSACTIONS_PER_READ_MAX) {
        pass.faults.push({ reason: "exception", detail: `more than ${TRANSACTIONS_PER_READ_MAX} requests in one pass` });
        this.#markLost([request, ...queue.splice(0)], QUALITY.exception, pass);
      } else {
        pass.transactions += 1;
        this.#answered(request, await this.#client.get(request.oids), queue, pass);
      }
    }
    for (const { use, variable } of pass.waiting.splice(0)) {
      const explanations = use.explainedBy.map((oid) => pass.explanations.get(oid) ?? { quality: QUALITY.noSuchObject });
      this.#decode(use, variable, pass, explanations);
    }
  }

  /** Takes what came of one request; `queue` is what is asked next, empty when that has no use. */
  #answered(request: Request, answer: SnmpAnswer, queue: Request[], pass: Pass): void {
    const fewer = mayBeOfSize(answer) ? this.#size.lessThan(request.asked.length) : null;
    if (fewer !== null) {
      pass.tooMany = request.asked.length;
      queue.unshift(...requestsOf(request.asked, fewer));
    } else if (answer.outcome === "fault") {
      pass.faults.push(answer.fault);
      const quality = QUALITY[answer.fault.reason];
      this.#markLost([request], quality, pass);
      if (endsPass(answer.fault, pass)) this.#markLost(queue.splice(0), quality, pass);
    } else {
      pass.answered = true;
      if (answer.outcome === "errorStatus") queue.unshift(...this.#afterRefusal(request, answer, pass));
      else this.#takeAll(request, answer.variables, pass);
    }
  }

  #requestsFor({ variables }: Questions, pass: Pass): readonly Request[] {
    const { held } = pass;
    if (this.#leftOutUntilMs.size > 0) {
      const asked = withoutColumns(variables, held).filter((variable) => this.#isAsked(variable, pass));
      return requestsOf(asked, this.#size.max);
    }
    const pattern = held.size === 0 ? "" : [...held].join();
    const known = this.#requests.get(pattern);
    if (known !== undefined) return known;
    if (this.#requests.size >= PATTERNS_KEPT_MAX) this.#requests.clear();
    const requests = requestsOf(withoutColumns(variables, held), this.#size.max);
    this.#requests.set(pattern, requests);
    return requests;
  }

  #takeAll({ asked }: Request, variables: readonly Variable[], pass: Pass): void {
    if (pass.tooMany !== null) {
      this.#size.tooMany(pass.tooMany);
      this.#requests.clear();
      pass.tooMany = null;
    }
    this.#size.answered(asked.length);
    pass.answers.push(variables);
    // Thousands a second: pairs of place and variable would be the most of all garbage.
    for (let at = 0; at < asked.length; at += 1) this.#take(asked[at] as AskedVariable, variables[at], pass);
  }

  #isAsked({ oid, use }: AskedVariable, pass: Pass): boolean {
    const untilMs = this.#leftOutUntilMs.get(oid);
    if (untilMs === undefined) return true;
    if (this.#pace.monotonicMs() >= untilMs) {
      this.#leftOutUntilMs.delete(oid);
      return true;
    }
    if (use.kind === "value") markInto(pass.into, use.column, QUALITY.noSuchObject);
    return false;
  }

  #take({ oid, use }: AskedVariable, variable: Variable | undefined, pass: Pass): void {
    if (variable === undefined) throw new Error(`the client let a short answer through: ${oid}`);
    if (this.#client.version === "1" && variable.type !== TAG.noSuchObject) this.#everThere.add(oid);
    switch (use.kind) {
      case "value":
      case "fallback":
        if (use.explainedBy.length === 0) this.#decode(use, variable, pass);
        else pass.waiting.push({ use, variable });
        return;
      case "explanation":
        pass.explanations.set(oid, { variable });
        return;
      case "rowName":
        if (rowNameOf(variable) !== use.name) pass.rowsMoved = true;
        return;
      case "upTime": {
        const upTime = unsignedOf(variable);
        if (upTime !== null && this.#upTime !== null && upTime < this.#upTime) pass.rowsMoved = true;
        this.#upTime = upTime;
        return;
      }
      default:
        throw new Error(String(use satisfies never));
    }
  }

  #decode({ kind, column, decoder }: ValueUse, variable: Variable, pass: Pass, explanations?: readonly Explanation[]): void {
    if (kind === "value") {
      decodeInto(variable, decoder, pass.into, column, explanations);
      return;
    }
    if (isGood(pass.into.qualities[column] ?? QUALITY.never)) return;
    decodeInto(variable, decoder, this.#spare, 0, explanations);
    if (!isGood(this.#spare.qualities[0] ?? QUALITY.never)) return;
    pass.into.values[column] = this.#spare.values[0] ?? Number.NaN;
    pass.into.qualities[column] = QUALITY.good;
  }

  /** What to ask again after the agent refused a request as a whole. */
  #afterRefusal({ asked }: Request, { status, name, oid }: Refusal, pass: Pass): readonly Request[] {
    if (status === STATUS.tooBig && asked.length > 1) {
      this.#size.tooMany(asked.length);
      this.#requests.clear();
      return requestsOf(asked, this.#size.max);
    }
    const blamed = asked.length === 1 ? asked[0] : asked.find((asking) => asking.oid === oid);
    if (blamed === undefined) return requestsOf(asked, Math.ceil(asked.length / 2));
    if (status === STATUS.noSuchName) {
      this.#take(blamed, { oid: blamed.oid, type: TAG.noSuchObject, value: null }, pass);
      if (!this.#everThere.has(blamed.oid) && blamed.use.kind !== "rowName")
        this.#leftOutUntilMs.set(blamed.oid, this.#pace.monotonicMs() + LEAVE_OUT_MS);
    } else {
      pass.faults.push({ reason: "exception", detail: `${blamed.oid}: ${name}` });
      this.#markLost(requestsOf([blamed], 1), QUALITY.exception, pass);
    }
    const rest = asked.filter((asking) => asking !== blamed);
    return requestsOf(rest, asked.length);
  }

  #markLost(requests: readonly Request[], quality: Quality, pass: Pass): void {
    for (const { oid, use } of requests.flatMap(({ asked }) => asked)) {
      if (use.kind === "rowName") pass.rowsUnsure = quality;
      else if (use.kind === "explanation") pass.explanations.set(oid, { quality });
      else if (use.kind === "value") markInto(pass.into, use.column, quality);
      else if (use.kind === "fallback" && !isGood(pass.into.qualities[use.column] ?? QUALITY.never))
        markInto(pass.into, use.column, quality);
    }
  }

  /** Values of rows whose names could not be confirmed are not believed. */
  #judgeRows(pass: Pass): void {
    const doubt = pass.rowsUnsure ?? (pass.rowsMoved ? QUALITY.noSuchObject : null);
    if (pass.rowsMoved) this.#questions = null;
    if (doubt === null) return;
    for (const column of this.#rowColumns) {
      markInto(pass.into, column, doubt);
      pass.held.delete(column);
    }
  }
}

function requestsOf(variables: readonly AskedVariable[], sizeMax: number): readonly Request[] {
  return cutIntoRequests(variables, sizeMax).map((asked) => ({ asked, oids: asked.map(({ oid }) => oid) }));
}

/** Agents that are asked for too much do not all say so: some say nothing, some only that they have failed. */
function mayBeOfSize(answer: SnmpAnswer): boolean {
  if (answer.outcome === "errorStatus") return answer.status !== STATUS.noSuchName;
  return answer.outcome === "fault" && !isPathMissing(answer.fault.reason);
}

function endsPass({ reason }: BusFault, pass: Pass): boolean {
  if (reason === "refused" || isPathMissing(reason)) return true;
  if (reason !== "timeout") return false;
  pass.silences += 1;
  return !pass.answered || pass.silences >= SILENCES_PER_READ_MAX;
}
