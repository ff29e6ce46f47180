/** More alarms than this within the time open a flood; fewer than that end it (ISA-18.2, EEMUA 191). */
export interface FloodLimits {
  readonly opensAbove: number;
  readonly endsBelow: number;
  readonly withinMs: number;
}

export const FLOOD_LIMITS: FloodLimits = { opensAbove: 10, endsBelow: 5, withinMs: 600_000 };

/** Counts the alarms that ring. Pure but for its own memory; times are monotonic. */
export class FloodWatch {
  readonly #limits: FloodLimits;
  #rangMs: number[] = [];
  #isOpen: boolean;

  /** @param isOpen what the journal says was so before this start. */
  constructor(limits: FloodLimits, isOpen: boolean) {
    this.#limits = limits;
    this.#isOpen = isOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get count(): number {
    return this.#rangMs.length;
  }

  rang(nowMs: number): void {
    this.#rangMs.push(nowMs);
  }

  /** Whether a flood began or ended; null: neither. */
  look(nowMs: number): boolean | null {
    this.#rangMs = this.#rangMs.filter((atMs) => nowMs - atMs < this.#limits.withinMs);
    if (!this.#isOpen && this.#rangMs.length > this.#limits.opensAbove) this.#isOpen = true;
    else if (this.#isOpen && this.#rangMs.length < this.#limits.endsBelow) this.#isOpen = false;
    else return null;
    return this.#isOpen;
  }
}
