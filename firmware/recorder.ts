import type { AlarmChange } from "./alarms/change.ts";
import type { Delivery, Words } from "./contract/alarm.ts";
import type { Subject } from "./incidents/event.ts";
import { GroupWindow } from "./journal/group-window.ts";
import type { AuditEntry, CommitOutcome, Journal, JournalEntry, JournalFault, Scoped } from "./journal/journal.ts";
import type { Clock } from "./platform/clock.ts";

/** A change waits this long for the disk before people see it; a stuck card must not hide an alarm. */
const SHOW_AFTER_MS = 2_000;
const RETRY_MS = 2_000;
/** Steps kept in memory while the journal cannot take them; beyond it the oldest are given up, and counted. */
export const WAITING_MAX = 10_000;
/** Steps that share one transaction at most. */
const BATCH_MAX = 500;

type Deliveries = Readonly<Record<string, readonly Delivery[]>>;

export interface RecorderEvents {
  /** Time to show these changes: they are committed, or the disk has been silent for too long. */
  show(changes: readonly AlarmChange[]): void;
  /** The incidents of the last commit have these deliveries now, and the outbox has work. */
  committed(deliveries: Deliveries): void;
  /** Whether the journal takes what it is given. */
  health(state: "ok" | "failing", detail: Words): void;
  /** What targets are told of a change's subject. */
  subject?(change: AlarmChange): Subject | null;
  /** Whether it is in the scope of targets that have one. */
  scoped?(change: AlarmChange): Scoped;
  /** The journal's file was set aside: everything live has to be recorded again. */
  lostMemory(): void;
}

interface Waiting {
  readonly entry: JournalEntry;
  readonly retry: boolean;
  readonly settled: (outcome: CommitOutcome) => void;
  shown: boolean;
  /** The batch it was in was refused: it stands alone, so that only the guilty is dropped. */
  alone: boolean;
}

/**
 * Journal before telling: changes go to the journal in order, in one transaction per batch, and are shown when they are there.
 * What the journal cannot take now is kept and offered again under the same event ids.
 */
export class Recorder {
  readonly #journal: Pick<Journal, "commit">;
  readonly #clock: Clock;
  readonly #events: RecorderEvents;
  readonly #waiting: Waiting[] = [];
  readonly #window = new GroupWindow();
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #givenUp = 0;
  /** Why the journal takes nothing at present. */
  #passing: JournalFault | null = null;

  constructor(journal: Pick<Journal, "commit">, clock: Clock, events: RecorderEvents) {
    this.#journal = journal;
    this.#clock = clock;
    this.#events = events;
  }

  /** Changes of the machine: offered until the journal has them. */
  record(changes: readonly AlarmChange[], targets: readonly string[]): void {
    if (changes.length === 0) return;
    this.#enqueue(this.#entry(changes, targets, []), true, () => {});
  }

  /** A person's act: either it is on the disk, or it did not happen and the person is told why. */
  recordAct(changes: readonly AlarmChange[], targets: readonly string[], audit: readonly AuditEntry[]): Promise<CommitOutcome> {
    return new Promise((resolve) => this.#enqueue(this.#entry(changes, targets, audit), false, resolve));
  }

  /** Waits for what is in flight; what the journal has refused to take until now is lost with the process, as after a power cut. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #entry(changes: readonly AlarmChange[], targets: readonly string[], audit: readonly AuditEntry[]): JournalEntry {
    return {
      atMs: this.#clock.wallMs(),
      clockTrusted: this.#clock.wallTrusted(),
      stamp: { uptimeMs: this.#clock.monotonicMs(), clock: this.#clock.quality() },
      changes,
      eventIds: changes.map(({ escalation }) => escalation?.event ?? this.#clock.uuid()),
      subjects: targets.length === 0 ? [] : changes.map((change) => this.#events.subject?.(change) ?? null),
      scoped: targets.length === 0 ? [] : changes.map((change) => this.#events.scoped?.(change) ?? {}),
      targets,
      audit,
    };
  }

  #enqueue(entry: JournalEntry, retry: boolean, settled: Waiting["settled"]): void {
    if (!retry && this.#passing !== null) {
      settled(this.#passing);
      return;
    }
    this.#window.arrived(this.#clock.monotonicMs(), entry.changes.length);
    this.#waiting.push({ entry, retry, settled, shown: false, alone: false });
    while (this.#waiting.length > WAITING_MAX) {
      this.#waiting.shift();
      this.#givenUp += 1;
      const count = this.#givenUp;
      this.#events.health("failing", {
        zh: `日志库长时间无法写入，已放弃最早的 ${count} 批变更。请检查存储。`,
        en: `The journal has taken nothing for too long; the oldest ${count} batches of changes were given up. Check the storage.`,
      });
    }
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      const [next] = this.#waiting;
      if (next === undefined) return;
      const batch = this.#batch(next);
      const outcome = await this.#commit(batch);
      const isMachines = batch.some(({ retry }) => retry);
      this.#passing = !outcome.ok && isMachines && isPassing(outcome.reason) ? outcome : null;
      if (!outcome.ok && outcome.reason === "refused" && batch.length > 1) {
        for (const waiting of batch) waiting.alone = true;
        continue;
      }
      // A person who acts now is told now; only the machine's changes wait for better times.
      const done = this.#passing === null ? batch : this.#waiting.filter(({ retry }) => !retry);
      this.#drop(done);
      for (const { settled } of done) settled(outcome);
      if (!outcome.ok && outcome.reason === "corrupt") {
        // Whoever acted takes it back first: it must not be recorded with what is live.
        await null;
        this.#events.lostMemory();
      }
      if (this.#passing === null) continue;
      if (this.#stopping.signal.aborted) return;
      await this.#clock.sleep(RETRY_MS, this.#stopping.signal);
    }
  }

  /** In a storm of alarms a flush takes what has come within a moment; nobody who waits for an answer waits for that. */
  async #gather(): Promise<void> {
    const waitMs = this.#waiting.some(({ retry }) => !retry) ? 0 : this.#window.waitMs(this.#clock.monotonicMs());
    if (waitMs > 0) await this.#clock.sleep(waitMs, this.#stopping.signal);
    this.#window.flushed(this.#clock.monotonicMs());
  }

  /** By identity: while a batch is on its way the queue may lose its oldest. */
  #drop(done: readonly Waiting[]): void {
    this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter((waiting) => !done.includes(waiting)));
  }

  /**
   * Changes for the same targets and of one certainty of time share a transaction, and so do the acts that follow them: on a slow card a
   * person waits for one flush less. What comes after an act waits: it may build on what is taken back should the act fail.
   */
  #batch(first: Waiting): readonly Waiting[] {
    if (first.alone) return [first];
    const targets = first.entry.targets.join();
    const trusted = first.entry.clockTrusted;
    const end = this.#waiting.findIndex(
      ({ retry, alone, entry }, place) =>
        alone ||
        entry.targets.join() !== targets ||
        entry.clockTrusted !== trusted ||
        (retry && place > 0 && this.#waiting[place - 1]?.retry === false),
    );
    return this.#waiting.slice(0, Math.min(end < 0 ? BATCH_MAX : end, BATCH_MAX));
  }

  async #commit(batch: readonly Waiting[]): Promise<CommitOutcome> {
    const entry = merge(batch.map((waiting) => waiting.entry));
    const show = (those: readonly Waiting[]): void => {
      const unseen = those.filter(({ shown }) => !shown);
      for (const waiting of unseen) waiting.shown = true;
      if (unseen.length > 0) this.#events.show(unseen.flatMap((waiting) => waiting.entry.changes));
    };
    const machines = batch.filter(({ retry }) => retry);
    const late = new AbortController();
    if (machines.length > 0)
      void this.#clock.sleep(SHOW_AFTER_MS, late.signal).then(() => (late.signal.aborted ? undefined : show(machines)));
    const outcome = await this.#journal.commit(entry);
    late.abort();
    if (outcome.ok) {
      show(batch);
      this.#events.committed(outcome.deliveries);
      this.#events.health("ok", { zh: "", en: "" });
      return outcome;
    }
    show(machines);
    this.#events.health("failing", outcome.message);
    return outcome;
  }
}

/** Trouble that the same entry may outlive. */
function isPassing(reason: string): boolean {
  return reason !== "refused" && reason !== "unusable";
}

function merge(entries: readonly JournalEntry[]): JournalEntry {
  const [first] = entries;
  if (first === undefined) throw new Error("an empty batch");
  return {
    ...first,
    changes: entries.flatMap(({ changes }) => changes),
    eventIds: entries.flatMap(({ eventIds }) => eventIds),
    subjects: entries.flatMap(({ changes, subjects = [] }) => changes.map((_, index) => subjects[index] ?? null)),
    scoped: entries.flatMap(({ changes, scoped = [] }) => changes.map((_, index) => scoped[index] ?? {})),
    audit: entries.flatMap(({ audit }) => audit),
  };
}
