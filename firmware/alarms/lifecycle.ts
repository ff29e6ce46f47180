import type { AlarmRecord, Severity, Shelf } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import { type Aside, asideOf, asideState, NOT_ASIDE, withAside } from "./aside.ts";
import type { AlarmChange, AlarmStep } from "./change.ts";
import { isEmergency } from "./emergency.ts";
import { limitAt, type Rule, severityAt, wordsAt } from "./rule.ts";

/**
 * The life of one alarm after ISA-18.2: two machines side by side, the condition (the machine's) and the operator state (a
 * person's). A pure reducer: record and input in, change out. No record means state A, normal. While an alarm is set aside (E, F,
 * G) its condition goes on in `clearedAtMs`; when that ends, the state follows from the condition alone.
 */
export type AlarmInput =
  | {
      readonly kind: "condition";
      readonly level: number;
      readonly value: number | null;
      readonly incident: string;
      /** What sets it aside at this moment; left out: nothing. */
      readonly aside?: Aside;
    }
  | { readonly kind: "acknowledge"; readonly by: string; readonly note: string }
  /** The reading behind the alarm is no longer (or again) good; its state stays. */
  | { readonly kind: "hold"; readonly held: boolean }
  | { readonly kind: "aside"; readonly aside: Aside }
  /** Null takes it from the shelf. */
  | { readonly kind: "shelve"; readonly shelf: Shelf | null }
  | { readonly kind: "silence"; readonly by: string; readonly untilMs: number }
  /** It is still there, so long after somebody acknowledged it that it rings again. */
  | { readonly kind: "reAlarm" };

type ConditionInput = Extract<AlarmInput, { kind: "condition" }>;

/** @returns the change, or null when the input changes nothing. `atMs` is the wall clock of the input. */
export function step(rule: Rule, record: AlarmRecord | null, input: AlarmInput, atMs: number): AlarmStep | null {
  if (input.kind === "condition") return input.level >= 0 ? active(rule, record, input, atMs) : returned(rule, record, input.value, atMs);
  if (record === null) return null;
  switch (input.kind) {
    case "acknowledge":
      return acknowledged(record, input, atMs);
    case "hold":
      return record.held === input.held ? null : { cause: "hold", record: { ...record, held: input.held } };
    case "aside":
      // What has already returned only waits for somebody to see it: nothing is left that could be held back.
      if (isSame(asideOf(record), input.aside) || (record.clearedAtMs !== null && asideState(record) === null)) return null;
      return moved(rule, record, withAside(record, input.aside), atMs);
    case "shelve":
      return shelved(rule, record, input.shelf, atMs);
    case "silence":
      if (record.state !== "B") return null;
      return { cause: "silence", record: { ...record, soundOff: { atMs, by: input.by, untilMs: input.untilMs } } };
    case "reAlarm":
      return record.state === "C" ? { cause: "raise", record: { ...record, state: "B", acknowledgement: null, changedAtMs: atMs } } : null;
  }
}

/** Ranks for comparing: 0 is the mildest. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

function active(rule: Rule, record: AlarmRecord | null, input: ConditionInput, atMs: number): AlarmStep | null {
  const severity = severityAt(rule, input.level);
  const limit = limitAt(rule, input.level);
  const aside = isEmergency(rule) ? NOT_ASIDE : (input.aside ?? NOT_ASIDE);
  if (record === null) return begun(withAside(newRecord(rule, severity, limit, input, atMs), aside));
  const rise = severityRank(severity) - severityRank(record.severity);
  if (record.clearedAtMs === null && rise === 0) return limited(record, limit);
  const said = wordsAt(rule, input.level);
  const told = { ...record, text: said.text, action: said.action };
  const now = withAside({ ...told, held: false, severity, limit, value: input.value, changedAtMs: atMs, clearedAtMs: null }, aside);
  const state = asideState(now);
  if (state !== null) return { cause: "aside", record: { ...now, state } };
  // Back before anybody looked (D), the same alarm rings again.
  if (record.clearedAtMs !== null) return { cause: "raise", record: ringing({ ...now, raiseCount: record.raiseCount + 1 }) };
  if (rise > 0) return { cause: "raise", record: ringing(now) };
  return { cause: "update", record: now };
}

/** Its limit alone was edited, or is another one by the time of day: the room shows it, nobody has to look again, and nobody is told. */
function limited(record: AlarmRecord, limit: number | null): AlarmStep | null {
  return limit === null || record.limit === limit ? null : { cause: "hold", record: { ...record, limit } };
}

function returned(rule: Rule, record: AlarmRecord | null, value: number | null, atMs: number): AlarmChange | null {
  if (record === null || record.clearedAtMs !== null) return null;
  const latched = rule.kind !== "silence" && rule.latched;
  const now = { ...record, held: false, value, clearedAtMs: atMs, changedAtMs: atMs };
  // A shelf for a time outlasts the return; whatever else sets an alarm aside has no more to hold back.
  if (record.shelf !== undefined && record.shelf.untilMs !== null) return { cause: "clear", record: now };
  if (record.state === "C" || asideState(record) !== null) return { cause: "clear", record: { ...now, state: "A" } };
  // A latched alarm keeps ringing until a person has seen it; the return is recorded all the same.
  return { cause: "clear", record: { ...now, state: latched ? "B" : "D" } };
}

function acknowledged(record: AlarmRecord, input: { by: string; note: string }, atMs: number): AlarmChange | null {
  if (record.state !== "B" && record.state !== "D") return null;
  const state = record.clearedAtMs === null ? "C" : "A";
  return {
    cause: "acknowledge",
    record: { ...record, state, changedAtMs: atMs, acknowledgement: { atMs, by: input.by, note: input.note } },
  };
}

function shelved(rule: Rule, record: AlarmRecord, shelf: Shelf | null, atMs: number): AlarmChange | null {
  if (shelf === null && record.shelf === undefined) return null;
  const { shelf: _, ...rest } = record;
  return moved(rule, record, shelf === null ? rest : { ...rest, shelf }, atMs);
}

/** Into E, F or G, from one of them to another, or out of them. */
function moved(rule: Rule, before: AlarmRecord, after: AlarmRecord, atMs: number): AlarmChange | null {
  if (isEmergency(rule) && asideState(before) === null) return null;
  const now = { ...after, changedAtMs: atMs };
  // What has returned is kept by a shelf alone.
  if (before.clearedAtMs !== null && now.shelf === undefined) return { cause: "aside", record: { ...now, state: "A" } };
  const state = asideState(now);
  if (state !== null) return { cause: "aside", record: { ...now, state } };
  return { cause: "raise", record: ringing({ ...now, raiseCount: before.raiseCount + 1 }) };
}

/** Rings, whoever has seen or silenced it before. */
function ringing(record: AlarmRecord): AlarmRecord {
  const { soundOff: _, ...rest } = record;
  return { ...rest, state: "B", acknowledgement: null };
}

function begun(record: AlarmRecord): AlarmChange {
  const state = asideState(record);
  return state === null ? { cause: "raise", record } : { cause: "aside", record: { ...record, state, raiseCount: 0 } };
}

function isSame(a: Aside, b: Aside): boolean {
  return a.suppressedBy === b.suppressedBy && a.window === b.window;
}

function newRecord(rule: Rule, severity: Severity, limit: number | null, input: ConditionInput, atMs: number): AlarmRecord {
  const { text, action } = wordsAt(rule, input.level);
  return {
    key: rule.key,
    device: rule.device,
    point: rule.pointId,
    type: rule.type,
    severity,
    state: "B",
    held: false,
    text,
    action,
    value: input.value,
    limit,
    unit: rule.unit,
    minimum: input.value,
    maximum: input.value,
    raisedAtMs: atMs,
    changedAtMs: atMs,
    clearedAtMs: null,
    raiseCount: 1,
    acknowledgement: null,
    incident: input.incident,
    abnormalAtMs: atMs - rule.onDelayMs,
    ...(isEmergency(rule) ? { emergency: true as const } : {}),
  };
}
