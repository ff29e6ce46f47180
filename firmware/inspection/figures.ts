import type { Severity, Words } from "../contract/alarm.ts";
import type { InspectionFigure, InspectionFigures, InspectionTemplate, MeasuredItem } from "../contract/inspection.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { PointSummary } from "../history/history.ts";

/** Figures of a sheet for a span, made of what history says of its points. Nothing is counted here: history's figures stand as they are. */
export function figuresOf(
  template: InspectionTemplate,
  span: { readonly fromMs: number; readonly toMs: number },
  summaries: readonly PointSummary[],
): InspectionFigures {
  const byPoint = new Map(summaries.map((summary) => [summary.point, summary]));
  const rows = measuredItems(template).flatMap((item): InspectionFigure[] => {
    const found = byPoint.get(item.point);
    if (found === undefined) return [];
    const { point, min, max, avg, last, minAtMs, maxAtMs, minutesWithData, minutes } = found;
    const gaps = found.gaps.map(({ fromMs, toMs }) => ({ fromMs, toMs }));
    const figures = { point, min, max, avg, last, minAtMs, maxAtMs, minutesWithData, minutes, gaps };
    return [{ item: item.id, ...figures, abnormal: worstOf(item, figures) }];
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

/** The worst limit that the day passed, or abnormal state that is known to have been seen. */
function worstOf(item: MeasuredItem, figures: Pick<InspectionFigure, "min" | "max" | "last">): Severity | null {
  const { min, max, last } = figures;
  const passed = item.limits.filter(({ type, limit }) => (type === "high" ? max !== null && max > limit : min !== null && min < limit));
  const seen = item.abnormalStates.filter(({ state }) => state === min || state === max || state === last);
  const found = new Set([...passed, ...seen].map(({ severity }) => severity));
  return SEVERITIES.find((severity) => found.has(severity)) ?? null;
}
