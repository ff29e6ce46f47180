import type { AlarmRecord } from "../contract/alarm.ts";
import { isEmergency } from "./emergency.ts";
import type { Rule } from "./rule.ts";
import type { Topology } from "./topology.ts";

/** Alarms of one cause begin within this time of each other. */
export const GROUP_WITHIN_MS = 60_000;
/** What begins later is another story, however closely it follows. */
const GROUP_SPAN_MAX_MS = 300_000;

/** The incident that a new alarm belongs to, and the key of the alarm that opened it. */
export interface Membership {
  readonly incident: string;
  readonly incidentKey: string;
  readonly incidentNumber?: string | undefined;
}

interface Member {
  readonly rule: Rule;
  readonly incident: string;
  readonly joinedMs: number;
}

/** Nobody else's cause: they are about people, the box and its links. */
const ALONE: ReadonlySet<string> = new Set(["forced", "denied", "delivery"]);
const PAPERS = /\/(warranty|contract)\.remaining$/;

/** Puts alarms with one cause into one incident. Pure but for the memory of the last minutes; times are monotonic. */
export class Grouping {
  readonly #topology: Topology;
  readonly #withinMs: number;
  readonly #ruleOf: (key: string) => Rule | undefined;
  readonly #beganMs = new Map<string, number>();
  #lately: Member[] = [];

  /** @param withinMs 0: every alarm is an incident of its own. */
  constructor(topology: Topology, withinMs: number, ruleOf: (key: string) => Rule | undefined) {
    this.#topology = topology;
    this.#withinMs = withinMs;
    this.#ruleOf = ruleOf;
  }

  /** Null: it opens an incident of its own. `cause` explains it already. */
  join(rule: Rule, cause: AlarmRecord | undefined, live: ReadonlyMap<string, AlarmRecord>, nowMs: number): Membership | null {
    if (this.#withinMs === 0 || !this.isJoinable(rule)) return null;
    if (cause !== undefined) return membershipOf(cause);
    return this.#under(rule, live) ?? this.#beside(rule, live, nowMs);
  }

  /** Takes a new alarm into the memory. */
  joined(rule: Rule, incident: string, nowMs: number): void {
    if (!this.isJoinable(rule)) return;
    if (!this.#beganMs.has(incident)) this.#beganMs.set(incident, nowMs);
    this.#lately.push({ rule, incident, joinedMs: nowMs });
  }

  forgetOld(nowMs: number): void {
    this.#lately = this.#lately.filter(({ joinedMs }) => nowMs - joinedMs < this.#withinMs);
    for (const [incident, beganMs] of this.#beganMs) if (nowMs - beganMs >= GROUP_SPAN_MAX_MS) this.#beganMs.delete(incident);
  }

  /** Whether it can have a cause in common with others at all. */
  isJoinable(rule: Rule): boolean {
    if (isEmergency(rule) || ALONE.has(rule.type) || PAPERS.test(rule.pointId ?? "")) return false;
    return this.#topology.areaOf(rule.device) !== null || isOfBus(rule);
  }

  /** Something above it has failed, however long ago. */
  #under(rule: Rule, live: ReadonlyMap<string, AlarmRecord>): Membership | null {
    const above = this.#topology.above(rule.device);
    for (const record of live.values()) {
      if (record.clearedAtMs !== null || !above.includes(record.device)) continue;
      const cause = this.#ruleOf(record.key);
      if (cause !== undefined && this.#topology.isRoot(cause) && !isEmergency(cause)) return membershipOf(record);
    }
    return null;
  }

  /** Something near it has begun just now. */
  #beside(rule: Rule, live: ReadonlyMap<string, AlarmRecord>, nowMs: number): Membership | null {
    for (const member of this.#lately) {
      if (nowMs - member.joinedMs >= this.#withinMs) continue;
      const beganMs = this.#beganMs.get(member.incident);
      if (beganMs === undefined || nowMs - beganMs >= GROUP_SPAN_MAX_MS) continue;
      const record = live.get(member.rule.key);
      if (record === undefined || record.clearedAtMs !== null || record.incident !== member.incident) continue;
      if (this.#areNear(rule, member.rule)) return membershipOf(record);
    }
    return null;
  }

  #areNear(a: Rule, b: Rule): boolean {
    if (this.#topology.above(a.device).includes(b.device) || this.#topology.above(b.device).includes(a.device)) return true;
    const busOf = (rule: Rule): string | null =>
      isOfBus(rule) ? rule.device : rule.type === "lost" ? this.#topology.busOf(rule.device) : null;
    const bus = busOf(a);
    if (bus !== null && bus === busOf(b)) return true;
    const areaA = this.#topology.areaOf(a.device);
    const areaB = this.#topology.areaOf(b.device);
    return areaA !== null && areaB !== null && this.#topology.areNear(areaA, areaB);
  }
}

export function membershipOf({ incident, incidentKey, incidentNumber, key }: AlarmRecord): Membership {
  return { incident, incidentKey: incidentKey ?? key, incidentNumber };
}

function isOfBus({ type }: Rule): boolean {
  return type === "busSilent" || type === "adapterMissing";
}
