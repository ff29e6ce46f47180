import type { Command } from "./frame.ts";

/** A reader that is not asked for this long holds the line for lost, and with it what it had to tell. (OSDP 2.2, section 5.7) */
export const OFFLINE_MS = 8_000;

/**
 * The law of sequence numbers between the box and one reader. A command keeps its number, and is asked again, until its answer is heard: the
 * reader then repeats that answer and does not act anew. The next number tells it that the answer arrived. 0 begins the conversation, then
 * 1, 2, 3 take turns. Pure but for its own memory; time is an argument.
 */
export class Link {
  #sequence = 0;
  #pending: Command | null = null;
  #heardMs: number | null = null;

  /** Asked, and not answered yet: nothing else may be asked before. */
  get pending(): Command | null {
    return this.#pending;
  }

  /** The number to ask a command with. */
  ask(command: Command): number {
    if (this.#pending !== null && this.#pending !== command) throw new Error(`${command} is asked before ${this.#pending} is answered`);
    this.#pending = command;
    return this.#sequence;
  }

  /** The answer to the pending command was heard. */
  heard(nowMs: number): void {
    this.#pending = null;
    this.#sequence = this.#sequence === 3 ? 1 : this.#sequence + 1;
    this.#heardMs = nowMs;
  }

  /** Whether the reader holds the line for lost by now. */
  isOver(nowMs: number): boolean {
    return this.#heardMs !== null && nowMs - this.#heardMs >= OFFLINE_MS;
  }

  /** Begins anew: what the reader still held is gone. */
  restart(): void {
    this.#sequence = 0;
    this.#pending = null;
    this.#heardMs = null;
  }
}
