import type { AlarmRecord } from "../contract/alarm.ts";
import { HAND_OVER_ITEMS_MAX, type HandOverItem, type HandOverView, type RotaView } from "../contract/escalation.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { OnCallRow } from "./duty-acts.ts";
import { dutyAt, type Rota, type Swap } from "./rota.ts";

/** A hand-over may be written so long before the shift changes … */
export const EARLY_MS = 3_600_000;
/** … and is missing so long after it. */
export const GRACE_MS = 1_800_000;

/** A change from one person to the next. */
export interface Change {
  readonly changeMs: number;
  readonly outgoing: string;
  readonly incoming: string;
}

/** The change that people see to at a moment: one that comes within the hour, else the last one of the week. */
export function changeAround(rota: Rota, swaps: readonly Swap[], atMs: number, timezone: string): Change | null {
  const duty = dutyAt(rota, swaps, atMs, timezone);
  if (duty === null) return null;
  const { who, since, next } = duty;
  if (next !== null && next.atMs - atMs <= EARLY_MS) return { changeMs: next.atMs, outgoing: who, incoming: next.who };
  return since === null ? null : { changeMs: since.atMs, outgoing: since.from, incoming: who };
}

/** The change at exactly this moment; null: nobody takes over then. */
export function changeAt(rota: Rota, swaps: readonly Swap[], changeMs: number, timezone: string): Change | null {
  const duty = dutyAt(rota, swaps, changeMs, timezone);
  return duty?.since?.atMs === changeMs ? { changeMs, outgoing: duty.since.from, incoming: duty.who } : null;
}

/** What has been written about a change. */
export function stateOf(
  rota: string,
  { changeMs }: Change,
  rows: readonly OnCallRow[],
  atMs: number,
): NonNullable<RotaView["handOver"]>["state"] {
  const of = rows.filter(({ act }) => act.kind !== "swap" && act.rota === rota && act.changeMs === changeMs);
  if (of.some(({ act }) => act.kind === "confirm")) return "confirmed";
  if (of.some(({ act }) => act.kind === "note")) return "written";
  return atMs - changeMs >= GRACE_MS ? "missing" : "due";
}

/** What is open, the worst first: what a hand-over begins with. */
export function openItems(alarms: readonly AlarmRecord[]): readonly HandOverItem[] {
  return alarms
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || a.raisedAtMs - b.raisedAtMs)
    .slice(0, HAND_OVER_ITEMS_MAX)
    .map(({ key, text, severity, state, raisedAtMs, incidentNumber }) => ({
      ...{ key, text, severity, state },
      sinceMs: raisedAtMs,
      incidentNumber: incidentNumber ?? null,
    }));
}

/** Notes and missing ones as people see them, with who confirmed. */
export function viewsOf(rows: readonly OnCallRow[], confirmations: readonly OnCallRow[]): readonly HandOverView[] {
  return rows.flatMap(({ id, number, atMs, by, act }): HandOverView[] => {
    if (act.kind !== "note" && act.kind !== "missing") return [];
    const { rota, changeMs, outgoing, incoming, kind } = act;
    const said = confirmations.find((row) => row.act.kind === "confirm" && row.act.of === id);
    const confirmed = said?.act.kind === "confirm" ? { by: said.by, atMs: said.atMs, note: said.act.note } : null;
    const told = act.kind === "note" ? { text: act.text, open: [...act.open] } : { text: "", open: [] };
    return [{ id, number, rota, changeMs, outgoing, incoming, kind, atMs, by, ...told, confirmed }];
  });
}
