import type { ForecastView } from "../contract/forecast.ts";
import type { BatteryLook } from "./battery.ts";
import type { NoForecast } from "./crossing.ts";
import type { LimitFound } from "./limit-watch.ts";
import { numberText } from "./point-names.ts";
import { type Trust, widened } from "./prediction.ts";
import type { PredictionBook, Told } from "./prediction-book.ts";
import type { WearFound } from "./wear-watch.ts";
import {
  batteryBasis,
  batteryWearWords,
  batteryWords,
  filterWords,
  limitBasis,
  limitWords,
  reasonWords,
  recordWords,
  wearBasis,
} from "./words.ts";

const HOUR_MS = 3_600_000;
/** A band that is no wider than its estimate, and need not have been widened by more, is one to act on. */
const HIGH_BAND = 1;
const HIGH_WIDEN = 1.5;

/** What a look has come to: a forecast with the past of its kind behind it, or why there is none. */
export type Ahead =
  | { readonly outcome: "forecast"; readonly view: Omit<ForecastView, "madeAtMs">; readonly told: Told }
  | {
      readonly outcome: "none";
      readonly kind: ForecastView["kind"];
      readonly device: string;
      readonly point: string | null;
      readonly reason: NoForecast;
      /** It was made all the same, to be compared: forecasts for this are withheld. */
      readonly told: Told | null;
    };

type Figures = Pick<PredictionBook, "figures" | "trust">;
interface Band {
  readonly inMs: number;
  readonly earliestMs: number;
  readonly latestMs: number | null;
}
type Facts = Pick<ForecastView, "kind" | "device" | "point" | "unit" | "value" | "limit" | "direction" | "severity"> & {
  readonly key: string;
};

export function limitAhead({ point, rule, level, value, look }: LimitFound, book: Figures): Ahead {
  const facts = {
    ...{ key: limitKey(point.id, rule.type, level.limit), kind: "limit" as const, device: point.device.id, point: point.id },
    ...{ unit: point.unit, value, limit: level.limit, direction: rule.type, severity: level.severity },
  };
  if (look.outcome === "none") return none(facts, look.reason);
  const perHour = look.slope * HOUR_MS;
  const basis = limitBasis(look.windowMs, `${perHour > 0 ? "+" : "−"}${numberText(Math.abs(perHour), point.digits + 1, point.unit)}`);
  return ahead(facts, look, book, (band) => limitWords(point.words, point.text(level.limit), level.severity, band), basis);
}

export const limitKey = (point: string, type: "high" | "low", limit: number): string => `limit ${point} ${type} ${limit}`;
export const batteryKey = (device: string): string => `battery ${device}`;
const wearKey = ({ kind, device, point }: WearFound): string => `${kind} ${point?.id ?? device.id}`;

export function batteryAhead(device: WearFound["device"], look: BatteryLook, charge: number | null, book: Figures): Ahead {
  const limit = look.outcome === "left" ? look.emptyAt : 0;
  const facts = {
    ...{ key: batteryKey(device.id), kind: "battery" as const, device: device.id, point: null },
    ...{ unit: "%", value: charge, limit, direction: "low" as const, severity: null },
  };
  if (look.outcome === "none") return none(facts, look.reason);
  return ahead(facts, look, book, (band) => batteryWords(device.name, { ...look, ...band }), batteryBasis(look), look.by === "told");
}

export function wearAhead(found: WearFound, book: Figures): Ahead {
  const { kind, device, point, unit, direction, look } = found;
  const facts = {
    key: wearKey(found),
    kind,
    device: device.id,
    point: point?.id ?? null,
    unit,
    value: null,
    limit: 0,
    direction,
    severity: null,
  };
  if (look.outcome === "none") return none(facts, look.reason);
  const text = (value: number): string => numberText(value, 0, unit);
  const words = (band: Band) =>
    kind === "filter"
      ? filterWords(device.name, text(look.limit), band)
      : batteryWearWords(device.name, text(look.value), text(look.limit), band);
  return ahead({ ...facts, value: look.value, limit: look.limit }, look, book, words, wearBasis(kind, look.count, look.spanMs));
}

function none({ kind, device, point }: Facts, reason: NoForecast): Ahead {
  return { outcome: "none", kind, device, point, reason, told: null };
}

function ahead(
  facts: Facts,
  raw: Band,
  book: Figures,
  words: (band: Band) => ForecastView["text"],
  basis: ForecastView["basis"],
  isDoubtful = false,
): Ahead {
  const { key, kind, device, point, unit, value, limit, direction, severity } = facts;
  const trust = book.trust(key, kind);
  const band = widened({ inMs: raw.inMs, earliestMs: raw.earliestMs, latestMs: raw.latestMs }, trust);
  const told: Told = { key, kind, device, point, limit, direction, ...raw3(raw), shown: !trust.withheld };
  if (trust.withheld) return { outcome: "none", kind, device, point, reason: "withheld", told };
  const record = book.figures(key);
  return {
    outcome: "forecast",
    told,
    view: {
      ...{ id: key, kind, device, point, unit, value, limit, direction, severity },
      ...band,
      confidence: isDoubtful ? "low" : confidenceOf(band, trust),
      text: words(band),
      basis,
      record,
      recordText: recordWords(record, trust),
    },
  };
}

/** The band as the look found it: the past is compared with that, or bands would widen themselves for ever. */
const raw3 = ({ inMs, earliestMs, latestMs }: Band): Band => ({ inMs, earliestMs, latestMs });

function confidenceOf({ inMs, earliestMs, latestMs }: Band, { widen }: Trust): ForecastView["confidence"] {
  if (latestMs === null) return "low";
  return latestMs - earliestMs <= HIGH_BAND * inMs && widen <= HIGH_WIDEN ? "high" : "medium";
}

/** What is said of something without a forecast. */
export function withoutView({ kind, device, point, reason }: Extract<Ahead, { outcome: "none" }>) {
  return { kind, device, point, reason, text: reasonWords(kind, reason) };
}
