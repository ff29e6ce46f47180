import type { AlarmRecord } from "../contract/alarm.ts";
import { isInScope } from "../escalation/scope.ts";
import { weekMinuteAt } from "../escalation/week.ts";
import { whereaboutsIn } from "../escalation/whereabouts.ts";
import type { Scoped } from "../journal/journal.ts";
import type { Site } from "../site/model.ts";

/** Says of an alarm which of the targets that have a scope it is for, at this moment. */
export function scopesOf(site: Pick<Site, "devices" | "scopes" | "timezone">): (record: AlarmRecord, atMs: number) => Scoped {
  const whereabouts = whereaboutsIn(site);
  return (record, atMs) => {
    if (site.scopes.size === 0) return {};
    const asked = { severity: record.severity, device: record.device, atMs, ...whereabouts(record) };
    const minute = weekMinuteAt(atMs, site.timezone);
    return Object.fromEntries([...site.scopes].map(([target, scope]) => [target, isInScope(scope, asked, minute)]));
  };
}
