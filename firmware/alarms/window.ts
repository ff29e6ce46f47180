/** Parts of a window: memory is the same for a minute and for a day. */
const PARTS = 30;
/** So much of a window must be good readings, and so much of it covered, for its change to be believed. */
const GOOD_PART_MIN = 0.8;

/**
 * The change of a value over a window of time. Readings of one part of the window are kept as its last one; what is not good is counted,
 * and too much of it makes the change unknown.
 */
export class ChangeWindow {
  readonly #windowMs: number;
  /** One part more than the window has: the oldest is only partly in it. */
  readonly #times = new Float64Array(PARTS + 1).fill(Number.NaN);
  readonly #values = new Float64Array(PARTS + 1);
  readonly #good = new Uint32Array(PARTS + 1);
  readonly #all = new Uint32Array(PARTS + 1);
  #newest = -1;
  #beganMs = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** NaN: a reading that was not good, or none. */
  push(value: number, nowMs: number): void {
    if (nowMs - this.#beganMs >= this.#windowMs / PARTS || this.#newest < 0) {
      this.#newest = (this.#newest + 1) % (PARTS + 1);
      this.#beganMs = nowMs;
      this.#good[this.#newest] = 0;
      this.#all[this.#newest] = 0;
      this.#times[this.#newest] = nowMs;
    }
    this.#all[this.#newest] = (this.#all[this.#newest] as number) + 1;
    if (Number.isNaN(value)) return;
    this.#good[this.#newest] = (this.#good[this.#newest] as number) + 1;
    this.#times[this.#newest] = nowMs;
    this.#values[this.#newest] = value;
  }

  /**
   * In the unit of the value, rising positive; NaN: unknown. Two measures have to agree, and the smaller one counts: a straight line
   * through all readings, which a single odd one does not move much, and last less first, which a step in the middle does not enlarge.
   */
  change(nowMs: number): number {
    let [good, all, count] = [0, 0, 0];
    let [sumT, sumV, sumTT, sumTV] = [0, 0, 0, 0];
    let [first, last] = [-1, -1];
    for (let n = 1; n <= PARTS + 1; n += 1) {
      const part = (this.#newest + n) % (PARTS + 1);
      const t = (this.#times[part] as number) - nowMs;
      if (!(t >= -this.#windowMs)) continue;
      all += this.#all[part] as number;
      if (this.#good[part] === 0) continue;
      good += this.#good[part] as number;
      if (first < 0) first = part;
      last = part;
      const v = this.#values[part] as number;
      count += 1;
      sumT += t;
      sumV += v;
      sumTT += t * t;
      sumTV += t * v;
    }
    if (count < 2 || good < all * GOOD_PART_MIN) return Number.NaN;
    const spanMs = (this.#times[last] as number) - (this.#times[first] as number);
    if (spanMs < this.#windowMs * GOOD_PART_MIN) return Number.NaN;
    const slope = (count * sumTV - sumT * sumV) / (count * sumTT - sumT * sumT);
    const line = slope * this.#windowMs;
    const ends = (((this.#values[last] as number) - (this.#values[first] as number)) / spanMs) * this.#windowMs;
    if (Math.sign(line) !== Math.sign(ends)) return 0;
    return Math.abs(line) < Math.abs(ends) ? line : ends;
  }
}

/** What was counted within a window of time, in steps of a thirtieth of it. */
export class CountWindow {
  readonly #partMs: number;
  readonly #windowMs: number;
  readonly #counts = new Float64Array(PARTS);
  #part = Number.NaN;
  #beganMs = Number.NaN;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#partMs = windowMs / PARTS;
  }

  add(count: number, nowMs: number): void {
    if (Number.isNaN(this.#beganMs)) this.#beganMs = nowMs;
    this.#turn(nowMs);
    this.#counts[this.#part % PARTS] = (this.#counts[this.#part % PARTS] as number) + count;
  }

  /** `isWhole`: it was watched for a whole window. */
  total(nowMs: number): { readonly total: number; readonly isWhole: boolean } {
    this.#turn(nowMs);
    return { total: this.#counts.reduce((sum, count) => sum + count, 0), isWhole: nowMs - this.#beganMs >= this.#windowMs };
  }

  /** Empties the parts that have gone by. */
  #turn(nowMs: number): void {
    const part = Math.floor(nowMs / this.#partMs);
    const gone = Number.isNaN(this.#part) ? 0 : Math.min(PARTS, part - this.#part);
    for (let n = 0; n < gone; n += 1) this.#counts[(part - n) % PARTS] = 0;
    this.#part = part;
  }
}
