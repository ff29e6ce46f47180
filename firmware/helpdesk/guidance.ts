import { FORMER_SOLUTIONS_SHOWN } from "../contract/incident-terms.ts";
import type { Guidance, RunbookView } from "../contract/incidents.ts";
import type { IncidentRecord } from "../incidents/incident.ts";
import { workOf } from "../incidents/work.ts";
import { byNarrowness, isAbout } from "./scope.ts";

/** What an alarm is, out of its key `site/area/device/point/type`. */
export interface AlarmAbout {
  readonly type: string;
  readonly category: string;
  readonly device: string;
  readonly point: string | null;
}

export function aboutOf(key: string, category: string): AlarmAbout {
  const [, , device = "", ...rest] = key.split("/");
  const type = rest.pop() ?? "";
  const point = rest.join("/");
  return { type, category, device, point: point === "-" || point === "" ? null : `${device}/${point}` };
}

/** Runbooks about this alarm, the narrowest first; a proposal that would change its scope counts by that, too. */
export function runbooksFor(runbooks: readonly RunbookView[], alarm: AlarmAbout): RunbookView[] {
  return runbooks
    .filter(({ approved, proposed }) => [approved, proposed].some((text) => text !== null && isAbout(text.scope, alarm)))
    .toSorted((a, b) => byNarrowness(scopeIn(a), scopeIn(b)));
}

function scopeIn({ approved, proposed }: RunbookView) {
  const text = approved ?? proposed;
  if (text === null) throw new Error("a runbook without a text is about no alarm");
  return text.scope;
}

/** What was done the last times that this alarm rang; texts that were rejected are left out. */
export function formerSolutions(incidents: readonly IncidentRecord[], shown = FORMER_SOLUTIONS_SHOWN): Guidance["solutions"] {
  return incidents
    .flatMap((incident) => {
      const { cause, workaround, solution } = workOf(incident);
      const kept = [workaround, solution].map((text) => (text?.state === "rejected" ? null : text));
      if (kept.every((text) => text === null)) return [];
      return [
        {
          incident: incident.number ?? incident.id,
          resolvedAtMs: incident.resolvedAtMs,
          cause: cause?.cause ?? null,
          workaround: kept[0] ?? null,
          solution: kept[1] ?? null,
        },
      ];
    })
    .slice(0, shown);
}
