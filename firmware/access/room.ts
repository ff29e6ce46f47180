import type { ReadReport } from "../../drivers/driver.ts";
import { isGood, QUALITY, type Readings } from "../../drivers/reading.ts";
import { mover, type Restamp } from "../alarms/restamp.ts";
import type { AccessEntry, AccessView, Direction, DoorView, NewAccessEntry } from "../contract/access.ts";
import type { AccessMemory, AccessReader } from "../journal/journal.ts";
import type { Clock } from "../platform/clock.ts";
import type { Moment } from "../points/table.ts";
import type { Door, Site } from "../site/model.ts";
import { type DoorBefore, type DoorVerdict, DoorWatch, UNWATCHED_MS } from "./door-watch.ts";
import type { HolderBook } from "./holders.ts";
import { afterEntry, insideNow, NOBODY_INSIDE, type Presence } from "./presence.ts";
import { type Counting, cardNumber, countingShown, hearReader, type ReaderMemory, seeReader } from "./reader-watch.ts";
import { type DeviceWiring, type ReaderWiring, stateOf, wiringOf } from "./wiring.ts";

export interface AccessParts {
  readonly site: Pick<Site, "devices" | "doors" | "timezone">;
  readonly memory: AccessMemory;
  /** Keys of the alarms that the journal says are active. */
  readonly active: ReadonlySet<string>;
  readonly holders: Pick<HolderBook, "verdict">;
  readonly clock: Pick<Clock, "monotonicMs" | "wallMs" | "wallTrusted">;
  /** What doors and readers said, for the journal. */
  write(entries: readonly NewAccessEntry[], readers: readonly AccessReader[]): void;
  alarm(key: string, active: boolean): void;
}

/** The last card that was let through a door: whoever opens it then is taken to be its holder. */
interface Granted {
  readonly atMs: number;
  readonly entry: NewAccessEntry;
}

interface DoorState {
  readonly door: Door;
  readonly watch: DoorWatch;
  changedAtMs: number | null;
  granted: Granted | null;
}

interface ReaderState {
  memory: ReaderMemory | null;
  seenMs: number | null;
  seenWallMs: number | null;
  counting: Counting;
}

const GRANTED = stateOf("access.result", "granted");
const INWARD = stateOf("access.direction", "in");
const OPEN = stateOf("door.contact", "open");
const PRESSED = stateOf("door.exit", "pressed");

/** The doors of a room: readings become lines of the entry log, who is inside, and alarms. */
export class AccessRoom {
  readonly #parts: AccessParts;
  readonly #wiring: ReadonlyMap<number, DeviceWiring>;
  readonly #doors: ReadonlyMap<string, DoorState>;
  readonly #readers = new Map<string, ReaderState>();
  /** Monotonic time of the last good reading of each exit button. */
  readonly #buttons = new Map<string, number>();
  readonly #areasWithReaderOut: ReadonlySet<string>;
  #presence: Presence = NOBODY_INSIDE;

  constructor(parts: AccessParts) {
    const { site, memory, active, clock } = parts;
    this.#parts = parts;
    this.#wiring = wiringOf(site);
    this.#doors = new Map(
      site.doors.map((door) => {
        const last = memory.contacts.find((entry) => entry.door === door.id);
        return [door.id, doorState(door, last, active, { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() })];
      }),
    );
    const countings = new Map([...this.#wiring.values()].map(({ reader }) => [reader?.device, reader?.counting]));
    for (const { device, counter, blank, atMs } of memory.readers) {
      const counting = countings.get(device) ?? "events";
      this.#readers.set(device, { memory: { counter, blank }, seenMs: null, seenWallMs: atMs, counting });
    }
    const leads = site.doors.filter(({ readers }) => readers.some(({ direction }) => direction !== "in"));
    this.#areasWithReaderOut = new Set(leads.map(({ area }) => area));
    for (const entry of memory.recent) this.took(entry);
  }

  /** What one read of a device brought. Card numbers are taken out of the readings: they belong into the entry log only. */
  take(device: number, readings: Readings, report: Pick<ReadReport, "answered" | "eventsLost">, now: Moment): void {
    const wired = this.#wiring.get(device);
    if (wired === undefined) return;
    if (report.answered) {
      if (wired.exit !== null) this.#button(wired.exit.door, valueAt(readings, wired.exit.column), now);
      if (wired.reader !== null) this.#card(wired.reader, readings, report.eventsLost === true, now);
      if (wired.contact !== null) this.#contact(wired.contact.door, valueAt(readings, wired.contact.column), now);
    }
    for (const column of wired.cards) {
      readings.values[column] = Number.NaN;
      readings.qualities[column] = QUALITY.sentinel;
    }
  }

  tick(now: Moment): void {
    for (const state of this.#doors.values()) this.#judged(state, state.watch.tick(now.monotonicMs), null, now);
  }

  /** An entry of the log, also one that a person made: who is inside follows from the entries alone. */
  took(entry: Pick<AccessEntry, keyof NewAccessEntry>): void {
    this.#presence = afterEntry(this.#presence, entry, (area) => area !== null && this.#areasWithReaderOut.has(area));
  }

  /** The time of day became known: who came in this boot came at another time than was told. */
  restamp(by: Restamp): void {
    const moved = mover(by, new Set());
    const right = <Time extends number | null>(atMs: Time): Time | number => (atMs === null ? atMs : moved(atMs));
    const inside = [...this.#presence.inside].map(([key, one]) => [key, { ...one, sinceMs: moved(one.sinceMs) }] as const);
    this.#presence = { ...this.#presence, inside: new Map(inside) };
    for (const state of this.#doors.values()) state.changedAtMs = right(state.changedAtMs);
    for (const reader of this.#readers.values()) reader.seenWallMs = right(reader.seenWallMs);
  }

  view(): AccessView {
    const { unknownExits, missed } = this.#presence;
    const inside = insideNow(this.#presence, this.#parts.clock.wallMs()).toSorted((a, b) => a.sinceMs - b.sinceMs);
    return { doors: [...this.#doors.values()].map(doorView), inside, unknownExits, missed };
  }

  #doorOf(door: Door): DoorState {
    const state = this.#doors.get(door.id);
    if (state === undefined) throw new Error(`no door ${door.id}`);
    return state;
  }

  #card(wired: ReaderWiring, readings: Readings, eventsLost: boolean, now: Moment): void {
    const { columns, device } = wired;
    const counter = valueAt(readings, columns.counter);
    if (counter === null) return;
    const card = cardNumber(valueAt(readings, columns.card) ?? 0, valueAt(readings, columns.high) ?? 0);
    const reader = this.#readers.get(device) ?? { memory: null, seenMs: null, seenWallMs: null, counting: wired.counting };
    this.#readers.set(device, reader);
    const sight = { counter, blank: card === null };
    reader.counting = countingShown(reader.memory, sight, reader.counting);
    const { fresh, missed, memory } =
      reader.counting === "told"
        ? hearReader(reader.memory, sight, eventsLost)
        : seeReader(reader.memory, sight, reader.counting, wired.modulus);
    const watched = reader.seenMs !== null && now.monotonicMs - reader.seenMs <= UNWATCHED_MS;
    const sinceMs = watched ? null : reader.seenWallMs;
    const entries: NewAccessEntry[] = [];
    if (missed !== 0) entries.push({ ...this.#blank(wired.door, "missed", now), source: "controller", device, count: missed, sinceMs });
    if (fresh && card !== null) entries.push(this.#carded(wired, card, readings, sinceMs, now));
    const isNews = reader.memory?.counter !== memory.counter;
    reader.memory = memory;
    reader.seenMs = now.monotonicMs;
    reader.seenWallMs = now.wallMs;
    if (isNews || entries.length > 0) this.#record(entries, [{ device, ...memory, atMs: now.wallMs }]);
  }

  /** One card at one reader: whose it is, and whether it was let through. */
  #carded(wired: ReaderWiring, card: string, readings: Readings, sinceMs: number | null, now: Moment): NewAccessEntry {
    const { door, columns } = wired;
    const { holder, reason } = this.#parts.holders.verdict(card, now.wallMs, this.#parts.site.timezone);
    const told = columns.result < 0 ? null : valueAt(readings, columns.result);
    const unreadable = columns.result >= 0 && told === null;
    const granted = columns.result < 0 ? reason === null : told === GRANTED;
    const state = this.#doorOf(door);
    const entry: NewAccessEntry = {
      ...this.#blank(door, granted ? "granted" : "denied", now),
      ...{ sinceMs, card, device: wired.device, person: holder?.name ?? null, company: holder?.company ?? null },
      direction: this.#direction(wired, readings),
      source: columns.result < 0 ? "register" : "controller",
      reason: unreadable ? "verdictUnreadable" : granted || columns.result >= 0 ? null : reason,
    };
    if (granted) {
      state.watch.allow(now.monotonicMs);
      state.granted = { atMs: now.monotonicMs, entry };
    } else this.#judged(state, state.watch.deny(now.monotonicMs), null, now);
    return entry;
  }

  #direction({ direction, columns }: ReaderWiring, readings: Readings): Direction | null {
    if (direction !== "told") return direction;
    const value = valueAt(readings, columns.direction);
    return value === null ? null : value === INWARD ? "in" : "out";
  }

  #button({ id, exitButton }: Door, value: number | null, now: Moment): void {
    if (value === null || exitButton === null) return;
    this.#buttons.set(exitButton, now.monotonicMs);
    if (value === PRESSED) this.#doors.get(id)?.watch.allow(now.monotonicMs);
  }

  #contact(door: Door, value: number | null, now: Moment): void {
    if (value === null) return;
    const state = this.#doorOf(door);
    this.#judged(state, state.watch.contact(value === OPEN, now.monotonicMs, this.#isBlind(door, now)), door.contact, now);
  }

  /** Whether a card or a push of the button may have gone unheard: then an opening proves nothing. */
  #isBlind({ readers, exitButton }: Door, now: Moment): boolean {
    const unheard = (atMs: number | null | undefined): boolean => atMs == null || now.monotonicMs - atMs > UNWATCHED_MS;
    return (
      readers.some(({ device }) => unheard(this.#readers.get(device)?.seenMs)) ||
      (exitButton !== null && unheard(this.#buttons.get(exitButton)))
    );
  }

  #judged(state: DoorState, { events, alarms }: DoorVerdict, device: string | null, now: Moment): void {
    const { door } = state;
    const entries = events.map((event): NewAccessEntry => {
      const entry = { ...this.#blank(door, event.kind, now), device: device ?? door.contact };
      if (event.kind === "opened") {
        const { granted } = state;
        const by = granted !== null && now.monotonicMs - granted.atMs <= door.cardOpensForMs ? granted.entry : null;
        const who = { card: by?.card ?? null, person: by?.person ?? null, company: by?.company ?? null, direction: by?.direction ?? null };
        const opened = { ...entry, ...who, sinceMs: event.watched ? null : state.changedAtMs };
        state.changedAtMs = now.wallMs;
        return opened;
      }
      if (event.kind !== "closed") return entry;
      const closed = { ...entry, durationMs: event.openMs, sinceMs: event.watched ? null : state.changedAtMs };
      state.changedAtMs = now.wallMs;
      return closed;
    });
    this.#record(entries, []);
    for (const { type, active } of alarms) {
      const key = door.alarms[type];
      if (key !== null) this.#parts.alarm(key, active);
    }
  }

  #record(entries: readonly NewAccessEntry[], readers: readonly AccessReader[]): void {
    if (entries.length === 0 && readers.length === 0) return;
    for (const entry of entries) this.took(entry);
    this.#parts.write(entries, readers);
  }

  #blank({ id, area }: Door, kind: NewAccessEntry["kind"], { wallMs }: Moment): NewAccessEntry {
    return { ...EMPTY_ENTRY, atMs: wallMs, clockTrusted: this.#parts.clock.wallTrusted(), kind, door: id, area };
  }
}

export const EMPTY_ENTRY = {
  ...{ sinceMs: null, door: null, area: null, direction: null, card: null, person: null, company: null, source: "contact", reason: null },
  ...{ device: null, subject: null, note: "", count: null, durationMs: null, by: null },
} as const satisfies Omit<NewAccessEntry, "atMs" | "clockTrusted" | "kind">;

function valueAt({ values, qualities }: Readings, column: number): number | null {
  return column >= 0 && isGood(qualities[column] as number) ? (values[column] as number) : null;
}

function doorState(
  door: Door,
  last: AccessEntry | undefined,
  active: ReadonlySet<string>,
  now: { monotonicMs: number; wallMs: number },
): DoorState {
  const times = {
    openTooLongMs: door.openTooLongMs,
    allowedMs: door.cardOpensForMs,
    denials: door.refusals,
    judgesForce: door.judgesForce,
  };
  const leftOpenTold = last?.kind === "leftOpen";
  const openMs = last === undefined ? 0 : Math.max(0, now.wallMs - last.atMs) + (leftOpenTold ? door.openTooLongMs : 0);
  const before: DoorBefore | null = last === undefined ? null : { open: last.kind !== "closed", openMs, leftOpenTold };
  const { forced, denied } = door.alarms;
  const live = { forced: forced !== null && active.has(forced), denied: denied !== null && active.has(denied) };
  const changedAtMs = last === undefined ? null : leftOpenTold ? last.atMs - door.openTooLongMs : last.atMs;
  return { door, watch: new DoorWatch(times, before, live, now.monotonicMs), changedAtMs, granted: null };
}

function doorView({ door, watch, changedAtMs }: DoorState): DoorView {
  const { id, name, area, readers, contact } = door;
  const state = watch.open === null ? "unknown" : watch.open ? "open" : "closed";
  const since = state === "unknown" ? null : changedAtMs;
  return { id, name, area, state, sinceMs: since, leftOpen: watch.leftOpen, forced: watch.forced, readers: [...readers], contact };
}
