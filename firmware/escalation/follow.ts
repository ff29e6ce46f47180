import type { AlarmChange } from "../alarms/change.ts";
import { severityRank } from "../alarms/lifecycle.ts";
import type { AlarmRecord } from "../contract/alarm.ts";
import type { Moment, Running } from "../contract/escalating.ts";
import type { Plan } from "./plan.ts";
import { ranBy } from "./running.ts";
import { firstInScope } from "./scope.ts";
import { addressesOf, type Channels, tell } from "./told.ts";
import type { Whereabouts } from "./whereabouts.ts";

export interface Rules {
  readonly plans: readonly Plan[];
  readonly timezone: string;
  readonly channels: Channels;
  readonly whereabouts: Whereabouts;
}

export interface Followed {
  /** Null: the incident's last alarm is over. */
  readonly running: Running | null;
  /** Who is told of this change. */
  readonly targets: readonly string[];
  readonly to: Readonly<Record<string, readonly string[]>>;
}

/** What a change of an alarm does to the escalation that it belongs to. `members`: the live alarms of that escalation after the change. */
export function follow(
  id: string,
  before: Running | null,
  { cause, record }: AlarmChange,
  members: readonly AlarmRecord[],
  now: Moment,
  rules: Rules,
): Followed {
  const stepped = members.length === 0 ? null : stepAfter(id, before, members, now, rules);
  const isAlone = !members.some(({ key, clearedAtMs }) => key !== record.key && clearedAtMs === null);
  const { reached, told } = tell({ cause, isBack: stepped?.begins !== true, isAlone }, before?.told ?? {}, rules.channels);
  const who = { targets: [...reached.keys()], to: addressesOf(reached, rules.channels) };
  if (stepped === null) return { running: null, ...who };
  return { running: { ...stepped.running, told }, ...who };
}

/** The escalation as it is when these alarms are what it is about; also where none was known so far. `begins`: a plan begins with its first step. */
export function stepAfter(
  id: string,
  before: Running | null,
  members: readonly AlarmRecord[],
  now: Moment,
  rules: Rules,
): { readonly running: Running; readonly begins: boolean } {
  const plan = rules.plans.find((known) => known.id === before?.plan) ?? null;
  const ringing = ringingOf(members, plan?.until ?? "acknowledged");
  const lead = ringing[0] ?? null;
  if (lead === null)
    return { running: before === null ? begun(id, members[0] as AlarmRecord, null, now) : rested(before, members, now), begins: false };
  const goesOn = before !== null && !beginsAnew(before, plan, lead);
  // Nobody's plan fitted what rang first, which may be what a start found or a flood: one of the alarms under it may have one.
  const fitting = goesOn && before.plan !== null ? null : chooseFor(ringing, now, rules);
  if (goesOn && fitting === null) {
    const isOn = before.phase === "ringing";
    return { running: isOn ? before : { ...before, phase: "ringing", at: now }, begins: false };
  }
  const fresh = begun(id, lead, fitting, now);
  return { running: { ...fresh, phase: "ringing", told: before?.told ?? {}, log: before?.log ?? [] }, begins: true };
}

/** After somebody had it, when it has become worse, and where the plan is no more. */
function beginsAnew({ phase, severity, plan: id }: Running, plan: Plan | null, lead: AlarmRecord): boolean {
  if (phase === "stopped" || severityRank(lead.severity) > severityRank(severity)) return true;
  return plan === null && (id !== null || phase !== "ringing");
}

/** The alarm that stands for the incident: of those that ring the worst, of these the first. Null: none rings. */
export function leadOf(members: readonly AlarmRecord[], until: Plan["until"]): AlarmRecord | null {
  return ringingOf(members, until)[0] ?? null;
}

function ringingOf(members: readonly AlarmRecord[], until: Plan["until"]): readonly AlarmRecord[] {
  const ringing = members.filter((record) => rings(record, until));
  const order = (a: AlarmRecord, b: AlarmRecord): number =>
    severityRank(b.severity) - severityRank(a.severity) || a.raisedAtMs - b.raisedAtMs || (a.key < b.key ? -1 : 1);
  return ringing.toSorted(order);
}

/** What is back to normal, latched or not, does not, nor what was shelved, suppressed or taken out of service; an emergency is none of these. */
function rings({ state, clearedAtMs }: AlarmRecord, until: Plan["until"]): boolean {
  return clearedAtMs === null && (state === "B" || (state === "C" && until === "cleared"));
}

/** The plan of the worst alarm that has one; `ringing`: the worst first. */
function chooseFor(ringing: readonly AlarmRecord[], now: Moment, rules: Rules): Plan | null {
  for (const record of ringing) {
    const plan = choose(record, now, rules);
    if (plan !== null) return plan;
  }
  return null;
}

function choose(lead: AlarmRecord, now: Moment, { plans, timezone, whereabouts }: Rules): Plan | null {
  return firstInScope(plans, { severity: lead.severity, device: lead.device, atMs: now.wallMs, ...whereabouts(lead) }, timezone) ?? null;
}

function begun(id: string, { severity }: AlarmRecord, plan: Plan | null, now: Moment): Running {
  return { id, plan: plan?.id ?? null, severity, phase: "quiet", ranMs: 0, at: now, cursor: null, calls: [], told: {}, log: [] };
}

function rested(before: Running, members: readonly AlarmRecord[], now: Moment): Running {
  const phase = members.some(({ acknowledgement }) => acknowledgement !== null) ? "stopped" : "quiet";
  if (phase === before.phase) return before;
  return { ...before, phase, ranMs: ranBy(before, now), at: now };
}
