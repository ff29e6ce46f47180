import { isGood, isLost, QUALITY } from "../../drivers/reading.ts";
import type { PointSpan } from "../points/table.ts";
import type { PointColumns } from "./point-lines.ts";

/** Whether a device answers: by any of its points it does, by one that was lost it does not. Null: it was not asked, so nobody knows. */
export function deviceUp({ first, count }: PointSpan, { qualities }: PointColumns): boolean | null {
  let lost = false;
  for (let point = first; point < first + count; point += 1) {
    const quality = qualities[point] as number;
    if (isGood(quality) || (!isLost(quality) && quality !== QUALITY.stale && quality !== QUALITY.never)) return true;
    lost ||= isLost(quality);
  }
  return lost ? false : null;
}

/** Of the youngest good reading; null: there was none since the start. */
export function deviceAgeMs({ first, count }: PointSpan, columns: PointColumns, nowMs: number): number | null {
  let youngestMs = Number.NEGATIVE_INFINITY;
  for (let point = first; point < first + count; point += 1) {
    const atMs = columns.lastGoodMs(point);
    if (atMs > youngestMs) youngestMs = atMs;
  }
  return youngestMs === Number.NEGATIVE_INFINITY ? null : Math.max(0, nowMs - youngestMs);
}
