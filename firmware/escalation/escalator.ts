import type { AlarmChange } from "../alarms/change.ts";
import type { AlarmRecord, Delivery } from "../contract/alarm.ts";
import type { Moment, Running } from "../contract/escalating.ts";
import type { EscalationView } from "../contract/escalation.ts";
import { advance, type Fate, type Late, reachedBy, type World } from "./advance.ts";
import { follow, leadOf, type Rules, stepAfter } from "./follow.ts";
import { nextDue, type Plan } from "./plan.ts";
import { ranBy } from "./running.ts";

export interface EscalatorParts {
  readonly rules: Rules;
  /** As the journal has them at the start. */
  readonly known: readonly Running[];
  readonly live: readonly AlarmRecord[];
  readonly world: Pick<World, "onCall" | "newEvent">;
}

/**
 * All escalations of a box. No effects: the changes that it returns are to be recorded with what they say of the escalation, in one
 * transaction each, so that a start goes on exactly where the journal ends.
 */
export class Escalator {
  readonly #rules: Rules;
  readonly #world: EscalatorParts["world"];
  readonly #running = new Map<string, Running>();
  /** Live alarms by incident, by key. */
  readonly #members = new Map<string, Map<string, AlarmRecord>>();
  readonly #fates = new Map<string, ReadonlyMap<string, Fate>>();
  readonly #dead = new Set<string>();

  constructor({ rules, known, live, world }: EscalatorParts) {
    this.#rules = rules;
    this.#world = world;
    for (const record of live) this.#keep(record);
    for (const running of known) if (this.#members.has(running.id)) this.#running.set(running.id, running);
  }

  /** Begins what rings and was not begun: an alarm of before there were plans, or of a moment before a power cut. */
  begin(now: Moment): void {
    for (const [id, members] of this.#members)
      if (!this.#running.has(id)) this.#running.set(id, stepAfter(id, null, [...members.values()], now, this.#rules).running);
  }

  /** The same changes, each with what it does to its escalation and who is told of it. */
  follow(changes: readonly AlarmChange[], now: Moment): readonly AlarmChange[] {
    return changes.map((change) => {
      const id = this.#keep(change.record);
      const members = this.#members.get(id);
      const { running, targets, to } = follow(id, this.#running.get(id) ?? null, change, [...(members?.values() ?? [])], now, this.#rules);
      if (running === null) this.#running.delete(id);
      else this.#running.set(id, running);
      return { ...change, escalation: { id, running, targets, to } };
    });
  }

  /** The escalations of these alarms as they are now, for `takeBack`. */
  copyOf(records: readonly AlarmRecord[]): ReadonlyMap<string, Running | undefined> {
    return new Map(records.map(({ incident }) => [incident, this.#running.get(incident)]));
  }

  /** An act could not be recorded: its changes did not happen, unless an alarm has moved on since. `live`: the alarms as they are now. */
  takeBack(
    copy: ReadonlyMap<string, Running | undefined>,
    changes: readonly AlarmChange[],
    live: readonly AlarmRecord[],
    now: Moment,
  ): void {
    for (const [id, before] of copy) {
      const members = live.filter(({ incident }) => incident === id);
      for (const { record } of changes) if (record.incident === id) this.#members.get(id)?.delete(record.key);
      for (const record of members) this.#keep(record);
      const acted = changes.findLast(({ record }) => record.incident === id)?.escalation?.running ?? undefined;
      const current = this.#running.get(id);
      const running = current === acted ? before : current;
      if (members.length > 0) this.#running.set(id, stepAfter(id, running ?? null, members, now, this.#rules).running);
    }
  }

  /** What is due: each a change to be recorded for exactly its targets. `late`: what did not get through in time. */
  due(now: Moment): { readonly steps: readonly AlarmChange[]; readonly late: readonly Late[] } {
    const steps: AlarmChange[] = [];
    const late: Late[] = [];
    for (const [id, before] of this.#running) {
      const plan = this.#planOf(before);
      const lead = plan === null || before.phase !== "ringing" ? null : this.#leadOf(id, plan);
      if (plan === null || lead === null) continue;
      const { running, fires, late: lost } = advance(plan, before, now, this.#worldOf(id), this.#rules.channels);
      this.#running.set(id, running);
      late.push(...lost);
      for (const { event, targets, to, note } of fires)
        steps.push({ cause: "escalate", record: lead, escalation: { id, running, targets, event, note, to } });
    }
    return { steps, late };
  }

  /** What became of the events of an incident. */
  deliveries(incident: string, deliveries: readonly Delivery[]): void {
    if (this.#members.has(incident)) this.#fates.set(incident, new Map(deliveries.map(({ id, state }) => [id, state])));
  }

  /** Whether a target takes anything at present. */
  health(target: string, isReachable: boolean): void {
    if (isReachable) this.#dead.delete(target);
    else this.#dead.add(target);
  }

  /** Of one alarm, as it has to be recorded again in a new journal. */
  recorded(change: AlarmChange): AlarmChange {
    const id = change.record.incident;
    const running = this.#running.get(id);
    return running === undefined ? change : { ...change, escalation: { id, running, targets: [] } };
  }

  view(now: Moment): readonly EscalationView[] {
    return [...this.#running].flatMap(([id, running]) => this.#viewOf(id, running, now) ?? []);
  }

  #viewOf(id: string, running: Running, now: Moment): EscalationView | null {
    const plan = this.#planOf(running);
    const members = [...(this.#members.get(id)?.values() ?? [])];
    const lead = leadOf(members, plan?.until ?? "acknowledged") ?? members[0];
    if (lead === undefined) return null;
    const next = plan === null || running.phase !== "ringing" ? null : nextDue(plan, running.cursor);
    const step = next === null ? undefined : plan?.steps[next.step];
    const reached = step === undefined ? null : reachedBy(step, this.#world);
    return {
      incident: lead.incident,
      key: lead.key,
      alarms: members.map(({ key }) => key),
      severity: lead.severity,
      text: lead.text,
      incidentNumber: lead.incidentNumber ?? null,
      plan: running.plan,
      phase: running.phase,
      next:
        next === null || reached === null
          ? null
          : {
              step: next.step + 1,
              round: next.round,
              inMs: Math.max(0, next.afterMs - ranBy(running, now)),
              targets: [...reached.targets.keys()],
              people: reached.people.map(({ name }) => name),
            },
      told: [...running.log],
    };
  }

  #worldOf(incident: string): World {
    return {
      ...this.#world,
      isDead: (target) => this.#dead.has(target),
      fate: (event, target) => this.#fates.get(incident)?.get(`${event}.${target}`) ?? "unknown",
    };
  }

  #planOf({ plan }: Running): Plan | null {
    return this.#rules.plans.find(({ id }) => id === plan) ?? null;
  }

  #leadOf(id: string, plan: Plan): AlarmRecord | null {
    return leadOf([...(this.#members.get(id)?.values() ?? [])], plan.until);
  }

  #keep(record: AlarmRecord): string {
    const id = record.incident;
    const members = this.#members.get(id) ?? new Map<string, AlarmRecord>();
    if (record.state === "A") members.delete(record.key);
    else members.set(record.key, record);
    if (members.size > 0) this.#members.set(id, members);
    else {
      this.#members.delete(id);
      this.#fates.delete(id);
    }
    return id;
  }
}
