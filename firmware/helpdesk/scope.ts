import type { RunbookScope } from "../contract/incidents.ts";
import { fitsPattern } from "../site/rules.ts";

/** Whether a text is about this alarm. `point`: its point, or `device/*` where the alarm is of the device itself. */
export function isAbout(
  { type, category, point }: RunbookScope,
  alarm: { readonly type: string; readonly category: string; readonly device: string; readonly point: string | null },
): boolean {
  return fitsPattern(type, alarm.type) && fitsPattern(category, alarm.category) && fitsPattern(point, alarm.point ?? `${alarm.device}/-`);
}

/** The narrower one first: what is about this point before what is about every alarm. */
export function byNarrowness(a: RunbookScope, b: RunbookScope): number {
  const width = ({ type, category, point }: RunbookScope): number => [point, type, category].filter((pattern) => pattern === "*").length;
  return width(a) - width(b);
}
