import type { TargetView } from "../contract/targets.ts";
import type { Clock } from "../platform/clock.ts";
import type { SendOutcome } from "./dialect.ts";
import type { TargetHealth } from "./lane.ts";

const HOUR_MS = 3_600_000;
/** Of one target; in a storm the youngest say enough. */
const SAMPLES_MAX = 2_000;

interface Known {
  health: TargetHealth | null;
  answer: string;
  answeredMs: number | null;
  lastAcceptedMs: number | null;
  lastBeatMs: number | null;
  comparedMs: number | null;
  repairs: number;
  /** Of the last hour, oldest first; `atMs` monotonic. */
  readonly latencies: { readonly atMs: number; readonly latencyMs: number }[];
}

/** What the targets have said since the start, for people to look at. */
export class TargetWatch {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #known = new Map<string, Known>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  health(target: string, health: TargetHealth): void {
    this.#of(target).health = health;
  }

  /** `eventMs`: when the event was recorded; both wall clock. */
  answered(target: string, { outcome, answer }: SendOutcome, atMs: number, eventMs: number): void {
    const known = this.#of(target);
    Object.assign(known, { answer, answeredMs: atMs });
    if (outcome !== "accepted") return;
    known.lastAcceptedMs = atMs;
    // A clock that was set in between says nothing.
    if (atMs >= eventMs) known.latencies.push({ atMs: this.#clock.monotonicMs(), latencyMs: atMs - eventMs });
    if (known.latencies.length > SAMPLES_MAX) known.latencies.shift();
  }

  beat(target: string, { outcome, answer }: SendOutcome, atMs: number): void {
    const known = this.#of(target);
    Object.assign(known, { answer, answeredMs: atMs });
    if (outcome === "accepted") known.lastBeatMs = atMs;
  }

  /** Its tickets were compared with what it was told, and so many things put right. */
  compared(target: string, atMs: number, repairs: number): void {
    const known = this.#of(target);
    known.comparedMs = atMs;
    known.repairs += repairs;
  }

  of(target: string): Omit<TargetView, "id" | "kind" | "queued" | "parked" | "oldestWaitingMs" | "dead"> {
    const { health, latencies, ...known } = this.#of(target);
    const fromMs = this.#clock.monotonicMs() - HOUR_MS;
    const recent = latencies.filter(({ atMs }) => atMs >= fromMs).map(({ latencyMs }) => latencyMs);
    return { state: health?.state ?? "unknown", sinceMs: health?.sinceMs ?? null, ...known, latency: percentiles(recent) };
  }

  #of(target: string): Known {
    const known = this.#known.get(target) ?? {
      ...{ health: null, answer: "", answeredMs: null, lastAcceptedMs: null, lastBeatMs: null, latencies: [] },
      ...{ comparedMs: null, repairs: 0 },
    };
    this.#known.set(target, known);
    return known;
  }
}

function percentiles(values: readonly number[]): TargetView["latency"] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return sorted.length === 0 ? null : { count: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
