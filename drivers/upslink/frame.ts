import type { Framing, Lost, Verdict } from "../line/exchange.ts";
import type { TextAnswer } from "../text/conversation.ts";
import { judgeLine, TextLine } from "../text/line.ts";
import type { TextQuery } from "../text/plan.ts";

const CR = 0x0d;
const LF = 0x0a;
const REFUSAL = "NA";

/**
 * What the unit says unasked, one sign each, at any moment and inside of answers, too: on battery, mains back, battery low, battery no
 * longer low, overload or other trouble, trouble over, shutting down, replace the battery, alarm register, a setting changed.
 */
const EVENTS: ReadonlySet<number> = new Set(Buffer.from("!$%+?=*#&|", "latin1"));

/** One letter, no end; the answer ends with carriage return and line feed. No address and no checksum: the shape is the check. */
export class UpslinkFraming implements Framing<Pick<TextQuery, "ask" | "shape">, TextAnswer> {
  readonly broken = false;
  readonly #line = new TextLine();
  readonly #changed: () => void;
  #query: Pick<TextQuery, "ask" | "shape"> | null = null;

  /** @param changed the unit said by itself that something has happened. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  begin(query: Pick<TextQuery, "ask" | "shape">): Uint8Array {
    this.#query = query;
    this.#line.clear();
    return Buffer.from(query.ask, "latin1");
  }

  take(chunk: Uint8Array): TextAnswer | Lost | null {
    const answers = chunk.filter((byte) => !EVENTS.has(byte));
    if (answers.length < chunk.length) this.#changed();
    for (const byte of answers) {
      if (this.#query === null) return null;
      if (byte === LF) return this.#judge(this.#query);
      if (byte === CR) continue;
      this.#line.add(byte);
    }
    return null;
  }

  verdict(): Verdict {
    this.#query = null;
    return this.#line.verdict();
  }

  reset(): void {
    this.#query = null;
    this.#line.clear();
  }

  #judge({ shape }: Pick<TextQuery, "shape">): TextAnswer | Lost {
    this.#query = null;
    const text = this.#line.bytes.toString("latin1");
    if (text === REFUSAL) return { outcome: "refused", what: "does not know this question" };
    return judgeLine(text, shape);
  }
}
