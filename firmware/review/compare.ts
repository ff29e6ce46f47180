import type { Difference, Episode } from "../contract/review.ts";
import type { AlarmHistory } from "./episodes.ts";

export interface Compared {
  readonly differences: readonly Difference[];
  readonly gained: number;
  readonly lost: number;
  readonly moved: number;
  readonly same: number;
}

/** Episodes of both that hang together by overlapping. */
interface Cluster {
  readonly before: Episode[];
  readonly after: Episode[];
  endMs: number;
}

/** What alarms a changed rule gains, loses and moves; oldest first. */
export function compare(before: readonly AlarmHistory[], after: readonly AlarmHistory[]): Compared {
  const names = new Map([...before, ...after].map((history) => [nameOf(history), history]));
  const of = (histories: readonly AlarmHistory[]) => new Map(histories.map((history) => [nameOf(history), history.episodes]));
  const [old, changed] = [of(before), of(after)];
  const differences: Difference[] = [];
  let same = 0;
  for (const [name, { point, type }] of names)
    for (const cluster of clustersOf(old.get(name) ?? [], changed.get(name) ?? [])) {
      if (isSame(cluster)) same += 1;
      else differences.push({ point, type, ...differenceOf(cluster) });
    }
  differences.sort((a, b) => beginOf(a) - beginOf(b) || (a.point < b.point ? -1 : 1));
  const count = (kind: Difference["kind"]): number => differences.filter((one) => one.kind === kind).length;
  return { differences, gained: count("gained"), lost: count("lost"), moved: count("moved"), same };
}

function nameOf({ point, type }: AlarmHistory): string {
  return `${point}\n${type}`;
}

function clustersOf(before: readonly Episode[], after: readonly Episode[]): readonly Cluster[] {
  const all = [
    ...before.map((episode) => ({ episode, side: "before" as const })),
    ...after.map((episode) => ({ episode, side: "after" as const })),
  ];
  all.sort((a, b) => a.episode.fromMs - b.episode.fromMs);
  const clusters: Cluster[] = [];
  for (const { episode, side } of all) {
    const last = clusters.at(-1);
    const endMs = episode.toMs ?? Number.POSITIVE_INFINITY;
    if (last === undefined || episode.fromMs >= last.endMs) {
      const cluster: Cluster = { before: [], after: [], endMs };
      cluster[side].push(episode);
      clusters.push(cluster);
    } else {
      last[side].push(episode);
      last.endMs = Math.max(last.endMs, endMs);
    }
  }
  return clusters;
}

function isSame({ before, after }: Cluster): boolean {
  const [a, b] = [before[0], after[0]];
  if (before.length !== 1 || after.length !== 1 || a === undefined || b === undefined) return false;
  return a.fromMs === b.fromMs && a.toMs === b.toMs && a.severity === b.severity && a.rings === b.rings;
}

function differenceOf({ before, after }: Cluster): Omit<Difference, "point" | "type"> {
  const [a, b] = [before[0], after[0]];
  if (a === undefined || b === undefined)
    return { kind: a === undefined ? "gained" : "lost", before, after, raiseShiftMs: null, clearShiftMs: null };
  const [endBefore, endAfter] = [before.at(-1)?.toMs ?? null, after.at(-1)?.toMs ?? null];
  const clearShiftMs = endBefore === null || endAfter === null ? null : endAfter - endBefore;
  return { kind: "moved", before, after, raiseShiftMs: b.fromMs - a.fromMs, clearShiftMs };
}

function beginOf({ before, after }: Difference): number {
  return Math.min(before[0]?.fromMs ?? Number.POSITIVE_INFINITY, after[0]?.fromMs ?? Number.POSITIVE_INFINITY);
}
