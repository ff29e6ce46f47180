import { isGood } from "../../drivers/reading.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import { asideState, SETTLE } from "./aside.ts";
import { Calm } from "./calm.ts";
import type { AlarmChange, AlarmStep } from "./change.ts";
import { CHATTER } from "./chatter.ts";
import { Condition } from "./condition.ts";
import { isEmergency } from "./emergency.ts";
import type { Membership } from "./grouping.ts";
import { floodText, restartText, worstOf } from "./headings.ts";
import type { LatelyEnded } from "./lately.ts";
import { type AlarmInput, step } from "./lifecycle.ts";
import { ReAlarms } from "./re-alarm.ts";
import { type Restamp, restampedAlarm, timesOf } from "./restamp.ts";
import { levelCount, type ProcessRule, type Rule, severityAt } from "./rule.ts";

/** Columns the book reads: the latest reading of every point. */
export interface LatestReadings {
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
}

/** Both clocks of an input: monotonic for delays, wall for the record. Milliseconds. */
export interface BookTime {
  readonly monotonicMs: number;
  readonly wallMs: number;
  /** False: nobody knows the time of day, and `wallMs` is what the box counts on from the last known one. */
  readonly certain?: boolean;
}

/**
 * All rules of a site with the state of their alarms. No effects: every call returns the changes that the world has to
 * remember and tell, and the same calls give the same changes. `newIncident` names a new incident, `newNumber` numbers it for people.
 */
export class AlarmBook {
  /** By point number; a point without rules has none. */
  readonly #byPoint: (readonly Condition[])[] = [];
  readonly #rules = new Map<string, Rule>();
  readonly #live = new Map<string, AlarmRecord>();
  readonly #restless = new Set<Condition>();
  /** Those whose rule is another one at other times. */
  readonly #scheduled: Condition[] = [];
  readonly #reAlarms = new ReAlarms();
  /** Times that the journal had before this boot. */
  readonly #known: ReadonlySet<number>;
  readonly #newIncident: () => string;
  readonly #newNumber: () => string | undefined;
  readonly #lately: Pick<LatelyEnded, "end" | "take"> | null;
  readonly #calm: Calm;
  #hasChanged = true;
  readonly #conditions = new Map<string, Condition>();
  /** Incidents that targets do not know the size of yet, and since when, monotonic. */
  readonly #grownMs = new Map<string, number>();

  /**
   * @param live records of the journal: acknowledged stays acknowledged, what rang goes on ringing, without a second raise.
   * @param calm without it nothing is set aside or grouped.
   */
  constructor(
    rules: readonly Rule[],
    live: readonly AlarmRecord[],
    newIncident: () => string,
    newNumber: () => string | undefined = () => undefined,
    knownTimes: ReadonlySet<number> = new Set(live.flatMap(timesOf)),
    calm: Calm = new Calm({ site: NOWHERE, rules: [], live: [] }),
    lately: Pick<LatelyEnded, "end" | "take"> | null = null,
  ) {
    this.#calm = calm;
    this.#lately = lately;
    this.#newIncident = newIncident;
    this.#newNumber = newNumber;
    this.#known = knownTimes;
    for (const record of live) this.#live.set(record.key, record);
    for (const rule of rules) {
      this.#rules.set(rule.key, rule);
      if (rule.kind === "silence") continue;
      const record = this.#live.get(rule.key);
      const condition = new Condition(rule, record === undefined || record.clearedAtMs !== null ? -1 : levelOf(rule, record));
      if (record?.chattering === true) condition.quietMs = CHATTER.quietMs;
      this.#conditions.set(rule.key, condition);
      if (rule.variants !== undefined) this.#scheduled.push(condition);
      for (const point of condition.measure?.points ?? [rule.point]) {
        while (this.#byPoint.length <= point) this.#byPoint.push([]);
        this.#byPoint[point] = [...(this.#byPoint[point] ?? []), condition];
      }
    }
  }

  /** Live alarms, in no particular order. */
  get live(): readonly AlarmRecord[] {
    return [...this.#live.values()];
  }

  /** A delay is running: time alone may change something. */
  get isRestless(): boolean {
    return this.#restless.size > 0;
  }

  get(key: string): AlarmRecord | undefined {
    return this.#live.get(key);
  }

  /** The time of day became known. Returns the alarms that now say another time; the journal puts its own right. */
  restamp(by: Restamp): readonly AlarmRecord[] {
    const changed: AlarmRecord[] = [];
    for (const record of this.live) {
      const right = restampedAlarm(record, by, this.#known);
      if (right === record) continue;
      this.#live.set(record.key, right);
      changed.push(right);
    }
    return changed;
  }

  /** Ends the alarms whose rule is gone from the site file: nobody could ever clear them. */
  retire(now: BookTime): readonly AlarmChange[] {
    this.#calm.look(now);
    const changes: AlarmChange[] = [];
    for (const record of this.live) {
      if (this.#rules.has(record.key)) continue;
      this.#live.delete(record.key);
      changes.push({
        cause: "clear",
        record: { ...record, state: "A", clearedAtMs: record.clearedAtMs ?? now.wallMs, changedAtMs: now.wallMs },
      });
    }
    return changes;
  }

  /** Judges the points of one answer. */
  judge(first: number, count: number, latest: LatestReadings, now: BookTime): readonly AlarmStep[] {
    if (this.#scheduled.length > 0) this.#followSchedules(now);
    let changes: AlarmStep[] = NONE;
    for (let point = first; point < first + count; point += 1) {
      const conditions = this.#byPoint[point];
      if (conditions === undefined) continue;
      const reading = isGood(latest.qualities[point] as number) ? (latest.values[point] as number) : Number.NaN;
      for (const condition of conditions) {
        const value = condition.measure === null ? reading : condition.measure.take(latest, now.monotonicMs);
        const change = Number.isNaN(value) ? this.#miss(condition, now) : this.#see(condition, value, now);
        if (change === null) continue;
        if (changes === NONE) changes = [];
        changes.push(change);
      }
    }
    return this.#withFlood(changes, now);
  }

  /** A poll was missed: until the next reading no delay of these points runs. Their last values still stand. */
  pause(first: number, count: number, now: BookTime): void {
    for (let point = first; point < first + count; point += 1)
      for (const condition of this.#byPoint[point] ?? []) {
        condition.measure?.gap(now.monotonicMs);
        this.#stop(condition, now);
      }
  }

  /** Lets delays run out between two readings. */
  tick(latest: LatestReadings, now: BookTime): readonly AlarmStep[] {
    const changes: AlarmStep[] = [];
    for (const condition of [...this.#restless]) {
      const { point } = condition.rule;
      const reading = isGood(latest.qualities[point] as number) ? (latest.values[point] as number) : Number.NaN;
      const value = condition.measure === null ? reading : condition.measure.last;
      const change = Number.isNaN(value) ? null : this.#see(condition, value, now);
      if (change !== null) changes.push(change);
    }
    for (const key of this.#reAlarms.due(this.#live.values(), (known) => this.#rules.get(known), now.monotonicMs)) {
      const change = this.#apply(this.#rules.get(key) as Rule, { kind: "reAlarm" }, now);
      if (change !== null) changes.push(change);
    }
    return this.#withFlood([...changes, ...this.#sweep(now), ...this.#digests(now)], now);
  }

  /** Watching has gone on long enough to tell what was there from the beginning: one heading, and under it what still stands. */
  settled(now: BookTime): readonly AlarmStep[] {
    if (!this.#calm.isSettling) return NONE;
    this.#calm.settled();
    this.#hasChanged = true;
    const found = this.live.filter(({ key, suppressedBy, clearedAtMs, window }) => {
      const rule = this.#rules.get(key);
      if (suppressedBy !== SETTLE || clearedAtMs !== null || window !== undefined || rule === undefined) return false;
      return this.#calm.asideOf(rule, this.#live.get(key), this.#live, now).suppressedBy === null;
    });
    const incident = this.#calm.settleIncident;
    const worst = worstOf(found);
    const rule = this.#rules.get(this.#calm.restartedKey ?? "");
    const heading: AlarmStep[] = [];
    if (worst !== null && incident !== null && rule !== undefined)
      heading.push(
        this.#heading(
          rule,
          { text: restartText(found), severity: worst.severity, incident: incident.id, incidentNumber: incident.number },
          now,
        ),
      );
    const over = (): AlarmStep[] => (heading.length === 0 || rule === undefined ? [] : this.#end(rule, now));
    const told = this.#sweep(now);
    // The heading tells how many there are.
    if (incident !== null) this.#grownMs.delete(incident.id);
    return this.#withFlood([...heading, ...told, ...over()], now);
  }

  /** Maintenance windows were planned or ended: what they cover goes out of service, or comes back, at once. */
  setWindows(windows: Calm["windows"], now: BookTime): readonly AlarmStep[] {
    this.#calm.setWindows(windows);
    this.#hasChanged = true;
    return this.#withFlood(this.#sweep(now), now);
  }

  /** Says whether a silence condition (lost, stale, adapter missing) is there; the caller has kept the delays. */
  silence(key: string, silent: boolean, now: BookTime): readonly AlarmStep[] {
    const rule = this.#rules.get(key);
    if (rule?.kind !== "silence") throw new Error(`no silence rule ${key}`);
    const change = this.#apply(rule, { kind: "condition", level: silent ? 0 : -1, value: null, incident: this.#newIncident() }, now);
    return change === null ? NONE : this.#withFlood([change], now);
  }

  /** A person has seen these alarms. Keys that are not live are not found: they may have ended a moment ago. */
  acknowledge(
    keys: readonly string[],
    by: string,
    note: string,
    now: BookTime,
  ): { readonly changes: readonly AlarmChange[]; readonly notFound: readonly string[]; readonly already: readonly AlarmRecord[] } {
    const { changes, notFound, unchanged } = this.act(keys, () => ({ kind: "acknowledge", by, note }), now);
    return { changes, notFound, already: unchanged };
  }

  /** What a person does to alarms, each key once. `unchanged`: it was so already, or cannot be. */
  act(
    keys: readonly string[],
    inputOf: (rule: Rule) => AlarmInput,
    now: BookTime,
  ): { readonly changes: readonly AlarmChange[]; readonly notFound: readonly string[]; readonly unchanged: readonly AlarmRecord[] } {
    const changes: AlarmChange[] = [];
    const notFound: string[] = [];
    const unchanged: AlarmRecord[] = [];
    for (const key of new Set(keys)) {
      const record = this.#live.get(key);
      const rule = this.#rules.get(key);
      if (record === undefined || rule === undefined) {
        notFound.push(key);
        continue;
      }
      const change = this.#apply(rule, inputOf(rule), now);
      if (change !== null && change.cause !== "hold") changes.push(change);
      else if (change === null) unchanged.push(record);
    }
    return { changes, notFound, unchanged };
  }

  /** Takes changes back that could not be recorded, unless the alarm has moved on since. */
  rescind(changes: readonly AlarmChange[], before: readonly AlarmRecord[], now: BookTime): void {
    for (const { record } of changes) {
      const previous = before.find(({ key }) => key === record.key);
      const current = this.#live.get(record.key);
      if (previous === undefined) continue;
      if (current === record || (current === undefined && record.state === "A")) this.#live.set(previous.key, previous);
      // It went back to normal in between, silently, because it passed for acknowledged: nobody has seen it.
      else if (current === undefined)
        this.#live.set(previous.key, { ...previous, state: "D", clearedAtMs: now.wallMs, changedAtMs: now.wallMs });
    }
  }

  /** While nobody knows the time of day, what holds at all times is judged. */
  #followSchedules({ wallMs, certain }: BookTime): void {
    for (const condition of this.#scheduled) {
      const base = this.#rules.get(condition.rule.key) as ProcessRule;
      const on = certain === false ? undefined : base.variants?.findLast(({ isOn }) => isOn(wallMs));
      condition.use(on?.rule ?? base);
    }
  }

  #see(condition: Condition, value: number, now: BookTime): AlarmStep | null {
    const moved = condition.see(value, now.monotonicMs);
    if (condition.restless) this.#restless.add(condition);
    else if (this.#restless.size > 0) this.#restless.delete(condition);
    if (!moved && !this.#isOutdated(condition)) {
      this.#track(condition.rule, value);
      return this.#live.size === 0 ? null : this.#apply(condition.rule, { kind: "hold", held: false }, now);
    }
    return this.#apply(condition.rule, { kind: "condition", level: condition.level, value, incident: this.#newIncident() }, now);
  }

  /** Its rule was edited while it stood: the same condition has another severity by now. */
  #isOutdated({ rule, level }: Condition): boolean {
    const record = level < 0 ? undefined : this.#live.get(rule.key);
    return record !== undefined && record.clearedAtMs === null && record.severity !== severityAt(rule, level);
  }

  #miss(condition: Condition, now: BookTime): AlarmStep | null {
    this.#stop(condition, now);
    return this.#live.size === 0 ? null : this.#apply(condition.rule, { kind: "hold", held: true }, now);
  }

  #stop(condition: Condition, now: BookTime): void {
    condition.miss(now.monotonicMs);
    this.#restless.delete(condition);
  }

  /** Keeps the extremes since the raise; they go to the journal with the next change. */
  #track(rule: ProcessRule, value: number): void {
    if (this.#live.size === 0 || rule.kind === "state") return;
    const record = this.#live.get(rule.key);
    if (record === undefined || record.clearedAtMs !== null) return;
    if (record.maximum !== null && value <= record.maximum && record.minimum !== null && value >= record.minimum) return;
    this.#live.set(rule.key, {
      ...record,
      minimum: Math.min(record.minimum ?? value, value),
      maximum: Math.max(record.maximum ?? value, value),
    });
  }

  #apply(rule: Rule, input: AlarmInput, now: BookTime): AlarmStep | null {
    const before = this.#live.get(rule.key);
    const placed = input.kind === "condition" && input.level >= 0 ? this.#placed(rule, input, before, now) : null;
    const change = step(rule, before ?? null, placed?.input ?? input, now.wallMs);
    if (change === null) return null;
    return this.#keep(
      change.cause === "hold" ? change : this.#marked(rule, this.#named(change, before, placed?.member ?? null, now), before, now),
      now,
    );
  }

  #keep<Step extends AlarmStep>(change: Step, { monotonicMs }: BookTime): Step {
    this.#hasChanged = true;
    if (change.record.state === "A") {
      this.#live.delete(change.record.key);
      this.#lately?.end(change.record, monotonicMs);
    } else this.#live.set(change.record.key, change.record);
    return change;
  }

  /** What sets an alarm aside at this moment, and whose incident a new one is. */
  #placed(rule: Rule, input: Extract<AlarmInput, { kind: "condition" }>, before: AlarmRecord | undefined, now: BookTime) {
    const aside = this.#calm.asideOf(rule, before, this.#live, now);
    const open = () => ({ id: this.#newIncident(), number: this.#newNumber() });
    const member = before === undefined ? (this.#calm.join(rule, aside, this.#live, now, open) ?? this.#former(rule, now)) : null;
    return { input: { ...input, aside, incident: member?.incident ?? input.incident }, member };
  }

  /** The incident that an alarm opens again because it is back so soon. */
  #former({ key }: Rule, { monotonicMs }: BookTime): Membership | null {
    return this.#calm.isHeading(key) ? null : (this.#lately?.take(key, monotonicMs) ?? null);
  }

  /** What only the first record of an alarm is given: its incident's number for people, and whether the time of its raise is certain. */
  #named(change: AlarmChange, before: AlarmRecord | undefined, member: Membership | null, { certain }: BookTime): AlarmChange {
    if (before !== undefined) return change;
    const incidentNumber = member === null ? this.#newNumber() : member.incidentNumber;
    const record = {
      ...change.record,
      ...(incidentNumber === undefined ? {} : { incidentNumber }),
      ...(member === null ? {} : { incidentKey: member.incidentKey }),
      ...(certain === false ? { timeMark: "uncertain" as const } : {}),
    };
    return { ...change, record };
  }

  /** What comes and goes is held on for longer, and says so; what has grown an incident is told with its next count. */
  #marked(rule: Rule, change: AlarmChange, before: AlarmRecord | undefined, now: BookTime): AlarmChange {
    const { chattering, fleeting } = this.#calm.saw(rule, change, before, now);
    const { record, cause } = change;
    const isNew = before === undefined || before.raiseCount === 0;
    if (cause === "raise" && isNew && record.incidentKey !== undefined && !this.#grownMs.has(record.incident))
      this.#grownMs.set(record.incident, now.monotonicMs);
    const condition = this.#conditions.get(rule.key);
    const { chattering: was, fleeting: _, ...rest } = record;
    const isChattering = condition !== undefined && (chattering === true || (was === true && cause !== "clear"));
    if (condition !== undefined) condition.quietMs = isChattering ? CHATTER.quietMs : 0;
    if (!isChattering && was === undefined && fleeting === undefined && record.fleeting === undefined) return change;
    return {
      ...change,
      record: { ...rest, ...(isChattering ? { chattering: true as const } : {}), ...(fleeting === true ? { fleeting } : {}) },
    };
  }

  /** What no longer, or only now, sets alarms aside: windows, causes, shelves whose time is over. */
  #sweep(now: BookTime): AlarmStep[] {
    // Between two changes only time moves anything, and only what is set aside already.
    const all = this.#calm.look(now) || this.#hasChanged;
    this.#hasChanged = false;
    const steps: AlarmStep[] = [];
    for (const record of this.#live.values()) {
      if (!all && asideState(record) === null) continue;
      const rule = this.#rules.get(record.key);
      if (rule === undefined || isEmergency(rule)) continue;
      const shelf = record.shelf?.untilMs ?? null;
      if (shelf !== null && shelf <= now.wallMs) push(steps, this.#apply(rule, { kind: "shelve", shelf: null }, now));
      const current = this.#live.get(record.key);
      if (current === undefined) continue;
      push(steps, this.#apply(rule, { kind: "aside", aside: this.#calm.asideOf(rule, current, this.#live, now) }, now));
    }
    return steps;
  }

  /** Tells how many alarms an incident has by now, once the moment in which they come has passed. */
  #digests(now: BookTime): AlarmStep[] {
    const steps: AlarmStep[] = [];
    for (const [incident, sinceMs] of this.#grownMs) {
      if (now.monotonicMs - sinceMs < this.#calm.groupWithinMs) continue;
      this.#grownMs.delete(incident);
      const members = this.live.filter(
        (record) => record.incident === incident && record.clearedAtMs === null && asideState(record) === null,
      );
      const speaker = members.find(({ key, incidentKey }) => key === (incidentKey ?? key)) ?? members[0];
      if (speaker !== undefined) steps.push({ cause: "update", record: speaker, digest: true });
    }
    return steps;
  }

  #withFlood(steps: AlarmStep[], now: BookTime): AlarmStep[] {
    const began = steps === NONE ? null : this.#calm.flood.look(now.monotonicMs);
    const rule = this.#rules.get(this.#calm.floodKey ?? "");
    if (began === null || rule === undefined) return steps;
    if (!began) return [...steps, ...this.#end(rule, now)];
    const { withinMs } = this.#calm.floodLimits;
    const rang = this.live.filter(({ raisedAtMs, state }) => state === "B" && now.wallMs - raisedAtMs < withinMs);
    return [...steps, this.#heading(rule, { text: floodText(rang, this.#calm.flood.count, withinMs) }, now)];
  }

  /** An alarm that stands for others: it opens their incident. It has no time of its own, so that it is never first-out. */
  #heading(rule: Rule, own: Partial<AlarmRecord>, now: BookTime): AlarmChange {
    const before = this.#live.get(rule.key);
    const incident = own.incident ?? this.#newIncident();
    const change = step(rule, null, { kind: "condition", level: 0, value: null, incident }, now.wallMs);
    if (change === null || change.cause === "hold") throw new Error(`heading ${rule.key} does not ring`);
    const { abnormalAtMs: _, ...record } = change.record;
    const incidentNumber = own.incidentNumber ?? this.#newNumber();
    const raiseCount = (before?.raiseCount ?? 0) + 1;
    const mark = now.certain === false ? { timeMark: "uncertain" as const } : {};
    return this.#keep(
      {
        cause: "raise",
        record: { ...record, ...(incidentNumber === undefined ? {} : { incidentNumber }), ...own, ...mark, raiseCount },
      },
      now,
    );
  }

  #end(rule: Rule, now: BookTime): AlarmStep[] {
    const steps: AlarmStep[] = [];
    push(steps, this.#apply(rule, { kind: "condition", level: -1, value: null, incident: "" }, now));
    return steps;
  }
}

const NOWHERE = { areas: [], devices: [] };
const NONE: AlarmStep[] = [];

function levelOf(rule: Rule, record: AlarmRecord): number {
  for (let level = levelCount(rule) - 1; level >= 0; level -= 1) if (severityAt(rule, level) === record.severity) return level;
  return 0;
}

function push(steps: AlarmStep[], change: AlarmStep | null): void {
  if (change !== null) steps.push(change);
}
