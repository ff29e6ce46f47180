import type { Retention } from "../journal/retention.ts";
import type { StorageLimits } from "../site/storage-schema.ts";

/** What the site file says, as the journal goes by it. */
export function retentionOf({ events, audit, access, sheets, journalMax }: StorageLimits): Retention {
  return { eventDays: events, auditDays: audit, accessDays: access, sheetDays: sheets, bytesMax: journalMax };
}
