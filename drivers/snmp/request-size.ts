import { element, oidBytes, SEQUENCE } from "./ber.ts";
import { TAG, type Variable } from "./decode.ts";

/** What every agent is expected to take. */
const CAREFUL = 24;
const LIMIT = 64;
/** Whole passes before more is asked for at once: what has just started, or lies on a bad line, is left in peace. */
const GOOD_PASSES = 10;
/** A datagram that is cut into pieces is lost with each of them: an Ethernet frame's content, less the heads of IP, UDP and SNMPv3. */
const ANSWER_BYTES_MAX = 1_250;
/** 32 bits and the sign; a number that is small now may grow. */
const NUMBER_BYTES_MAX = 5;

/**
 * How many variables one datagram asks for. A profile may know what its agents take; of any other agent it is learned, as each datagram
 * costs both sides far more than a variable: twice as many after some whole passes, and back for good when the agent does not answer that.
 */
export class RequestSize {
  #max: number;
  /** The most that was ever answered. */
  #proven: number;
  #limit: number;
  #goodPasses = 0;

  /** `given`: the profile's, null when it does not say. `mayGrow`: version 1 refuses a whole request for one variable, so it stays as it is. */
  constructor(given: number | null, mayGrow: boolean) {
    this.#max = given ?? CAREFUL;
    this.#proven = this.#max;
    this.#limit = given === null && mayGrow ? LIMIT : this.#max;
  }

  get max(): number {
    return this.#max;
  }

  /** What to fall back to when no answer came to this many; null when that many were answered before, so that it is no matter of size. */
  lessThan(count: number): number | null {
    return count > this.#proven ? this.#proven : null;
  }

  answered(count: number): void {
    this.#proven = Math.max(this.#proven, count);
  }

  /** The agent does not take so many: what it was known to take, or half of it, and no more attempts. */
  tooMany(count: number): void {
    const known = this.#proven < count ? this.#proven : Math.ceil(count / 2);
    this.#max = Math.min(this.#max, Math.max(1, known));
    this.#limit = this.#max;
    this.#proven = Math.min(this.#proven, this.#max);
  }

  /** A pass of several requests that were all answered. @returns whether the next one asks for more at once. */
  grows(variables: () => readonly Variable[]): boolean {
    if (this.#max >= this.#limit) return false;
    this.#goodPasses += 1;
    if (this.#goodPasses < GOOD_PASSES) return false;
    this.#goodPasses = 0;
    const next = Math.min(this.#max * 2, this.#limit, fitting(variables()));
    if (next <= this.#max) {
      this.#limit = this.#max;
      return false;
    }
    this.#max = next;
    return true;
  }
}

/** How many variables of this kind an answer of one datagram has room for. */
function fitting(variables: readonly Variable[]): number {
  const bytes = variables.reduce((sum, variable) => sum + bytesOf(variable), 0);
  return bytes === 0 ? CAREFUL : Math.floor((ANSWER_BYTES_MAX * variables.length) / bytes);
}

function bytesOf({ oid, value }: Variable): number {
  const content = Buffer.isBuffer(value) || typeof value === "string" ? value.length : NUMBER_BYTES_MAX;
  const name = element(TAG.objectIdentifier, oidBytes(oid) ?? Buffer.alloc(0));
  return element(SEQUENCE, name, element(TAG.octetString, Buffer.alloc(content))).length;
}
