import { hostname } from "node:os";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { engineIdOf, snmpWire } from "../site/snmp.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import type { KnownDialect } from "./dialect.ts";
import { placesOf } from "./place.ts";

/** The dialect of a target of the site file. Each is loaded when a target speaks it. */
export async function dialectOf(target: TargetEntry, site: Site, clock: Clock): Promise<KnownDialect> {
  switch (target.kind) {
    case "webhook": {
      const { webhookDialect } = await import("./dialects/webhook.ts");
      return webhookDialect({ url: target.url, secret: target.secret, clock });
    }
    case "request-tracker": {
      const { requestTrackerDialect } = await import("./dialects/request-tracker.ts");
      return requestTrackerDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "syslog": {
      const { syslogDialect } = await import("./dialects/syslog.ts");
      return syslogDialect({ ...target, hostname: hostname(), clock });
    }
    case "snmp-trap": {
      const { snmpTrapDialect } = await import("./dialects/snmp-trap.ts");
      const wire = { ...snmpWire(target), engineId: engineIdOf(site.id) };
      return snmpTrapDialect({ wire, notification: target.notification, places: placesOf(site) });
    }
    case "mail": {
      const { mailDialect } = await import("./dialects/mail.ts");
      return mailDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "alertmanager": {
      const { alertmanagerDialect } = await import("./dialects/alertmanager.ts");
      return alertmanagerDialect({ ...target, gateway: hostname(), clock });
    }
    case "pagerduty": {
      const { pagerdutyDialect } = await import("./dialects/pagerduty.ts");
      return pagerdutyDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "jira-service-management": {
      const { jiraServiceManagementDialect } = await import("./dialects/jira-service-management.ts");
      return jiraServiceManagementDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "servicenow-events": {
      const { servicenowEventsDialect } = await import("./dialects/servicenow-events.ts");
      return servicenowEventsDialect({ ...target, gateway: hostname(), clock });
    }
    case "servicenow-incident": {
      const { servicenowIncidentDialect } = await import("./dialects/servicenow-incident.ts");
      return servicenowIncidentDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "wecom":
    case "dingtalk":
    case "feishu": {
      const { chatRobotDialect } = await import("./dialects/chat-robot.ts");
      return chatRobotDialect({ ...target, robot: target.kind, timezone: site.timezone, places: placesOf(site), clock });
    }
  }
}
