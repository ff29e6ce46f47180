import { hostname } from "node:os";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { engineIdOf, snmpWire } from "../site/snmp.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import type { Dialect } from "./dialect.ts";
import type { Broker } from "./dialects/mqtt-link.ts";
import type { LiveRoom } from "./dialects/sparkplug.ts";
import { placesOf } from "./place.ts";
import { webhookTemplate } from "./webhook-template.ts";

/** The dialect of a target of the site file. Each is loaded when a target speaks it. */
export async function dialectOf(target: TargetEntry, site: Site, clock: Clock, room: LiveRoom): Promise<Dialect> {
  switch (target.kind) {
    case "webhook": {
      const { webhookDialect } = await import("./dialects/webhook.ts");
      return webhookDialect({
        ...{ url: target.url, secret: target.secret, method: target.method ?? "POST", headers: target.headers },
        ...{ template: webhookTemplate(target, site), heartbeatMs: target.heartbeat ?? null, site: site.id, clock },
      });
    }
    case "request-tracker": {
      const { requestTrackerDialect } = await import("./dialects/request-tracker.ts");
      return requestTrackerDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "syslog": {
      const { syslogDialect } = await import("./dialects/syslog.ts");
      const { port = target.transport === "tls" ? SYSLOG_TLS_PORT : SYSLOG_PORT } = target;
      return syslogDialect({ ...target, port, hostname: hostname(), clock });
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
    case "service-manager": {
      const { serviceManagerDialect } = await import("./dialects/service-manager.ts");
      return serviceManagerDialect({ ...target, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "wecom":
    case "dingtalk":
    case "feishu": {
      const { chatRobotDialect } = await import("./dialects/chat-robot.ts");
      return chatRobotDialect({ ...target, robot: target.kind, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "b-interface": {
      const { bInterfaceDialect } = await import("./dialects/b-interface.ts");
      return bInterfaceDialect({ ...target, timezone: site.timezone, clock });
    }
    case "sms": {
      const { smsDialect } = await import("./dialects/sms.ts");
      return smsDialect({ ...target, ringMs: target.ring, timezone: site.timezone, places: placesOf(site), clock });
    }
    case "mqtt": {
      const { mqttDialect } = await import("./dialects/mqtt.ts");
      return mqttDialect({ ...target, ...brokerOf(target, site, clock), site: site.id, hostname: hostname() });
    }
    case "sparkplug": {
      const { sparkplugDialect } = await import("./dialects/sparkplug.ts");
      const { group, edge = site.id } = target;
      const devices = site.devices.map(({ id }) => id);
      return sparkplugDialect({ ...brokerOf(target, site, clock), id: target.id, group, edge, devices, room });
    }
  }
}

const SYSLOG_PORT = 514;
const SYSLOG_TLS_PORT = 6_514;
/** A broker has one client of a name: two targets at one broker are two. */
const CLIENT = { mqtt: "roomward", sparkplug: "roomward-sparkplug" } as const;
const BROKER_PORTS = { none: 1883, tls: 8883 } as const;

function brokerOf(target: Extract<TargetEntry, { kind: "mqtt" | "sparkplug" }>, site: Site, clock: Clock): Broker {
  const { port = BROKER_PORTS[target.security], clientId = `${CLIENT[target.kind]}-${site.id}` } = target;
  return { ...target, port, clientId, clock };
}
