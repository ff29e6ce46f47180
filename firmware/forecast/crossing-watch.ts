import { QUALITY } from "../../drivers/reading.ts";
import type { Latest } from "./limit-watch.ts";
import type { ForecastTime, PredictionBook } from "./prediction-book.ts";

/** A limit counts as met when the point has been beyond it for so long: one spike is no crossing. */
export const SUSTAINED_MS = 60_000;

/** Says to the book what became of the limits that it waits for. */
export class CrossingWatch {
  readonly #numberOf: (point: string) => number | undefined;
  /** Since when what is waited for has been beyond its limit, by its key. */
  readonly #beyondSinceMs = new Map<string, number>();

  constructor(numberOf: (point: string) => number | undefined) {
    this.#numberOf = numberOf;
  }

  look(book: PredictionBook, latest: Latest, now: ForecastTime): void {
    const seen = new Set<string>();
    for (const { key, kind, point, limit, direction } of book.awaited) {
      if (kind !== "limit" || point === null || seen.has(key)) continue;
      seen.add(key);
      const number = this.#numberOf(point);
      if (number === undefined || latest.qualities[number] !== QUALITY.good) continue;
      const value = latest.values[number] as number;
      book.heard(key, now);
      if (direction === "high" ? value <= limit : value >= limit) {
        this.#beyondSinceMs.delete(key);
        continue;
      }
      const sinceMs = this.#beyondSinceMs.get(key) ?? now.monotonicMs;
      this.#beyondSinceMs.set(key, sinceMs);
      if (now.monotonicMs - sinceMs < SUSTAINED_MS) continue;
      this.#beyondSinceMs.delete(key);
      book.met(key, sinceMs, now);
    }
  }
}
