import type { Restamp } from "../alarms/restamp.ts";
import type { Words } from "../contract/alarm.ts";
import type { ClockReply, ClockState } from "../contract/clock.ts";
import type { History } from "../history/open.ts";
import type { AuditEntry, ClockMemory, ClockNote, Journal } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import { type BoxClock, openBoxClock } from "../platform/box-clock.ts";
import type { Clock } from "../platform/clock.ts";
import { machineTimeSource } from "../platform/time-source.ts";
import type { TimeEffect } from "../platform/timekeeper.ts";
import type { LogLevel } from "../platform/voice.ts";
import { clockFile } from "./memory.ts";
import { effectWords } from "./words.ts";

/** The file that remembers the time is written this often, and at every change. */
const REMEMBER_EVERY_MS = 3_600_000;
/** A box whose power is cut every few minutes gets on, too. */
const REMEMBER_FIRST_MS = 10 * 60_000;
const LOOK_EVERY_MS = 10_000;
const RETRY_MS = 5_000;
/** Notes that wait for a journal that takes none; beyond it the oldest that correct nothing are given up. */
const WAITING_MAX = 200;
/** A clock that is set all the time must not push people's acts out of the audit log. */
const AUDIT_PER_HOUR_MAX = 30;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MS = 3_000;
/** By then the minute that was running has reached the history. */
const MINUTE_IS_WRITTEN_MS = 2_000;

/** The clock of a box as its data folder remembers it; `machine` is the folder that stands for `/`. */
export async function openClock(system: Clock, dataFolder: string, machine: string): Promise<BoxClock> {
  return openBoxClock(system, machineTimeSource(machine, system), await clockFile(dataFolder, system).read());
}

export interface TimeParts {
  readonly clock: BoxClock;
  readonly system: Clock;
  readonly dataFolder: string;
  readonly bootId: string;
  readonly journal: Pick<Journal, "recordClock" | "clockMemory">;
  readonly room: {
    restamp(by: Restamp): void;
    /** The journal has put its times right. */
    restamped(): Promise<void>;
    boxAlarm(condition: "clock", active: boolean): void;
  };
  readonly doors: { restamp(by: Restamp): void };
  /** Moves what was recorded while the time was not certain. */
  readonly history: Pick<History, "restamp">;
  /** What the start before this one told wrongly, as the journal remembers it; null in the later rooms of a start. */
  readonly before: ClockMemory["before"];
  /** One-time codes that were given in this boot. */
  codes(by: Restamp): Promise<void>;
  readonly log: (level: LogLevel, words: Words) => void;
}

/** What people see of the clock and do to it. */
export interface ClockDesk {
  read(): Promise<ClockReply>;
  acceptSystem(doer: Doer, reason: string): Promise<ClockReply>;
  set(atMs: number, doer: Doer, reason: string): Promise<ClockReply>;
}

export interface Timekeeping {
  readonly desk: ClockDesk;
  state(): ClockState;
  /** Who is told when the state is another. */
  attach(audience: { clock(state: ClockState): void }): void;
  close(): Promise<void>;
}

/** Follows the clock of a running gateway: what it does is recorded, what was told wrongly is put right, and a refusal is an alarm. */
export function keepTime(parts: TimeParts): Timekeeping {
  return new Follower(parts);
}

class Follower implements Timekeeping {
  readonly #parts: TimeParts;
  readonly #waiting: ClockNote[] = [];
  readonly #stopping = new AbortController();
  readonly #audited: number[] = [];
  readonly #file: ReturnType<typeof clockFile>;
  #draining: Promise<void> | null = null;
  #saving: Promise<void> = Promise.resolve();
  #audience: { clock(state: ClockState): void } | null = null;
  #shown = "";
  #rememberMs: number;
  /** The person behind the effect that is being made. */
  #act: { readonly doer: Doer; readonly reason: string } | null = null;

  constructor(parts: TimeParts) {
    this.#parts = parts;
    // Commands beside the gateway write their files by the system's clock: its lock is aged by the same.
    this.#file = clockFile(parts.dataFolder, parts.system);
    this.#rememberMs = parts.clock.monotonicMs() + REMEMBER_FIRST_MS;
    // A power cut may have come after the journal was put right and before history was. What was moved then is not there to be moved again.
    if (parts.before !== null) this.#moveHistory(parts.before);
    parts.clock.listen((effect) => this.#on(effect));
    parts.room.boxAlarm("clock", parts.clock.state().refusedMs !== null);
    const end = parts.clock.every(LOOK_EVERY_MS, () => this.#look());
    this.#stopping.signal.addEventListener("abort", end, { once: true });
  }

  readonly desk: ClockDesk = {
    read: () => this.#read(),
    acceptSystem: (doer, reason) => this.#byPerson({ doer, reason }, () => this.#parts.clock.acceptSystem()),
    set: (atMs, doer, reason) => this.#byPerson({ doer, reason }, () => this.#parts.clock.set(atMs)),
  };

  state(): ClockState {
    const { quality, refusedMs, repeats } = this.#parts.clock.state();
    return { quality, refusedMs, repeats };
  }

  attach(audience: { clock(state: ClockState): void }): void {
    this.#audience = audience;
  }

  async close(): Promise<void> {
    this.#parts.clock.stop();
    this.#remember();
    this.#stopping.abort();
    await this.#draining;
    await this.#saving;
  }

  #on(effect: TimeEffect): void {
    const { room, doors, clock, log } = this.#parts;
    const { restamp, cause } = effect;
    if (restamp !== null && restamp.offsetMs !== 0) {
      room.restamp(restamp);
      doors.restamp(restamp);
      void this.#parts.codes(restamp);
    }
    log(cause === "refused" ? "error" : "info", effectWords(effect));
    room.boxAlarm("clock", clock.state().refusedMs !== null);
    const { cause: _, restamp: __, ...step } = effect;
    this.#waiting.push({ step: { cause, ...step }, restamp, audit: this.#auditOf(effect) });
    while (this.#waiting.length > WAITING_MAX) {
      const idle = this.#waiting.findIndex((note) => note.restamp === null);
      this.#waiting.splice(Math.max(0, idle), 1);
    }
    this.#draining ??= this.#drain().finally(() => {
      this.#draining = null;
    });
    this.#remember();
    this.#show();
  }

  #auditOf({ cause, fromMs, toMs, before, after }: TimeEffect): readonly AuditEntry[] {
    const nowMs = this.#parts.clock.monotonicMs();
    while ((this.#audited[0] ?? nowMs) < nowMs - HOUR_MS) this.#audited.shift();
    if (this.#act === null && this.#audited.length >= AUDIT_PER_HOUR_MAX) return [];
    this.#audited.push(nowMs);
    const { by, from } = this.#act?.doer ?? { by: "gateway", from: "gateway" };
    const value = (atMs: number, source: string): string => `${new Date(atMs).toISOString()} ${source}`;
    return [
      {
        ...{ atMs: this.#parts.clock.wallMs(), by, from, action: `clock.${cause}`, subject: "clock", detail: this.#act?.reason ?? "" },
        ...{ before: value(fromMs, before.source), after: value(toMs, after.source) },
      },
    ];
  }

  async #drain(): Promise<void> {
    const { journal, clock, log } = this.#parts;
    for (let note = this.#waiting[0]; note !== undefined; note = this.#waiting[0]) {
      const outcome = await journal.recordClock(note);
      if (!outcome.ok && outcome.reason !== "refused" && outcome.reason !== "unusable") {
        if (this.#stopping.signal.aborted) return;
        await clock.sleep(RETRY_MS, this.#stopping.signal);
        continue;
      }
      if (!outcome.ok) log("error", outcome.message);
      // It may have been given up meanwhile: then the first is another.
      if (this.#waiting[0] === note) this.#waiting.shift();
      if (note.restamp !== null) await this.#corrected(note.restamp, note.step.fromMs);
    }
  }

  async #corrected({ beganMs, offsetMs }: Restamp, untilMs: number): Promise<void> {
    const { room, clock } = this.#parts;
    await room.restamped();
    if (offsetMs === 0) return;
    await clock.sleep(MINUTE_IS_WRITTEN_MS, this.#stopping.signal);
    this.#moveHistory({ fromMs: beganMs, toMs: untilMs, offsetMs });
  }

  #moveHistory({ fromMs, toMs, offsetMs }: NonNullable<ClockMemory["before"]>): void {
    const minute = (atMs: number): number => Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    if (offsetMs !== 0) this.#parts.history.restamp({ fromMs: minute(fromMs), toMs: minute(toMs) + MINUTE_MS, offsetMs });
  }

  #look(): void {
    this.#show();
    if (this.#parts.clock.monotonicMs() >= this.#rememberMs) this.#remember();
  }

  #show(): void {
    const state = this.state();
    const shown = JSON.stringify([state.quality.source, state.refusedMs === null, state.repeats]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#audience?.clock(state);
  }

  #remember(): void {
    const { clock, log } = this.#parts;
    this.#rememberMs = clock.monotonicMs() + REMEMBER_EVERY_MS;
    const memory = clock.memory();
    this.#saving = this.#saving.then(async () => {
      const problem = await this.#file.write(memory);
      if (problem !== null) log("warn", problem);
    });
  }

  async #read(): Promise<ClockReply> {
    const { clock, journal, bootId } = this.#parts;
    const { steps } = await journal.clockMemory();
    const { trustedMs } = clock.memory();
    return { ...clock.state(), nowMs: clock.wallMs(), bootId, uptimeMs: clock.monotonicMs(), trustedMs, steps };
  }

  async #byPerson(act: { readonly doer: Doer; readonly reason: string }, change: () => void): Promise<ClockReply> {
    this.#act = act;
    try {
      change();
    } finally {
      this.#act = null;
    }
    // A journal that takes nothing now gets it later; the person is not kept waiting for that.
    await Promise.race([this.#draining, this.#parts.clock.sleep(ANSWER_WITHIN_MS)]);
    return this.#read();
  }
}
