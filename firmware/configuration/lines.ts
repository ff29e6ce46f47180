import { diffLines } from "diff";
import type { DiffLine } from "../contract/configuration.ts";

/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Lines that a person still reads. */
const LINES_MAX = 4_000;
/** The time it takes grows with the square; texts that have less in common are shown as one removed, one added. */
const EDITS_MAX = 500;

/** What differs between two texts, line by line, with a little of what stands around it. */
export function linesBetween(before: string, after: string): { readonly lines: readonly DiffLine[]; readonly cut: boolean } {
  const parts = diffLines(before, after, { maxEditLength: EDITS_MAX }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const all: DiffLine[] = [];
  let [old, young] = [0, 0];
  for (const { value, added, removed } of parts)
    for (const text of linesOf(value)) {
      if (!added) old += 1;
      if (!removed) young += 1;
      all.push({ kind: added ? "added" : removed ? "removed" : "same", text, before: added ? null : old, after: removed ? null : young });
    }
  const shown = folded(all);
  return { lines: shown.slice(0, LINES_MAX), cut: shown.length > LINES_MAX };
}

function linesOf(value: string): readonly string[] {
  return (value.endsWith("\n") ? value.slice(0, -1) : value).split("\n");
}

/** Long stretches that are the same become one line that says how many. */
function folded(lines: readonly DiffLine[]): readonly DiffLine[] {
  const isNear = new Uint8Array(lines.length);
  lines.forEach(({ kind }, index) => {
    if (kind !== "same") isNear.fill(1, Math.max(0, index - CONTEXT), index + CONTEXT + 1);
  });
  const shown: DiffLine[] = [];
  let skipped: DiffLine[] = [];
  const close = (): void => {
    const [first] = skipped;
    if (first !== undefined) shown.push({ ...first, kind: "skip", text: String(skipped.length) });
    skipped = [];
  };
  lines.forEach((line, index) => {
    if (isNear[index] === 0) {
      skipped.push(line);
      return;
    }
    close();
    shown.push(line);
  });
  close();
  return shown;
}
