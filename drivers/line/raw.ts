import type { Pace } from "../driver.ts";
import type { Exchange, Framing, Verdict } from "./exchange.ts";
import { exchangeOn, type LineWire, type Surroundings } from "./wire.ts";

/** More than the longest frame of any protocol on a serial line. */
const HEARD_BYTES_MAX = 4_096;

interface Sent {
  readonly bytes: Uint8Array;
  /** Whether what was heard is all that will come. */
  readonly isWhole: (heard: Buffer) => boolean;
}

/** What a line said to some bytes, judged by nobody: empty for silence. */
export type RawAnswer = { readonly heard: Buffer } | { readonly unreachable: string };

/** Sends bytes as they are and collects what comes, until it is whole or the time is over. */
class RawFraming implements Framing<Sent, Buffer> {
  readonly broken = false;
  #sent: Sent | null = null;
  #heard: Buffer = Buffer.alloc(0);

  get heard(): Buffer {
    return this.#heard;
  }

  begin(sent: Sent): Uint8Array {
    this.#sent = sent;
    this.#heard = Buffer.alloc(0);
    return sent.bytes;
  }

  take(chunk: Uint8Array): Buffer | null {
    if (this.#sent === null) return null;
    if (this.#heard.length < HEARD_BYTES_MAX) this.#heard = Buffer.concat([this.#heard, chunk]);
    if (!this.#sent.isWhole(this.#heard)) return null;
    this.#sent = null;
    return this.#heard;
  }

  verdict(): Verdict {
    this.#sent = null;
    return { reason: this.#heard.length === 0 ? "timeout" : "short", what: `${this.#heard.length} bytes` };
  }

  reset(): void {
    this.#sent = null;
  }
}

/** A serial line without a protocol, for whoever looks what is at its far end. */
export interface RawLine {
  /** @param answerBytes what an answer may be long, for its time on the line. */
  ask(bytes: Uint8Array, answerBytes: number, isWhole?: (heard: Buffer) => boolean): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** Between an answer and the next question: time for a two-wire transceiver to turn round. */
const REST_MS = 30;

export function openRaw(wire: LineWire, pace: Pace, around: Surroundings = {}): RawLine {
  const framing = new RawFraming();
  const exchange: Exchange<Sent, Buffer> = exchangeOn(wire, framing, REST_MS, pace, around);
  return {
    async ask(bytes, answerBytes, isWhole = () => false) {
      const answer = await exchange.ask({ bytes, isWhole }, bytes.length + answerBytes);
      if (Buffer.isBuffer(answer)) return { heard: answer };
      const isUnreachable = answer.reason === "adapterMissing" || answer.reason === "refused";
      return isUnreachable ? { unreachable: answer.what } : { heard: framing.heard };
    },
    close: () => exchange.close(),
  };
}
