import type { AlarmRecord, Severity } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { AlarmChange, AlarmStep } from "./change.ts";
import { type Rule, severityAt } from "./rule.ts";

/**
 * The life of one alarm after ISA-18.2: two machines side by side, the condition (the machine's) and the operator state (a
 * person's). A pure reducer: record and input in, change out. No record means state A, normal.
 */
export type AlarmInput =
  | { readonly kind: "condition"; readonly level: number; readonly value: number | null; readonly incident: string }
  | { readonly kind: "acknowledge"; readonly by: string; readonly note: string }
  /** The reading behind the alarm is no longer (or again) good; its state stays. */
  | { readonly kind: "hold"; readonly held: boolean }
  /** It is still there, so long after somebody acknowledged it that it rings again. */
  | { readonly kind: "reAlarm" };

/** @returns the change, or null when the input changes nothing. `atMs` is the wall clock of the input. */
export function step(rule: Rule, record: AlarmRecord | null, input: AlarmInput, atMs: number): AlarmStep | null {
  switch (input.kind) {
    case "condition":
      return input.level >= 0 ? active(rule, record, input, atMs) : returned(rule, record, input.value, atMs);
    case "acknowledge":
      return record === null ? null : acknowledged(record, input, atMs);
    case "hold":
      if (record === null || record.held === input.held) return null;
      return { cause: "hold", record: { ...record, held: input.held } };
    case "reAlarm":
      return record?.state === "C" ? { cause: "raise", record: { ...record, state: "B", acknowledgement: null, changedAtMs: atMs } } : null;
  }
}

/** Ranks for comparing: 0 is the mildest. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.length - 1 - SEVERITIES.indexOf(severity);
}

function active(
  rule: Rule,
  record: AlarmRecord | null,
  input: { level: number; value: number | null; incident: string },
  atMs: number,
): AlarmChange | null {
  const severity = severityAt(rule, input.level);
  const limit = rule.kind === "limit" ? (rule.levels[input.level]?.limit ?? null) : null;
  if (record === null) return { cause: "raise", record: newRecord(rule, severity, limit, input, atMs) };
  const now = { ...record, held: false, severity, limit, value: input.value, changedAtMs: atMs, clearedAtMs: null };
  if (record.clearedAtMs !== null) {
    // Back before anybody looked (D), the same alarm rings again.
    return { cause: "raise", record: { ...now, state: "B", acknowledgement: null, raiseCount: record.raiseCount + 1 } };
  }
  const rise = severityRank(severity) - severityRank(record.severity);
  if (rise === 0) return null;
  if (rise > 0) return { cause: "raise", record: { ...now, state: "B", acknowledgement: null } };
  return { cause: "update", record: now };
}

function returned(rule: Rule, record: AlarmRecord | null, value: number | null, atMs: number): AlarmChange | null {
  if (record === null || record.clearedAtMs !== null) return null;
  const latched = rule.kind !== "silence" && rule.latched;
  const now = { ...record, held: false, value, clearedAtMs: atMs, changedAtMs: atMs };
  if (record.state === "C") return { cause: "clear", record: { ...now, state: "A" } };
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

function newRecord(
  rule: Rule,
  severity: Severity,
  limit: number | null,
  input: { value: number | null; incident: string },
  atMs: number,
): AlarmRecord {
  return {
    key: rule.key,
    device: rule.device,
    point: rule.pointId,
    type: rule.type,
    severity,
    state: "B",
    held: false,
    text: rule.text,
    action: rule.action,
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
  };
}
