/**
 * Who is read next on one wire. Pure: time is an argument. Living devices keep a fixed grid (a late poll does not move the next), and of
 * those that are due the one goes first whose round ends first. A device that failed three times running is only probed: in time that
 * nobody wants often enough to be seen soon after it comes back, in time that others want ever more rarely. All probes together take at
 * most one part in twenty of a wire that has living ones, so that the dead do not slow the living.
 */
export const FAILURES_BEFORE_BACKOFF = 3;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 300_000;
/** In time that nobody wants, a silent device waits no longer than this, if the other probes leave it room. */
const SPARE_BACKOFF_MAX_MS = 15_000;
/**
 * After a probe that cost T, the next one waits 40 × T while others on the wire live: a serial line is listened to for another T, in which
 * a late answer may still come.
 */
const PROBE_SPACING = 40;
/** Between two reads of a device that asks for them itself. */
const HASTE_REST_MS = 500;
/** How long a wire without its adapter rests before it is opened again. */
const REOPEN_FIRST_MS = 1_000;
const REOPEN_MAX_MS = 15_000;

/**
 * Places within a period: few, so that wires share a place and the processor wakes once for all of them; but their answers come together,
 * too, and are judged in one go, which others wait for: so many wires share a place at most.
 */
const PLACES_MIN = 4;
const WIRES_PER_PLACE = 16;

/** When a wire's schedule began, and where in the period it stands, 0 ≤ phase < 1. */
export interface Grid {
  readonly startMs: number;
  readonly phase: number;
}

/** The grid of one wire among those of a box, which all begin together. */
export function gridOf(wire: number, wires: number, startMs: number): Grid {
  const places = Math.max(PLACES_MIN, Math.ceil(wires / WIRES_PER_PLACE));
  return { startMs, phase: Math.floor((wire * places) / wires) / places };
}

interface Slot {
  readonly periodMs: number;
  dueMs: number;
  /** When it was read last: of two that are due, the one that has waited longer goes first. */
  servedMs: number;
  failures: number;
  /** Of a silent device: when it is tried next if nobody wants the wire. */
  spareMs: number;
  /** A silent device that is tried soon, whatever probes may take: the wire has just come back. */
  recalled: boolean;
}

const isSilent = ({ failures }: Slot): boolean => failures >= FAILURES_BEFORE_BACKOFF;

/** What to do now: read a device, or wait. */
export type Next = { readonly kind: "read"; readonly device: number } | { readonly kind: "wait"; readonly ms: number };

export type ReadOutcome = "answered" | "silent" | "adapterMissing";

export class BusSchedule {
  readonly #slots: Slot[];
  readonly #startMs: number;
  readonly #phase: number;
  #probeAllowedMs = 0;
  #reopenMs = 0;
  #reopenTries = 0;
  /** The adapter was missing, and nobody has answered since. */
  #away = false;
  /** Those that are recalled answer: they go before the living, until one of them does not. */
  #recalling = false;

  /**
   * All devices are due at once, so that the room is seen at once; the second round is spread over the period.
   * @param phase where in the period this wire stands among the wires of the box, 0 ≤ phase < 1.
   */
  constructor(periodsMs: readonly number[], startMs: number, phase: number) {
    this.#startMs = startMs;
    this.#phase = phase;
    this.#slots = periodsMs.map((periodMs) => ({
      ...{ periodMs, dueMs: startMs, servedMs: Number.NEGATIVE_INFINITY, failures: 0 },
      ...{ spareMs: startMs, recalled: false },
    }));
  }

  next(nowMs: number): Next {
    if (nowMs < this.#reopenMs) return { kind: "wait", ms: Math.ceil(this.#reopenMs - nowMs) };
    let living = -1;
    let probe = -1;
    let spare = -1;
    for (let device = 0; device < this.#slots.length; device += 1) {
      if (!isSilent(this.#slots[device] as Slot)) living = this.#sooner(living, device, nowMs);
      else {
        probe = this.#longerSilent(probe, device, (each) => Math.max(this.#dueOf(each), nowMs));
        spare = this.#longerSilent(spare, device, (each) => Math.max(this.#spareOf(each), nowMs));
      }
    }
    const livingMs = this.#dueOf(living);
    const probeMs = Math.max(this.#dueOf(probe), this.#probeAllowedMs);
    const spareMs = this.#spareOf(spare);
    if (probe >= 0 && probeMs <= nowMs) return { kind: "read", device: probe };
    if (this.#recalling && this.#slots[spare]?.recalled === true) return { kind: "read", device: spare };
    if (living >= 0 && livingMs <= nowMs) return { kind: "read", device: living };
    if (spare >= 0 && spareMs <= nowMs) return { kind: "read", device: spare };
    // Whole milliseconds: a timer rounds down, and to wake too early is to wake twice.
    return { kind: "wait", ms: Math.ceil(Math.min(livingMs, probeMs, spareMs) - nowMs) };
  }

  /** Says how a read went. `startedMs`…`nowMs` is the time that the wire was taken. */
  done(device: number, outcome: ReadOutcome, startedMs: number, nowMs: number): void {
    const slot = this.#slots[device] as Slot;
    slot.servedMs = nowMs;
    if (outcome === "adapterMissing") {
      this.#away = true;
      this.#reopenMs = nowMs + Math.min(REOPEN_FIRST_MS * 2 ** this.#reopenTries, REOPEN_MAX_MS);
      this.#reopenTries += 1;
      slot.dueMs = this.#reopenMs;
      return;
    }
    this.#reopenTries = 0;
    if (outcome === "answered") {
      if (this.#away || this.#slots.every(isSilent)) this.#recall(nowMs);
      else if (slot.recalled) this.#recalling = true;
      this.#away = false;
      slot.failures = 0;
      slot.recalled = false;
      slot.dueMs = this.#nextDue(slot, nowMs);
      return;
    }
    this.#recalling = false;
    slot.failures = slot.recalled ? FAILURES_BEFORE_BACKOFF : slot.failures + 1;
    slot.recalled = false;
    const beyond = slot.failures - FAILURES_BEFORE_BACKOFF;
    if (beyond < 0) {
      slot.dueMs = this.#nextDue(slot, nowMs);
      return;
    }
    const backoffMs = Math.min(BACKOFF_FIRST_MS * 2 ** beyond, BACKOFF_MAX_MS);
    slot.dueMs = nowMs + backoffMs;
    slot.spareMs = nowMs + Math.min(backoffMs, SPARE_BACKOFF_MAX_MS);
    this.#probeAllowedMs = this.#slots.every(isSilent) ? nowMs : nowMs + PROBE_SPACING * (nowMs - startedMs);
  }

  /** Somebody answers on a wire on which everybody was silent: it was the cable, and the others are tried at once. */
  #recall(nowMs: number): void {
    this.#recalling = true;
    for (const slot of this.#slots) {
      if (!isSilent(slot)) continue;
      slot.recalled = true;
      slot.spareMs = nowMs;
    }
  }

  /**
   * A device has said by itself that something has happened: it is read as soon as the wire is free, but not without pause when it goes
   * on saying so. Its grid stays where it is.
   */
  hasten(device: number, nowMs: number): void {
    const slot = this.#slots[device] as Slot;
    slot.dueMs = Math.min(slot.dueMs, Math.max(nowMs, slot.servedMs + HASTE_REST_MS));
    if (isSilent(slot)) this.#probeAllowedMs = Math.min(this.#probeAllowedMs, nowMs);
  }

  /** Devices that are only probed at present. */
  backingOff(): readonly number[] {
    return this.#slots.flatMap((slot, device) => (isSilent(slot) ? [device] : []));
  }

  /**
   * Which of two goes first: of those that are due the one whose round ends first, and of equals the longest unserved; else the one that is
   * due earlier. −1 is nobody.
   */
  #sooner(one: number, other: number, nowMs: number): number {
    const a = this.#slots[one];
    const b = this.#slots[other] as Slot;
    if (a === undefined) return other;
    if (a.dueMs <= nowMs && b.dueMs <= nowMs) {
      const endsLaterMs = b.dueMs + b.periodMs - (a.dueMs + a.periodMs);
      return endsLaterMs < 0 || (endsLaterMs === 0 && b.servedMs < a.servedMs) ? other : one;
    }
    return b.dueMs < a.dueMs ? other : one;
  }

  /** Which of two silent ones is tried first: the earlier one, and of equals the longest untried. −1 is nobody. */
  #longerSilent(one: number, other: number, atMs: (device: number) => number): number {
    const a = this.#slots[one];
    const b = this.#slots[other] as Slot;
    if (a === undefined) return other;
    const laterMs = atMs(other) - atMs(one);
    return laterMs < 0 || (laterMs === 0 && b.servedMs < a.servedMs) ? other : one;
  }

  #spareOf(device: number): number {
    const slot = this.#slots[device];
    if (slot === undefined) return Number.POSITIVE_INFINITY;
    return slot.recalled ? slot.spareMs : Math.max(slot.spareMs, this.#probeAllowedMs);
  }

  #dueOf(device: number): number {
    return this.#slots[device]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  /**
   * The next place on the device's grid. On a wire that cannot keep up, rounds are lost, not queued: a device that is late by a
   * whole round is due at once and waits only for those that were served before it.
   */
  #nextDue(slot: Slot, nowMs: number): number {
    const firstMs = this.#startMs + slot.periodMs * (0.5 + this.#phase);
    if (nowMs < firstMs) return firstMs;
    if (nowMs - slot.dueMs >= slot.periodMs) return nowMs;
    return firstMs + (Math.floor((nowMs - firstMs) / slot.periodMs) + 1) * slot.periodMs;
  }
}
