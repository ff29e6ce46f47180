import type { Limits } from "../history/keeper.ts";
import type { Retention } from "../journal/retention.ts";
import type { StorageLimits } from "../site/storage-schema.ts";

/** What the site file says, as the journal goes by it. */
export function retentionOf({ events, audit, access, sheets, journalMax }: StorageLimits): Retention {
  return { eventDays: events, auditDays: audit, accessDays: access, sheetDays: sheets, bytesMax: journalMax };
}

const HOURS_PER_DAY = 24;
/** Days begin and end in the middle of hours, and a box is away now and then. */
const DAYS_SPARE = 10;

/** What the site file says, as the history goes by it. */
export function historyLimitsOf({ fullRate, minutes, historyMax }: StorageLimits): Limits {
  return { hoursKept: (minutes + DAYS_SPARE) * HOURS_PER_DAY, fullHoursKept: fullRate * HOURS_PER_DAY, bytesMax: historyMax };
}
