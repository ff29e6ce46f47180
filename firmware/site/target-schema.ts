import * as z from "zod";
import { delivery } from "./targets/delivery.ts";
import { mailTarget } from "./targets/mail.ts";
import { requestTrackerTarget } from "./targets/request-tracker.ts";
import { snmpTrapTarget } from "./targets/snmp-trap.ts";
import { syslogTarget } from "./targets/syslog.ts";
import { webhookTarget } from "./targets/webhook.ts";

/** Who is told of incidents. A kind of target is a file in `targets/` and a line here, a file in `upstream/dialects/` and a line in `upstream/dialect-of.ts`. */
export const targetEntrySchema = z.discriminatedUnion("kind", [
  webhookTarget.extend(delivery),
  requestTrackerTarget.extend(delivery),
  syslogTarget.extend(delivery),
  snmpTrapTarget.extend(delivery),
  mailTarget.extend(delivery),
]);

export type TargetEntry = z.infer<typeof targetEntrySchema>;
