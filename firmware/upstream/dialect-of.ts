import { hostname } from "node:os";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { engineIdOf, snmpWire } from "../site/snmp.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import type { Dialect } from "./dialect.ts";
import { placesOf } from "./place.ts";

/** The dialect of a target of the site file. Each is loaded when a target speaks it. */
export async function dialectOf(target: TargetEntry, site: Site, clock: Clock): Promise<Dialect> {
  switch (target.kind) {
    case "webhook": {
      const { webhookDialect } = await import("./dialects/webhook.ts");
      return webhookDialect({ url: target.url, secret: target.secret, clock, heartbeatMs: target.heartbeat ?? null, site: site.id });
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
  }
}
