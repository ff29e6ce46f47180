import type { NoForecast } from "./crossing.ts";
import type { Discharge } from "./discharge.ts";
import { type Bucket, lineOf, median } from "./line.ts";

const DAY_MS = 86_400_000;
/** Days of readings that a trend of a filter needs, and discharges and their days that one of a battery needs. */
const FILTER_DAYS_MIN = 14;
const DISCHARGES_MIN = 4;
const DISCHARGE_DAYS_MIN = 60;
/** Wear is foretold at most this far, and no further than so many times the time looked at. */
const HORIZON_MS = 730 * DAY_MS;
const REACH = 3;
/** Standard deviations by which the change must stand out. */
const SIGNIFICANCE = 2;
/** Below this speed a fan says nothing of the filter. */
const FAN_MIN = 30;
/** A filter that lets so much more through from one day to the next was changed. */
const CHANGED_BELOW = 0.7;
/** Nobody set a limit: twice the drop of the clean filter is when most makers ask for a new one. */
const DIRTY_TIMES = 2;
/** A battery is worn at 80 % of what it held when new (IEEE 450, IEEE 1188: replace then). */
export const WORN_PERCENT = 80;
/** Discharges are compared at loads within this part of each other, the rest by Peukert's law. */
const LOAD_ALIKE = 0.3;
const PEUKERT = 1.1;
/** A discharge that took less out says too little of the whole. */
const TAKEN_MIN_PERCENT = 10;

/** How something wears. Spans are ms from now. */
export interface Wear {
  readonly outcome: "wear";
  readonly value: number;
  readonly limit: number;
  readonly inMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
  /** How long it was looked at, and on how many days or discharges. */
  readonly spanMs: number;
  readonly count: number;
}
export type WearLook = Wear | { readonly outcome: "none"; readonly reason: NoForecast };

/** An hour of a fan and its filter: mean pressure drop, Pa, and speed, %. Times are ms before now (0 or less). */
export interface FilterHour {
  readonly atMs: number;
  readonly pressure: number | null;
  /** Null: the unit does not say it; then only hours at any speed can be compared. */
  readonly speed: number | null;
}

/**
 * When a filter is dirty: its pressure drop at equal fan speed, day by day since it was last changed. The drop goes with the square of the flow, and the
 * flow with the speed (fan laws). `limit` is what a rule sets; null: twice the clean filter's. Pure.
 */
export function filterWear(hours: readonly FilterHour[], limit: number | null): WearLook {
  const usable = hours.flatMap(({ atMs, pressure, speed }) =>
    pressure === null || pressure <= 0 || (speed !== null && speed < FAN_MIN) ? [] : [{ atMs, pressure, speed }],
  );
  const speeds = usable.flatMap(({ speed }) => (speed === null ? [] : [speed]));
  const usual = speeds.length === 0 ? null : median(speeds);
  const byDay = Map.groupBy(usable, ({ atMs }) => Math.floor(atMs / DAY_MS));
  const days = [...byDay]
    .toSorted(([a], [b]) => a - b)
    .map(([day, those]): Bucket => {
      const drops = those.map(({ pressure, speed }) => (speed === null || usual === null ? pressure : pressure * (usual / speed) ** 2));
      return { atMs: (day + 0.5) * DAY_MS, value: median(drops) };
    });
  const since = sinceChanged(days);
  if (since.length < FILTER_DAYS_MIN) return { outcome: "none", reason: "tooFew" };
  const clean = median(since.slice(0, 5).map(({ value }) => value));
  return wearOf(since, limit ?? DIRTY_TIMES * clean, "high", 1);
}

function sinceChanged(days: readonly Bucket[]): readonly Bucket[] {
  const at = days.findLastIndex(({ value }, n) => {
    const before = median(days.slice(Math.max(0, n - 5), n).map((day) => day.value));
    const after = median(days.slice(n, n + 3).map((day) => day.value));
    return n >= 3 && n + 3 <= days.length && value < CHANGED_BELOW * before && after < CHANGED_BELOW * before;
  });
  return at < 0 ? days : days.slice(at);
}

/** What is compared of a battery's discharges: minutes of a full charge at equal load, or, of one that tells no charge, the sag of its voltage. */
export function batteryWear(discharges: readonly Discharge[], nowMs: number): WearLook {
  const loads = discharges.flatMap(({ load, loadPoint }) => (load === null || loadPoint === null ? [] : [{ load, loadPoint }]));
  const last = loads.at(-1);
  if (last === undefined) return { outcome: "none", reason: "tooFew" };
  const usual = median(loads.filter(({ loadPoint }) => loadPoint === last.loadPoint).map(({ load }) => load));
  const alike = discharges.flatMap((each) =>
    each.loadPoint === last.loadPoint && each.load !== null && Math.abs(each.load / usual - 1) <= LOAD_ALIKE
      ? [{ ...each, load: each.load }]
      : [],
  );
  const minutes = alike.flatMap(({ endedAtMs, lastedMs, fromCharge, toCharge, load }): Bucket[] => {
    if (fromCharge === null || toCharge === null || fromCharge - toCharge < TAKEN_MIN_PERCENT) return [];
    return [{ atMs: endedAtMs - nowMs, value: (lastedMs / (fromCharge - toCharge)) * (load / usual) ** PEUKERT }];
  });
  if (minutes.length >= DISCHARGES_MIN) return ofNew(minutes, false);
  const sags = alike.flatMap(({ endedAtMs, sag, load }): Bucket[] =>
    sag === null || sag <= 0 ? [] : [{ atMs: endedAtMs - nowMs, value: (sag * usual) / load }],
  );
  return sags.length >= DISCHARGES_MIN ? ofNew(sags, true) : { outcome: "none", reason: "tooFew" };
}

/** As a part of what it was at first, %. A sag grows as the battery wears: its inverse is compared. */
function ofNew(buckets: readonly Bucket[], inverse: boolean): WearLook {
  const ordered = buckets.toSorted((a, b) => a.atMs - b.atMs).map(({ atMs, value }) => ({ atMs, value: inverse ? 1 / value : value }));
  const first = median(ordered.slice(0, Math.max(2, Math.floor(ordered.length / 4))).map(({ value }) => value));
  const [oldest, newest] = [ordered[0] as Bucket, ordered.at(-1) as Bucket];
  if (newest.atMs - oldest.atMs < DISCHARGE_DAYS_MIN * DAY_MS) return { outcome: "none", reason: "tooFew" };
  return wearOf(
    ordered.map(({ atMs, value }) => ({ atMs, value: (100 * value) / first })),
    WORN_PERCENT,
    "low",
    1,
  );
}

function wearOf(buckets: readonly Bucket[], limit: number, direction: "high" | "low", resolution: number): WearLook {
  const none = (reason: NoForecast): WearLook => ({ outcome: "none", reason });
  const sign = direction === "high" ? 1 : -1;
  const line = lineOf(buckets, resolution);
  const [oldest, newest] = [buckets[0], buckets.at(-1)];
  if (line === null || oldest === undefined || newest === undefined) return none("tooFew");
  const spanMs = newest.atMs - oldest.atMs;
  const left = sign * (limit - line.now);
  if (left <= 0) return none("beyond");
  const [slope, low, high] = sign > 0 ? [line.slope, line.low, line.high] : [-line.slope, -line.high, -line.low];
  if (high <= 0) return none("away");
  if (slope * spanMs < SIGNIFICANCE * line.noise) return none("steady");
  const inMs = left / slope;
  if (inMs > Math.min(HORIZON_MS, REACH * spanMs)) return none("tooFar");
  return {
    outcome: "wear",
    value: line.now,
    limit,
    inMs,
    earliestMs: Math.min(inMs, Math.max(0, left - line.noise) / high),
    latestMs: low <= 0 ? null : Math.max(inMs, (left + line.noise) / low),
    spanMs,
    count: buckets.length,
  };
}
