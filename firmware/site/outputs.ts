import { createHash } from "node:crypto";
import { stateIndex } from "../../drivers/vocabulary.ts";
import type { SilenceRule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import type { Condition, Linkage, Output, OutputPlace, Scope } from "../outputs/output.ts";
import type { PointEntry } from "../points/table.ts";
import { SILENCE_ACTIONS } from "./default-rules.ts";
import type { Area } from "./model.ts";
import { type ConditionEntry, DAYS, type LinkageEntry, type OutputEntry, type ScopeEntry } from "./output-schema.ts";
import { alarmKey } from "./rules.ts";

/** What a siren that nobody acknowledges sounds at most, where the site says nothing. */
const SIREN_AT_MOST_MS = 180_000;
const MINUTES_PER_DAY = 1_440;

export function resolveOutput(site: string, entry: OutputEntry, areas: readonly Pick<Area, "id" | "parent">[]): Output {
  const { id, area, kind, at, when, quiet, onAtMost, normally, safe, rest } = entry;
  const isFollower = kind !== "relay";
  return {
    ...{ id, area, kind, bus: at.bus, restMs: rest },
    name: nameOf(entry),
    place: placeOf(entry),
    // A siren or beacon for no alarm would be none: what it does not narrow is all.
    when: when === undefined && !isFollower ? null : scopeOf(when ?? {}, areas),
    quiet: quiet.map(({ from, to, days }) => ({
      days: (days ?? DAYS).map((day) => DAYS.indexOf(day) + 1),
      fromMinute: from,
      // The same time twice is the whole day.
      toMinute: from === to ? from + MINUTES_PER_DAY : to,
    })),
    onAtMostMs: onAtMost ?? (kind === "siren" ? SIREN_AT_MOST_MS : null),
    normally: normally ?? false,
    safe: safe === "asItIs" ? null : safe === "on" || safe === true,
    alarm: alarmKey(site, area, id, null, "outputFailed"),
  };
}

function placeOf({ at, active, safe }: OutputEntry): OutputPlace {
  if (at.line !== undefined) return { kind: "line", line: at.line, on: active, initially: safe === "on" || safe === true };
  const isHigh = active === "high";
  const [on, off] = [at.on ?? 1, at.off ?? 0];
  const [table, address] = at.coil === undefined ? (["holding", at.register ?? 0] as const) : (["coil", at.coil] as const);
  return {
    kind: "modbus",
    unit: at.unit ?? 0,
    table,
    address,
    on: isHigh ? on : off,
    off: isHigh ? off : on,
    multiple: at.multiple ?? false,
  };
}

export function resolveLinkage(
  entry: LinkageEntry,
  points: readonly Pick<PointEntry, "id" | "definition">[],
  areas: readonly Pick<Area, "id" | "parent">[],
): Linkage {
  const { id, when, set, unless, ends } = entry;
  const condition = (one: ConditionEntry): Condition => conditionOf(one, points, areas);
  return {
    id,
    name: nameOf(entry),
    when: condition(when),
    forMs: when.for,
    output: set.output,
    isOn: set.is,
    unless: unless === "none" ? [] : unless.map(condition),
    ends,
    mark: createHash("sha256").update(JSON.stringify(entry)).digest("hex").slice(0, 16),
  };
}

function conditionOf(
  { alarms, point, state, above, below, output, is }: ConditionEntry,
  points: readonly Pick<PointEntry, "id" | "definition">[],
  areas: readonly Pick<Area, "id" | "parent">[],
): Condition {
  if (alarms !== undefined) return { kind: "alarms", scope: scopeOf(alarms, areas) };
  if (output !== undefined) return { kind: "output", output, isOn: is ?? true };
  const number = points.findIndex(({ id }) => id === point);
  const definition = points[number]?.definition;
  if (point === undefined || definition === undefined) throw new Error(`condition on ${point} passed the site check`);
  if (above !== undefined) return { kind: "point", point, number, test: { above } };
  if (below !== undefined) return { kind: "point", point, number, test: { below } };
  const index = definition.kind === "state" && state !== undefined ? stateIndex(definition, state) : undefined;
  if (index === undefined || state === undefined) throw new Error(`state ${state} of ${point} passed the site check`);
  return { kind: "point", point, number, test: { state: index, name: state } };
}

function scopeOf({ severities, areas: chosen, types, points }: ScopeEntry, areas: readonly Pick<Area, "id" | "parent">[]): Scope {
  return {
    severities: severities ?? null,
    areas: chosen === undefined ? null : withBelow(chosen, areas),
    types: types ?? null,
    points: points ?? null,
  };
}

function withBelow(chosen: readonly string[], areas: readonly Pick<Area, "id" | "parent">[]): ReadonlySet<string> {
  const found = new Set(chosen);
  // Each pass goes one level down at least.
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const { id, parent } of areas) if (parent !== null && found.has(parent)) found.add(id);
  }
  return found;
}

/** An output that does not do what it is told is an alarm of its own. */
export function outputRules(outputs: readonly Output[]): readonly SilenceRule[] {
  return outputs.map(({ id, name, alarm, kind }) => ({
    ...{
      kind: "silence" as const,
      type: "outputFailed" as const,
      key: alarm,
      device: id,
      pointId: null,
      unit: "",
      onDelayMs: 0,
      offDelayMs: 0,
    },
    severity: kind === "relay" ? "critical" : "major",
    text: { zh: `${name.zh} 不受控`, en: `${name.en} does not do what it is told` },
    action: SILENCE_ACTIONS.outputFailed,
  }));
}

function nameOf({ id, name }: { readonly id: string; readonly name?: string | Words | undefined }): Words {
  return name === undefined ? { zh: id, en: id } : typeof name === "string" ? { zh: name, en: name } : name;
}
