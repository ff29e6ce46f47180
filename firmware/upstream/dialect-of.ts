import { hostname } from "node:os";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { reachOf } from "../site/reach.ts";
import { engineIdOf, snmpWire } from "../site/snmp.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import type { Dialect } from "./dialect.ts";
import type { Broker } from "./dialects/mqtt-link.ts";
import type { LiveRoom } from "./dialects/sparkplug.ts";
import { placesOf } from "./place.ts";
import { lookupOf } from "./trust.ts";
import { webhookTemplate } from "./webhook-template.ts";

/** The dialect of a target of the site file. Each is loaded when a target speaks it. */
export async function dialectOf(target: TargetEntry, site: Site, clock: Clock, room: LiveRoom): Promise<Dialect> {
  const { targets } = site.network;
  const there = { clock, ...(targets === null ? {} : { reach: reachOf(targets) }) };
  switch (target.kind) {
    case "webhook": {
      const { webhookDialect } = await import("./dialects/webhook.ts");
      const template = webhookTemplate(target, site);
      return webhookDialect({ ...target, ...there, template, heartbeatMs: target.heartbeat ?? null, site: site.id });
    }
    case "request-tracker": {
      const { requestTrackerDialect } = await import("./dialects/request-tracker.ts");
      return requestTrackerDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "syslog": {
      const { syslogDialect } = await import("./dialects/syslog.ts");
      const { port = target.transport === "tls" ? SYSLOG_TLS_PORT : SYSLOG_PORT } = target;
      return syslogDialect({ ...target, port, hostname: hostname(), ...there });
    }
    case "snmp-trap": {
      const { snmpTrapDialect } = await import("./dialects/snmp-trap.ts");
      const wire = { ...snmpWire(target), engineId: engineIdOf(site.id), ...lookupOf(there) };
      return snmpTrapDialect({ wire, notification: target.notification, places: placesOf(site) });
    }
    case "mail": {
      const { mailDialect } = await import("./dialects/mail.ts");
      return mailDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "alertmanager": {
      const { alertmanagerDialect } = await import("./dialects/alertmanager.ts");
      return alertmanagerDialect({ ...target, gateway: hostname(), ...there });
    }
    case "pagerduty": {
      const { pagerdutyDialect } = await import("./dialects/pagerduty.ts");
      return pagerdutyDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "jira-service-management": {
      const { jiraServiceManagementDialect } = await import("./dialects/jira-service-management.ts");
      return jiraServiceManagementDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "servicenow-events": {
      const { servicenowEventsDialect } = await import("./dialects/servicenow-events.ts");
      return servicenowEventsDialect({ ...target, gateway: hostname(), ...there });
    }
    case "servicenow-incident": {
      const { servicenowIncidentDialect } = await import("./dialects/servicenow-incident.ts");
      return servicenowIncidentDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "service-manager": {
      const { serviceManagerDialect } = await import("./dialects/service-manager.ts");
      return serviceManagerDialect({ ...target, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "wecom":
    case "dingtalk":
    case "feishu": {
      const { chatRobotDialect } = await import("./dialects/chat-robot.ts");
      return chatRobotDialect({ ...target, robot: target.kind, timezone: site.timezone, places: placesOf(site), ...there });
    }
    case "b-interface": {
      const { bInterfaceDialect } = await import("./dialects/b-interface.ts");
      return bInterfaceDialect({ ...target, timezone: site.timezone, ...there });
    }
    case "sms": {
      const { smsDialect } = await import("./dialects/sms.ts");
      return smsDialect({ ...target, ringMs: target.ring, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "mqtt": {
      const { mqttDialect } = await import("./dialects/mqtt.ts");
      const telemetry = target.telemetry === undefined ? undefined : { everyMs: target.telemetry, table: room.table };
      return mqttDialect({ ...target, ...brokerOf(target, site, there), site: site.id, hostname: hostname(), telemetry });
    }
    case "sparkplug": {
      const { sparkplugDialect } = await import("./dialects/sparkplug.ts");
      const { group, edge = site.id } = target;
      const devices = site.devices.map(({ id }) => id);
      return sparkplugDialect({ ...brokerOf(target, site, there), id: target.id, group, edge, devices, room });
    }
  }
}

const SYSLOG_PORT = 514;
const SYSLOG_TLS_PORT = 6_514;
/** A broker has one client of a name: two targets at one broker are two. */
const CLIENT = { mqtt: "roomward", sparkplug: "roomward-sparkplug" } as const;
const BROKER_PORTS = { none: 1883, tls: 8883 } as const;

function brokerOf(
  target: Extract<TargetEntry, { kind: "mqtt" | "sparkplug" }>,
  site: Site,
  there: Pick<Broker, "clock" | "reach">,
): Broker {
  const { port = BROKER_PORTS[target.security], clientId = `${CLIENT[target.kind]}-${site.id}` } = target;
  return { ...target, port, clientId, ...there };
}
