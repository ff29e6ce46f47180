import { hostname } from "node:os";
import { smsParts } from "../../drivers/modem/pdu.ts";
import type { IncidentEvent } from "../incidents/event.ts";
import type { Site } from "../site/model.ts";
import type { TargetEntry } from "../site/target-schema.ts";
import { ToldAlerts } from "./dialects/alertmanager-alerts.ts";
import { sendAlarm } from "./dialects/b-interface-message.ts";
import { chatMessage } from "./dialects/chat-message.ts";
import { createdAlert } from "./dialects/jira-service-management.ts";
import { mailOf } from "./dialects/mail.ts";
import { publicationsOf } from "./dialects/mqtt.ts";
import { pagerdutyEvent } from "./dialects/pagerduty.ts";
import { newTicket } from "./dialects/request-tracker.ts";
import { collectionOf, newSmIncident } from "./dialects/service-manager.ts";
import { servicenowEvent } from "./dialects/servicenow-events.ts";
import { newIncident } from "./dialects/servicenow-incident.ts";
import { smsText } from "./dialects/sms-text.ts";
import { notificationOf } from "./dialects/snmp-notification.ts";
import { syslogMessage } from "./dialects/syslog.ts";
import { templated } from "./dialects/webhook.ts";
import { placesOf } from "./place.ts";
import { ticketMark } from "./ticket-mark.ts";
import { webhookTemplate } from "./webhook-template.ts";

/** What a target is sent of the first event of an incident, as a person can read it: without secrets, and without a connection. */
export function previewOf(target: TargetEntry, site: Site, event: IncidentEvent): string {
  const places = placesOf(site);
  const { timezone } = site;
  switch (target.kind) {
    case "webhook": {
      const { method = "POST", url } = target;
      // What stands behind the host may be a secret.
      const address = `${new URL(url).origin}/…`;
      const template = webhookTemplate(target, site);
      if (template === null) return `${method} ${address}\n${JSON.stringify(event, null, 2)}`;
      const { contentType, text } = templated(event, template);
      return `${method} ${address}\nContent-Type: ${contentType}\n\n${text}`;
    }
    case "request-tracker":
      return post(`${target.url}/REST/2.0/ticket`, newTicket(event, { ...target, timezone, places }));
    case "syslog":
      return syslogMessage(event, { ...target, hostname: hostname() }).toString("utf8");
    case "snmp-trap": {
      const { oid, objects } = notificationOf(event, places(event));
      return [oid, ...objects.map(({ oid: name, value }) => `${name} = ${Buffer.isBuffer(value) ? value.toString("utf8") : value}`)].join(
        "\n",
      );
    }
    case "mail": {
      const { from, to, subject, text } = mailOf(event, { ...target, timezone, places });
      return `From: ${from}\nTo: ${to.join(", ")}\nSubject: ${subject}\n\n${text}`;
    }
    case "alertmanager": {
      const atMs = Date.parse(event.at);
      const alerts = new ToldAlerts({ ...target, gateway: hostname() }).take(event, {
        wallMs: atMs,
        monotonicMs: 0,
        isTrusted: event.clockTrusted,
      });
      return target.urls.map((url) => post(`${url}/api/v2/alerts`, alerts)).join("\n");
    }
    case "pagerduty":
      return post(target.url, pagerdutyEvent(event, { ...target, timezone, places }));
    case "jira-service-management":
      return post(`${target.url}/alerts`, createdAlert(event, ticketMark(event), { ...target, timezone, places }));
    case "servicenow-events":
      return post(target.url, { records: [servicenowEvent(event, { ...target, gateway: hostname() })] });
    case "servicenow-incident":
      return post(`${target.url}/api/now/table/incident`, newIncident(event, { ...target, timezone, places }));
    case "service-manager":
      return post(collectionOf(target), { [target.resource]: newSmIncident(event, { ...target, timezone, places }) });
    case "wecom":
    case "dingtalk":
    case "feishu":
      // The address of a robot is its secret.
      return post(new URL(target.url).origin, chatMessage(target.kind, event, places(event), { ...target, timezone }));
    case "b-interface":
      return `POST ${shown(target.url)}\ninvoke(${target.parameter}) ${sendAlarm(event, { ...target, timezone })}`;
    case "sms": {
      const parts = smsParts(smsText(event, places(event), { ...target, timezone }), target.segments);
      return [`SMS ${target.to.join(", ")}`, ...parts.map((part, index) => `${index + 1}/${parts.length} ${part}`)].join("\n");
    }
    case "mqtt": {
      const told = publicationsOf(event, Buffer.from(JSON.stringify(event), "utf8"), { ...target, site: site.id, hostname: hostname() });
      return told.map(({ topic, payload, retain }) => `${topic}${retain ? " (retained)" : ""} ${payload.toString()}`).join("\n");
    }
    case "sparkplug":
      return `spBv1.0/${target.group}/NDATA/${target.edge ?? site.id} Alarm/Event = ${JSON.stringify(event)}`;
  }
}

function post(address: string, body: unknown): string {
  return `POST ${shown(address)}\n${JSON.stringify(body, null, 2)}`;
}

/** Without what may be a secret in an address. */
function shown(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${decodeURI(pathname)}`;
}
