import { AlarmBook, type BookTime, type LatestReadings } from "./alarms/book.ts";
import { Calm } from "./alarms/calm.ts";
import { type AlarmChange, type AlarmStep, isRecorded } from "./alarms/change.ts";
import { isEmergency } from "./alarms/emergency.ts";
import { type Ended, LatelyEnded } from "./alarms/lately.ts";
import type { AlarmInput } from "./alarms/lifecycle.ts";
import type { Restamp } from "./alarms/restamp.ts";
import type { BoxCondition, Rule } from "./alarms/rule.ts";
import { SettleWatch } from "./alarms/settle.ts";
import type { AcknowledgeReply, AlarmRecord, Delivery, Incident, Words } from "./contract/alarm.ts";
import type { Moment } from "./contract/escalating.ts";
import type { EscalationView } from "./contract/escalation.ts";
import { type AlarmActReply, EMERGENCY_SILENCE_MAX_MS, type MaintenanceWindow } from "./contract/maintenance.ts";
import type { Late } from "./escalation/advance.ts";
import type { Escalator } from "./escalation/escalator.ts";
import type { DescribeSubject } from "./incidents/event.ts";
import { incidentNumberOf, printIncidentNumber } from "./incidents/number.ts";
import { type Journal, JournalError } from "./journal/journal.ts";
import { MaintenanceDesk } from "./maintenance-desk.ts";
import type { Doer } from "./people/people-file.ts";
import type { Clock } from "./platform/clock.ts";
import type { LogLevel } from "./platform/voice.ts";
import { Recorder } from "./recorder.ts";
import type { Site } from "./site/model.ts";
import { alarmKey, boxAlarmKey } from "./site/rules.ts";
import type { TicketState } from "./upstream/dialect.ts";
import { scopesOf } from "./upstream/scopes.ts";
import { TicketWords } from "./upstream/ticket-words.ts";

/** A journal that was replaced, or a flush that was slow, is no alarm. */
const JOURNAL_ALARM_AFTER_MS = 2_000;

/** Who sees alarms and what became of them: the live hub, once somebody can connect to it. */
export interface AlarmAudience {
  alarms(changed: readonly AlarmRecord[], ended: readonly string[]): void;
  deliveries(incident: string, deliveries: readonly Delivery[]): void;
  maintenance(windows: readonly MaintenanceWindow[]): void;
}

export interface AlarmDeskParts {
  readonly site: Site;
  readonly journal: Journal;
  /** Live alarms of the journal at start, and the deliveries of their incidents. */
  readonly live: readonly AlarmRecord[];
  readonly deliveries: Readonly<Record<string, readonly Delivery[]>>;
  /** Maintenance windows of the journal; absent: none. */
  readonly windows?: readonly MaintenanceWindow[];
  /** Times that the journal had before this boot: another configuration is no new boot. Absent: those of `live`. */
  readonly knownTimes?: ReadonlySet<number>;
  /** The highest number that an incident of this box has. */
  readonly lastIncidentNumber: number;
  /** Alarms that ended shortly before, oldest first, with when by the monotonic clock; absent: none. */
  readonly lately?: readonly (Ended & { readonly atMs: number })[];
  /** What targets are told of the subject of an alarm. */
  readonly subject: DescribeSubject;
  readonly clock: Clock;
  /** Names this start of the gateway. */
  readonly bootId?: string;
  /** Null or absent: the site has no plans, and every target is told everything. */
  readonly escalator?: Escalator | null;
  /** Deliveries are waiting in the outbox. */
  readonly wakeUpstream: () => void;
  readonly log: (level: LogLevel, words: Words) => void;
}

/** The alarms of a room as they run: judged by the book, remembered by the journal, then shown and told. What people do to them comes here. */
export class AlarmDesk {
  readonly #parts: AlarmDeskParts;
  readonly #book: AlarmBook;
  readonly #recorder: Recorder;
  readonly #deliveries: Map<string, readonly Delivery[]>;
  readonly #tickets = new TicketWords();
  readonly #settle: SettleWatch;
  readonly maintenance: MaintenanceDesk;
  #audience: AlarmAudience | null = null;
  /** Who finds at present that the journal cannot be written. */
  readonly #journalTrouble = new Set<"recorder" | "keeper">();
  #journalFailsSinceMs: number | null = null;
  /** Steps that did not get through in time, by delivery: as long as one waits, its target has an alarm. */
  readonly #late = new Map<string, string>();
  readonly #unreachable = new Set<string>();

  constructor(parts: AlarmDeskParts) {
    const { site, clock, live } = parts;
    this.#parts = parts;
    let last = Math.max(parts.lastIncidentNumber, ...live.map(incidentNumberOf));
    const newNumber = (): string => {
      last += 1;
      return printIncidentNumber(last);
    };
    const lately = new LatelyEnded(site.serviceLevels.reopenWithinMs);
    for (const { atMs, ...ended } of parts.lately ?? []) lately.end(ended, atMs);
    const { windows = [] } = parts;
    const calm = new Calm({ site, rules: site.rules, live, windows, settings: site.calm, settling: true });
    this.#book = new AlarmBook(site.rules, live, () => clock.uuid(), newNumber, parts.knownTimes, calm, lately);
    this.#settle = new SettleWatch(site.devices.length, clock.monotonicMs());
    this.maintenance = new MaintenanceDesk({
      ...{ site, journal: parts.journal, clock, windows },
      changed: (all) => {
        this.#apply(this.#book.setWindows(all, this.now()));
        this.#audience?.maintenance(this.maintenance.list());
      },
    });
    this.#deliveries = new Map(Object.entries(parts.deliveries));
    const scoped = scopesOf(site);
    this.#recorder = new Recorder(parts.journal, clock, {
      show: (changes) => this.#show(changes),
      committed: (deliveries) => this.#committed(deliveries),
      subject: ({ record }) => parts.subject(record),
      scoped: ({ record }) => scoped(record, clock.wallMs()),
      health: (state, detail) => this.journalHealth("recorder", state, detail),
      lostMemory: () => this.#recordAgain(),
    });
  }

  /** Ends what the site file has no rule for any more. */
  begin(): void {
    for (const [incident, deliveries] of this.#deliveries) this.#parts.escalator?.deliveries(incident, deliveries);
    this.#apply(this.#book.retire(this.now()));
    this.#parts.escalator?.begin(this.#moment());
    this.#escalate();
  }

  /** Waits for what is on its way to the disk. */
  close(): Promise<void> {
    return this.#recorder.close();
  }

  attach(audience: AlarmAudience): void {
    this.#audience = audience;
  }

  now(): BookTime & { readonly monotonicMs: ReturnType<Clock["monotonicMs"]>; readonly wallMs: ReturnType<Clock["wallMs"]> } {
    const { clock } = this.#parts;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs(), certain: clock.wallTrusted() };
  }

  alarms(): readonly AlarmRecord[] {
    return this.#book.live;
  }

  deliveries(): Readonly<Record<string, readonly Delivery[]>> {
    return Object.fromEntries([...this.#deliveries].map(([incident, deliveries]) => [incident, this.#tickets.shown(incident, deliveries)]));
  }

  /** The same incidents, with what is known of their tickets at present. */
  withTickets(incidents: readonly Incident[]): readonly Incident[] {
    return incidents.map((incident) => ({ ...incident, deliveries: [...this.#tickets.shown(incident.id, incident.deliveries)] }));
  }

  /** What a target says of the tickets that it has of our incidents. */
  ticketStates(target: string, states: readonly TicketState[]): void {
    for (const incident of this.#tickets.take(target, states)) {
      const deliveries = this.#deliveries.get(incident);
      if (deliveries !== undefined) this.#audience?.deliveries(incident, this.#tickets.shown(incident, deliveries));
    }
  }

  /** Judges the points of one answer. Returns whether an alarm rang. */
  judge(first: number, count: number, latest: LatestReadings, now: BookTime): boolean {
    const steps = this.#book.judge(first, count, latest, now);
    this.#apply(steps);
    return steps.some(({ cause }) => cause === "raise");
  }

  /** The first word of a device since the start, or that it says none: what was there before watching began can be told when all have spoken. */
  heard(device: number): void {
    this.#settle.heard(device);
  }

  /** A poll was missed: see `AlarmBook.pause`. */
  pause(first: number, count: number, now: BookTime): void {
    this.#book.pause(first, count, now);
  }

  /** What happens because time passes. */
  tick(latest: LatestReadings, now: BookTime): void {
    if (this.#settle.isOver(now.monotonicMs)) this.#apply(this.#book.settled(now));
    this.#apply(this.#book.tick(latest, now));
    this.maintenance.tick(now);
    this.#escalate();
    if (this.#journalFailsSinceMs !== null && now.monotonicMs - this.#journalFailsSinceMs >= JOURNAL_ALARM_AFTER_MS)
      this.boxAlarm("journal", true);
  }

  /** Whether a condition that is judged elsewhere is there: silence, a door that was forced, cards refused again and again. `level` 1: the worse of two. */
  condition(key: string, active: boolean, now: BookTime = this.now(), level: 0 | 1 = 0): void {
    this.#apply(this.#book.silence(key, active, now, level));
  }

  /** What the dispatcher says of a target: one that cannot be reached is an alarm in the room. */
  targetHealth(target: string, reachable: boolean): void {
    this.#parts.escalator?.health(target, reachable);
    if (reachable) this.#unreachable.delete(target);
    else this.#unreachable.add(target);
    this.#judgeTarget(target);
    this.#escalate();
  }

  /** How far each escalation has come, and what it does next. */
  escalations(): readonly EscalationView[] {
    return this.#parts.escalator?.view(this.#moment()) ?? [];
  }

  /** What is wrong with the box itself, or is no more, is an alarm in the room. */
  boxAlarm(condition: BoxCondition, active: boolean): void {
    this.condition(boxAlarmKey(this.#parts.site.id, condition), active);
  }

  /** Resolved with the keys means that it is on the disk; a journal that cannot take it undoes the acknowledgement. */
  async acknowledge(keys: readonly string[], doer: Doer, note: string): Promise<AcknowledgeReply | { readonly problem: Words }> {
    const act = { action: "alarm.acknowledge", detail: note, inputOf: () => ({ kind: "acknowledge" as const, by: doer.by, note }) };
    const done = await this.#act(keys, doer, act);
    if ("problem" in done) return done;
    const alreadyAcknowledged = done.unchanged.flatMap(({ key, acknowledgement }) =>
      acknowledgement === null ? [] : [{ key, by: acknowledgement.by, atMs: acknowledgement.atMs }],
    );
    return { acknowledged: done.changes.map(({ record }) => record.key), notFound: [...done.notFound], alreadyAcknowledged };
  }

  /** Sets alarms aside for a while (`forMs`), or until they return to normal (null). */
  shelve(keys: readonly string[], doer: Doer, reason: string, forMs: number | null): Promise<AlarmActReply | { readonly problem: Words }> {
    const { wallMs } = this.now();
    const shelf = { atMs: wallMs, by: doer.by, reason, untilMs: forMs === null ? null : wallMs + forMs };
    const span = forMs === null ? "until normal" : `${Math.round(forMs / 60_000)} min`;
    return this.#actOn(keys, doer, { action: "alarm.shelve", detail: `${span} · ${reason}`, inputOf: () => ({ kind: "shelve", shelf }) });
  }

  unshelve(keys: readonly string[], doer: Doer): Promise<AlarmActReply | { readonly problem: Words }> {
    return this.#actOn(keys, doer, { action: "alarm.unshelve", detail: "", inputOf: () => ({ kind: "shelve", shelf: null }) });
  }

  /** Switches the sound of ringing alarms off for a while; they stay unacknowledged, and ring again when they come back or become worse. */
  silence(keys: readonly string[], doer: Doer, forMs: number): Promise<AlarmActReply | { readonly problem: Words }> {
    const { wallMs } = this.now();
    const untilMs = (rule: Rule): number => wallMs + (isEmergency(rule) ? Math.min(forMs, EMERGENCY_SILENCE_MAX_MS) : forMs);
    const inputOf = (rule: Rule): AlarmInput => ({ kind: "silence", by: doer.by, untilMs: untilMs(rule) });
    return this.#actOn(keys, doer, { action: "alarm.silence", detail: `${Math.round(forMs / 60_000)} min`, inputOf });
  }

  async #actOn(keys: readonly string[], doer: Doer, act: Act): Promise<AlarmActReply | { readonly problem: Words }> {
    const done = await this.#act(keys, doer, act);
    if ("problem" in done) return done;
    const refused = done.unchanged.map(({ key, emergency }) => ({ key, why: emergency === true ? NEVER_ASIDE : NOTHING_TO_DO }));
    return { done: done.changes.map(({ record }) => record.key), notFound: [...done.notFound], refused };
  }

  async #act(keys: readonly string[], { by, from }: Doer, { action, detail, inputOf }: Act): Promise<ActOutcome> {
    const before = keys.flatMap((key) => this.#book.get(key) ?? []);
    const now = this.now();
    const { changes: made, notFound, unchanged } = this.#book.act(keys, inputOf, now);
    if (made.length === 0) return { changes: made, notFound, unchanged };
    const copy = this.#parts.escalator?.copyOf(before);
    const changes = this.#followed(made);
    const audit = changes.map(({ record }) => ({ atMs: now.wallMs, by, from, action, subject: record.key, detail }));
    const outcome = await this.#recorder.recordAct(changes, this.#targets(), audit);
    if (outcome.ok) return { changes, notFound, unchanged };
    this.#book.rescind(made, before, this.now());
    if (copy !== undefined) this.#parts.escalator?.takeBack(copy, changes, this.#book.live, this.#moment());
    return { problem: outcome.message };
  }

  get journalWorks(): boolean {
    return this.#journalTrouble.size === 0;
  }

  /** What the recorder and the keeper of the storage find when they write. An event that is on the disk proves it for both. */
  journalHealth(by: "recorder" | "keeper", state: "ok" | "failing", detail: Words): void {
    const wasWell = this.journalWorks;
    if (state === "failing") this.#journalTrouble.add(by);
    else if (by === "recorder") this.#journalTrouble.clear();
    else this.#journalTrouble.delete(by);
    const isWell = this.journalWorks;
    if (isWell !== wasWell)
      this.#parts.log(isWell ? "info" : "error", isWell ? { zh: "日志库恢复正常", en: "the journal works again" } : detail);
    if (isWell) this.#journalFailsSinceMs = null;
    else this.#journalFailsSinceMs ??= this.#parts.clock.monotonicMs();
    // Also at the first word after a start: what the last run left standing is over.
    if (isWell && (!wasWell || by === "keeper")) this.boxAlarm("journal", false);
  }

  /** The time of day became known: what is shown says the right time from now on. */
  restamp(by: Restamp): void {
    const changed = this.#book.restamp(by);
    if (changed.length > 0) this.#audience?.alarms(changed, []);
  }

  /** The journal has put its times right: what it says of deliveries is shown again. */
  restamped(): Promise<void> {
    return this.deliveriesChanged([...this.#deliveries.keys()]);
  }

  /** The deliveries of these incidents changed. A journal that cannot be read now is told by its own trouble; the page learns at the next change. */
  async deliveriesChanged(incidents: readonly string[]): Promise<void> {
    try {
      this.#publishDeliveries(await this.#parts.journal.deliveriesOf(incidents));
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      this.#parts.log("error", error.fault.message);
    }
  }

  #apply(steps: readonly AlarmStep[]): void {
    if (steps.length === 0) return;
    const held = steps.filter((step) => !isRecorded(step));
    if (held.length > 0) this.#show(held);
    this.#recorder.record(this.#followed(steps.filter(isRecorded)), this.#targets());
    this.#escalate();
  }

  #followed(changes: readonly AlarmChange[]): readonly AlarmChange[] {
    return this.#parts.escalator?.follow(changes, this.#moment()) ?? changes;
  }

  /** Tells what is due by the plans; a channel that is dead is an alarm in the room. */
  #escalate(): void {
    const due = this.#parts.escalator?.due(this.#moment());
    if (due === undefined) return;
    this.#recorder.record(due.steps, this.#targets());
    for (const { target, event } of due.late) this.#late.set(`${event}.${target}`, target);
    for (const target of new Set(due.late.map((late: Late) => late.target))) this.#judgeTarget(target);
  }

  #judgeTarget(target: string): void {
    const isLate = this.#late.values().some((late) => late === target);
    this.condition(alarmKey(this.#parts.site.id, "target", target, null, "delivery"), isLate || this.#unreachable.has(target));
  }

  #moment(): Moment {
    const { monotonicMs, wallMs, certain = true } = this.now();
    return { boot: this.#parts.bootId ?? "", uptimeMs: monotonicMs, wallMs, certain };
  }

  #targets(): readonly string[] {
    return this.#parts.site.targets.map(({ id }) => id);
  }

  #show(steps: readonly AlarmStep[]): void {
    const changed = steps.filter(({ record }) => record.state !== "A").map(({ record }) => record);
    const ended = steps.filter(({ record }) => record.state === "A").map(({ record }) => record.key);
    const live = new Set(this.#book.live.map(({ incident }) => incident));
    for (const { record } of steps)
      if (record.state === "A" && !live.has(record.incident)) {
        this.#deliveries.delete(record.incident);
        this.#tickets.forget(record.incident);
      }
    this.#audience?.alarms(changed, ended);
  }

  #committed(deliveries: Readonly<Record<string, readonly Delivery[]>>): void {
    this.#publishDeliveries(deliveries);
    this.#parts.wakeUpstream();
  }

  #publishDeliveries(changed: Readonly<Record<string, readonly Delivery[]>>): void {
    const live = new Set(this.#book.live.map(({ incident }) => incident));
    for (const [incident, deliveries] of Object.entries(changed)) {
      this.#parts.escalator?.deliveries(incident, deliveries);
      for (const { id, target, state } of deliveries) if (state !== "queued" && this.#late.delete(id)) this.#judgeTarget(target);
      if (!live.has(incident)) continue;
      this.#deliveries.set(incident, deliveries);
      this.#audience?.deliveries(incident, this.#tickets.shown(incident, deliveries));
    }
  }

  /** The journal began a new file: it must know what is live, and nobody is told twice. */
  #recordAgain(): void {
    this.#recorder.record(
      this.#book.live.map((record) => this.#recorded({ cause: "update", record })),
      [],
    );
    this.maintenance.recordAgain();
  }

  #recorded(change: AlarmChange): AlarmChange {
    return this.#parts.escalator?.recorded(change) ?? change;
  }
}

/** What a person does to alarms. */
interface Act {
  readonly action: string;
  readonly detail: string;
  readonly inputOf: (rule: Rule) => AlarmInput;
}

type ActOutcome = Pick<ReturnType<AlarmBook["act"]>, "changes" | "notFound" | "unchanged"> | { readonly problem: Words };

const NEVER_ASIDE: Words = {
  zh: "漏水、烟雾和火警不能搁置；请到现场处理后确认。",
  en: "Leak, smoke and fire cannot be shelved; see to it on the spot, then acknowledge.",
};
const NOTHING_TO_DO: Words = {
  zh: "该告警的状态不允许此操作，或已是如此。",
  en: "The alarm is not in a state in which this can be done, or it is so already.",
};
