import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import type { EscalationNames } from "./check-escalation.ts";
import { checkScope } from "./check-scope.ts";
import type { PlanEntry, RotaEntry } from "./escalation-schema.ts";
import type { Device } from "./model.ts";
import { plannedTargets, resolvePlan, resolveRota } from "./resolve-escalation.ts";
import type { TargetEntry } from "./target-schema.ts";

/** Scopes of targets: of those that hear of alarms by a plan, the plan says of which. */
export function checkOnly(
  source: SourceText,
  targets: readonly Placed<TargetEntry>[],
  site: {
    readonly rotas: readonly Placed<RotaEntry>[];
    readonly plans: readonly Placed<PlanEntry>[];
    readonly devices: readonly Device[];
    readonly names: EscalationNames;
  },
): void {
  const known = targets.map(({ entry }) => entry);
  const planned = plannedTargets(
    site.plans.map(({ entry }) => resolvePlan(entry, [], [])),
    site.rotas.map(({ entry }) => resolveRota(entry, known)),
  );
  for (const { entry, path } of targets) {
    if (entry.only === undefined) continue;
    checkScope(source, entry.only, [...path, "only"], { devices: site.devices, areas: site.names.areas });
    if (planned.has(entry.id))
      source.add([...path, "only"], {
        zh: `${entry.id} 由升级计划或排班通知；请把条件写在计划的 when 里，或删去 only`,
        en: `${entry.id} is told by an escalation plan or a rota: write the condition into the plan's when, or take only out`,
      });
  }
}
