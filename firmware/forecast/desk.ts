import { isForetold } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import { FORECAST_KINDS, type ForecastRecordReply, type ForecastsReply, type ForecastView } from "../contract/forecast.ts";
import type { History as RecentHistory } from "../contract/site.ts";
import type { HistoryStore } from "../history/history.ts";
import type { Clock } from "../platform/clock.ts";
import type { DurableJson } from "../platform/durable-json.ts";
import type { Site } from "../site/model.ts";
import { BatteryWatch, SAMPLE_EVERY_MS } from "./battery-watch.ts";
import { CrossingWatch } from "./crossing-watch.ts";
import type { StoredForecasts } from "./forecasts-file.ts";
import { type Latest, type LimitPorts, LimitWatch, LOOK_EVERY_MS, TURNS_PER_LOOK } from "./limit-watch.ts";
import { OtherDays } from "./other-days.ts";
import { type PlacedPoint, placedPoints } from "./point-names.ts";
import { figuresOf } from "./prediction.ts";
import { type ForecastTime, PredictionBook } from "./prediction-book.ts";
import { type Ahead, batteryAhead, batteryKey, limitAhead, wearAhead, withoutView } from "./told.ts";
import { Warner, type WarningRoom } from "./warner.ts";
import { batteriesFound, filtersFound, filtersOf, type WearFound } from "./wear-watch.ts";

export const TURN_MS = LOOK_EVERY_MS / TURNS_PER_LOOK;
/** What wears is looked at this long after the start, and this often. */
const WEAR_FIRST_MS = 300_000;
const WEAR_EVERY_MS = 6 * 3_600_000;
/** What is new is written at most this often, and while a battery gives more often: its end may be the end of the box. */
const SAVE_EVERY_MS = 1_200_000;
const SAVE_DISCHARGE_MS = 180_000;
const HISTORY_MINUTES = 60;
const WITHOUT_MAX = 200;
const LAST_MAX = 200;

/** The room, as forecasts need it. */
export interface ForecastRoom {
  readonly table: Latest & { numberOf(id: string): number | undefined };
  history(ids: readonly string[], minutes: number): RecentHistory | { readonly unknown: readonly string[] };
  readonly desk: WarningRoom;
}

export interface ForecastParts {
  readonly site: Pick<Site, "devices" | "spans" | "points" | "rules" | "warnings">;
  readonly room: ForecastRoom;
  readonly history: Pick<HistoryStore, "trend">;
  readonly clock: Clock;
  readonly file: DurableJson<StoredForecasts>;
  readonly stored: StoredForecasts;
  readonly onTrouble: (words: Words) => void;
}

/** Looks ahead, tells, remembers what it told and compares it with what came. */
export class ForecastDesk {
  readonly #parts: ForecastParts;
  readonly #points: readonly (PlacedPoint | null)[];
  readonly #limits: LimitWatch;
  readonly #batteries: BatteryWatch;
  readonly #crossings: CrossingWatch;
  readonly #book: PredictionBook;
  readonly #ports: LimitPorts;
  readonly #warner: Warner;
  readonly #stopping = new AbortController();
  #wear: readonly WearFound[] = [];
  #wearing: Promise<void> = Promise.resolve();
  #saving: Promise<void> = Promise.resolve();
  #turn = 0;
  #nextWearMs: number;
  #savedMs: number;
  #isDischarging = false;

  constructor(parts: ForecastParts) {
    const { site, room, history, clock, stored, onTrouble } = parts;
    this.#parts = parts;
    this.#points = placedPoints(site);
    this.#limits = new LimitWatch(this.#points, site.rules);
    this.#batteries = new BatteryWatch(site, stored.discharges);
    this.#crossings = new CrossingWatch((id) => room.table.numberOf(id));
    this.#book = new PredictionBook(stored.predictions, this.#now());
    this.#nextWearMs = clock.monotonicMs() + WEAR_FIRST_MS;
    this.#savedMs = clock.monotonicMs();
    this.#warner = new Warner(site.warnings, room.desk);
    const others = new OtherDays(history, clock, onTrouble);
    this.#ports = {
      wallMs: () => (clock.wallTrusted() ? clock.wallMs() : null),
      recent: ({ id }) => this.#recent(id),
      doubt: (point, crossing, left, direction) => others.doubt(point, crossing, left, direction),
    };
  }

  /** Call it every `TURN_MS`. */
  turn(): void {
    const { table } = this.#parts.room;
    const now = this.#now();
    this.#turn += 1;
    this.#limits.turn(table, now.monotonicMs, this.#ports);
    this.#crossings.look(this.#book, table, now);
    if (this.#turn % Math.round(SAMPLE_EVERY_MS / TURN_MS) === 0) this.#lookAtBatteries(now);
    if (this.#turn % TURNS_PER_LOOK === 0) this.#endOfLook(now);
    if (now.monotonicMs >= this.#nextWearMs) this.#lookAtWear(now);
    const saveMs = this.#isDischarging ? SAVE_DISCHARGE_MS : SAVE_EVERY_MS;
    if (now.monotonicMs - this.#savedMs >= saveMs) this.#save();
  }

  reply(): ForecastsReply {
    const ahead = this.#ahead();
    const madeAtMs = Math.round(this.#now().wallMs);
    const forecasts = ahead.flatMap((each): ForecastView[] => (each.outcome === "forecast" ? [{ ...each.view, madeAtMs }] : []));
    // Who asks why there is no forecast does not mean what stands still, which is nearly everything.
    const without = ahead.flatMap((each) => (each.outcome === "none" && each.reason !== "steady" ? [withoutView(each)] : []));
    return {
      forecasts: forecasts.toSorted((a, b) => a.inMs - b.inMs),
      without: without.slice(0, WITHOUT_MAX),
      watched: this.#limits.watched,
    };
  }

  record(): ForecastRecordReply {
    const rows = this.#book.rows(this.#now());
    const byKey = Map.groupBy(rows, ({ key }) => key);
    return {
      kinds: FORECAST_KINDS.map((kind) => ({ kind, ...figuresOf(rows.filter((row) => row.kind === kind)) })),
      points: [...byKey].flatMap(([key, those]) => {
        const last = those.at(-1);
        if (last === undefined) return [];
        const { kind, device, point, limit } = last;
        const { widen, withheld } = this.#book.trust(key, kind);
        return [{ kind, device, point, limit, ...figuresOf(those), widened: widen, withheld }];
      }),
      last: rows
        .slice(-LAST_MAX)
        .toReversed()
        .map(({ key: _key, direction: _direction, ...row }) => row),
    };
  }

  /** Waits for what is on its way to the disk. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#wearing;
    this.#save();
    await this.#saving;
  }

  #now(): ForecastTime {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
  }

  #ahead(): readonly Ahead[] {
    return [
      ...this.#limits.found.map((found) => limitAhead(found, this.#book)),
      ...this.#batteries.left().map(({ device, look, charge }) => batteryAhead(device, look, charge, this.#book)),
      ...this.#wear.map((found) => wearAhead(found, this.#book)),
    ];
  }

  /** The ring tells the time of day as it is now told, which is taken away again at once: only the distance counts. */
  #recent(id: string) {
    const { monotonicMs, wallMs } = this.#now();
    const found = this.#parts.room.history([id], HISTORY_MINUTES);
    if ("unknown" in found) return { times: [], values: [] };
    return { times: found.times.map((atMs) => atMs - wallMs + monotonicMs), values: found.series[0]?.values ?? [] };
  }

  #endOfLook(now: ForecastTime): void {
    const ahead = this.#ahead();
    for (const { told } of ahead) if (told !== null) this.#book.tell(told, now);
    this.#book.lapse(now);
    this.#warner.look(ahead, now.monotonicMs);
  }

  #lookAtBatteries(now: ForecastTime): void {
    for (const { device, what } of this.#batteries.look(this.#parts.room.table, now)) {
      if (what === "emptied") this.#book.met(batteryKey(device.id), now.monotonicMs, now);
      else this.#book.forgive(batteryKey(device.id), now);
    }
    const left = this.#batteries.left();
    for (const { device } of left) this.#book.heard(batteryKey(device.id), now);
    this.#isDischarging = left.length > 0;
  }

  #lookAtWear(now: ForecastTime): void {
    const { history, clock, onTrouble, site } = this.#parts;
    this.#nextWearMs = now.monotonicMs + WEAR_EVERY_MS;
    // Months cannot be told apart by a clock that nobody trusts.
    if (!clock.wallTrusted()) return;
    const limitOf = (point: PlacedPoint): number | null => {
      const rule = site.rules.filter(isForetold).find((each) => each.point === point.number && each.type === "high");
      return rule?.levels[0]?.limit ?? null;
    };
    this.#wearing = filtersFound(filtersOf(this.#points), limitOf, { history, clock, signal: this.#stopping.signal, onTrouble }).then(
      (filters) => {
        const then = this.#now();
        this.#wear = [...filters, ...batteriesFound(this.#batteries.pasts, then.wallMs)];
        for (const found of this.#wear) this.#compareWear(found, then);
      },
    );
  }

  #compareWear(found: WearFound, now: ForecastTime): void {
    const { told } = wearAhead(found, this.#book);
    const key = `${found.kind} ${found.point?.id ?? found.device.id}`;
    if (told !== null) this.#book.heard(key, now);
    else if (found.look.outcome === "none" && found.look.reason === "beyond") this.#book.met(key, now.monotonicMs, now);
  }

  #save(): void {
    const now = this.#now();
    this.#savedMs = now.monotonicMs;
    if (!this.#book.changed && !this.#batteries.changed) return;
    this.#book.changed = false;
    this.#batteries.changed = false;
    const next: StoredForecasts = { predictions: this.#book.rows(now), discharges: this.#batteries.rows(now) };
    this.#saving = this.#saving.then(async () => {
      const written = await this.#parts.file.update(() => ({ next }));
      if (written.outcome === "written") return;
      this.#parts.onTrouble(written.problem);
      this.#book.changed = true;
    });
  }
}
