import { QUALITY, type Readings } from "../../drivers/reading.ts";
import { stateIndex } from "../../drivers/vocabulary.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { ForecastView } from "../../firmware/contract/forecast.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { ForecastDesk, TURN_MS } from "../../firmware/forecast/desk.ts";
import { forecastsFile, NOTHING_STORED } from "../../firmware/forecast/forecasts-file.ts";
import type { HistoryStore, Trend } from "../../firmware/history/history.ts";
import { historyOf } from "../../firmware/points/history.ts";
import { DeviceRing, ringRows } from "../../firmware/points/ring.ts";
import { type PointSpan, PointTable } from "../../firmware/points/table.ts";
import type { Site } from "../../firmware/site/model.ts";
import { DEVICES } from "../room/devices.ts";
import { siteFile } from "../room/site-file.ts";
import { createWorld, type World } from "../room/world.ts";
import { loadedSite } from "./loaded-site.ts";
import { ManualClock } from "./manual-clock.ts";

const READ_EVERY_MS = 4_000;
const PORTS = { gateway: 1, sensors: 2, "ups-a-card": 3, "ups-b-card": 4, "srv-1-agent": 5 };

/** Time that a test moves, and a wall clock that it may set. */
export class StageClock extends ManualClock {
  setBackMs = 0;
  override every(): () => void {
    return () => {};
  }
  override wallMs(): WallMs {
    return (super.wallMs() - this.setBackMs) as WallMs;
  }
}

/** History that knows nothing of other days. */
const NO_HISTORY: Pick<HistoryStore, "trend"> = {
  trend: async (points, fromMs) => nothingKnown(points, fromMs),
};

export function nothingKnown(points: readonly string[], fromMs: number): Trend {
  const series = points.map((point) => ({ point, min: [], max: [], avg: [], last: [] }));
  return { fromMs, stepMs: 60_000, steps: 0, series, clockTrusted: true, uncertain: [] };
}

/** The demo room, its physics on a clock of the test, read into the real table, rings and alarms, with forecasts beside them. */
export class ForecastStage {
  readonly clock: StageClock;
  readonly world: World;
  readonly site: Site;
  readonly table: PointTable;
  readonly rung: AlarmRecord[] = [];
  readonly cleared: AlarmRecord[] = [];
  desk: ForecastDesk;
  /** Devices that do not answer. */
  readonly silent = new Set<string>();
  readonly #rings: readonly DeviceRing[];
  readonly #book: AlarmBook;
  readonly #folder: string;

  constructor(folder: string, more = "", clock = new StageClock()) {
    this.clock = clock;
    this.#folder = folder;
    this.site = loadedSite(siteFile(PORTS, undefined) + more);
    this.world = createWorld({ clock, seed: 7, speed: 1 });
    this.table = new PointTable(this.site.points, this.site.spans);
    this.#rings = this.site.devices.map(({ points }) => new DeviceRing(points.length, ringRows(READ_EVERY_MS, this.site.points.length)));
    let incidents = 0;
    this.#book = new AlarmBook(this.site.rules, [], () => {
      incidents += 1;
      return `i${incidents}`;
    });
    this.desk = this.#desk(NOTHING_STORED);
  }

  /** The box starts again: what the file kept is all that is left. */
  async restart(): Promise<void> {
    await this.desk.close();
    const found = await forecastsFile(this.#folder, this.clock).read();
    this.desk = this.#desk(found.outcome === "read" ? found.data : NOTHING_STORED);
  }

  /** Lets time pass: the room lives, is read and judged, and looked ahead in. */
  pass(minutes: number): void {
    for (let left = minutes * 60_000; left > 0; left -= TURN_MS) {
      this.clock.nowMs += TURN_MS;
      if (this.clock.nowMs % READ_EVERY_MS < TURN_MS) this.#read();
      this.desk.turn();
    }
  }

  forecast(point: string): ForecastView | undefined {
    return this.desk.reply().forecasts.find((each) => each.point === point);
  }

  get nowMs(): number {
    return this.clock.nowMs;
  }

  valueOf(point: string): number {
    return this.table.values[this.table.numberOf(point) as number] as number;
  }

  #now() {
    return { monotonicMs: this.clock.monotonicMs() as MonotonicMs, wallMs: this.clock.wallMs() };
  }

  #read(): void {
    this.world.advance();
    const view = this.world.view();
    this.site.devices.forEach((device, index) => {
      const said = DEVICES.find(({ id }) => id === device.id)?.values(view) ?? {};
      const span = this.site.spans[index] as PointSpan;
      const readings: Readings = {
        values: new Float64Array(span.count).fill(Number.NaN),
        qualities: new Uint8Array(span.count).fill(QUALITY.never),
      };
      const answered = !this.silent.has(device.id);
      device.points.forEach(({ name }, offset) => {
        const value = said[name];
        const definition = this.site.points[span.first + offset]?.definition;
        if (value === undefined || definition === undefined || !answered) return;
        const number =
          definition.kind === "state" ? stateIndex(definition, String(value)) : Number(Number(value).toFixed(definition.digits));
        if (number === undefined || Number.isNaN(number)) return;
        readings.values[offset] = number;
        readings.qualities[offset] = QUALITY.good;
      });
      const now = this.#now();
      this.table.apply(index, readings, { answered }, now, []);
      (this.#rings[index] as DeviceRing).push(readings.values, now.monotonicMs);
      this.#heard(this.#book.judge(span.first, span.count, this.table, now));
    });
    this.#heard(this.#book.tick(this.table, this.#now()));
  }

  #heard(steps: ReturnType<AlarmBook["judge"]>): void {
    for (const { cause, record } of steps) {
      if (cause === "raise") this.rung.push(record);
      if (cause === "clear") this.cleared.push(record);
    }
  }

  #desk(stored: typeof NOTHING_STORED): ForecastDesk {
    const { site, table, clock } = this;
    return new ForecastDesk({
      ...{ site, clock, stored, history: NO_HISTORY },
      room: {
        table,
        history: (ids, minutes) => {
          const columns = ids.map((id) => {
            const point = table.numberOf(id) as number;
            const device = site.spans.findIndex(({ first, count }) => point >= first && point < first + count);
            return { id, ring: this.#rings[device] as DeviceRing, index: point - (site.spans[device] as PointSpan).first };
          });
          return historyOf(columns, minutes * 60_000, this.#now());
        },
        desk: {
          alarms: () => this.#book.live,
          condition: (key, active) => this.#heard(this.#book.silence(key, active, this.#now())),
        },
      },
      file: forecastsFile(this.#folder, clock),
      onTrouble: ({ en }) => {
        throw new Error(en);
      },
    });
  }
}
