import type { SourceText } from "../../drivers/source-text.ts";
import { DAY_MINUTES, piecesOf, WEEK_MINUTES } from "../escalation/week.ts";
import type { Placed } from "./check.ts";
import { checkScope } from "./check-scope.ts";
import { type PlanEntry, type RotaEntry, STEP_AFTER_MS } from "./escalation-schema.ts";
import type { Device } from "./model.ts";
import { refer } from "./refer.ts";
import { reachOf } from "./resolve-escalation.ts";
import type { TargetEntry } from "./target-schema.ts";
import { minuteOf, WEEKDAYS, weekdayNumber } from "./week-schema.ts";

type Path = readonly PropertyKey[];

/** What escalation refers to; of an entry that reads badly only the id is known. */
export interface EscalationNames {
  readonly targets: readonly string[];
  readonly areas: readonly string[];
  readonly rotas: readonly string[];
}

/** Rotas in which somebody is always on call, and everybody whom they name is there. */
export function checkRotas(
  source: SourceText,
  rotas: readonly Placed<RotaEntry>[],
  targets: readonly TargetEntry[],
  names: EscalationNames,
): void {
  checkOnce(
    source,
    rotas.map(({ entry, path }) => ({ id: entry.id, path })),
    "rotas",
  );
  for (const { entry, path } of rotas) {
    const people = entry.people.map(({ id }) => id);
    checkOnce(
      source,
      entry.people.map(({ id }, index) => ({ id, path: [...path, "people", index] })),
      "people",
    );
    if (people.length === 0) {
      source.add([...path, "people"], {
        zh: `排班 ${entry.id} 没有人；至少写一人`,
        en: `rota ${entry.id} has no people; name at least one`,
      });
      continue;
    }
    for (const [index, person] of entry.people.entries()) checkPerson(source, person, [...path, "people", index], targets, names);
    for (const [index, who] of (entry.order ?? []).entries()) refer(source, [...path, "order", index], "people", people, who);
    if (entry.table === undefined) checkTurns(source, entry, path);
    else checkTable(source, entry, path, people);
  }
}

function checkPerson(
  source: SourceText,
  person: RotaEntry["people"][number],
  path: Path,
  targets: readonly TargetEntry[],
  names: EscalationNames,
): void {
  if (person.target !== undefined) refer(source, [...path, "target"], "targets", names.targets, person.target);
  const target = targets.find(({ id }) => id === person.target);
  if (target?.kind === "mail" && person.mail === undefined)
    source.add(path, {
      zh: `${person.id} 写了邮件目标 ${target.id}，还需要本人的 mail`,
      en: `${person.id} has the mail target ${target.id}, and needs a mail address of their own`,
    });
  if (target !== undefined && target.kind !== "mail" && person.mail !== undefined)
    source.add([...path, "target"], {
      zh: `${target.id} 不是邮件目标，不能送到 mail；请写邮件目标，或删去 mail`,
      en: `${target.id} is no mail target and cannot reach a mail address: name a mail target, or take mail out`,
    });
  if (person.mail !== undefined && person.target === undefined && reachOf(person, targets) === null) {
    const mails = targets.filter(({ kind }) => kind === "mail").map(({ id }) => id);
    source.add([...path, "mail"], {
      zh:
        mails.length === 0
          ? "站点没有邮件目标可发送；请在 targets 中加一个"
          : `有几个邮件目标（${mails.join("、")}），请用 target 指明一个`,
      en:
        mails.length === 0
          ? "the site has no mail target to send it; add one to targets"
          : `there are several mail targets (${mails.join(", ")}): name one with target`,
    });
  }
}

function checkTurns(source: SourceText, entry: RotaEntry, path: Path): void {
  const count = new Set(entry.order ?? entry.people.map(({ id }) => id)).size;
  if (count > 1 && entry.handOver === undefined)
    source.add(path, {
      zh: `排班 ${entry.id} 有 ${count} 人轮值，缺少 handOver（何时换班）或 table`,
      en: `rota ${entry.id} has ${count} people in turn and lacks handOver (when they change) or table`,
    });
}

function checkTable(source: SourceText, entry: RotaEntry, path: Path, people: readonly string[]): void {
  for (const key of ["handOver", "order"] as const)
    if (entry[key] !== undefined)
      source.add([...path, key], { zh: `有 table 时不用 ${key}；二者取一`, en: `with table there is no ${key}: use one of them` });
  const taken: (string | undefined)[] = Array.from({ length: WEEK_MINUTES });
  for (const [index, { days, from, to, who }] of (entry.table ?? []).entries()) {
    const place = [...path, "table", index];
    refer(source, [...place, "who"], "people", people, who);
    const span = { days: days.map(weekdayNumber), fromMinute: minuteOf(from), toMinute: minuteOf(to) };
    for (const { from: first, to: last } of piecesOf(span)) {
      let met: { readonly minute: number; readonly who: string } | null = null;
      for (let minute = first; minute < last; minute += 1) {
        const other = taken[minute % WEEK_MINUTES];
        if (other !== undefined) met ??= { minute: minute % WEEK_MINUTES, who: other };
        taken[minute % WEEK_MINUTES] = who;
      }
      if (met !== null)
        source.add(place, {
          zh: `${minuteText(met.minute)} 已有 ${met.who} 值班；各班不能重叠`,
          en: `${met.who} is on call at ${minuteText(met.minute)} already; shifts must not overlap`,
        });
    }
  }
  const gap = taken.indexOf(undefined);
  if (gap < 0) return;
  const end = taken.findIndex((who, minute) => minute > gap && who !== undefined);
  const words = `${minuteText(gap)} – ${minuteText((end < 0 ? WEEK_MINUTES : end) % WEEK_MINUTES)}`;
  source.add([...path, "table"], {
    zh: `${words} 无人值班；固定排班须排满一周`,
    en: `nobody is on call ${words}; a fixed table must fill the week`,
  });
}

/** Plans whose steps tell somebody, in the order of time. */
export function checkPlans(
  source: SourceText,
  plans: readonly Placed<PlanEntry>[],
  site: {
    readonly rotas: readonly Placed<RotaEntry>[];
    readonly targets: readonly TargetEntry[];
    readonly devices: readonly Device[];
    readonly names: EscalationNames;
  },
): void {
  const { names, devices } = site;
  checkOnce(
    source,
    plans.map(({ entry, path }) => ({ id: entry.id, path })),
    "escalation",
  );
  for (const { entry, path } of plans) {
    checkScope(source, entry.when, [...path, "when"], { devices, areas: names.areas });
    checkSteps(source, entry, path, site);
  }
}

function checkSteps(source: SourceText, entry: PlanEntry, path: Path, site: Parameters<typeof checkPlans>[2]): void {
  const { names, rotas, targets } = site;
  let beforeMs: number | null = null;
  for (const [index, step] of entry.steps.entries()) {
    const place = [...path, "steps", index];
    const afterMs = step.after ?? STEP_AFTER_MS[index];
    if (afterMs === undefined)
      source.add(place, { zh: `第 ${index + 1} 步要写 after（何时）`, en: `step ${index + 1} needs after (when)` });
    else if (beforeMs !== null && afterMs <= beforeMs)
      source.add([...place, "after"], {
        zh: `第 ${index + 1} 步（${minutes(afterMs)} 分钟）应晚于前一步（${minutes(beforeMs)} 分钟）`,
        en: `step ${index + 1} (${minutes(afterMs)} min) must come later than the one before (${minutes(beforeMs)} min)`,
      });
    beforeMs = afterMs ?? beforeMs;
    for (const key of ["targets", "fallback"] as const)
      for (const [nth, target] of step[key].entries()) refer(source, [...place, key, nth], "targets", names.targets, target);
    for (const [nth, rota] of step.onCall.entries()) refer(source, [...place, "onCall", nth], "rotas", names.rotas, rota);
    if (step.targets.length > 0) continue;
    if (step.onCall.length === 0)
      source.add(place, { zh: "这一步没有通知任何人；请写 targets 或 onCall", en: "this step tells nobody: name targets or onCall" });
    for (const id of step.onCall)
      for (const { id: person, ...how } of rotas.find(({ entry: rota }) => rota.id === id)?.entry.people ?? [])
        if (reachOf({ id: person, ...how }, targets) === null && how.mail === undefined && how.target === undefined)
          source.add([...place, "onCall"], {
            zh: `排班 ${id} 的 ${person} 没有 mail 也没有 target：轮到此人时这一步通知不到任何人`,
            en: `${person} of rota ${id} has neither mail nor target: on their turn this step would tell nobody`,
          });
  }
}

function checkOnce(source: SourceText, entries: readonly { readonly id: string; readonly path: Path }[], section: string): void {
  for (const [index, { id, path }] of entries.entries()) {
    const first = entries.findIndex((entry) => entry.id === id);
    if (first < index)
      source.add([...path, "id"], {
        zh: `编号 ${id} 已在 ${section}[${first}] 用过`,
        en: `id ${id} is already used by ${section}[${first}]`,
      });
  }
}

function minuteText(minute: number): string {
  const day = WEEKDAYS[Math.floor(minute / DAY_MINUTES)];
  const rest = minute % DAY_MINUTES;
  return `${day} ${String(Math.floor(rest / 60)).padStart(2, "0")}:${String(rest % 60).padStart(2, "0")}`;
}

function minutes(ms: number): number {
  return Math.round(ms / 6_000) / 10;
}
