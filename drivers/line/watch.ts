import type { Lost } from "./exchange.ts";

/** One question on a wire and what came of it, byte for byte: for recordings, and for whoever finds out what is wrong with a bus. */
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

/** Bytes of one side as they come, up to a limit. */
export class KeptBytes {
  #chunks: Uint8Array[] = [];
  #length = 0;

  add(chunk: Uint8Array): void {
    if (this.#length >= KEPT_BYTES_MAX) return;
    // A copy: the line uses its buffer again.
    const kept = chunk.slice(0, KEPT_BYTES_MAX - this.#length);
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  /** What was kept; nothing is left. */
  take(): Uint8Array {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    return bytes;
  }
}
