import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import type { TextAnswer } from "../text/conversation.ts";
import type { TextQuery } from "../text/plan.ts";

const CR = 0x0d;
const LF = 0x0a;
const LINE_BYTES_MAX = 64;
const REFUSAL = "NA";

/**
 * What the unit says unasked, one sign each, at any moment and inside of answers, too: on battery, mains back, battery low, battery no
 * longer low, overload or other trouble, trouble over, shutting down, replace the battery, alarm register, a setting changed.
 */
const EVENTS: ReadonlySet<number> = new Set(Buffer.from("!$%+?=*#&|", "latin1"));

/** One letter, no end; the answer ends with carriage return and line feed. No address and no checksum: the shape is the check. */
export class UpslinkFraming implements Framing<Pick<TextQuery, "ask" | "shape">, TextAnswer> {
  readonly broken = false;
  readonly #line = Buffer.alloc(LINE_BYTES_MAX);
  readonly #changed: () => void;
  #length = 0;
  #query: Pick<TextQuery, "ask" | "shape"> | null = null;

  /** @param changed the unit said by itself that something has happened. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  begin(query: Pick<TextQuery, "ask" | "shape">): Uint8Array {
    this.#query = query;
    this.#length = 0;
    return Buffer.from(query.ask, "latin1");
  }

  take(chunk: Uint8Array): TextAnswer | Lost | null {
    const answers = chunk.filter((byte) => !EVENTS.has(byte));
    if (answers.length < chunk.length) this.#changed();
    for (const byte of answers) {
      if (this.#query === null) return null;
      if (byte === LF) return this.#judge(this.#query);
      if (byte === CR) continue;
      if (this.#length === LINE_BYTES_MAX) this.#line.copyWithin(0, 1);
      else this.#length += 1;
      this.#line[this.#length - 1] = byte;
    }
    return null;
  }

  verdict(): Verdict {
    const length = this.#length;
    this.#query = null;
    if (length === 0) return { reason: "timeout", what: "no answer" };
    return { reason: "short", what: `${length} signs without an end (check the speed)` };
  }

  reset(): void {
    this.#query = null;
    this.#length = 0;
  }

  #judge({ shape }: Pick<TextQuery, "shape">): TextAnswer | Lost {
    this.#query = null;
    const text = this.#line.toString("latin1", 0, this.#length);
    if (text === REFUSAL) return { outcome: "refused", what: "does not know this question" };
    if (shape.fits(text)) return { outcome: "text", text };
    if (text.length < shape.length) return { outcome: "lost", reason: "short", what: `only ${text.length} of ${shape.length} signs` };
    return { outcome: "lost", reason: "garbled", what: "not the shape of this answer (a disturbed line, or another model)" };
  }
}
