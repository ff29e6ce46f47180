import type { Level } from "../../drivers/contact/debounce.ts";
import type { GpioLine } from "../../drivers/contact/gpio.ts";

/** A line with a contact at it, in a test's own time: it is at what `levelAt` says, and interrupts at every change. */
export class SimulatedLine implements GpioLine {
  level: Level = 1;
  taken = false;
  isClosed = false;
  readonly interrupts: boolean;
  #onEdge: (() => void) | null = null;

  constructor(interrupts = true) {
    this.interrupts = interrupts;
  }

  /** The pin goes to this level now. */
  go(level: Level): void {
    if (level === this.level) return;
    this.level = level;
    this.edge();
  }

  edge(): void {
    const callback = this.#onEdge;
    this.#onEdge = null;
    callback?.();
  }

  async read(): Promise<Level | null> {
    return this.taken || this.isClosed ? null : this.level;
  }

  awaitEdge(callback: () => void): void {
    if (this.interrupts) this.#onEdge = callback;
  }

  close(): void {
    this.isClosed = true;
  }
}
