import type { ClockCause, ClockQuality } from "../contract/clock.ts";

/** The system clock moved against the monotonic one by more than this at once, beyond slewing: it was set. A leap second is none. */
export const STEP_MS = 1_000;
/** How far a running clock may be tuned, of the time that passed: adjtimex(2) allows ten percent. */
const SLEW_MAX = 0.1;
/** Somebody who was trusted in this boot cannot be more wrong than this. */
export const DAY_MS = 86_400_000;
/** A box may have lain in a store room. Further beyond the last known time nobody's word is taken. */
export const STORED_MAX_MS = 5 * 365.25 * DAY_MS;
/** An NTP client sets the clock first and says afterwards that it has. */
export const SETTLE_MS = 3_000;
/** A quartz without guidance: 100 ppm is more than any box of ours was seen to drift. */
const DRIFT = 100e-6;

/** Both clocks of the operating system at one moment. */
export interface Sight {
  readonly monotonicMs: number;
  readonly systemMs: number;
}

/** What the box says of its system clock, and when (monotonic) it was asked. */
export interface SourceReport {
  readonly source: "unsynced" | "battery" | "ntp";
  readonly errorMs: number | null;
  readonly askedMs: number;
}

/** What an earlier boot left: where to begin, and whom not to believe. */
export interface TimeMemory {
  /** The last time of day that was known for certain; at least when the program was built. */
  readonly trustedMs: number;
  /** The last time of day that was told at all. */
  readonly toldMs: number;
  /** How far ahead of the told time the system was when it was refused; null when it was not. */
  readonly refusedOffsetMs: number | null;
  /** Up to here a clock that was set back tells times that were told before. */
  readonly repeatUntilMs: number;
}

type Basis =
  /** The system clock is followed, with a correction of ours. */
  | { readonly kind: "following"; readonly correctionMs: number }
  /**
   * The system clock jumped: time goes on from where it was, by the monotonic clock. `refused` false: it is being asked who set it.
   * `correctionMs` is that of before; null: it never was followed.
   */
  | { readonly kind: "holding"; readonly correctionMs: number | null; readonly sinceMs: number; readonly refused: boolean };

/** The product's own wall clock, as a value. Made by `beginTime`, moved by `glance` and `beat`, told by `toldMs`. */
export interface Timekeeper {
  readonly basis: Basis;
  readonly last: Sight;
  readonly toldMs: number;
  readonly quality: ClockQuality;
  /** Monotonic time that `quality.errorMs` is of. */
  readonly qualityMs: number;
  /** First time told in this boot. */
  readonly beganMs: number;
  /** The last trusted time of earlier boots, or what a person set: bounds of a first synchronisation. */
  readonly trustedMs: number;
  /** An offset that was refused before this boot, as in `TimeMemory`. */
  readonly refusedOffsetMs: number | null;
  readonly repeatUntilMs: number;
}

/** A change of the told time, to be recorded. `restamp`: everything told in this boot from `beganMs` on was wrong by `offsetMs`. */
export interface TimeEffect {
  readonly cause: ClockCause;
  readonly uptimeMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly before: ClockQuality;
  readonly after: ClockQuality;
  readonly restamp: { readonly beganMs: number; readonly offsetMs: number } | null;
}

export interface Kept {
  readonly keeper: Timekeeper;
  readonly effects: readonly TimeEffect[];
}

const UNSYNCED: ClockQuality = { source: "unsynced", errorMs: null };

/** The first moment of a boot. The told time never begins before the last known one, unless somebody who can be believed says so. */
export function beginTime(sight: Sight, report: SourceReport, memory: TimeMemory): Kept {
  const { trustedMs, refusedOffsetMs, repeatUntilMs } = memory;
  const startMs = Math.max(trustedMs, Math.min(memory.toldMs, trustedMs + STORED_MAX_MS));
  const head = { last: sight, qualityMs: report.askedMs, trustedMs, refusedOffsetMs, repeatUntilMs };
  const { systemMs, monotonicMs } = sight;
  const believed = isPlausible(systemMs, memory);
  if (believed && report.source !== "unsynced") {
    const quality = { source: report.source, errorMs: report.errorMs };
    return { keeper: { ...head, basis: following(0), toldMs: systemMs, beganMs: systemMs, quality }, effects: [] };
  }
  if (report.source !== "ntp") {
    // A clock without a battery begins anywhere, which is no lie and no alarm.
    const toldMs = believed ? Math.max(startMs, systemMs) : startMs;
    return { keeper: { ...head, basis: following(toldMs - systemMs), toldMs, beganMs: toldMs, quality: UNSYNCED }, effects: [] };
  }
  const basis = { kind: "holding", correctionMs: null, sinceMs: monotonicMs, refused: true } as const;
  const keeper = { ...head, basis, toldMs: startMs, beganMs: startMs, quality: UNSYNCED };
  return { keeper, effects: [effectOf("refused", keeper, keeper, systemMs)] };
}

/** Takes notice of both clocks, as often as anybody asks for the time. A jump of the system clock changes nothing before the next beat. */
export function glance(keeper: Timekeeper, sight: Sight): Timekeeper {
  const { basis, last } = keeper;
  const passedMs = Math.max(0, sight.monotonicMs - last.monotonicMs);
  const jumped = Math.abs(sight.systemMs - last.systemMs - passedMs) > STEP_MS + SLEW_MAX * passedMs;
  if (basis.kind === "holding") {
    const sinceMs = jumped ? sight.monotonicMs : basis.sinceMs;
    return { ...keeper, last: sight, toldMs: keeper.toldMs + passedMs, basis: { ...basis, sinceMs } };
  }
  if (!jumped)
    // A small step back is waited out: within a boot the time stands still rather than go back without a word.
    return { ...keeper, last: sight, toldMs: Math.max(keeper.toldMs, sight.systemMs + basis.correctionMs) };
  const holding = { kind: "holding", correctionMs: basis.correctionMs, sinceMs: sight.monotonicMs, refused: false } as const;
  return { ...keeper, last: sight, toldMs: keeper.toldMs + passedMs, basis: holding };
}

/** The regular look, with the last that was heard of the source: here alone the told time may jump. */
export function beat(before: Timekeeper, sight: Sight, report: SourceReport): Kept {
  const keeper = glance(before, sight);
  const { basis } = keeper;
  if (basis.kind === "following") {
    const isNews = report.source === "ntp" && (keeper.quality.source !== "ntp" || basis.correctionMs !== 0);
    return isNews ? decided(keeper, report) : { keeper: refreshed(keeper, report), effects: [] };
  }
  const { correctionMs } = basis;
  const isBack = correctionMs !== null && Math.abs(sight.systemMs + correctionMs - keeper.toldMs) <= STEP_MS;
  // A time server that contradicts what a person set goes on being refused, although no clock has jumped.
  if (isBack && !(basis.refused && correctionMs !== 0 && report.source === "ntp")) return resumed(keeper, correctionMs);
  const isHeard = report.askedMs >= basis.sinceMs;
  const isSettled = report.source !== "unsynced" || sight.monotonicMs - basis.sinceMs >= SETTLE_MS;
  return isHeard && isSettled ? decided(keeper, report) : { keeper, effects: [] };
}

/** Whether somebody has to be asked at once who set the system clock. */
export function isAsking({ basis }: Timekeeper, { askedMs }: SourceReport): boolean {
  return basis.kind === "holding" && (!basis.refused || askedMs < basis.sinceMs);
}

export function isRefusing({ basis }: Timekeeper): boolean {
  return basis.kind === "holding" && basis.refused;
}

/** A person takes the system's time over, whatever it is. */
export function acceptSystem(before: Timekeeper, sight: Sight, report: SourceReport): Kept {
  return adopted(glance(before, sight), 0, report, "accepted");
}

/** A person sets the time of day. The system clock stays as it is. */
export function setByHand(before: Timekeeper, sight: Sight, atMs: number): Kept {
  const keeper = glance(before, sight);
  const correctionMs = atMs - sight.systemMs;
  return adopted(keeper, correctionMs, { source: "unsynced", errorMs: null, askedMs: sight.monotonicMs }, "set");
}

/** As of now: what nobody guides grows less certain. */
export function qualityAt({ quality, qualityMs }: Timekeeper, monotonicMs: number): ClockQuality {
  if (quality.errorMs === null) return quality;
  return { ...quality, errorMs: quality.errorMs + DRIFT * Math.max(0, monotonicMs - qualityMs) };
}

export function repeats({ toldMs, repeatUntilMs }: Timekeeper): boolean {
  return toldMs < repeatUntilMs;
}

/** What the next boot has to know. */
export function memoryOf(keeper: Timekeeper): TimeMemory {
  const { last, toldMs, repeatUntilMs, quality } = keeper;
  const refusedOffsetMs = isRefusing(keeper) ? last.systemMs - toldMs : null;
  return { trustedMs: quality.source === "unsynced" ? keeper.trustedMs : toldMs, toldMs, refusedOffsetMs, repeatUntilMs };
}

/** Whether a first synchronisation may be true. Who was refused before a restart is not believed after it. */
export function isPlausible(systemMs: number, { trustedMs, refusedOffsetMs }: Pick<TimeMemory, "trustedMs" | "refusedOffsetMs">): boolean {
  const aheadMs = systemMs - trustedMs;
  const isKnownLie = refusedOffsetMs !== null && refusedOffsetMs > 0 && aheadMs >= refusedOffsetMs - DAY_MS;
  return aheadMs >= -DAY_MS && aheadMs <= STORED_MAX_MS && !isKnownLie;
}

function decided(keeper: Timekeeper, report: SourceReport): Kept {
  const { basis, last, toldMs, quality } = keeper;
  const isNear = (ms: number): boolean => Math.abs(ms - toldMs) <= DAY_MS;
  const believed = quality.source === "unsynced" ? isPlausible(last.systemMs, keeper) : isNear(last.systemMs);
  if (believed) return adopted(keeper, 0, report, causeOf(keeper, report));
  // A clock of our own making goes on from where it is, if what runs beneath it moved by less than a day.
  const { correctionMs } = basis;
  if (correctionMs === null || correctionMs === 0 || !isNear(last.systemMs + correctionMs) || report.source === "ntp")
    return refused(keeper);
  if (quality.source === "unsynced") return { keeper: { ...keeper, basis: following(toldMs - last.systemMs) }, effects: [] };
  return adopted(keeper, correctionMs, { ...report, source: "unsynced" }, "step");
}

function causeOf(keeper: Timekeeper, report: SourceReport): ClockCause {
  const { source } = keeper.quality;
  if (source === "unsynced" || (report.source === "ntp" && source !== "ntp")) return "synced";
  return isRefusing(keeper) ? "agreed" : "step";
}

function refused(keeper: Timekeeper): Kept {
  const { basis, last } = keeper;
  if (isRefusing(keeper)) return { keeper, effects: [] };
  const sinceMs = basis.kind === "holding" ? basis.sinceMs : last.monotonicMs;
  const next: Timekeeper = { ...keeper, basis: { kind: "holding", correctionMs: basis.correctionMs, sinceMs, refused: true } };
  return { keeper: next, effects: [effectOf("refused", keeper, next, last.systemMs)] };
}

/** The system clock is where it would be had it never jumped. */
function resumed(keeper: Timekeeper, correctionMs: number): Kept {
  const next = { ...keeper, basis: following(correctionMs) };
  return { keeper: next, effects: isRefusing(keeper) ? [effectOf("agreed", keeper, next, next.toldMs)] : [] };
}

function adopted(keeper: Timekeeper, correctionMs: number, report: SourceReport, cause: ClockCause): Kept {
  const { last, quality } = keeper;
  const wantedMs = last.systemMs + correctionMs;
  const isStep = Math.abs(wantedMs - keeper.toldMs) > STEP_MS;
  const toldMs = isStep ? wantedMs : Math.max(wantedMs, keeper.toldMs);
  const wasTrusted = quality.source !== "unsynced";
  const isByHand = cause === "set" || cause === "accepted";
  const next: Timekeeper = {
    ...keeper,
    basis: following(correctionMs),
    toldMs,
    quality: report.source === "unsynced" ? { source: "manual", errorMs: null } : { source: report.source, errorMs: report.errorMs },
    qualityMs: report.askedMs,
    // What a person says outweighs what the box remembers, also backwards.
    trustedMs: isByHand ? toldMs : keeper.trustedMs,
    refusedOffsetMs: null,
    repeatUntilMs: wasTrusted && isStep && toldMs < keeper.toldMs ? Math.max(keeper.toldMs, keeper.repeatUntilMs) : keeper.repeatUntilMs,
  };
  const restamp = wasTrusted ? null : { beganMs: keeper.beganMs, offsetMs: toldMs - keeper.toldMs };
  return { keeper: next, effects: [{ ...effectOf(cause, keeper, next, toldMs), restamp }] };
}

/** A source that goes on answering keeps the error small; one that is silent lets it grow. */
function refreshed(keeper: Timekeeper, { source, errorMs, askedMs }: SourceReport): Timekeeper {
  if (source !== "ntp" || keeper.quality.source !== "ntp" || askedMs <= keeper.qualityMs) return keeper;
  return { ...keeper, quality: { source, errorMs }, qualityMs: askedMs };
}

function following(correctionMs: number): Basis {
  return { kind: "following", correctionMs };
}

function effectOf(cause: ClockCause, before: Timekeeper, after: Timekeeper, toMs: number): TimeEffect {
  const uptimeMs = after.last.monotonicMs;
  const quality = (keeper: Timekeeper): ClockQuality => qualityAt(keeper, uptimeMs);
  return { cause, uptimeMs, fromMs: before.toldMs, toMs, before: quality(before), after: quality(after), restamp: null };
}
