import { batch, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { qualityWord, type ValueFrame } from "../../firmware/contract/live.ts";

/** One point as the glass shows it. `value` is null unless the quality is `good`. */
export interface Reading {
  readonly value: number | null;
  readonly quality: string;
  /** Wall clock of the box at the last good reading that this page knows of, ms; null: none. */
  readonly lastGoodMs: number | null;
}

const NEVER: Reading = { value: null, quality: "never", lastGoodMs: null };

/** One signal per point, by its number: a new temperature changes one text node. */
export class Readings {
  readonly #signals: readonly Signal<Reading>[];

  constructor(count: number) {
    this.#signals = Array.from({ length: count }, () => signal(NEVER));
  }

  /** The point with this number; a number that the site does not have reads as never read. */
  of(point: number): ReadonlySignal<Reading> {
    return this.#signals[point] ?? NOTHING;
  }

  /** Applies a frame in one batch: the page is drawn once, however many points changed. */
  apply(frame: ValueFrame): void {
    batch(() => {
      frame.forEach((point, value, code) => {
        const target = this.#signals[point];
        if (target === undefined) return;
        const quality = qualityWord(code);
        const before = target.peek();
        if (quality === "good") target.value = { value, quality, lastGoodMs: frame.atMs };
        else if (before.quality !== quality) target.value = { value: null, quality, lastGoodMs: before.lastGoodMs };
      });
    });
  }

  /** When points that are not good were last good; the box knows what this page has not seen. */
  rememberLastGood(entries: readonly (readonly [point: number, atMs: number | null])[]): void {
    for (const [point, atMs] of entries) {
      const target = this.#signals[point];
      if (target !== undefined) target.value = { ...target.peek(), lastGoodMs: atMs };
    }
  }
}

const NOTHING: ReadonlySignal<Reading> = signal(NEVER);
