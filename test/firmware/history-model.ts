import { MINUTE_MS } from "../../firmware/history/history.ts";

const TENTHS_PER_MINUTE = 600;

/** One good reading as somebody with a pencil would note it down. */
export interface Noted {
  readonly point: string;
  /** Tenths of a second since 1970. */
  readonly tenths: number;
  readonly value: number;
  readonly clockTrusted: boolean;
}

/** What a minute of a point comes to. */
export interface NotedMinute {
  readonly min: number;
  readonly max: number;
  readonly avg: number;
  /** Null: it depends on the order in which things were written down. */
  readonly last: number | null;
}

interface Hour {
  readonly hour: number;
  readonly clockTrusted: boolean;
  /** Every reading of it that was not let go of. */
  live: Noted[];
  /** Readings of which only the minutes are left. */
  gone: Noted[];
  /** At full rate. */
  isFull: boolean;
}

/** The whole history as plain lists: slow, and too simple to be wrong. */
export class HistoryModel {
  readonly #limits: { readonly hours: number; readonly fullHours: number };
  #hours: Hour[] = [];

  constructor(limits = { hours: Number.POSITIVE_INFINITY, fullHours: Number.POSITIVE_INFINITY }) {
    this.#limits = limits;
  }

  write(minute: number, readings: readonly Noted[], clockTrusted: boolean): void {
    this.#hourOf(Math.floor(minute / 60), clockTrusted).live.push(...readings);
    this.#drop(Math.floor(minute / 60));
  }

  restamp(fromTenths: number, toTenths: number, offsetTenths: number): void {
    for (const hour of this.#hours.filter(({ clockTrusted }) => !clockTrusted)) {
      const isMoved = ({ tenths }: Noted): boolean => tenths >= fromTenths && tenths < toTenths;
      const moved = hour.live.filter(isMoved);
      hour.live = hour.live.filter((noted) => !isMoved(noted));
      for (const noted of moved) {
        const tenths = noted.tenths + offsetTenths;
        this.#hourOf(Math.floor(tenths / TENTHS_PER_MINUTE / 60), true).live.push({ ...noted, tenths, clockTrusted: true });
      }
    }
    this.#hours = this.#hours.filter(({ live, gone }) => live.length + gone.length > 0);
  }

  /** Every reading that is kept at full rate, by time. */
  readings(point: string): readonly Noted[] {
    return this.#hours
      .flatMap(({ live }) => live)
      .filter((noted) => noted.point === point)
      .sort((a, b) => a.tenths - b.tenths);
  }

  minute(point: string, minute: number): NotedMinute | null {
    const ofMinute = (readings: readonly Noted[]): readonly Noted[] =>
      readings.filter((noted) => noted.point === point && Math.floor(noted.tenths / TENTHS_PER_MINUTE) === minute);
    const groups = this.#hours.flatMap(({ live, gone }) => [ofMinute(gone), ofMinute(live)]).filter(({ length }) => length > 0);
    const all = groups.flat();
    if (all.length === 0) return null;
    const values = all.map(({ value }) => value);
    const latest = Math.max(...all.map(({ tenths }) => tenths));
    const [last, ...others] = new Set(all.filter(({ tenths }) => tenths === latest).map(({ value }) => value));
    return {
      min: Math.min(...values),
      max: Math.max(...values),
      avg: values.reduce((sum, value) => sum + value, 0) / values.length,
      last: groups.length > 1 || others.length > 0 ? null : (last ?? null),
    };
  }

  /** Minutes in which something was read under a clock that nobody trusted. */
  uncertain(): readonly number[] {
    const minutes = this.#hours
      .filter(({ clockTrusted }) => !clockTrusted)
      .flatMap(({ live, gone }) => [...live, ...gone].map(({ tenths }) => Math.floor(tenths / TENTHS_PER_MINUTE)));
    return [...new Set(minutes)].sort((a, b) => a - b);
  }

  #hourOf(hour: number, clockTrusted: boolean): Hour {
    const known = this.#hours.find((one) => one.hour === hour && one.clockTrusted === clockTrusted);
    if (known !== undefined) {
      known.isFull = true;
      return known;
    }
    const fresh = { hour, clockTrusted, live: [], gone: [], isFull: true };
    this.#hours.push(fresh);
    return fresh;
  }

  /** The running hour is not counted: it is not packed. */
  #drop(current: number): void {
    const packed = (isWanted: (hour: Hour) => boolean): readonly Hour[] =>
      this.#hours
        .filter((hour) => hour.hour !== current && isWanted(hour))
        .sort((a, b) => a.hour - b.hour || Number(b.clockTrusted) - Number(a.clockTrusted));
    for (const hour of packed(({ isFull }) => isFull).slice(0, -this.#limits.fullHours)) {
      hour.gone.push(...hour.live);
      hour.live = [];
      hour.isFull = false;
    }
    for (let kept = packed(() => true); kept.length > this.#limits.hours; kept = packed(() => true)) {
      const oldest = kept[0]?.hour;
      this.#hours = this.#hours.filter(({ hour }) => hour !== oldest || hour === current);
    }
  }
}

export function minuteOfMs(ms: number): number {
  return Math.floor(ms / MINUTE_MS);
}
