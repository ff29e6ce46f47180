import type { ReadingSource } from "../../firmware/review/lead.ts";
import type { ReviewPiece } from "../../firmware/review/piece.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

export const HOUR_MS = 3_600_000;
/** 20 September 2026, 03:00 UTC. */
export const T0 = Date.UTC(2026, 8, 20, 3);

/** Two probes read every 5 s and a leak rope; `rules` as in a site file. */
export function probeSite(rules: string): Site {
  return loadedSite(probeYaml(rules));
}

export function probeYaml(rules: string): string {
  return `site: { id: t, name: Test, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 1502 }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 5s }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md02, every: 5s }
rules:
${rules}
targets: [{ id: itsm, kind: webhook, url: "https://itsm.example.com/", secret: "a-secret-that-nobody-sees" }]
`;
}

export const TEMPERATURE = "th-1/ambient.temperature";

/** What one point said: its value each `stepMs` from `fromMs` on; NaN is a reading that did not come. */
export interface Course {
  readonly point: string;
  readonly fromMs: number;
  readonly stepMs: number;
  readonly values: readonly number[];
}

/** A history of these courses in pieces of an hour; where `full` says no, of each minute the last reading. */
export function sourceOf(courses: readonly Course[], full: (hour: number) => boolean = () => true): ReadingSource {
  return {
    async piece({ points, hour, endHour }): Promise<ReviewPiece> {
      const [fromMs, toMs] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
      const series = points.flatMap((point) => {
        const rows = courses
          .filter((course) => course.point === point)
          .flatMap((course) => course.values.map((value, n) => ({ atMs: course.fromMs + n * course.stepMs, value })))
          .filter(({ atMs, value }) => atMs >= fromMs && atMs < toMs && !Number.isNaN(value));
        const kept = full(hour)
          ? rows
          : [...Map.groupBy(rows, ({ atMs }) => Math.floor(atMs / 60_000))].map(([minute, inMinute]) => ({
              atMs: minute * 60_000 + 59_900,
              value: inMinute.at(-1)?.value ?? Number.NaN,
            }));
        if (kept.length === 0) return [];
        return [{ point, times: Float64Array.from(kept, ({ atMs }) => atMs), values: Float64Array.from(kept, ({ value }) => value) }];
      });
      return { fromMs, toMs, full: full(hour), certain: true, series, nextHour: hour + 1 < endHour ? hour + 1 : null };
    },
  };
}

/** `29*7 ?*3 25`: so many readings of each value; `?` does not come. */
export function script(text: string): readonly number[] {
  return text.split(/\s+/).flatMap((word) => {
    const [value = "", times = "1"] = word.split("*");
    return new Array<number>(Number(times)).fill(value === "?" ? Number.NaN : Number(value));
  });
}

export const NO_PACING = { breathe: async () => undefined, progress: () => undefined };
