import type { RecordedEvent } from "./format.ts";

/** Bytes that a device says, some time after it was asked. */
export interface Reply {
  readonly bytes: Buffer;
  readonly afterMs: number;
}

interface Exchange {
  readonly sentMs: number;
  readonly replies: Reply[];
}

const TRANSACTION_BYTES = 2;

/**
 * Says what a recorded bus said: the same question gets the answers that it got then, one after another, each as late as it was, silence
 * and noise included; after the last one the first again.
 */
export class Replay {
  readonly #answers = new Map<string, Exchange[]>();
  readonly #turns = new Map<string, number>();
  readonly #isTcp: boolean;
  readonly #longest: number;

  /** @param kind of the recorded bus: on Modbus TCP the number of a question is not part of it. */
  constructor(events: readonly RecordedEvent[], kind: string) {
    this.#isTcp = kind === "modbus-tcp";
    let latest: Exchange | null = null;
    let endedMs = 0;
    for (const event of events) {
      if (event.kind === "sent") {
        latest = { sentMs: event.atMs, replies: [] };
        const key = this.#keyOf(event.bytes);
        this.#answers.set(key, [...(this.#answers.get(key) ?? []), latest]);
      } else if (event.kind === "came") latest?.replies.push({ bytes: event.bytes, afterMs: event.atMs - latest.sentMs });
      // When it came between two questions was not written down: half way is late enough to be late.
      else if (event.kind === "stray") latest?.replies.push({ bytes: event.bytes, afterMs: (endedMs + event.atMs) / 2 - latest.sentMs });
      endedMs = event.atMs;
    }
    this.#longest = Math.max(0, ...[...this.#answers.keys()].map((key) => key.length / 2)) + (this.#isTcp ? TRANSACTION_BYTES : 0);
  }

  /** The longest question that was recorded. */
  get questionBytesMax(): number {
    return this.#longest;
  }

  get questions(): number {
    return this.#answers.size;
  }

  /** What follows a question; null when it was never asked while the recording ran. */
  answer(question: Uint8Array): readonly Reply[] | null {
    const key = this.#keyOf(question);
    const exchanges = this.#answers.get(key);
    if (exchanges === undefined) return null;
    const turn = this.#turns.get(key) ?? 0;
    this.#turns.set(key, turn + 1);
    const { replies } = exchanges[turn % exchanges.length] as Exchange;
    return this.#isTcp ? replies.map(({ bytes, afterMs }) => ({ bytes: renumbered(bytes, question), afterMs })) : replies;
  }

  #keyOf(question: Uint8Array): string {
    return Buffer.from(question).toString("hex", this.#isTcp ? TRANSACTION_BYTES : 0);
  }
}

function renumbered(answer: Buffer, question: Uint8Array): Buffer {
  return Buffer.concat([question.subarray(0, TRANSACTION_BYTES), answer.subarray(TRANSACTION_BYTES)]);
}
