import type { DeviceReader, Pace, ReadReport, Session } from "../driver.ts";
import { type HouseValue, houseValue, putQuality, putRaw } from "../house-value.ts";
import { QUALITY, type Readings } from "../reading.ts";
import type { Switches } from "../switch.ts";
import { type Debounce, type Level, sampled, untold } from "./debounce.ts";
import { type GpioLine, type OpensLine, openGpioLine } from "./gpio.ts";
import { type LineOutput, lineOutput } from "./output.ts";
import type { ContactProfile } from "./profile.ts";
import { type ContactTrouble, faultOf } from "./trouble.ts";

/** Where a contact is: a line of the chip that the bus names. */
export interface ContactAddress {
  readonly profile: ContactProfile;
  /** Place on the chip; on a Raspberry Pi the BCM number. */
  readonly line: number;
  /** How the contact is while all is well; null: as the profile says. */
  readonly normally: "open" | "closed" | null;
  /** What the line is at while the contact is closed: low where it closes to ground. */
  readonly closed: "low" | "high";
  /** The contact has changed and has settled: it is to be read at once. */
  readonly changed: () => void;
}

/** Samples in one debounce time: a contact bounces for some milliseconds, so that a few of them see it. */
const SAMPLES_PER_DEBOUNCE = 8;
/** A line that is new is waited for this many debounce times: its neighbours wait along. */
const FIRST_WAIT_DEBOUNCES = 4;
/** A line that holds no level for longer than this says nothing: its last state would be a guess. */
export const RESTLESS_MS = 5_000;

/** A session with the lines of one GPIO chip. A line is taken at its first read and handed back at the end. */
export function openContacts(
  chip: string | undefined,
  pace: Pace,
  opens: OpensLine = openGpioLine,
): Session<ContactAddress> & Switches<LineOutput> {
  const closing = new AbortController();
  const contacts: Contact[] = [];
  return {
    device: (address) => {
      const contact = new Contact(address, pace, closing.signal, () => opens(chip, address.line, pace));
      contacts.push(contact);
      return contact;
    },
    switchAt: (output) => lineOutput(chip, output, pace),
    // A line has one contact, and nobody else has anything to ask it.
    release: async () => {},
    close: async () => {
      closing.abort();
      for (const contact of contacts) contact.close();
    },
  };
}

/** One contact. Reads are the truth; an edge only makes it look sooner. */
class Contact implements DeviceReader {
  readonly pointNames: readonly string[];
  readonly #address: ContactAddress;
  readonly #value: HouseValue;
  readonly #pace: Pace;
  readonly #closing: AbortSignal;
  readonly #opens: () => ReturnType<OpensLine>;
  #line: GpioLine | null = null;
  #seen: Debounce | null = null;
  /** Settled levels that no read has told yet. */
  #untold: readonly Level[] = [];
  #settling: Promise<void> | null = null;
  /** The next edge calls back. */
  #isWatched = false;
  #toldRestless = false;

  constructor(address: ContactAddress, pace: Pace, closing: AbortSignal, opens: () => ReturnType<OpensLine>) {
    const [[name, field] = ["", undefined]] = Object.entries(address.profile.points);
    if (field === undefined) throw new Error(`${address.profile.id} passed the check without a point`);
    this.pointNames = [name];
    this.#value = houseValue(name, field, 0);
    this.#address = address;
    this.#pace = pace;
    this.#closing = closing;
    this.#opens = opens;
  }

  async read(into: Readings): Promise<ReadReport> {
    const trouble = await this.#look();
    this.#toldRestless = trouble?.kind === "restless";
    if (trouble !== null) {
      const fault = faultOf(trouble);
      putQuality(this.#value, QUALITY[fault.reason], into);
      // A line that is never at rest is there, and answers; it only says nothing.
      return { answered: this.#toldRestless, transactions: 1, faults: [fault] };
    }
    const level = this.#untold[0] ?? this.#seen?.settled ?? null;
    if (level === null) throw new Error(`line ${this.#address.line} was looked at and has neither a level nor a trouble`);
    this.#untold = this.#untold.slice(1);
    putRaw(this.#value, this.#code(level), into);
    if (this.#untold.length > 0) this.#address.changed();
    return { answered: true, transactions: 1, faults: [] };
  }

  close(): void {
    this.#line?.close();
    this.#line = null;
    this.#seen = null;
    this.#untold = [];
  }

  /** Looks at the line now. Only a line that is new is waited for; a change is told when it has settled. */
  async #look(): Promise<ContactTrouble | null> {
    const isNew = this.#line === null;
    const trouble = isNew ? await this.#open() : null;
    if (trouble !== null) return trouble;
    if (!(await this.#sample())) return this.#lost();
    if (this.#seen?.restlessSinceMs !== null) this.#settle();
    if (isNew) await Promise.race([this.#settling, this.#sleep(FIRST_WAIT_DEBOUNCES)]);
    if (this.#line === null || this.#seen === null) return this.#lost();
    const { restlessSinceMs, settled } = this.#seen;
    const restless = restlessSinceMs !== null && this.#pace.monotonicMs() - restlessSinceMs >= RESTLESS_MS;
    return restless || settled === null ? { kind: "restless", line: this.#address.line } : null;
  }

  async #open(): Promise<ContactTrouble | null> {
    const answer = await this.#opens();
    if ("trouble" in answer) return answer.trouble;
    if (this.#closing.aborted) {
      answer.line.close();
      return { kind: "closed" };
    }
    this.#line = answer.line;
    return null;
  }

  /** @returns false when the line was taken away. */
  async #sample(): Promise<boolean> {
    const level = (await this.#line?.read()) ?? null;
    if (level === null) return false;
    const before = this.#seen;
    this.#seen = sampled(before, level, this.#pace.monotonicMs(), this.#address.profile.debounceMs);
    const { settled, restlessSinceMs } = this.#seen;
    const isChange = settled !== null && before !== null && before.settled !== null && settled !== before.settled;
    if (isChange) this.#untold = untold(this.#untold, settled);
    if (isChange || (this.#toldRestless && restlessSinceMs === null)) this.#address.changed();
    return true;
  }

  #settle(): void {
    this.#settling ??= this.#sampleUntilRest().finally(() => {
      this.#settling = null;
    });
  }

  async #sampleUntilRest(): Promise<void> {
    const untilMs = this.#pace.monotonicMs() + RESTLESS_MS;
    while (!this.#closing.aborted && this.#pace.monotonicMs() < untilMs) {
      await this.#sleep(1 / SAMPLES_PER_DEBOUNCE);
      if (!(await this.#sample())) return;
      if (this.#seen?.restlessSinceMs !== null) continue;
      this.#isWatched = true;
      this.#line?.awaitEdge(() => {
        this.#isWatched = false;
        this.#settle();
      });
      // Looked at once more behind it: what happened before the line was watched gives no edge.
      if (!(await this.#sample())) return;
      if (this.#seen?.restlessSinceMs === null && this.#isWatched) return;
    }
  }

  #sleep(debounces: number): Promise<void> {
    return this.#pace.sleep(Math.ceil(this.#address.profile.debounceMs * debounces), this.#closing);
  }

  #lost(): ContactTrouble {
    this.close();
    return this.#closing.aborted ? { kind: "closed" } : { kind: "gone", line: this.#address.line };
  }

  /** Of the contact as the profile has it: 0 open, 1 closed. */
  #code(level: Level): 0 | 1 {
    const { closed, normally, profile } = this.#address;
    const isClosed = (level === 0) === (closed === "low");
    const isOther = normally !== null && normally !== profile.normally;
    return isClosed === isOther ? 0 : 1;
  }
}
