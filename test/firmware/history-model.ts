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
  /** Not packed yet. */
  loose: Batched[];
  /** Packed, at full rate. */
  live: Batched[];
  /** Readings of which only the minutes are left. */
  gone: Batched[];
  isPacked: boolean;
  isFull: boolean;
}

type Batched = Noted & { readonly batch: number };

/** The whole history as plain lists: slow, and too simple to be wrong. */
export class HistoryModel {
  readonly #limits: { readonly hours: number; readonly fullHours: number };
  #hours: Hour[] = [];
  #batch = 0;

  constructor(limits = { hours: Number.POSITIVE_INFINITY, fullHours: Number.POSITIVE_INFINITY }) {
    this.#limits = limits;
  }

  write(minute: number, readings: readonly Noted[], clockTrusted: boolean): void {
    this.#add(Math.floor(minute / 60), readings, clockTrusted);
    this.#pack(Math.floor(minute / 60));
    this.#drop();
  }

  restamp(fromTenths: number, toTenths: number, offsetTenths: number): void {
    for (const hour of this.#hours.filter(({ clockTrusted }) => !clockTrusted)) {
      const isMoved = ({ tenths }: Noted): boolean => tenths >= fromTenths && tenths < toTenths;
      const moved = [...hour.live, ...hour.loose].filter(isMoved);
      hour.live = hour.live.filter((noted) => !isMoved(noted));
      hour.loose = hour.loose.filter((noted) => !isMoved(noted));
      for (const noted of moved) {
        const tenths = noted.tenths + offsetTenths;
        this.#add(Math.floor(tenths / TENTHS_PER_MINUTE / 60), [{ ...noted, tenths, clockTrusted: true }], true);
      }
    }
    this.#hours = this.#hours.filter(({ loose, live, gone }) => loose.length + live.length + gone.length > 0);
  }

  /** Every reading that is kept at full rate, by time. */
  readings(point: string): readonly Noted[] {
    return this.#hours
      .flatMap(({ live, loose }) => [...live, ...loose])
      .filter((noted) => noted.point === point)
      .sort((a, b) => a.tenths - b.tenths);
  }

  minute(point: string, minute: number): NotedMinute | null {
    const ofMinute = (readings: readonly Batched[]): readonly Batched[] =>
      readings.filter((noted) => noted.point === point && Math.floor(noted.tenths / TENTHS_PER_MINUTE) === minute);
    const told = this.#hours
      .map(({ gone, live, loose }) => ({ isWhole: gone.length === 0, readings: ofMinute([...gone, ...live, ...loose]) }))
      .filter(({ readings }) => readings.length > 0);
    const all = told.flatMap(({ readings }) => readings);
    if (all.length === 0) return null;
    const values = all.map(({ value }) => value);
    const latest = Math.max(...all.map(({ tenths }) => tenths));
    const [last, ...others] = new Set(all.filter(({ tenths }) => tenths === latest).map(({ value }) => value));
    const isByTime = told.length === 1 && (told[0]?.isWhole === true || new Set(all.map(({ batch }) => batch)).size === 1);
    return {
      min: Math.min(...values),
      max: Math.max(...values),
      avg: values.reduce((sum, value) => sum + value, 0) / values.length,
      last: isByTime && others.length === 0 ? (last ?? null) : null,
    };
  }

  /** Minutes in which something was read under a clock that nobody trusted. */
  uncertain(): readonly number[] {
    const minutes = this.#hours
      .filter(({ clockTrusted }) => !clockTrusted)
      .flatMap(({ live, gone, loose }) => [...live, ...gone, ...loose].map(({ tenths }) => Math.floor(tenths / TENTHS_PER_MINUTE)));
    return [...new Set(minutes)].sort((a, b) => a - b);
  }

  #add(hour: number, readings: readonly Noted[], clockTrusted: boolean): void {
    this.#batch += 1;
    let found = this.#hours.find((one) => one.hour === hour && one.clockTrusted === clockTrusted);
    if (found === undefined) {
      found = { hour, clockTrusted, loose: [], live: [], gone: [], isPacked: false, isFull: false };
      this.#hours.push(found);
    }
    found.loose.push(...readings.map((noted) => ({ ...noted, batch: this.#batch })));
  }

  #pack(current: number): void {
    for (const hour of this.#hours)
      if (hour.hour !== current && hour.loose.length > 0) {
        hour.live.push(...hour.loose.splice(0));
        hour.isPacked = hour.isFull = true;
      }
  }

  #drop(): void {
    const packed = (isWanted: (hour: Hour) => boolean): readonly Hour[] =>
      this.#hours.filter(isWanted).sort((a, b) => a.hour - b.hour || Number(b.clockTrusted) - Number(a.clockTrusted));
    for (const hour of packed(({ isFull }) => isFull).slice(0, -this.#limits.fullHours)) {
      hour.gone.push(...hour.live.splice(0));
      hour.isFull = false;
    }
    for (let kept = packed(({ isPacked }) => isPacked); kept.length > this.#limits.hours; kept = packed(({ isPacked }) => isPacked)) {
      for (const hour of kept.filter((one) => one.hour === kept[0]?.hour)) {
        hour.live = [];
        hour.gone = [];
        hour.isPacked = hour.isFull = false;
      }
      this.#hours = this.#hours.filter(({ isPacked, loose }) => isPacked || loose.length > 0);
    }
  }
}
