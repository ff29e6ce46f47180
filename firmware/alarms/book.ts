import type { AlarmRecord } from "../contract/alarm.ts";
import { asideState, SETTLE } from "./aside.ts";
import { Calm } from "./calm.ts";
import { type AlarmChange, type AlarmStep, isRecorded } from "./change.ts";
import type { Condition } from "./condition.ts";
import { Conditions } from "./conditions.ts";
import type { Membership } from "./grouping.ts";
import { Growth } from "./growth.ts";
import { floodText, restartText, worstOf } from "./headings.ts";
import type { LatelyEnded } from "./lately.ts";
import { type AlarmInput, step } from "./lifecycle.ts";
import { ReAlarms } from "./re-alarm.ts";
import { type Restamp, restampedAlarm, timesOf } from "./restamp.ts";
import { limitAt, type ProcessRule, type Rule, severityAt } from "./rule.ts";

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
  readonly #conditions: Conditions;
  readonly #rules = new Map<string, Rule>();
  readonly #live = new Map<string, AlarmRecord>();
  readonly #reAlarms = new ReAlarms();
  /** Times that the journal had before this boot. */
  readonly #known: ReadonlySet<number>;
  readonly #newIncident: () => string;
  readonly #newNumber: () => string | undefined;
  readonly #lately: Pick<LatelyEnded, "end" | "take"> | null;
  readonly #calm: Calm;
  readonly #growth = new Growth();
  #hasChanged = true;

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
    for (const rule of rules) this.#rules.set(rule.key, rule);
    this.#conditions = new Conditions(rules, (key) => this.#live.get(key));
  }

  /** Live alarms, in no particular order. */
  get live(): readonly AlarmRecord[] {
    return [...this.#live.values()];
  }

  /** A delay is running: time alone may change something. */
  get isRestless(): boolean {
    return this.#conditions.isRestless;
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
    let changes: AlarmStep[] = NONE;
    this.#conditions.judge(first, count, latest, now, (condition, value, moved) => {
      const change = this.#follow(condition, value, moved, now);
      if (change === null) return;
      if (changes === NONE) changes = [];
      changes.push(change);
    });
    return this.#withFlood(changes, now);
  }

  /** A poll was missed: until the next reading no delay of these points runs. Their last values still stand. */
  pause(first: number, count: number, now: BookTime): void {
    this.#conditions.pause(first, count, now);
  }

  /** Lets delays run out between two readings. */
  tick(latest: LatestReadings, now: BookTime): readonly AlarmStep[] {
    const changes: AlarmStep[] = [];
    this.#conditions.tick(latest, now, (condition, value, moved) => push(changes, this.#follow(condition, value, moved, now)));
    for (const key of this.#reAlarms.due(this.#live.values(), (known) => this.#rules.get(known), now.monotonicMs)) {
      push(changes, this.#apply(this.#rules.get(key) as Rule, { kind: "reAlarm" }, now));
    }
    const swept = this.#sweep(now);
    const grown = this.#growth.due(this.#live, this.#calm.groupWithinMs, now.monotonicMs);
    return this.#withFlood([...changes, ...swept, ...grown], now);
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
    const isTold = worst !== null && incident !== null && rule !== undefined;
    const heading = isTold
      ? [
          this.#heading(
            rule,
            { text: restartText(found), severity: worst.severity, incident: incident.id, incidentNumber: incident.number },
            now,
          ),
        ]
      : [];
    const told = this.#sweep(now);
    // The heading tells how many there are.
    if (incident !== null) this.#growth.told(incident.id);
    return this.#withFlood([...heading, ...told, ...(isTold ? this.#end(rule, now) : [])], now);
  }

  /** Maintenance windows were planned or ended: what they cover goes out of service, or comes back, at once. */
  setWindows(windows: Calm["windows"], now: BookTime): readonly AlarmStep[] {
    this.#calm.setWindows(windows);
    this.#hasChanged = true;
    return this.#withFlood(this.#sweep(now), now);
  }

  /** Says whether a silence condition (lost, stale, adapter missing) is there, and how bad; the caller has kept the delays. */
  silence(key: string, silent: boolean, now: BookTime, level: 0 | 1 = 0): readonly AlarmStep[] {
    const rule = this.#rules.get(key);
    if (rule?.kind !== "silence") throw new Error(`no silence rule ${key}`);
    const change = this.#apply(rule, { kind: "condition", level: silent ? level : -1, value: null, incident: this.#newIncident() }, now);
    return change === null ? NONE : this.#withFlood([change], now);
  }

  /** What a person does to alarms, each key once. `notFound`: may have ended a moment ago. `unchanged`: it was so already, or cannot be. */
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
      if (change === null) unchanged.push(record);
      else if (isRecorded(change)) changes.push(change);
    }
    return { changes, notFound, unchanged };
  }

  /** Takes changes back that could not be recorded, unless the alarm has moved on since. */
  rescind(changes: readonly AlarmChange[], before: readonly AlarmRecord[], now: BookTime): void {
    for (const { record } of changes) {
      const previous = before.find(({ key }) => key === record.key);
      const current = this.#live.get(record.key);
      if (previous === undefined) continue;
      this.#conditions.lookAgain(record.key);
      if (current !== undefined) {
        const { held, minimum, maximum } = current;
        if (isStill(current, record)) this.#live.set(previous.key, { ...previous, held, minimum, maximum });
      } else if (record.state === "A") this.#live.set(previous.key, previous);
      // It went back to normal in between, silently, because it passed for acknowledged: nobody has seen it.
      else this.#live.set(previous.key, { ...previous, state: "D", clearedAtMs: now.wallMs, changedAtMs: now.wallMs });
    }
  }

  /** What a condition that was looked at makes of its alarm. */
  #follow(condition: Condition, value: number, moved: boolean, now: BookTime): AlarmStep | null {
    const { rule } = condition;
    const held = Number.isNaN(value);
    if (moved || (!held && this.#isOutdated(condition)))
      return this.#apply(rule, { kind: "condition", level: condition.level, value, incident: this.#newIncident() }, now);
    // Most readings of a room are of nothing that stands.
    if (!this.#live.has(rule.key)) return null;
    if (!held) this.#track(rule, value);
    return this.#apply(rule, { kind: "hold", held }, now);
  }

  /** Its rule was edited while it stood, or is another one by the time of day: the same condition has another severity or limit by now. */
  #isOutdated({ rule, level }: Condition): boolean {
    const record = level < 0 ? undefined : this.#live.get(rule.key);
    if (record === undefined || record.clearedAtMs !== null) return false;
    const limit = limitAt(rule, level);
    return record.severity !== severityAt(rule, level) || (limit !== null && record.limit !== limit);
  }

  /** Keeps the extremes since the raise; they go to the journal with the next change. */
  #track(rule: ProcessRule, value: number): void {
    const record = this.#live.get(rule.key);
    if (rule.kind === "state" || record === undefined || record.clearedAtMs !== null) return;
    const minimum = Math.min(record.minimum ?? value, value);
    const maximum = Math.max(record.maximum ?? value, value);
    if (minimum !== record.minimum || maximum !== record.maximum) this.#live.set(rule.key, { ...record, minimum, maximum });
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
    return this.#lately?.take(key, monotonicMs) ?? null;
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
    if (cause === "raise" && isNew && record.incidentKey !== undefined) this.#growth.grew(record.incident, now.monotonicMs);
    const { chattering: was, fleeting: _, ...rest } = record;
    const isChattering = this.#conditions.has(rule.key) && (chattering === true || (was === true && cause !== "clear"));
    this.#conditions.hold(rule.key, isChattering);
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
      if (rule === undefined) continue;
      const shelf = record.shelf?.untilMs ?? null;
      if (shelf !== null && shelf <= now.wallMs) push(steps, this.#apply(rule, { kind: "shelve", shelf: null }, now));
      const current = this.#live.get(record.key);
      if (current === undefined) continue;
      push(steps, this.#apply(rule, { kind: "aside", aside: this.#calm.asideOf(rule, current, this.#live, now) }, now));
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

/** Whether the alarm stands as this change left it; its readings go on meanwhile. */
function isStill({ state, changedAtMs, soundOff }: AlarmRecord, left: AlarmRecord): boolean {
  return state === left.state && changedAtMs === left.changedAtMs && soundOff === left.soundOff;
}

function push(steps: AlarmStep[], change: AlarmStep | null): void {
  if (change !== null) steps.push(change);
}
