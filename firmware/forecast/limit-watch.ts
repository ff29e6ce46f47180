import { QUALITY } from "../../drivers/reading.ts";
import { type ForetoldRule, foretoldNow, isForetold, type Level, type Rule } from "../alarms/rule.ts";
import { type Crossing, type CrossingLook, crossingOf, HORIZON_MS, type NoForecast } from "./crossing.ts";
import type { Series } from "./line.ts";
import type { PlacedPoint } from "./point-names.ts";
import { Screen } from "./screen.ts";

/** Every point is looked at this often; the work is spread over turns. */
export const LOOK_EVERY_MS = 30_000;
export const TURNS_PER_LOOK = 30;
/** Points that are given a real forecast in one turn at most, the soonest first: a turn must not hold up the readings. */
export const EVALUATIONS_PER_TURN = 3;
/** A point whose move was a real one is followed for so many looks, though a slow one may seem to stand in between. */
const FOLLOWED_LOOKS = 20;
/** What a first look takes for later than this is not looked at again: it may be wrong by a factor. */
const SCREEN_MS = 1.5 * HORIZON_MS;
/** A forecast whose turn did not come for so long is gone. */
const KEPT_MS = 4 * LOOK_EVERY_MS;

/** Found when the first look was taken in by noise. */
const NO_MOVE: ReadonlySet<NoForecast> = new Set(["steady", "away", "tooFew"]);

/** Latest reading of every point, by its number. */
export interface Latest {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

/** What a look found of one limit. */
export interface LimitFound {
  readonly point: PlacedPoint;
  readonly rule: ForetoldRule;
  readonly level: Level;
  readonly value: number;
  readonly look: CrossingLook;
  readonly atMs: number;
}

export interface LimitPorts {
  /** By which schedules go; null: nobody knows the time of day. */
  wallMs(): number | null;
  /** The last hour of a point by the monotonic clock. */
  recent(point: PlacedPoint): Series;
  /** Whether other days say something else than the last minutes do; null: nothing speaks against it. */
  doubt(point: PlacedPoint, crossing: Crossing, left: number, direction: "high" | "low"): NoForecast | null;
}

interface Watched {
  readonly point: PlacedPoint;
  readonly rules: readonly ForetoldRule[];
  movedAtLook: number;
  found: readonly LimitFound[];
}

/** Follows every point that has a limit, cheaply as long as it does not move towards it. Time is an argument. */
export class LimitWatch {
  readonly #watched: readonly Watched[];
  readonly #screen: Screen;
  #turn = 0;

  constructor(points: readonly (PlacedPoint | null)[], rules: readonly Rule[]) {
    const limits = Map.groupBy(rules.filter(isForetold), ({ point }) => point);
    // What the box works out itself, days left of a warranty, has no readings and no trend.
    this.#watched = [...limits].flatMap(([number, those]) => {
      const point = points[number];
      return point === null || point === undefined ? [] : [{ point, rules: those, movedAtLook: Number.NEGATIVE_INFINITY, found: [] }];
    });
    this.#screen = new Screen(this.#watched.length);
  }

  get watched(): number {
    return this.#watched.length;
  }

  /** What is known now of everything that moves. */
  get found(): readonly LimitFound[] {
    return this.#watched.flatMap(({ found }) => found);
  }

  /** Looks at the next part of the points; call it every `LOOK_EVERY_MS / TURNS_PER_LOOK`. Returns how many had a real forecast. */
  turn(latest: Latest, nowMs: number, ports: LimitPorts): number {
    const nth = this.#turn % TURNS_PER_LOOK;
    const look = Math.floor(this.#turn / TURNS_PER_LOOK);
    this.#turn += 1;
    const stirring: { readonly watched: Watched; readonly soon: number }[] = [];
    const count = this.#watched.length;
    const wallMs = ports.wallMs();
    for (let place = Math.floor((nth * count) / TURNS_PER_LOOK); place < Math.floor(((nth + 1) * count) / TURNS_PER_LOOK); place += 1) {
      const watched = this.#watched[place] as Watched;
      const soon = this.#screened(place, watched, latest, look, wallMs);
      if (soon !== null) stirring.push({ watched, soon });
      else if (watched.found.length > 0) watched.found = [];
    }
    const first = stirring.length > EVALUATIONS_PER_TURN ? stirring.toSorted((a, b) => a.soon - b.soon) : stirring;
    first.forEach(({ watched }, rank) => {
      if (rank < EVALUATIONS_PER_TURN) {
        watched.found = evaluated(watched, latest, nowMs, wallMs, ports);
        if (watched.found.every(({ look: found }) => found.outcome === "none" && NO_MOVE.has(found.reason)))
          watched.movedAtLook = Number.NEGATIVE_INFINITY;
      } else watched.found = watched.found.filter(({ atMs }) => nowMs - atMs <= KEPT_MS);
    });
    return Math.min(first.length, EVALUATIONS_PER_TURN);
  }

  /** How soon it may meet a limit, ms; null: it does not move towards one. */
  #screened(place: number, watched: Watched, latest: Latest, look: number, wallMs: number | null): number | null {
    const { number } = watched.point;
    const value = latest.qualities[number] === QUALITY.good ? (latest.values[number] as number) : Number.NaN;
    const moving = this.#screen.look(place, value);
    if (Number.isNaN(value)) return null;
    let soon = Number.POSITIVE_INFINITY;
    if (moving !== null)
      for (const always of watched.rules) {
        const rule = foretoldNow(always, wallMs);
        const level = nextLevel(rule, value);
        const perLook = rule.type === "high" ? moving.perLook : -moving.perLook;
        if (level !== null && perLook > 0) soon = Math.min(soon, (Math.abs(level.limit - value) / perLook) * LOOK_EVERY_MS);
      }
    if (soon <= SCREEN_MS) watched.movedAtLook = look;
    return look - watched.movedAtLook <= FOLLOWED_LOOKS ? Math.min(soon, SCREEN_MS) : null;
  }
}

function evaluated(
  { point, rules }: Watched,
  latest: Latest,
  nowMs: number,
  wallMs: number | null,
  ports: LimitPorts,
): readonly LimitFound[] {
  const value = latest.values[point.number] as number;
  const series = ports.recent(point);
  return rules.flatMap((always): LimitFound[] => {
    const rule = foretoldNow(always, wallMs);
    const level = nextLevel(rule, value);
    if (level === null) return [];
    const resolution = 10 ** -point.digits;
    const look = crossingOf({ series, nowMs, limit: level.limit, direction: rule.type, resolution });
    const doubt = look.outcome === "none" ? null : ports.doubt(point, look, Math.abs(level.limit - value), rule.type);
    return [{ point, rule, level, value, look: doubt === null ? look : { outcome: "none", reason: doubt }, atMs: nowMs }];
  });
}

/** The mildest level that is not reached yet; null: it is beyond all. */
function nextLevel({ type, levels }: ForetoldRule, value: number): Level | null {
  return levels.find(({ limit }) => (type === "high" ? value <= limit : value >= limit)) ?? null;
}
