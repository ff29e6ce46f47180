import type { AlarmStep } from "../alarms/change.ts";
import { severityRank } from "../alarms/lifecycle.ts";
import type { Episode, Load } from "../contract/review.ts";

const WEEK_MS = 7 * 86_400_000;

/** Where an alarm is, whatever its site and area are called. */
export interface AlarmPlace {
  /** The device, where it is about several of its points. */
  readonly point: string;
  readonly type: string;
}

/** All that one alarm did in a period. */
export interface AlarmHistory extends AlarmPlace {
  readonly episodes: readonly Episode[];
}

interface Running {
  fromMs: number;
  toMs: number | null;
  severity: Episode["severity"];
  rings: number;
}

/** Puts raises and clears together to stretches in which an alarm was active. */
export class EpisodeBook {
  readonly #alarms = new Map<string, AlarmPlace & { readonly episodes: Running[] }>();

  take(steps: readonly AlarmStep[], atMs: number): void {
    for (const { cause, record } of steps) {
      if (cause !== "raise" && cause !== "update" && cause !== "clear") continue;
      const place = { point: record.point ?? record.device, type: record.type };
      const name = `${place.point}\n${place.type}`;
      const alarm = this.#alarms.get(name) ?? { ...place, episodes: [] };
      this.#alarms.set(name, alarm);
      const last = alarm.episodes.at(-1);
      const running = last?.toMs === null ? last : undefined;
      if (cause === "clear") {
        if (running !== undefined) running.toMs = atMs;
      } else if (running === undefined) {
        if (cause === "raise") alarm.episodes.push({ fromMs: atMs, toMs: null, severity: record.severity, rings: 1 });
      } else {
        if (cause === "raise") running.rings += 1;
        if (severityRank(record.severity) > severityRank(running.severity)) running.severity = record.severity;
      }
    }
  }

  /** What touches the span, in the order of points and types. */
  within(fromMs: number, toMs: number): readonly AlarmHistory[] {
    return [...this.#alarms.values()]
      .map(({ point, type, episodes }) => ({
        ...{ point, type },
        episodes: episodes.filter((one) => one.fromMs < toMs && (one.toMs ?? Number.POSITIVE_INFINITY) > fromMs).map((one) => ({ ...one })),
      }))
      .filter(({ episodes }) => episodes.length > 0)
      .sort((a, b) => (a.point === b.point ? (a.type < b.type ? -1 : 1) : a.point < b.point ? -1 : 1));
  }
}

/** What alarms cost whoever answers them. */
export function loadOf(histories: readonly AlarmHistory[], fromMs: number, toMs: number): Load {
  const episodes = histories.flatMap((history) => history.episodes);
  const rings = episodes.reduce((sum, episode) => sum + episode.rings, 0);
  return {
    ...{ alarms: episodes.length, rings },
    perWeek: toMs > fromMs ? (rings * WEEK_MS) / (toMs - fromMs) : 0,
    activeMs: episodes.reduce((sum, one) => sum + Math.min(one.toMs ?? toMs, toMs) - Math.max(one.fromMs, fromMs), 0),
  };
}
