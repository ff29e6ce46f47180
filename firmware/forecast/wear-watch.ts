import type { Words } from "../contract/alarm.ts";
import { HistoryError, type HistoryStore } from "../history/history.ts";
import type { Clock } from "../platform/clock.ts";
import { batteryWear, type FilterHour, filterWear, type WearLook } from "./ageing.ts";
import type { Discharge } from "./discharge.ts";
import type { PlacedPoint } from "./point-names.ts";

const HOUR_MS = 3_600_000;
/** History that a filter is judged by; at least an hour in each column. */
const FILTER_SPAN_MS = 120 * 24 * HOUR_MS;
const COLUMNS = 1_440;

/** What wears, and what is known of it. */
export interface WearFound {
  readonly kind: "filter" | "batteryAgeing";
  readonly device: PlacedPoint["device"];
  readonly point: PlacedPoint | null;
  readonly unit: string;
  readonly direction: "high" | "low";
  readonly look: WearLook;
}

interface Filter {
  readonly pressure: PlacedPoint;
  readonly fan: PlacedPoint | null;
}

/** Air filters whose pressure drop is measured. The fan's speed beside it makes its days comparable. */
export function filtersOf(points: readonly (PlacedPoint | null)[]): readonly Filter[] {
  return points.flatMap((pressure) => {
    if (pressure?.name !== "filter.pressure") return [];
    const own = points.filter((point) => point?.device === pressure.device);
    const fan = own.find((point) => point?.name === "fan.speed") ?? own.find((point) => /^fan\..+\.speed$/.test(point?.name ?? "")) ?? null;
    return [{ pressure, fan }];
  });
}

/** Asks history for a filter's months, one filter at a time: it is slow, and nobody waits for it. */
export async function filtersFound(
  filters: readonly Filter[],
  limitOf: (point: PlacedPoint) => number | null,
  {
    history,
    clock,
    signal,
    onTrouble,
  }: { history: Pick<HistoryStore, "trend">; clock: Clock; signal: AbortSignal; onTrouble: (words: Words) => void },
): Promise<readonly WearFound[]> {
  const found: WearFound[] = [];
  for (const { pressure, fan } of filters) {
    if (signal.aborted) return found;
    const nowMs = clock.wallMs();
    try {
      const ids = fan === null ? [pressure.id] : [pressure.id, fan.id];
      const { fromMs, stepMs, series } = await history.trend(ids, nowMs - FILTER_SPAN_MS, nowMs, COLUMNS);
      const hours = (series[0]?.avg ?? []).map(
        (value, n): FilterHour => ({ atMs: fromMs + (n + 0.5) * stepMs - nowMs, pressure: value, speed: series[1]?.avg[n] ?? null }),
      );
      // An hour in which the unit did not say how fast its fan ran compares with none.
      const usable = fan === null ? hours : hours.filter(({ speed }) => speed !== null);
      const look = filterWear(usable, limitOf(pressure));
      found.push({ kind: "filter", device: pressure.device, point: pressure, unit: pressure.unit, direction: "high", look });
    } catch (error) {
      if (!(error instanceof HistoryError)) throw error;
      if (!signal.aborted) onTrouble(error.words);
    }
  }
  return found;
}

export function batteriesFound(
  pasts: readonly { readonly device: PlacedPoint["device"]; readonly past: readonly Discharge[] }[],
  nowMs: number,
): readonly WearFound[] {
  return pasts.map(({ device, past }) => ({
    ...{ kind: "batteryAgeing" as const, device, point: null, unit: "%", direction: "low" as const },
    look: batteryWear(past, nowMs),
  }));
}
