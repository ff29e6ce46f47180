import { isGood } from "../../drivers/reading.ts";
import type { Words } from "../contract/alarm.ts";
import type { OutputsReply, TestReply } from "../contract/outputs.ts";
import type { AuditEntry } from "../journal/journal.ts";
import type { Doer } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import type { LogLevel } from "../platform/voice.ts";
import type { Site } from "../site/model.ts";
import { type Command, type Kept, OutputBook, type Step } from "./book.ts";
import { stepLine, switchLine } from "./lines.ts";
import type { Output } from "./output.ts";
import { outputsView } from "./view.ts";
import { type Orders, TEST_MS } from "./wanted.ts";
import { refusals, troubleWords, unsignedWords } from "./words.ts";
import type { LiveAlarm, Moment, World } from "./world.ts";
import { type AtOutput, OutputWriter } from "./writer.ts";

/** An alarm reaches its siren within this time. */
const LOOK_EVERY_MS = 250;
/** What is done waits so long for the disk to have it: a stuck card must not keep a valve open. */
const KEEP_WAIT_MS = 1_000;
/** At the end, for the last words to reach the modules. */
const END_LIMIT_MS = 3_000;
/** Lines for the audit log that wait for the journal; beyond it the oldest are given up. */
const LINES_MAX = 500;

/** What outputs need of the room that runs. */
export interface OutputRoom {
  alarms(): readonly LiveAlarm[];
  readonly table: { readonly values: Float64Array; readonly qualities: Uint8Array };
  atOutput(output: Output): AtOutput;
  outputAlarm(key: string, isActive: boolean): void;
}

export interface OutputDeskParts {
  readonly site: Site;
  readonly clock: Clock;
  readonly room: OutputRoom;
  readonly kept: Kept;
  /** The site file that runs came from a signed stick. */
  readonly isSigned: boolean;
  /** Why it could not be kept; null: it was. */
  readonly keep: (kept: Kept) => Promise<Words | null>;
  /** Writes into the audit log; why it could not, or null. */
  readonly record: (lines: readonly AuditEntry[]) => Promise<Words | null>;
  readonly log: (level: LogLevel, words: Words) => void;
}

/** Why something was not done. */
export interface NotDone {
  readonly why: "unknown" | "refused" | "journal";
  readonly words: Words;
}

interface Wired {
  readonly output: Output;
  readonly writer: OutputWriter;
  changedAtMs: number | null;
}

/** The outputs of a running gateway: looks at the room, switches what has to be, writes down why, and takes people's orders. */
export class OutputDesk {
  readonly #parts: OutputDeskParts;
  readonly #book: OutputBook;
  readonly #wired: ReadonlyMap<string, Wired>;
  readonly #stop: () => void;
  #lines: AuditEntry[] = [];
  #isRecording = false;
  #keptText: string;
  #keeping: Promise<unknown> = Promise.resolve();
  #looking: Promise<void> | null = null;
  #local: { readonly minute: number; readonly at: Moment["local"] } | null = null;
  #hasEnded = false;

  constructor(parts: OutputDeskParts) {
    this.#parts = parts;
    const { site, clock, room, kept, isSigned } = parts;
    this.#book = new OutputBook(site.outputs, site.linkages, kept, isSigned);
    this.#keptText = JSON.stringify(kept);
    const active = new Set(room.alarms().flatMap(({ key, clearedAtMs }) => (clearedAtMs === null ? [key] : [])));
    this.#wired = new Map(
      site.outputs.map((output) => {
        const wired: Wired = { output, changedAtMs: null, writer: this.#writer(output, active.has(output.alarm), () => wired) };
        return [output.id, wired];
      }),
    );
    if (site.linkages.length > 0 && !isSigned) this.#sayUnsigned();
    // A box that switches nothing sleeps on.
    this.#stop = site.outputs.length === 0 ? () => {} : clock.every(LOOK_EVERY_MS, () => void this.#look());
    void this.#look();
  }

  view(): OutputsReply {
    const inactive = this.#parts.isSigned ? null : unsignedWords();
    return outputsView(this.#parts.site, this.#book, (id) => this.#wired.get(id) as Wired, inactive);
  }

  /** Switches it for some seconds, and says what was read back. */
  async test(id: string, doer: Doer): Promise<TestReply | NotDone> {
    const wired = this.#wired.get(id);
    if (wired === undefined) return { why: "unknown", words: refusals.noOutput(id) };
    const { lock, force } = this.#book.orders(id);
    if (lock !== null) return { why: "refused", words: refusals.locked(lock.by) };
    if (force !== null) return { why: "refused", words: refusals.forced(force.by) };
    const asked = !wired.output.normally;
    const { clock } = this.#parts;
    const problem = await this.#parts.record([this.#line(doer, "output.test", id, `${TEST_MS / 1_000} s`)]);
    if (problem !== null) return { why: "journal", words: problem };
    this.#book.test(id, { by: doer.by, atMs: clock.wallMs() });
    await this.#lookNow();
    await wired.writer.reached(TEST_MS - LOOK_EVERY_MS);
    const { isOn: real, fault } = wired.writer.found;
    return { asked, real, isReached: real === asked, trouble: fault === null ? null : troubleWords(fault) };
  }

  async force(id: string, isOn: boolean, minutes: number, reason: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const { lock } = this.#book.orders(id);
    if (lock !== null) return { why: "refused", words: refusals.locked(lock.by) };
    const atMs = this.#parts.clock.wallMs();
    const force = { by: doer.by, atMs, untilMs: atMs + minutes * 60_000, isOn, reason };
    const line = this.#line(doer, "output.force", id, `${isOn ? "on" : "off"} for ${minutes} min; ${reason}`);
    return this.#order(id, { force }, line);
  }

  /** Ends what a person holds by hand, a test as well. */
  async release(id: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const isTesting = this.#book.command(id)?.why.kind === "test";
    if (this.#wired.has(id) && this.#book.orders(id).force === null && !isTesting)
      return { why: "refused", words: refusals.nothingToEnd() };
    const done = await this.#order(id, { force: null }, this.#line(doer, "output.release", id, ""));
    if (isTesting && !("why" in done)) this.#book.test(id, null);
    return done;
  }

  async lock(id: string, reason: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const { lock } = this.#book.orders(id);
    if (lock !== null) return { why: "refused", words: refusals.locked(lock.by) };
    const order = { by: doer.by, atMs: this.#parts.clock.wallMs(), reason };
    return this.#order(id, { lock: order }, this.#line(doer, "output.lock", id, reason));
  }

  async unlock(id: string, reason: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const { lock } = this.#book.orders(id);
    if (this.#wired.has(id) && lock === null) return { why: "refused", words: refusals.notLocked() };
    return this.#order(id, { lock: null }, this.#line(doer, "output.unlock", id, reason, lock?.by ?? null));
  }

  /** Lets a linkage act, or not any more: exactly as it is defined now. What it has done stays. */
  async arm(id: string, isArmed: boolean, reason: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const was = this.#book.linkage(id)?.armed;
    if (was === undefined) return { why: "unknown", words: refusals.noLinkage(id) };
    if (isArmed && !this.#parts.isSigned) return { why: "refused", words: unsignedWords() };
    const line = this.#line(doer, isArmed ? "linkage.arm" : "linkage.disarm", id, reason);
    const armed = isArmed ? { by: doer.by, atMs: this.#parts.clock.wallMs() } : null;
    return this.#act(
      line,
      () => this.#book.arm(id, armed),
      () => this.#book.arm(id, was),
    );
  }

  /** Ends what a linkage holds; for what goes on it does not act again. */
  async reset(id: string, reason: string, doer: Doer): Promise<OutputsReply | NotDone> {
    const state = this.#book.linkage(id);
    if (state === null) return { why: "unknown", words: refusals.noLinkage(id) };
    if (state.memory.acted === null) return { why: "refused", words: refusals.notActed() };
    const { memory } = state;
    return this.#act(
      this.#line(doer, "linkage.reset", id, reason),
      () => this.#book.reset(id),
      () => this.#book.reset(id, memory),
    );
  }

  /** Ends it: every output that is not kept is left at its safe state. Those of the next room that are the same stay as they are. */
  async close(isKept: (output: Output) => boolean): Promise<void> {
    this.#stop();
    this.#hasEnded = true;
    await this.#looking;
    const ending = [...this.#wired.values()].filter(({ output }) => output.safe !== null && !isKept(output));
    for (const { output, writer } of ending)
      writer.want({ output: output.id, isOn: output.safe, why: { kind: "ending" }, isResting: false });
    await Promise.all(ending.map(({ writer }) => writer.reached(END_LIMIT_MS)));
    await Promise.all([...this.#wired.values()].map(({ writer }) => writer.close()));
    await this.#keeping;
    await this.#flush();
  }

  #writer(output: Output, wasFailing: boolean, wired: () => Wired): OutputWriter {
    const { room, clock, site } = this.#parts;
    return new OutputWriter(
      room.atOutput(output),
      clock,
      {
        found: ({ isOn }) => {
          if (isOn !== null) wired().changedAtMs = clock.wallMs();
        },
        settled: (command, from, found) => this.#note(switchLine(command, from, found, site, clock.wallMs())),
        failing: (isFailing) => room.outputAlarm(output.alarm, isFailing),
      },
      wasFailing,
    );
  }

  #order(id: string, orders: Partial<Orders>, line: AuditEntry): Promise<OutputsReply | NotDone> {
    if (!this.#wired.has(id)) return Promise.resolve({ why: "unknown", words: refusals.noOutput(id) });
    const before = this.#book.orders(id);
    return this.#act(
      line,
      () => this.#book.order(id, orders),
      () => this.#book.order(id, before),
    );
  }

  /** Written down, kept on the disk, done: or not done, and why. */
  async #act(line: AuditEntry, change: () => void, undo: () => void): Promise<OutputsReply | NotDone> {
    const unwritten = await this.#parts.record([line]);
    if (unwritten !== null) return { why: "journal", words: unwritten };
    change();
    const unkept = await this.#keep();
    if (unkept !== null) {
      undo();
      return { why: "journal", words: unkept };
    }
    await this.#lookNow();
    return this.view();
  }

  /** A look that began before something was ordered does not count. */
  async #lookNow(): Promise<void> {
    await this.#looking;
    await this.#look();
  }

  #look(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    const { clock } = this.#parts;
    const { commands, steps } = this.#book.step(this.#world());
    for (const step of steps) this.#say(step);
    const kept = this.#keep();
    // What a linkage does is on the disk first, so that no restart does it twice.
    if (steps.some(({ step }) => step.kind === "acts")) await Promise.race([kept, clock.sleep(KEEP_WAIT_MS)]);
    for (const command of commands) this.#want(command);
    void this.#flush();
  }

  #want(command: Command): void {
    this.#wired.get(command.output)?.writer.want(command);
  }

  #world(): World {
    const { room, clock } = this.#parts;
    const { values, qualities } = room.table;
    return {
      now: { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs(), local: this.#localTime() },
      alarms: room.alarms(),
      value: (point) => (isGood(qualities[point] ?? -1) ? (values[point] ?? null) : null),
      found: (output) => this.#wired.get(output)?.writer.found.isOn ?? null,
    };
  }

  #localTime(): Moment["local"] {
    const { clock, site } = this.#parts;
    if (!clock.wallTrusted()) return null;
    const minute = Math.floor(clock.wallMs() / 60_000);
    if (this.#local?.minute !== minute) {
      const local = Temporal.Instant.fromEpochMilliseconds(minute * 60_000).toZonedDateTimeISO(site.timezone);
      this.#local = { minute, at: { minute: local.hour * 60 + local.minute, day: local.dayOfWeek } };
    }
    return this.#local.at;
  }

  #say(step: Step): void {
    const { site, log, clock, isSigned } = this.#parts;
    const { line, words } = stepLine(step, site, isSigned, clock.wallMs());
    log("info", words);
    this.#note(line);
  }

  #sayUnsigned(): void {
    const words = unsignedWords();
    this.#parts.log("warn", words);
    this.#note({ ...this.#line({ by: "gateway", from: "gateway" }, "linkage.inactive", "linkages", words.en) });
  }

  #line({ by, from }: Doer, action: string, subject: string, detail: string, before: string | null = null): AuditEntry {
    return { atMs: this.#parts.clock.wallMs(), by, from, action, subject, detail, before, after: null };
  }

  #note(line: AuditEntry): void {
    this.#lines = [...this.#lines, line].slice(-LINES_MAX);
  }

  async #flush(): Promise<void> {
    if (this.#isRecording || this.#lines.length === 0) return;
    this.#isRecording = true;
    const lines = this.#lines;
    this.#lines = [];
    // The journal says its own trouble; what it did not take is offered again.
    if ((await this.#parts.record(lines)) !== null) this.#lines = [...lines, ...this.#lines].slice(-LINES_MAX);
    this.#isRecording = false;
  }

  /** Writes what has changed, one after the other. */
  #keep(): Promise<Words | null> {
    const kept = this.#book.kept();
    const text = JSON.stringify(kept);
    if (text === this.#keptText) return Promise.resolve(null);
    const former = this.#keptText;
    this.#keptText = text;
    const keeping = this.#keeping.then(async () => {
      const problem = await this.#parts.keep(kept);
      if (problem === null) return null;
      this.#parts.log("error", problem);
      if (this.#keptText === text) this.#keptText = former;
      return problem;
    });
    this.#keeping = keeping;
    return keeping;
  }
}
