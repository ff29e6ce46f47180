import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import { refer } from "./refer.ts";
import type { TargetEntry } from "./target-schema.ts";

/** A fallback is another target that is there, and no chain of them leads back to where it began. */
export function checkFallbacks(source: SourceText, targets: readonly Placed<TargetEntry>[], names: readonly string[]): void {
  const byId = new Map(targets.map(({ entry }) => [entry.id, entry]));
  for (const { entry, path } of targets) {
    const { id, fallback } = entry;
    if (fallback === undefined) continue;
    refer(source, [...path, "fallback"], "targets", names, fallback);
    const loop = loopFrom(id, byId);
    if (loop !== null)
      source.add([...path, "fallback"], {
        zh: `备用目标成环：${loop.join(" → ")}；请让其中一个不设 fallback`,
        en: `fallbacks form a loop: ${loop.join(" → ")}; leave fallback out of one of them`,
      });
  }
}

/** The way from a target back to itself, or null. */
function loopFrom(id: string, byId: ReadonlyMap<string, TargetEntry>): readonly string[] | null {
  const trail = [id];
  for (let next = byId.get(id)?.fallback; next !== undefined; next = byId.get(next)?.fallback) {
    trail.push(next);
    if (next === id) return trail;
    if (trail.indexOf(next) < trail.length - 1) return null;
  }
  return null;
}
