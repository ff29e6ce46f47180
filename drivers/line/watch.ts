import type { Lost } from "./exchange.ts";

/**
 * One question on a wire and what came of it, byte for byte: for recordings, and for whoever finds out what is wrong with a bus. Its bytes
 * are good until the call that tells of it returns.
 */
export interface ExchangeRecord {
  /** Empty when the line could not be opened. */
  readonly sent: Uint8Array;
  /** What came until the answer was whole or given up. */
  readonly came: Uint8Array;
  /** What came before it, when nobody had asked: a late answer, noise, another master. */
  readonly stray: Uint8Array;
  /** When the first byte of that came; null when nothing came. */
  readonly strayMs: number | null;
  /** Monotonic, as all times here. */
  readonly askedMs: number;
  /** Null when nothing came. */
  readonly firstByteMs: number | null;
  readonly endedMs: number;
  /** Why there is no answer; null when there is one, a refusal included. */
  readonly lost: Lost | null;
}

export type ExchangeWatch = (record: ExchangeRecord) => void;

/** More than the longest answer has (YD/T 1363.3: 4,095 signs of INFO); of what babbles on, the first bytes are kept. */
const KEPT_BYTES_MAX = 4_608;

const ROOM_BYTES = 64;
const NOTHING = new Uint8Array(0);

/** Bytes of one side as they come, up to a limit, in one buffer for the life of the wire. */
export class KeptBytes {
  #buffer = NOTHING;
  #length = 0;
  /** Answers of a device are of one length: the view of the last one serves the next. */
  #view = NOTHING;

  add(chunk: Uint8Array): void {
    const kept = Math.min(chunk.length, KEPT_BYTES_MAX - this.#length);
    this.#makeRoom(this.#length + kept);
    // A copy: the line uses its buffer again.
    this.#buffer.set(kept < chunk.length ? chunk.subarray(0, kept) : chunk, this.#length);
    this.#length += kept;
  }

  /** What was kept, good until something is added; nothing is left. */
  take(): Uint8Array {
    if (this.#view.length !== this.#length) this.#view = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    return this.#view;
  }

  #makeRoom(bytes: number): void {
    if (bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(bytes, ROOM_BYTES, 2 * this.#buffer.length));
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = larger.subarray(0, 0);
  }
}
