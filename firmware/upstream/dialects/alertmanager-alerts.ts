import type { IncidentEvent } from "../../incidents/event.ts";
import { actLine } from "../act-words.ts";
import { oneLine } from "../body.ts";

/** Without news Alertmanager holds an alert for over after this long; it is told again four times as often. */
const FIRING_FOR_MS = 240_000;
/** A replica that was away for a moment hears of the end, too. */
const ENDED_TOLD_FOR_MS = 300_000;
const TEXT_MAX = 1_000;
/** In the past by any clock: for a box that does not know what time it is. */
const LONG_AGO = "1970-01-01T00:00:01.000Z";

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface AlertStyle {
  readonly language: "zh" | "en";
  /** The name of this box. */
  readonly gateway: string;
}

/** Now by both clocks; `isTrusted`: whether the time of day may be told to others. */
export interface AlertTime {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly isTrusted: boolean;
}

interface Ended {
  readonly event: IncidentEvent;
  readonly at: AlertTime;
}

/**
 * What Alertmanager holds of us. An alert is known by its labels, all of them: so they are of what never changes in an incident, but
 * for the severity, which receivers route by; when that changes, the alert of before ends and another begins.
 */
export class ToldAlerts {
  readonly #style: AlertStyle;
  /** The newest event of each incident, by its key. */
  readonly #firing = new Map<string, IncidentEvent>();
  readonly #ended = new Map<string, Ended>();
  /** Told since the last beat; whoever asks for that beat may not know of it yet. */
  readonly #news = new Set<string>();

  constructor(style: AlertStyle) {
    this.#style = style;
  }

  /** @returns what is to be told of an event. */
  take(event: IncidentEvent, at: AlertTime): readonly Alert[] {
    const before = this.#firing.get(event.key);
    const isOver = event.state === "clear";
    const ends = [...(before !== undefined && before.severity !== event.severity ? [before] : []), ...(isOver ? [event] : [])];
    for (const ended of ends) this.#ended.set(labelsId(ended), { event: ended, at });
    if (isOver) this.#firing.delete(event.key);
    else this.#fire(event);
    this.#news.add(event.key);
    return [...ends.map((ended) => this.#endedAlert(ended, at, at)), ...(isOver ? [] : [this.#firingAlert(event, at)])];
  }

  /** @returns everything that holds, and what has ended of late. `live`: the last event that the target took of every incident. */
  beat(live: readonly IncidentEvent[], at: AlertTime): readonly Alert[] {
    for (const [id, { at: ended }] of this.#ended) if (at.monotonicMs - ended.monotonicMs > ENDED_TOLD_FOR_MS) this.#ended.delete(id);
    const mine = new Set(live.map(({ key }) => key));
    for (const key of this.#firing.keys()) if (!mine.has(key) && !this.#news.has(key)) this.#firing.delete(key);
    this.#news.clear();
    const over = [...this.#ended.values()];
    for (const event of live) {
      const newer = this.#firing.get(event.key)?.sequence ?? 0;
      const isOver = over.some(
        ({ event: { key, state, sequence } }) => key === event.key && state === "clear" && sequence >= event.sequence,
      );
      if (event.state !== "clear" && event.sequence > newer && !isOver) this.#fire(event);
    }
    return [
      ...[...this.#ended.values()].map((ended) => this.#endedAlert(ended.event, ended.at, at)),
      ...[...this.#firing.values()].map((event) => this.#firingAlert(event, at)),
    ];
  }

  #fire(event: IncidentEvent): void {
    this.#firing.set(event.key, event);
    this.#ended.delete(labelsId(event));
  }

  #firingAlert(event: IncidentEvent, { isTrusted, wallMs }: AlertTime): Alert {
    const until = isTrusted ? { endsAt: iso(wallMs + FIRING_FOR_MS) } : {};
    return { ...this.#told(event), ...startOf(event, isTrusted, wallMs), ...until };
  }

  #endedAlert(event: IncidentEvent, ended: AlertTime, { isTrusted }: AlertTime): Alert {
    if (!isTrusted || !ended.isTrusted) return { ...this.#told(event), endsAt: LONG_AGO };
    return { ...this.#told(event), ...startOf(event, true, ended.wallMs), endsAt: iso(ended.wallMs) };
  }

  #told(event: IncidentEvent): Pick<Alert, "labels" | "annotations"> {
    return { labels: { ...labelsOf(event), gateway: this.#style.gateway }, annotations: annotationsOf(event, this.#style) };
  }
}

/** Alertmanager takes no alert that ends before it begins: what began at a time that nobody trusts begins when it is heard of. */
function startOf(event: IncidentEvent, isTrusted: boolean, wallMs: number): Pick<Alert, "startsAt"> {
  return isTrusted && event.clockTrusted && Date.parse(event.firstAt) <= wallMs ? { startsAt: event.firstAt } : {};
}

function labelsOf({ key, severity }: Pick<IncidentEvent, "key" | "severity">): Readonly<Record<string, string>> {
  const [site = "", room = "", device = "", ...rest] = key.split("/");
  const type = rest.pop() ?? "";
  const point = rest.join("/");
  const alertname = camel(point === "-" ? `${device} ${type}` : `${point} ${type}`);
  return filled({ alertname, site, room, device, point: point === "-" ? "" : point, type, severity });
}

function labelsId(event: IncidentEvent): string {
  return `${event.key} ${event.severity}`;
}

/** `ambient.temperature high` → `AmbientTemperatureHigh` */
function camel(text: string): string {
  const parts = text.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "");
  return parts.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
}

function annotationsOf(event: IncidentEvent, { language }: AlertStyle): Readonly<Record<string, string>> {
  const { service, assignee, by, value, limit, unit } = event;
  const measured = (amount: number | null): string => (amount === null ? "" : `${amount} ${unit}`.trim());
  const texts = {
    summary: language === "zh" ? event.textZh : event.textEn,
    description: event.state === "clear" ? "" : language === "zh" ? event.actionZh : event.actionEn,
    incident: event.number ?? "",
    value: measured(value),
    limit: measured(limit),
    alarms: String(event.alarms),
    location: service?.location[language] ?? "",
    acknowledged_by: by ?? "",
    assignee: assignee ?? "",
    done: actLine(event, language),
  };
  return filled(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, oneLine(text, TEXT_MAX)])));
}

/** To Alertmanager an empty text is none. */
function filled(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
