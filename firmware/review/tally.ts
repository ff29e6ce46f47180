import type { AlarmRecord, Severity, Words } from "../contract/alarm.ts";
import type { Actor } from "../contract/review.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { AlarmEvent } from "./event.ts";
import { CHATTER_MS, CHATTER_RINGS, FLEETING_DELAYS, FLOOD_WINDOW_MS, STALE_MS } from "./targets.ts";

const HOUR_MS = 3_600_000;

/** What is counted: from one moment to before another, by the wall clock. */
export interface TallySpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Of one alarm. */
interface Known {
  readonly key: string;
  readonly device: string;
  readonly point: string | null;
  text: Words;
  raised: number;
  fleeting: number;
  chatters: boolean;
  /** Its last rings, as many as chattering needs. */
  readonly rings: number[];
  /** Rang in the span and nobody has acknowledged since. */
  waitsSinceMs: number | null;
  /** Undefined: not known yet; null: it is not active. */
  activeSinceMs: number | null | undefined;
  standsMs: number;
  state: AlarmRecord["state"] | null;
}

export type Silence = "shelved" | "suppressed" | "outOfService";
const SILENCES: Readonly<Partial<Record<AlarmRecord["state"], Silence>>> = { E: "shelved", F: "suppressed", G: "outOfService" };

/** Sums of a span. */
export interface Sums {
  readonly raised: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly hours: readonly number[];
  /** What rang in each ten minutes. */
  readonly windows: readonly number[];
  readonly acknowledgedAfterMs: readonly number[];
  readonly unacknowledged: number;
  readonly silenced: Readonly<Record<Silence, number>>;
  readonly messages: number;
  readonly incidentsTold: number;
  readonly uncertain: number;
  readonly actors: readonly Actor[];
}

/**
 * Counts the events of a span as they come, in the order of the journal; what it keeps grows with the alarms of the site and the rings of
 * the span, not with what is in the records. `onDelayMs` is that of an alarm's rule today, null where the rule is gone.
 */
export class Tally {
  readonly #span: TallySpan;
  readonly #onDelayMs: (key: string) => number | null;
  readonly #alarms = new Map<string, Known>();
  readonly #bySeverity = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  readonly #silenced: Record<Silence, number> = { shelved: 0, suppressed: 0, outOfService: 0 };
  readonly #hours: number[];
  readonly #windows: number[];
  readonly #acknowledgedAfterMs: number[] = [];
  readonly #told = new Set<string>();
  #raised = 0;
  #messages = 0;
  #uncertain = 0;

  constructor(span: TallySpan, onDelayMs: (key: string) => number | null) {
    this.#span = span;
    this.#onDelayMs = onDelayMs;
    const places = (stepMs: number): number[] => new Array<number>(Math.max(0, Math.ceil((span.toMs - span.fromMs) / stepMs))).fill(0);
    this.#hours = places(HOUR_MS);
    this.#windows = places(FLOOD_WINDOW_MS);
  }

  /** An event of the span. */
  add(event: AlarmEvent): void {
    const alarm = this.#of(event);
    if (!event.certain) this.#uncertain += 1;
    if (event.messages > 0) {
      this.#messages += event.messages;
      this.#told.add(event.incident);
    }
    const silence = SILENCES[event.state];
    if (silence !== undefined && alarm.state !== event.state) this.#silenced[silence] += 1;
    alarm.state = event.state;
    if (event.cause === "raise") this.#ring(alarm, event, silence !== undefined);
    else this.#follow(alarm, event);
  }

  /** An event after the span: what became of its alarms. */
  addLater(event: AlarmEvent): void {
    if (event.cause === "raise" && event.raiseCount <= 1 && event.raisedAtMs >= this.#span.toMs) return;
    const alarm = this.#of(event);
    if (event.cause === "raise") {
      // It ended meanwhile, or rings worse: in both cases the ring of the span was never answered before this one.
      if (alarm.activeSinceMs === undefined) alarm.activeSinceMs = null;
    } else this.#follow(alarm, event);
  }

  /** @param live what is active now, so that an alarm that did nothing in the span is seen too. */
  sums(live: readonly AlarmRecord[]): Sums {
    for (const record of live) this.#stillActive(record);
    const { toMs } = this.#span;
    let unacknowledged = 0;
    for (const alarm of this.#alarms.values()) {
      if (alarm.waitsSinceMs !== null) unacknowledged += 1;
      if (typeof alarm.activeSinceMs === "number") this.#stood(alarm, toMs);
    }
    return {
      ...{ raised: this.#raised, bySeverity: this.#bySeverity, hours: this.#hours, windows: this.#windows },
      ...{ acknowledgedAfterMs: this.#acknowledgedAfterMs, unacknowledged, silenced: this.#silenced },
      ...{ messages: this.#messages, incidentsTold: this.#told.size, uncertain: this.#uncertain },
      actors: [...this.#alarms.values()].map((alarm) => this.#actorOf(alarm)).sort(worstFirst),
    };
  }

  #of(event: AlarmEvent): Known {
    const known = this.#alarms.get(event.key);
    if (known !== undefined) return known;
    const alarm: Known = {
      ...{ key: event.key, device: event.device, point: event.point, text: event.text },
      ...{ raised: 0, fleeting: 0, chatters: false, rings: [], waitsSinceMs: null, standsMs: 0, state: null },
      // Its first ring may lie before the span; where it rang again since, nobody knows when.
      activeSinceMs: event.cause === "raise" || event.raiseCount > 1 ? undefined : event.raisedAtMs,
    };
    this.#alarms.set(event.key, alarm);
    return alarm;
  }

  #ring(alarm: Known, event: AlarmEvent, isSilent: boolean): void {
    const { atMs, severity, text } = event;
    alarm.activeSinceMs ??= atMs;
    alarm.text = text;
    if (isSilent) return;
    this.#raised += 1;
    this.#bySeverity[severity] += 1;
    alarm.raised += 1;
    alarm.waitsSinceMs ??= atMs;
    count(this.#hours, (atMs - this.#span.fromMs) / HOUR_MS);
    count(this.#windows, (atMs - this.#span.fromMs) / FLOOD_WINDOW_MS);
    alarm.rings.push(atMs);
    if (alarm.rings.length > CHATTER_RINGS) alarm.rings.shift();
    if (alarm.rings.length === CHATTER_RINGS && atMs - (alarm.rings[0] as number) <= CHATTER_MS) alarm.chatters = true;
  }

  #follow(alarm: Known, { cause, atMs, key, state }: AlarmEvent): void {
    if (cause === "acknowledge" && alarm.waitsSinceMs !== null) {
      this.#acknowledgedAfterMs.push(Math.max(0, atMs - alarm.waitsSinceMs));
      alarm.waitsSinceMs = null;
    }
    // What was set aside and had ended before is over without another word.
    if (cause !== "clear" && state === "A") alarm.activeSinceMs = null;
    if (cause !== "clear") return;
    if (typeof alarm.activeSinceMs === "number" && atMs < this.#span.toMs) {
      const onDelayMs = this.#onDelayMs(key);
      const isInside = alarm.activeSinceMs >= this.#span.fromMs;
      if (isInside && onDelayMs !== null && atMs - alarm.activeSinceMs < FLEETING_DELAYS * onDelayMs) alarm.fleeting += 1;
    }
    this.#stood(alarm, Math.min(atMs, this.#span.toMs));
    alarm.activeSinceMs = null;
  }

  #stood(alarm: Known, untilMs: number): void {
    if (typeof alarm.activeSinceMs !== "number") return;
    const stoodMs = untilMs - alarm.activeSinceMs;
    if (stoodMs > STALE_MS) alarm.standsMs = Math.max(alarm.standsMs, stoodMs);
  }

  #stillActive(record: AlarmRecord): void {
    const { key, device, point, text, clearedAtMs, raisedAtMs, raiseCount, changedAtMs, state } = record;
    if (clearedAtMs !== null || this.#alarms.has(key)) return;
    const activeSinceMs = raiseCount > 1 ? changedAtMs : raisedAtMs;
    if (activeSinceMs >= this.#span.toMs) return;
    this.#alarms.set(key, {
      ...{ key, device, point, text, raised: 0, fleeting: 0, chatters: false, rings: [] },
      ...{ waitsSinceMs: null, activeSinceMs, standsMs: 0, state },
    });
  }

  #actorOf({ key, device, point, text, raised, fleeting, chatters, standsMs }: Known): Actor {
    const share = this.#raised === 0 ? 0 : raised / this.#raised;
    return { key, device, point, text, raised, share, fleeting, chatters, standsMs: standsMs === 0 ? null : standsMs };
  }
}

/** A place beyond the end is a clock that was put right into another hour. */
function count(places: number[], place: number): void {
  const at = Math.floor(place);
  if (at >= 0 && at < places.length) places[at] = (places[at] as number) + 1;
}

function worstFirst(a: Actor, b: Actor): number {
  return b.raised - a.raised || (a.key < b.key ? -1 : 1);
}
