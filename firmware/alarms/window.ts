/** Parts of a window: memory is the same for a minute and for a day. */
const PARTS = 30;
/** So much of a window must be good readings, and so much of it covered, for its change to be believed. */
const GOOD_PART_MIN = 0.8;

/** Fewer readings have no neighbours to ask. */
const NEIGHBOURS_MIN = 6;
/** Parts with a good reading, oldest first; only while a change is worked out. */
const GOOD_PARTS = new Int32Array(PARTS + 1);

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
   * through all readings, and last less first, which a step in the middle does not enlarge. One odd reading at an end changes neither much.
   */
  change(nowMs: number): number {
    let [good, all, count] = [0, 0, 0];
    let [sumT, sumV, sumTT, sumTV] = [0, 0, 0, 0];
    for (let n = 1; n <= PARTS + 1; n += 1) {
      const part = (this.#newest + n) % (PARTS + 1);
      const t = (this.#times[part] as number) - nowMs;
      if (!(t >= -this.#windowMs)) continue;
      all += this.#all[part] as number;
      if (this.#good[part] === 0) continue;
      good += this.#good[part] as number;
      const v = this.#values[part] as number;
      GOOD_PARTS[count] = part;
      count += 1;
      sumT += t;
      sumV += v;
      sumTT += t * t;
      sumTV += t * v;
    }
    if (count < 2 || good < all * GOOD_PART_MIN) return Number.NaN;
    if (this.#timeAt(count - 1) - this.#timeAt(0) < this.#windowMs * GOOD_PART_MIN) return Number.NaN;
    const line = ((count * sumTV - sumT * sumV) / (count * sumTT - sumT * sumT)) * this.#windowMs;
    const ends = this.#perMs(count) * this.#windowMs;
    if (Math.sign(line) !== Math.sign(ends)) return 0;
    return Math.abs(line) < Math.abs(ends) ? line : ends;
  }

  /** Last less first for each millisecond. */
  #perMs(count: number): number {
    return (this.#endAt(count - 1, -1, count) - this.#endAt(0, 1, count)) / (this.#timeAt(count - 1) - this.#timeAt(0));
  }

  /** The value at an end, no further from its neighbour than that one is from the next: a jump counts when a second reading confirms it. */
  #endAt(place: number, inward: 1 | -1, count: number): number {
    const value = this.#valueAt(place);
    if (count < NEIGHBOURS_MIN) return value;
    const neighbour = this.#valueAt(place + inward);
    const step = Math.abs(neighbour - this.#valueAt(place + 2 * inward));
    return Math.max(neighbour - step, Math.min(neighbour + step, value));
  }

  #timeAt(place: number): number {
    return this.#times[GOOD_PARTS[place] as number] as number;
  }

  #valueAt(place: number): number {
    return this.#values[GOOD_PARTS[place] as number] as number;
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
