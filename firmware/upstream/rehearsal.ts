import { step } from "../alarms/lifecycle.ts";
import { levelCount, type Rule } from "../alarms/rule.ts";
import { subjectsOf } from "../assets/subject.ts";
import type { AlarmRecord, Words } from "../contract/alarm.ts";
import { firstInScope } from "../escalation/scope.ts";
import { whereaboutsIn } from "../escalation/whereabouts.ts";
import { type IncidentEvent, incidentEvent } from "../incidents/event.ts";
import type { Site } from "../site/model.ts";
import { plannedTargets } from "../site/resolve-escalation.ts";
import { scopesOf } from "./scopes.ts";

/** An alarm as it would be, and who would be told of it. */
export interface Rehearsal {
  readonly record: AlarmRecord;
  readonly event: IncidentEvent;
  /** In the order of the site file. */
  readonly targets: readonly { readonly target: string; readonly isTold: boolean; readonly why: Words }[];
}

const ID = "00000000-0000-4000-8000-000000000000";
const NUMBER = "RW-000000";

/** Rules whose alarms begin with this: a device, a point (`th-1/ambient.temperature`) or an alarm's whole key. */
export function rulesAbout(rules: readonly Rule[], about: string): readonly Rule[] {
  return rules.filter(({ key }) => {
    const path = key.split("/");
    return [key, path.slice(2).join("/")].some((name) => name === about || name.startsWith(`${about}/`));
  });
}

/** Nothing is recorded and nobody is told: what the worst that this rule knows would be, at a moment of the wall clock. */
export function rehearse(site: Site, rule: Rule, atMs: number): Rehearsal {
  const level = levelCount(rule) - 1;
  const value = rule.kind === "limit" ? (rule.levels[level]?.limit ?? null) : null;
  const change = step(rule, null, { kind: "condition", level, value, incident: ID }, atMs);
  if (change === null || change.cause !== "raise") throw new Error(`${rule.key} did not ring`);
  const record: AlarmRecord = { ...change.record, incidentNumber: NUMBER };
  const assets = new Map(site.devices.map(({ id, asset }) => [id, asset]));
  const known = { wallMs: () => atMs, wallTrusted: () => true } as Parameters<typeof subjectsOf>[2];
  const subject = subjectsOf(site, (device) => assets.get(device) ?? null, known)(record);
  const event = incidentEvent({ cause: "raise", record }, { id: ID, sequence: 1, bootId: ID, atMs, clockTrusted: true, subject });
  return { record, event, targets: whoHears(site, record, atMs) };
}

function whoHears(site: Site, record: AlarmRecord, atMs: number): Rehearsal["targets"] {
  const asked = { severity: record.severity, device: record.device, atMs, ...whereaboutsIn(site)(record) };
  const scoped = scopesOf(site)(record, atMs);
  const planned = plannedTargets(site.plans, site.rotas);
  const plan = firstInScope(site.plans, asked, site.timezone);
  return site.targets.map(({ id }) => {
    if (planned.has(id)) {
      const named = plan?.steps.findIndex(({ targets }) => targets.includes(id)) ?? -1;
      const found = plan?.steps[named];
      if (plan === undefined || found === undefined) return { target: id, isTold: false, why: NOT_PLANNED };
      const minutes = Math.round(found.afterMs / 6_000) / 10;
      return {
        target: id,
        isTold: true,
        why: {
          zh: `升级计划 ${plan.id} 第 ${named + 1} 步，${minutes} 分钟后（若无人确认）`,
          en: `step ${named + 1} of plan ${plan.id}, after ${minutes} min if nobody acknowledges`,
        },
      };
    }
    if (scoped[id] === undefined) return { target: id, isTold: true, why: { zh: "通知全部告警", en: "it is told everything" } };
    return scoped[id]
      ? { target: id, isTold: true, why: { zh: "符合 only", en: "it is in its only" } }
      : { target: id, isTold: false, why: { zh: "不符合 only", en: "it is not in its only" } };
  });
}

const NOT_PLANNED: Words = {
  zh: "只由升级计划或值班通知，而此告警的计划没有写它",
  en: "it hears by plans and people on call alone, and the plan of this alarm does not name it",
};
