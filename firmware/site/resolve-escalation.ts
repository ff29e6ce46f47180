import type { Words } from "../contract/alarm.ts";
import type { Plan } from "../escalation/plan.ts";
import type { Person, Rota } from "../escalation/rota.ts";
import { type PlanEntry, type RotaEntry, STEP_AFTER_MS } from "./escalation-schema.ts";
import type { Area, Device } from "./model.ts";
import { fitsPattern } from "./rules.ts";
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
  const { severity, classes, schedule } = when;
  return {
    ...{ id, name: asWords(name ?? id), until },
    when: {
      severities: severity ?? null,
      areas: when.areas === undefined ? null : withBelow(when.areas, areas),
      classes: classes ?? null,
      devices: when.devices === undefined ? null : new Set(devicesOf(when.devices, devices)),
      schedule:
        schedule?.map(({ days, from, to }) => ({ days: days.map(weekdayNumber), fromMinute: minuteOf(from), toMinute: minuteOf(to) })) ??
        null,
    },
    steps: steps.map(({ after, targets, onCall, repeat, fallback }, index) => ({
      afterMs: after ?? STEP_AFTER_MS[index] ?? 0,
      ...{ targets, onCall, fallback },
      repeat: repeat === undefined ? null : { everyMs: repeat.every, times: repeat.times },
    })),
  };
}

export function devicesOf(patterns: readonly string[], devices: readonly Pick<Device, "id">[]): readonly string[] {
  return devices.filter(({ id }) => patterns.some((pattern) => fitsPattern(pattern, id))).map(({ id }) => id);
}

/** Targets that plans and people name: they hear of alarms by plans alone. A mail target that only lends its server does not. */
export function plannedTargets(plans: readonly Plan[], rotas: readonly Rota[]): ReadonlySet<string> {
  const named = plans.flatMap(({ steps }) => steps.flatMap(({ targets, fallback }) => [...targets, ...fallback]));
  const own = rotas.flatMap(({ people }) => people.flatMap(({ reach }) => (reach === null || reach.to !== null ? [] : [reach.target])));
  return new Set([...named, ...own]);
}

function withBelow(ids: readonly string[], areas: readonly Area[]): ReadonlySet<string> {
  const found = new Set(ids);
  // Areas stand in any order: as often as there are areas is deep enough.
  for (let depth = 0; depth < areas.length; depth += 1) {
    const before = found.size;
    for (const { id, parent } of areas) if (parent !== null && found.has(parent)) found.add(id);
    if (found.size === before) break;
  }
  return found;
}

function asWords(name: string | Words): Words {
  return typeof name === "string" ? { zh: name, en: name } : name;
}
