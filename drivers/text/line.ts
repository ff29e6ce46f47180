import type { Lost, Verdict } from "../line/exchange.ts";
import type { TextAnswer } from "./conversation.ts";
import type { Shape } from "./shape.ts";

/** The longest answer in text (QVFTR of the Axpert inverters) has 129 signs; the rest is room for noise in front. */
const LINE_BYTES_MAX = 256;

/** One line of text as it arrives, sign by sign. Of more than it holds, the last signs count. */
export class TextLine {
  readonly #bytes = Buffer.alloc(LINE_BYTES_MAX);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  clear(): void {
    this.#length = 0;
  }

  add(byte: number): void {
    if (this.#length === LINE_BYTES_MAX) this.#bytes.copyWithin(0, 1);
    else this.#length += 1;
    this.#bytes[this.#length - 1] = byte;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Why there is no answer when the line has not ended. */
  verdict(): Verdict {
    if (this.#length === 0) return { reason: "timeout", what: "no answer" };
    return { reason: "short", what: `${this.#length} signs without an end (check the speed)` };
  }
}

/** A whole line against the shape that it must have. */
export function judgeLine(text: string, shape: Shape): TextAnswer | Lost {
  if (shape.fits(text)) return { outcome: "text", text };
  if (text.length < shape.length) return { outcome: "lost", reason: "short", what: `only ${text.length} of ${shape.length} signs` };
  return { outcome: "lost", reason: "garbled", what: "not the shape of this answer (another dialect or model, or a disturbed line)" };
}
