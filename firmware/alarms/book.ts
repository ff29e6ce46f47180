import { isGood } from "../../drivers/reading.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import type { AlarmChange, AlarmStep } from "./change.ts";
import { Condition } from "./condition.ts";
import type { LatelyEnded } from "./lately.ts";
import { type AlarmInput, step } from "./lifecycle.ts";
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
  /** Times that the journal had before this boot. */
  readonly #known: ReadonlySet<number>;
  readonly #newIncident: () => string;
  readonly #newNumber: () => string | undefined;
  readonly #lately: Pick<LatelyEnded, "end" | "take"> | null;

  /** @param live records of the journal: acknowledged stays acknowledged, what rang goes on ringing, without a second raise. */
  constructor(
    rules: readonly Rule[],
    live: readonly AlarmRecord[],
    newIncident: () => string,
    newNumber: () => string | undefined = () => undefined,
    knownTimes: ReadonlySet<number> = new Set(live.flatMap(timesOf)),
    lately: Pick<LatelyEnded, "end" | "take"> | null = null,
  ) {
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
      while (this.#byPoint.length <= rule.point) this.#byPoint.push([]);
      this.#byPoint[rule.point] = [...(this.#byPoint[rule.point] ?? []), condition];
    }
  }

  /** Live alarms, in no particular order. */
  get live(): readonly AlarmRecord[] {
    return [...this.#live.values()];
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
    for (let point = first; point < first + count; point += 1) {
      const conditions = this.#byPoint[point];
      if (conditions === undefined) continue;
      const good = isGood(latest.qualities[point] as number);
      const value = latest.values[point] as number;
      for (const condition of conditions) {
        const change = good ? this.#see(condition, value, now) : this.#miss(condition, now);
        if (change === null) continue;
        if (changes === NONE) changes = [];
        changes.push(change);
      }
    }
    return changes;
  }

  /** A poll was missed: until the next reading no delay of these points runs. Their last values still stand. */
  pause(first: number, count: number, now: BookTime): void {
    for (let point = first; point < first + count; point += 1)
      for (const condition of this.#byPoint[point] ?? []) this.#stop(condition, now);
  }

  /** Lets delays run out between two readings. */
  tick(latest: LatestReadings, now: BookTime): readonly AlarmStep[] {
    const changes: AlarmStep[] = [];
    for (const condition of [...this.#restless]) {
      const point = condition.rule.point;
      if (!isGood(latest.qualities[point] as number)) continue;
      const change = this.#see(condition, latest.values[point] as number, now);
      if (change !== null) changes.push(change);
    }
    return changes;
  }

  /** Says whether a silence condition (lost, stale, adapter missing) is there; the caller has kept the delays. */
  silence(key: string, silent: boolean, now: BookTime): readonly AlarmStep[] {
    const rule = this.#rules.get(key);
    if (rule?.kind !== "silence") throw new Error(`no silence rule ${key}`);
    const change = this.#apply(rule, { kind: "condition", level: silent ? 0 : -1, value: null, incident: this.#newIncident() }, now);
    return change === null ? NONE : [change];
  }

  /** A person has seen these alarms. Keys that are not live are not found: they may have ended a moment ago. */
  acknowledge(
    keys: readonly string[],
    by: string,
    note: string,
    now: BookTime,
  ): { readonly changes: readonly AlarmChange[]; readonly notFound: readonly string[]; readonly already: readonly AlarmRecord[] } {
    const changes: AlarmChange[] = [];
    const notFound: string[] = [];
    const already: AlarmRecord[] = [];
    for (const key of new Set(keys)) {
      const record = this.#live.get(key);
      const rule = this.#rules.get(key);
      if (record === undefined || rule === undefined) {
        notFound.push(key);
        continue;
      }
      const change = this.#apply(rule, { kind: "acknowledge", by, note }, now);
      if (change !== null && change.cause !== "hold") changes.push(change);
      else if (change === null) already.push(record);
    }
    return { changes, notFound, already };
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

  #see(condition: Condition, value: number, now: BookTime): AlarmStep | null {
    const moved = condition.see(value, now.monotonicMs);
    if (condition.restless) this.#restless.add(condition);
    else if (this.#restless.size > 0) this.#restless.delete(condition);
    if (!moved) {
      this.#track(condition.rule, value);
      return this.#live.size === 0 ? null : this.#apply(condition.rule, { kind: "hold", held: false }, now);
    }
    return this.#apply(condition.rule, { kind: "condition", level: condition.level, value, incident: this.#newIncident() }, now);
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
    const change = this.#named(step(rule, before ?? null, input, now.wallMs), before === undefined, now);
    if (change === null) return null;
    if (change.record.state === "A") {
      this.#live.delete(rule.key);
      this.#lately?.end(change.record, now.monotonicMs);
    } else this.#live.set(rule.key, change.record);
    return change;
  }

  /** What only the first record of an alarm is given: its incident, with the number for people, and whether the time of its raise is certain. */
  #named(change: AlarmStep | null, isNew: boolean, { certain, monotonicMs }: BookTime): AlarmStep | null {
    if (change === null || !isNew) return change;
    const former = this.#lately?.take(change.record.key, monotonicMs) ?? null;
    const incidentNumber = former === null ? this.#newNumber() : former.incidentNumber;
    const record = {
      ...change.record,
      ...(former === null ? {} : { incident: former.incident }),
      ...(incidentNumber === undefined ? {} : { incidentNumber }),
      ...(certain === false ? { timeMark: "uncertain" as const } : {}),
    };
    return { ...change, record };
  }
}

const NONE: AlarmStep[] = [];

function levelOf(rule: Rule, record: AlarmRecord): number {
  for (let level = levelCount(rule) - 1; level >= 0; level -= 1) if (severityAt(rule, level) === record.severity) return level;
  return 0;
}
