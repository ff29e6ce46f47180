/** Looks that are remembered of every point: with one every half minute, five minutes. */
export const LOOKS = 10;
/** Looks before anything is said. */
const LOOKS_MIN = 4;
/** Looks at either end that are compared. */
const ENDS = 3;
/** Standard errors by which the ends must differ. */
const MOVES = 3;

/** Where a point stands, and how fast it seems to move: units per look. */
export interface Moving {
  readonly value: number;
  readonly perLook: number;
}

/**
 * A cheap first look at thousands of points: which of them move at all? Only those are worth a real forecast. Typed arrays, no allocation
 * while nothing moves.
 */
export class Screen {
  readonly #values: Float64Array;
  readonly #heads: Uint8Array;
  readonly #used: Uint8Array;

  constructor(count: number) {
    this.#values = new Float64Array(count * LOOKS);
    this.#heads = new Uint8Array(count);
    this.#used = new Uint8Array(count);
  }

  /** Takes what a point says now; NaN, where it says nothing, forgets what was before. Null: it does not move, as far as can be told. */
  look(place: number, value: number): Moving | null {
    if (Number.isNaN(value)) {
      this.#used[place] = 0;
      return null;
    }
    const head = ((this.#heads[place] as number) + 1) % LOOKS;
    this.#heads[place] = head;
    this.#values[place * LOOKS + head] = value;
    const used = Math.min(LOOKS, (this.#used[place] as number) + 1);
    this.#used[place] = used;
    return used < LOOKS_MIN ? null : this.#moving(place, value, used);
  }

  #moving(place: number, value: number, used: number): Moving | null {
    const ends = Math.min(ENDS, used >> 1);
    let early = 0;
    let late = 0;
    let steps = 0;
    let before = this.#at(place, used - 1);
    for (let ago = used - 1; ago >= 0; ago -= 1) {
      const each = this.#at(place, ago);
      if (ago >= used - ends) early += each;
      if (ago < ends) late += each;
      steps += Math.abs(each - before);
      before = each;
    }
    const moved = (late - early) / ends;
    if (moved === 0) return null;
    // What the steps have beside the trend is noise: of a steady climb they are all in one direction.
    const noise = (steps - Math.abs(value - this.#at(place, used - 1))) / (used - 1);
    if (Math.abs(moved) < MOVES * noise * Math.sqrt(1 / ends)) return null;
    return { value, perLook: moved / (used - ends) };
  }

  #at(place: number, ago: number): number {
    return this.#values[place * LOOKS + (((this.#heads[place] as number) - ago + LOOKS) % LOOKS)] as number;
  }
}
