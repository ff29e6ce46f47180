import type { Severity, Words } from "../contract/alarm.ts";
import type { InspectionFigure, InspectionFigures, InspectionTemplate, MeasuredItem } from "../contract/inspection.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { PointSummary, Trend } from "../history/history.ts";

/** Figures of a sheet for a span, made of what history says of its points. Nothing is counted here: history's figures stand as they are. */
export function figuresOf(
  template: InspectionTemplate,
  span: { readonly fromMs: number; readonly toMs: number },
  summaries: readonly PointSummary[],
  /** States of points that were in more of them than a summary can tell. */
  seen: ReadonlyMap<string, readonly number[]> = new Map(),
): InspectionFigures {
  const byPoint = new Map(summaries.map((summary) => [summary.point, summary]));
  const rows = measuredItems(template).flatMap((item): InspectionFigure[] => {
    const found = byPoint.get(item.point);
    if (found === undefined) return [];
    const { point, min, max, avg, last, minAtMs, maxAtMs, minutesWithData, minutes } = found;
    const gaps = found.gaps.map(({ fromMs, toMs }) => ({ fromMs, toMs }));
    const figures = { point, min, max, avg, last, minAtMs, maxAtMs, minutesWithData, minutes, gaps };
    const known = seen.get(point) ?? [min, max, last].flatMap((state) => state ?? []);
    const states = item.pointKind === "state" ? [...new Set(known)].toSorted((a, b) => a - b) : [];
    return [{ item: item.id, ...figures, states, abnormal: worstOf(item, { min, max, states }) }];
  });
  return { ...span, clockTrusted: summaries.every(({ clockTrusted }) => clockTrusted), problem: null, rows };
}

/** History could not be asked: that is said, and no figure is made up. */
export function noFigures(span: { readonly fromMs: number; readonly toMs: number }, problem: Words): InspectionFigures {
  return { ...span, clockTrusted: true, problem, rows: [] };
}

export function measuredItems(template: InspectionTemplate): readonly MeasuredItem[] {
  return template.items.filter((item) => item.kind === "measured");
}

/** Points whose summary does not tell which states lay between the lowest and the highest. */
export function statesToAsk(template: InspectionTemplate, summaries: readonly PointSummary[]): readonly string[] {
  const states = new Set(measuredItems(template).flatMap(({ pointKind, point }) => (pointKind === "state" ? [point] : [])));
  return summaries
    .filter(({ point, min, max }) => states.has(point) && min !== null && max !== null && max - min > 1)
    .map(({ point }) => point);
}

/** The states that each series was in, from its minutes. */
export function statesSeen({ series }: Pick<Trend, "series">): ReadonlyMap<string, readonly number[]> {
  return new Map(
    series.map(({ point, min, max, last }) => [point, [...new Set([...min, ...max, ...last])].flatMap((state) => state ?? [])] as const),
  );
}

/** The worst limit that the day passed, or abnormal state that was seen. */
function worstOf(item: MeasuredItem, { min, max, states }: Pick<InspectionFigure, "min" | "max" | "states">): Severity | null {
  const passed = item.limits.filter(({ type, limit }) => (type === "high" ? max !== null && max > limit : min !== null && min < limit));
  const seen = item.abnormalStates.filter(({ state }) => states.includes(state));
  const found = new Set([...passed, ...seen].map(({ severity }) => severity));
  return SEVERITIES.find((severity) => found.has(severity)) ?? null;
}
