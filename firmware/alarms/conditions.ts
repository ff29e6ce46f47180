import { isGood } from "../../drivers/reading.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import type { BookTime, LatestReadings } from "./book.ts";
import { CHATTER } from "./chatter.ts";
import { Condition } from "./condition.ts";
import { levelCount, type ProcessRule, type Rule, severityAt, type Variant } from "./rule.ts";

/** Hears of a condition that was looked at. `value` NaN: it could not be judged. */
type Looked = (condition: Condition, value: number, moved: boolean) => void;

/** The machine's half of all alarms of a site: which points make which condition, by which variant of its rule, and which wait for time. */
export class Conditions {
  /** By point number; a point without rules is not in it. */
  readonly #byPoint: readonly (readonly Condition[] | undefined)[];
  /**
   * By point number: as long as nothing stands there and no delay runs, what a reading must leave to be news to any of its conditions. Nearly
   * all readings of a room stay within, so that two comparisons are all that they cost. NaN: each reading is looked at.
   */
  readonly #calm: { readonly low: Float64Array; readonly high: Float64Array };
  readonly #liveOf: (key: string) => AlarmRecord | undefined;
  readonly #byKey = new Map<string, Condition>();
  readonly #restless = new Set<Condition>();
  /** Those whose rule is another one at other times, with the rule that holds otherwise. */
  readonly #scheduled: { readonly condition: Condition; readonly base: ProcessRule; readonly variants: readonly Variant[] }[] = [];

  /** @param liveOf what stands. At the start its level is on, and what came and went is held on. */
  constructor(rules: readonly Rule[], liveOf: (key: string) => AlarmRecord | undefined) {
    this.#liveOf = liveOf;
    const byPoint = new Map<number, Condition[]>();
    for (const rule of rules) {
      if (rule.kind === "silence") continue;
      const record = liveOf(rule.key);
      const condition = new Condition(rule, record === undefined || record.clearedAtMs !== null ? -1 : levelOf(rule, record));
      this.#byKey.set(rule.key, condition);
      this.hold(rule.key, record?.chattering === true);
      if (rule.variants !== undefined) this.#scheduled.push({ condition, base: rule, variants: rule.variants });
      for (const point of condition.measure?.points ?? [rule.point]) {
        const beside = byPoint.get(point);
        if (beside === undefined) byPoint.set(point, [condition]);
        else beside.push(condition);
      }
    }
    const points = Math.max(-1, ...byPoint.keys()) + 1;
    this.#byPoint = Array.from({ length: points }, (_, point) => byPoint.get(point));
    this.#calm = { low: new Float64Array(points).fill(Number.NaN), high: new Float64Array(points).fill(Number.NaN) };
  }

  /** A delay is running: time alone may change something. */
  get isRestless(): boolean {
    return this.#restless.size > 0;
  }

  /** Whether the rule of this alarm is judged here. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** What comes and goes is held on for longer than its rule says, until it has been quiet. */
  hold(key: string, isChattering: boolean): void {
    const condition = this.#byKey.get(key);
    if (condition !== undefined) condition.quietMs = isChattering ? CHATTER.quietMs : 0;
  }

  /** The alarm of this condition was changed by others than its readings: the next one is looked at. */
  lookAgain(key: string): void {
    const condition = this.#byKey.get(key);
    if (condition !== undefined) this.#endCalm(condition);
  }

  /** Looks at all that the points of one answer say. */
  judge(first: number, count: number, latest: LatestReadings, now: BookTime, looked: Looked): void {
    if (this.#scheduled.length > 0) this.#followSchedules(now);
    const { low, high } = this.#calm;
    for (let point = first; point < first + count; point += 1) {
      const conditions = this.#byPoint[point];
      if (conditions === undefined) continue;
      const reading = readingOf(latest, point);
      if (reading >= (low[point] as number) && reading <= (high[point] as number)) continue;
      this.#look(point, conditions, reading, latest, now, looked);
    }
  }

  #look(point: number, conditions: readonly Condition[], reading: number, latest: LatestReadings, now: BookTime, looked: Looked): void {
    let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (let place = 0; place < conditions.length; place += 1) {
      const condition = conditions[place] as Condition;
      const value = condition.measure === null ? reading : condition.measure.take(latest, now.monotonicMs);
      if (Number.isNaN(value)) this.#stop(condition, now);
      looked(condition, value, !Number.isNaN(value) && this.#see(condition, value, now));
      if (!condition.isCalm || this.#liveOf(condition.rule.key) !== undefined) low = Number.NaN;
      low = Math.max(low, condition.calmLow(reading));
      high = Math.min(high, condition.calmHigh(reading));
    }
    this.#calm.low[point] = low;
    this.#calm.high[point] = high;
  }

  /** A poll was missed: until the next reading no delay of these points runs. Their last values still stand. */
  pause(first: number, count: number, now: BookTime): void {
    for (let point = first; point < first + count; point += 1)
      for (const condition of this.#byPoint[point] ?? NONE) {
        condition.measure?.gap(now.monotonicMs);
        this.#stop(condition, now);
      }
  }

  /** Lets delays run out between two readings. */
  tick(latest: LatestReadings, now: BookTime, looked: Looked): void {
    for (const condition of [...this.#restless]) {
      const value = condition.measure === null ? readingOf(latest, condition.rule.point) : condition.measure.last;
      if (!Number.isNaN(value)) looked(condition, value, this.#see(condition, value, now));
    }
  }

  /** While nobody knows the time of day, what holds at all times is judged. */
  #followSchedules({ wallMs, certain }: BookTime): void {
    for (const { condition, base, variants } of this.#scheduled) {
      const on = certain === false ? undefined : variants.findLast(({ isOn }) => isOn(wallMs));
      const rule = on?.rule ?? base;
      if (rule === condition.rule) continue;
      condition.use(rule);
      this.#endCalm(condition);
    }
  }

  #endCalm({ rule }: Condition): void {
    this.#calm.low[rule.point] = Number.NaN;
  }

  #see(condition: Condition, value: number, now: BookTime): boolean {
    const moved = condition.see(value, now.monotonicMs);
    if (condition.restless) this.#restless.add(condition);
    else this.#restless.delete(condition);
    return moved;
  }

  #stop(condition: Condition, now: BookTime): void {
    condition.miss(now.monotonicMs);
    this.#restless.delete(condition);
  }
}

const NONE: readonly Condition[] = [];

function readingOf({ values, qualities }: LatestReadings, point: number): number {
  return isGood(qualities[point] as number) ? (values[point] as number) : Number.NaN;
}

function levelOf(rule: Rule, record: AlarmRecord): number {
  const severities = Array.from({ length: levelCount(rule) }, (_, level) => severityAt(rule, level));
  return Math.max(0, severities.lastIndexOf(record.severity));
}
