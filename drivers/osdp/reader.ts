import type { BusFault, DeviceReader, Pace, ReadReport } from "../driver.ts";
import { type HouseValue, houseValue, putQuality, putRaw } from "../house-value.ts";
import type { Lost } from "../line/exchange.ts";
import { type LostReason, QUALITY, type Readings } from "../reading.ts";
import { type Command, NAK, type OsdpQuestion, type OsdpReply } from "./frame.ts";
import { Link } from "./link.ts";
import type { OsdpProfile, Source } from "./profile.ts";
import { type Told, told } from "./reply.ts";

/** A question that met silence or noise is asked once more at once, under the same number. */
const TRIES = 2;
/** What a reader should tell by itself is asked for all the same, one kind of it at a time. */
const STATUS_EVERY_MS = 1_000;
const LOW_BITS = 32n;
const LOW_MASK = 0xffff_ffffn;

type Ask = (question: OsdpQuestion) => Promise<OsdpReply | Lost>;

interface Column extends HouseValue {
  readonly from: Source;
  readonly input: number;
}

/** What came of one question. `over`: nothing more is asked in this round. */
type Step = { readonly over: false } | { readonly over: true; readonly why: BusFault | null };
const GO_ON: Step = { over: false };
const TOLD: Step = { over: true, why: null };

/**
 * One reader on the line. A round polls once and ends with a card, so that it brings one at most; what was not answered in a round is asked
 * again in the next one, under its number.
 */
export class OsdpReader implements DeviceReader {
  readonly pointNames: readonly string[];
  readonly #columns: readonly Column[];
  readonly #address: number;
  readonly #check: OsdpProfile["check"];
  readonly #ask: Ask;
  readonly #pace: Pick<Pace, "monotonicMs">;
  readonly #link = new Link();
  /** Still to be asked before the first poll of this conversation, in this order. */
  #introduction: Command[] = [];
  readonly #statuses: readonly Command[];
  /** Statuses that the reader knows, the next one first. */
  #turns: readonly Command[] = [];
  #statusDueMs = 0;
  #identity: string | null = null;
  #inputCount: number | null = null;
  #cards = 0;
  #keys = 0;
  #local: { readonly tamper: number; readonly power: number } | null = null;
  #inputs: readonly number[] | null = null;
  /** The card of this round. */
  #card: bigint | null = null;
  /** Since the last round that told anything, cards may have been forgotten. */
  #eventsLost = true;

  constructor(profile: OsdpProfile, address: number, ask: Ask, pace: Pick<Pace, "monotonicMs">) {
    this.pointNames = Object.keys(profile.points);
    this.#columns = Object.entries(profile.points).map(([name, field], column) => ({
      ...houseValue(name, field, column),
      from: field.from,
      input: field.input ?? 0,
    }));
    const used = new Set(this.#columns.map(({ from }) => from));
    const asksLocal = used.has("tamper") || used.has("power");
    this.#statuses = [...(asksLocal ? ["localStatus" as const] : []), ...(used.has("input") ? ["inputStatus" as const] : [])];
    this.#address = address;
    this.#check = profile.check;
    this.#ask = ask;
    this.#pace = pace;
    this.#beginAnew();
  }

  identity(): string | null {
    if (this.#identity === null || this.#inputCount === null) return this.#identity;
    return `${this.#identity}, inputs ${this.#inputCount}`;
  }

  async read(into: Readings): Promise<ReadReport> {
    if (this.#link.isOver(this.#pace.monotonicMs())) this.#beginAnew();
    const faults: BusFault[] = [];
    let answered = false;
    let transactions = 0;
    let polled = false;
    this.#card = null;
    for (;;) {
      const command: Command | null = this.#link.pending ?? this.#next(polled);
      if (command === null) break;
      const said = await this.#askUntilHeard(command, () => {
        transactions += 1;
      });
      if (said.outcome === "lost") {
        faults.push(this.#fault(command, said.reason, said.what));
        this.#fillLost(said.reason, into);
        return { answered, transactions, faults };
      }
      answered = true;
      const step = this.#hear(command, told(said.code, said.data), faults);
      if (step.over && step.why !== null) {
        faults.push(step.why);
        this.#fillLost(step.why.reason, into);
        return { answered, transactions, faults };
      }
      polled ||= command === "poll";
      if (step.over) break;
    }
    this.#fill(into);
    const eventsLost = this.#eventsLost;
    this.#eventsLost = false;
    return { answered, transactions, faults, eventsLost };
  }

  #beginAnew(): void {
    this.#link.restart();
    this.#introduction = ["id", "capabilities", ...this.#statuses];
    this.#turns = this.#statuses;
    this.#statusDueMs = this.#pace.monotonicMs() + STATUS_EVERY_MS;
    this.#local = null;
    this.#inputs = null;
    this.#eventsLost = true;
  }

  /** What is asked next in this round; null: nothing more. The poll goes first, so that a card does not wait for a status. */
  #next(polled: boolean): Command | null {
    const first = this.#introduction.shift();
    if (first !== undefined) return first;
    if (!polled) return "poll";
    const now = this.#pace.monotonicMs();
    const [status, ...others] = this.#turns;
    if (status === undefined || now < this.#statusDueMs) return null;
    this.#statusDueMs = now + STATUS_EVERY_MS;
    this.#turns = [...others, status];
    return status;
  }

  async #askUntilHeard(command: Command, count: () => void): Promise<OsdpReply | Lost> {
    const question = { address: this.#address, sequence: this.#link.ask(command), check: this.#check, command };
    for (let tries = 1; ; tries += 1) {
      count();
      const said = await this.#ask(question);
      const heard = said.outcome === "reply" ? notTaken(said) : said;
      if (heard === null) return said;
      if (tries === TRIES || heard.reason === "adapterMissing" || heard.reason === "refused") return heard;
    }
  }

  #hear(command: Command, what: Told, faults: BusFault[]): Step {
    if (what.kind === "busy") return { over: true, why: this.#fault(command, "exception", "busy") };
    if (what.kind === "nak" && what.reason === NAK.sequence) {
      this.#beginAnew();
      return { over: true, why: this.#fault(command, "exception", what.what) };
    }
    this.#link.heard(this.#pace.monotonicMs());
    switch (what.kind) {
      case "nak":
        return this.#refused(command, what);
      case "card":
        this.#cards += 1;
        if (what.read.outcome === "card") this.#card = what.read.number;
        else faults.push(this.#fault(command, "garbled", what.read.what));
        return TOLD;
      case "keys":
        this.#keys += what.count;
        break;
      case "local":
        this.#local = what;
        break;
      case "inputs":
        this.#inputs = what.states;
        break;
      case "identity":
        this.#identity = what.text;
        break;
      case "capabilities":
        this.#inputCount = what.inputs;
        break;
      case "malformed":
        faults.push(this.#fault(command, "garbled", what.what));
        break;
      case "nothing":
        break;
      default:
        return what satisfies never;
    }
    return GO_ON;
  }

  /** What a reader does not know is not asked again in this conversation; without a secure channel some tell nothing at all. */
  #refused(command: Command, { reason, what }: Extract<Told, { kind: "nak" }>): Step {
    if (reason === NAK.securityBlock || reason === NAK.secureOnly) return { over: true, why: this.#fault(command, "refused", what) };
    if (command === "poll") return { over: true, why: this.#fault(command, "exception", what) };
    this.#turns = this.#turns.filter((status) => status !== command);
    return GO_ON;
  }

  #fault(command: Command, reason: LostReason, what: string): BusFault {
    return { reason, detail: `reader ${this.#address} ${command}: ${what}` };
  }

  #fill(into: Readings): void {
    for (const column of this.#columns) {
      const raw = this.#rawOf(column);
      if (raw !== null) putRaw(column, raw, into);
      else putQuality(column, column.from.startsWith("card") ? QUALITY.sentinel : QUALITY.noSuchObject, into);
    }
  }

  #rawOf({ from, input }: Column): number | null {
    switch (from) {
      case "cards":
        return this.#cards;
      case "keys":
        return this.#keys;
      case "cardLow":
        return this.#card === null ? null : Number(this.#card & LOW_MASK);
      case "cardHigh":
        return this.#card === null ? null : Number(this.#card >> LOW_BITS);
      case "tamper":
      case "power":
        return this.#local?.[from] ?? null;
      case "input":
        return this.#inputs?.[input] ?? null;
      default:
        return from satisfies never;
    }
  }

  #fillLost(reason: LostReason, into: Readings): void {
    for (const column of this.#columns) putQuality(column, QUALITY[reason], into);
  }
}

/** A command that arrived damaged was not taken: it is asked again, as one that was never heard. */
function notTaken({ code, data }: OsdpReply): Lost | null {
  const what = told(code, data);
  return what.kind === "nak" && what.reason === NAK.badCheck ? { outcome: "lost", reason: "garbled", what: what.what } : null;
}
