import { type Figures, figuresOf, JUDGED_MIN, KEPT_PER_KEY, type Prediction, type Trust, trustOf } from "./prediction.ts";

/** Judged forecasts of all things together. */
export const KEPT_MAX = 384;
/** Forecasts that wait for what comes. */
export const OPEN_MAX = 128;
/** The same forecast is kept once, and again whenever the time left has halved. */
const AGAIN_BELOW = 0.5;
/** It did not come: so many times the end of its band have passed, or of its estimate where the band has no end, and so long at least. */
const OVER_BAND = 1.5;
const OVER_ESTIMATE = 3;
const OVER_MIN_MS = 20 * 60_000;
/** A point that was not heard for so long may have crossed unseen. */
const BLIND_MS = 5 * 60_000;

/** Both clocks. Spans are measured by the first and printed by the second. */
export interface ForecastTime {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** What is kept of a forecast when it is told. */
export type Told = Pick<
  Prediction,
  "key" | "kind" | "device" | "point" | "limit" | "direction" | "inMs" | "earliestMs" | "latestMs" | "shown"
>;

interface Open {
  readonly told: Told;
  /** By the monotonic clock; of what an earlier boot told, from its wall clock, which is all that is left of it. */
  readonly madeMs: number;
  heardMs: number;
}

/** Slow things outlive the boot: a filter clogs over months. */
const isSlow = (kind: Prediction["kind"]): boolean => kind === "filter" || kind === "batteryAgeing";

/** All forecasts that were told, until it is known what came of them, and then what did. No effects; `changed` says that there is something to keep. */
export class PredictionBook {
  #settled: Prediction[] = [];
  #open: Open[] = [];
  #judgedOf = new Map<string, readonly Prediction[]>();
  changed = false;

  /** What was open when the box stopped is unseen: it may have happened meanwhile. */
  constructor(saved: readonly Prediction[], now: ForecastTime) {
    for (const prediction of saved) {
      if (prediction.outcome !== "open") this.#settled.push(prediction);
      else if (isSlow(prediction.kind)) {
        const madeMs = now.monotonicMs - Math.max(0, now.wallMs - prediction.madeAtMs);
        this.#open.push({ told: prediction, madeMs, heardMs: now.monotonicMs });
      } else {
        this.#settled.push({ ...prediction, outcome: "unseen" });
        this.changed = true;
      }
    }
    this.#bound();
  }

  /** A forecast is told; kept when it says something new. */
  tell(told: Told, { monotonicMs }: ForecastTime): void {
    const before = this.#open.findLast((open) => open.told.key === told.key);
    if (before !== undefined && told.inMs > AGAIN_BELOW * before.told.inMs) return;
    this.#open.push({ told, madeMs: monotonicMs, heardMs: monotonicMs });
    if (this.#open.length > OPEN_MAX) this.#open.shift();
    this.changed = true;
  }

  /** Whether something waits for this. */
  awaits(key: string): boolean {
    return this.#open.some(({ told }) => told.key === key);
  }

  /** What is waited for at present. */
  get awaited(): readonly Told[] {
    return this.#open.map(({ told }) => told);
  }

  /** The thing was heard, and it has not happened yet. */
  heard(key: string, { monotonicMs }: ForecastTime): void {
    for (const open of this.#open) if (open.told.key === key) open.heardMs = monotonicMs;
  }

  /** It has happened, `atMs` by the monotonic clock. */
  met(key: string, atMs: number, now: ForecastTime): void {
    this.#settle((open) => (open.told.key === key ? { outcome: "met", tookMs: Math.max(0, atMs - open.madeMs) } : null), now);
  }

  /** It cannot happen any more in a way that says something of the forecast: the mains are back. */
  forgive(key: string, now: ForecastTime): void {
    this.#settle((open) => (open.told.key === key ? { outcome: "unseen", tookMs: null } : null), now);
  }

  /** Time passes: what did not come is a miss, and what nobody watched is unseen. */
  lapse(now: ForecastTime): void {
    this.#settle(({ told: { kind, inMs, latestMs }, madeMs, heardMs }) => {
      if (!isSlow(kind) && now.monotonicMs - heardMs > BLIND_MS) return { outcome: "unseen", tookMs: null };
      const overMs = Math.max(OVER_MIN_MS, latestMs === null ? OVER_ESTIMATE * inMs : OVER_BAND * latestMs);
      return now.monotonicMs - madeMs > overMs ? { outcome: "missed", tookMs: null } : null;
    }, now);
  }

  figures(key: string): Figures {
    return figuresOf(this.#of(key));
  }

  /** By its own past, and where that is short by that of its kind. */
  trust(key: string, kind: Prediction["kind"]): Trust {
    const own = this.#of(key);
    const judged = own.filter(({ outcome }) => outcome === "met" || outcome === "missed").length;
    if (judged >= JUDGED_MIN) return trustOf(own);
    // One point that swings must not silence all others: of a kind only the band is learned.
    return { widen: trustOf(this.#settled.filter((each) => each.kind === kind && each.outcome === "met")).widen, withheld: false };
  }

  /** Oldest first, as it is to be kept; times of this boot by the clock as it is now. */
  rows({ monotonicMs, wallMs }: ForecastTime): readonly Prediction[] {
    const open = this.#open.map(
      ({ told, madeMs }): Prediction => ({ ...told, madeAtMs: Math.round(wallMs - (monotonicMs - madeMs)), outcome: "open", tookMs: null }),
    );
    return [...this.#settled, ...open];
  }

  #of(key: string): readonly Prediction[] {
    const known = this.#judgedOf.get(key);
    if (known !== undefined) return known;
    const found = this.#settled.filter((prediction) => prediction.key === key);
    this.#judgedOf.set(key, found);
    return found;
  }

  #settle(judge: (open: Open) => Pick<Prediction, "outcome" | "tookMs"> | null, { monotonicMs, wallMs }: ForecastTime): void {
    const left: Open[] = [];
    for (const open of this.#open) {
      const verdict = judge(open);
      if (verdict === null) left.push(open);
      else this.#settled.push({ ...open.told, madeAtMs: Math.round(wallMs - (monotonicMs - open.madeMs)), ...verdict });
    }
    if (left.length === this.#open.length) return;
    this.#open = left;
    this.#bound();
    this.changed = true;
  }

  /** Of each thing the newest, and of all the newest. */
  #bound(): void {
    const seen = new Map<string, number>();
    this.#settled = this.#settled
      .toReversed()
      .filter(({ key }) => {
        const count = (seen.get(key) ?? 0) + 1;
        seen.set(key, count);
        return count <= KEPT_PER_KEY;
      })
      .slice(0, KEPT_MAX)
      .toReversed();
    this.#judgedOf = new Map();
  }
}
