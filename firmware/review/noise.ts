import type { ProcessRule } from "../alarms/rule.ts";
import { quantile } from "./figures.ts";

/** Steps between readings that are kept; beyond it every second one is let go of, and so on. */
const STEPS_MAX = 32_768;
/** Of a normal distribution: its standard deviation over its median absolute deviation. */
const MAD_TO_SD = 1.4826;

/** How much the readings of one point jump about, and how often they pass its limits. Takes them in the order of time. */
export class NoiseMeter {
  readonly #limits: readonly number[];
  readonly #states: readonly number[];
  readonly #gapMs: number;
  #steps: number[] = [];
  #every = 1;
  #seen = 0;
  #crossings = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  #last = Number.NaN;

  /** @param gapMs readings further apart are no neighbours. */
  constructor(rules: readonly ProcessRule[], gapMs: number) {
    this.#limits = rules.flatMap((rule) => (rule.kind === "limit" ? rule.levels.map(({ limit }) => limit) : []));
    this.#states = rules.flatMap((rule) => (rule.kind === "state" ? [rule.state] : []));
    this.#gapMs = gapMs;
  }

  see(value: number, atMs: number): void {
    if (atMs - this.#lastMs <= this.#gapMs) {
      this.#keep(value - this.#last);
      for (const limit of this.#limits) if (value > limit !== this.#last > limit) this.#crossings += 1;
      for (const state of this.#states) if ((value === state) !== (this.#last === state)) this.#crossings += 1;
    }
    this.#last = value;
    this.#lastMs = atMs;
  }

  get crossings(): number {
    return this.#crossings;
  }

  /** Robust standard deviation of a reading: of its steps over √2, for a step has the noise of both ends. Null: too little is known, or it is a state. */
  get noise(): number | null {
    if (this.#steps.length < 2 || this.#limits.length === 0) return null;
    const middle = quantile(this.#steps, 0.5) ?? 0;
    const mad = quantile(
      this.#steps.map((step) => Math.abs(step - middle)),
      0.5,
    );
    // A coarse sensor stands most of the time: then half of all steps are none, and its typical step is what counts.
    const typical =
      mad === 0
        ? quantile(
            this.#steps.flatMap((step) => (step === 0 ? [] : [Math.abs(step)])),
            0.5,
          )
        : mad;
    return typical === null ? 0 : (MAD_TO_SD * typical) / Math.SQRT2;
  }

  #keep(step: number): void {
    this.#seen += 1;
    if (this.#seen % this.#every !== 0) return;
    this.#steps.push(step);
    if (this.#steps.length < STEPS_MAX) return;
    this.#steps = this.#steps.filter((_, n) => n % 2 === 0);
    this.#every *= 2;
  }
}
