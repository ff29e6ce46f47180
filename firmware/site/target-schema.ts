import * as z from "zod";
import { alertmanagerTarget } from "./targets/alertmanager.ts";
import { dingtalkTarget, feishuTarget, wecomTarget } from "./targets/chat-robot.ts";
import { jiraServiceManagementTarget } from "./targets/jira-service-management.ts";
import { mailTarget } from "./targets/mail.ts";
import { pagerdutyTarget } from "./targets/pagerduty.ts";
import { mqttTarget } from "./targets/mqtt.ts";
import { requestTrackerTarget } from "./targets/request-tracker.ts";
import { servicenowEventsTarget, servicenowIncidentTarget } from "./targets/servicenow.ts";
import { snmpTrapTarget } from "./targets/snmp-trap.ts";
import { sparkplugTarget } from "./targets/sparkplug.ts";
import { syslogTarget } from "./targets/syslog.ts";
import { webhookTarget } from "./targets/webhook.ts";

/** Who is told of incidents. A kind of target is a file in `targets/` and a line here, a file in `upstream/dialects/` and a line in `upstream/dialect-of.ts`. */
export const targetEntrySchema = z.discriminatedUnion("kind", [
  webhookTarget,
  requestTrackerTarget,
  syslogTarget,
  snmpTrapTarget,
  mailTarget,
  alertmanagerTarget,
  pagerdutyTarget,
  jiraServiceManagementTarget,
  servicenowEventsTarget,
  servicenowIncidentTarget,
  wecomTarget,
  dingtalkTarget,
  feishuTarget,
  mqttTarget,
  sparkplugTarget,
]);

export type TargetEntry = z.infer<typeof targetEntrySchema>;
