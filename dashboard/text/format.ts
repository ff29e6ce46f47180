import type { PointView } from "../../firmware/contract/site.ts";
import type { Reading } from "../live/readings.ts";
import { language } from "./preferences.ts";
import { type Dictionary, said, t } from "./words.ts";

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

/** A number with the decimals a person needs, in the digits of the person's language; never "-0". */
export function formatNumber(value: number, digits: number): string {
  const rounded = Number(value.toFixed(digits));
  return new Intl.NumberFormat(language.value === "zh" ? "zh-CN" : "en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(rounded === 0 ? 0 : rounded);
}

/** What stands on the glass for a reading: number, state word, duration, or a dash. Without its unit. */
export function formatValue(point: PointView, value: number | null): string {
  if (value === null) return "—";
  if (point.kind === "state") {
    const word = point.states[value];
    return word === undefined ? "—" : said(word);
  }
  if (point.unit === "s") return formatDuration(value);
  if (point.unit === "B") return formatBytes(value);
  return formatNumber(value, point.digits);
}

/** The unit that goes with `formatValue`: durations, bytes and states carry theirs in the words. */
export function unitOf(point: PointView): string {
  return point.unit === "s" || point.unit === "B" || point.kind === "state" ? "" : point.unit;
}

/** Value and unit, for sentences. */
export function formatWithUnit(point: PointView, value: number | null): string {
  const unit = unitOf(point);
  return value === null || unit === "" ? formatValue(point, value) : `${formatValue(point, value)} ${unit}`;
}

function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${formatNumber(bytes / 1_000 ** power, power === 0 ? 0 : 1)} ${units[power]}`;
}

/** `38 分钟`, `2 小时`: the two seconds that a person has for it do not need more. */
export function formatDuration(seconds: number): string {
  const words = t.value;
  if (seconds < MINUTE_S) return words.seconds(Math.round(seconds));
  if (seconds < 2 * HOUR_S) return words.minutes(Math.round(seconds / MINUTE_S));
  return seconds < 2 * DAY_S ? words.hours(Math.round(seconds / HOUR_S)) : words.days(Math.round(seconds / DAY_S));
}

export function formatAge(ageMs: number): string {
  const words = t.value;
  const seconds = Math.max(0, Math.floor(ageMs / 1_000));
  if (seconds < 3) return words.ageNow;
  if (seconds < MINUTE_S) return words.ageSeconds(seconds);
  return seconds < HOUR_S ? words.ageMinutes(Math.floor(seconds / MINUTE_S)) : words.ageHours(Math.floor(seconds / HOUR_S));
}

const QUALITY_KEYS = {
  sentinel: "qSentinel",
  notANumber: "qNotANumber",
  outOfRange: "qOutOfRange",
  unknownState: "qUnknownState",
  noSuchObject: "qNoSuchObject",
  wrongType: "qWrongType",
  nothingToMeasure: "qNothingToMeasure",
  timeout: "qTimeout",
  garbled: "qGarbled",
  short: "qShort",
  foreign: "qForeign",
  exception: "qException",
  adapterMissing: "qAdapterMissing",
  refused: "qRefused",
  unresolved: "qUnresolved",
  cannotAsk: "qCannotAsk",
  stale: "qStale",
  never: "qNever",
} as const satisfies Readonly<Record<string, keyof Dictionary>>;

/** The word for a reason why there is no value; an unknown one stands for itself. */
function faultWord(reason: string): string {
  return reason in QUALITY_KEYS ? t.value[QUALITY_KEYS[reason as keyof typeof QUALITY_KEYS]] : reason;
}

/** Why there is no value, and for how long: `断线 3 分钟`. Empty for a good reading. */
export function formatQuality({ quality, lastGoodMs }: Reading, boxNowMs: number): string {
  if (quality === "good") return "";
  const word = faultWord(quality);
  if (lastGoodMs === null) return word;
  return `${word} ${formatDuration((boxNowMs - lastGoodMs) / 1_000)}`;
}

/** Clock times in the site's zone, 24 h, whatever the zone of the screen. */
export class SiteTime {
  readonly #clock: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    this.#seconds = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    this.#day = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  }

  /** `14:03` */
  clock(atMs: number): string {
    return this.#clock.format(atMs);
  }

  /** `14:03:07` */
  seconds(atMs: number): string {
    return this.#seconds.format(atMs);
  }

  /** `2026-11-21` */
  day(atMs: number): string {
    return this.#day.format(atMs);
  }

  /** `14:03`, with the day before it when it is not today. */
  since(atMs: number, nowMs: number): string {
    const day = this.day(atMs);
    return day === this.day(nowMs) ? this.clock(atMs) : `${day.slice(5)} ${this.clock(atMs)}`;
  }
}
