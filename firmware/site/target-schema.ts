import * as z from "zod";
import { everyTarget } from "./every-target.ts";
import { alertmanagerTarget } from "./targets/alertmanager.ts";
import { bInterfaceTarget } from "./targets/b-interface.ts";
import { dingtalkTarget, feishuTarget, wecomTarget } from "./targets/chat-robot.ts";
import { jiraServiceManagementTarget } from "./targets/jira-service-management.ts";
import { mailTarget } from "./targets/mail.ts";
import { mqttTarget } from "./targets/mqtt.ts";
import { pagerdutyTarget } from "./targets/pagerduty.ts";
import { requestTrackerTarget } from "./targets/request-tracker.ts";
import { serviceManagerTarget } from "./targets/service-manager.ts";
import { servicenowEventsTarget, servicenowIncidentTarget } from "./targets/servicenow.ts";
import { smsTarget } from "./targets/sms.ts";
import { snmpTrapTarget } from "./targets/snmp-trap.ts";
import { sparkplugTarget } from "./targets/sparkplug.ts";
import { syslogTarget } from "./targets/syslog.ts";
import { webhookTarget } from "./targets/webhook.ts";

/** Who is told of incidents. A kind of target is a file in `targets/` and a line here, a file in `upstream/dialects/` and a line in `upstream/dialect-of.ts` and `upstream/preview.ts`. */
export const targetEntrySchema = z.discriminatedUnion("kind", [
  webhookTarget.extend(everyTarget),
  requestTrackerTarget.extend(everyTarget),
  syslogTarget.extend(everyTarget),
  snmpTrapTarget.extend(everyTarget),
  mailTarget.extend(everyTarget),
  alertmanagerTarget.extend(everyTarget),
  pagerdutyTarget.extend(everyTarget),
  jiraServiceManagementTarget.extend(everyTarget),
  servicenowEventsTarget.extend(everyTarget),
  servicenowIncidentTarget.extend(everyTarget),
  serviceManagerTarget.extend(everyTarget),
  wecomTarget.extend(everyTarget),
  dingtalkTarget.extend(everyTarget),
  feishuTarget.extend(everyTarget),
  bInterfaceTarget.extend(everyTarget),
  smsTarget.extend(everyTarget),
  mqttTarget.extend(everyTarget),
  sparkplugTarget.extend(everyTarget),
]);

export type TargetEntry = z.infer<typeof targetEntrySchema>;
