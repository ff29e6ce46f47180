import type { Words } from "../contract/alarm.ts";
import type { Plan } from "../escalation/plan.ts";
import type { Person, Rota } from "../escalation/rota.ts";
import { type PlanEntry, type RotaEntry, STEP_AFTER_MS } from "./escalation-schema.ts";
import type { Area, Device } from "./model.ts";
import { resolveScope } from "./resolve-scope.ts";
import type { TargetEntry } from "./target-schema.ts";
import { minuteOf, weekdayNumber } from "./week-schema.ts";

/** The mail target that lends its server to people's addresses where nothing is said: the only one there is. */
export function lendingTarget(targets: readonly TargetEntry[]): string | null {
  const mails = targets.filter(({ kind }) => kind === "mail");
  return mails.length === 1 ? (mails[0]?.id ?? null) : null;
}

export function resolveRota(entry: RotaEntry, targets: readonly TargetEntry[]): Rota {
  const { id, name, people, table, handOver, order, starts, note } = entry;
  const inTurn = (handOver?.at ?? []).map(minuteOf);
  const shifts = table?.map(({ days, from, who }) => ({ days, minutes: [minuteOf(from)], who }));
  const changes = shifts ?? [{ days: handOver?.days ?? [], minutes: inTurn, who: null }];
  const handOvers = changes
    .flatMap(({ days, minutes, who }) => days.flatMap((day) => minutes.map((minute) => ({ day: weekdayNumber(day), minute, who }))))
    .sort((a, b) => a.day - b.day || a.minute - b.minute);
  return {
    ...{ id, name: asWords(name), starts, wantsNote: note && handOvers.length > 0 },
    people: people.map(
      (person): Person => ({ id: person.id, name: asWords(person.name), phone: person.phone ?? "", reach: reachOf(person, targets) }),
    ),
    handOvers,
    order: order ?? people.map((person) => person.id),
  };
}

export function reachOf(person: RotaEntry["people"][number], targets: readonly TargetEntry[]): Person["reach"] {
  const target = person.target ?? (person.mail === undefined ? null : lendingTarget(targets));
  if (target === null) return null;
  const isMail = targets.find(({ id }) => id === target)?.kind === "mail";
  return { target, to: isMail ? (person.mail ?? null) : null };
}

export function resolvePlan(entry: PlanEntry, areas: readonly Area[], devices: readonly Device[]): Plan {
  const { id, name, when, until, steps } = entry;
  return {
    ...{ id, name: asWords(name ?? id), until },
    when: resolveScope(when, areas, devices),
    steps: steps.map(({ after, targets, onCall, repeat, fallback }, index) => ({
      afterMs: after ?? STEP_AFTER_MS[index] ?? 0,
      ...{ targets, onCall, fallback },
      repeat: repeat === undefined ? null : { everyMs: repeat.every, times: repeat.times },
    })),
  };
}

/** Targets that plans and people name: they hear of alarms by plans alone. A mail target that only lends its server does not. */
export function plannedTargets(plans: readonly Plan[], rotas: readonly Rota[]): ReadonlySet<string> {
  const named = plans.flatMap(({ steps }) => steps.flatMap(({ targets, fallback }) => [...targets, ...fallback]));
  const own = rotas.flatMap(({ people }) => people.flatMap(({ reach }) => (reach === null || reach.to !== null ? [] : [reach.target])));
  return new Set([...named, ...own]);
}

function asWords(name: string | Words): Words {
  return typeof name === "string" ? { zh: name, en: name } : name;
}
