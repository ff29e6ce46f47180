import { loadedSite } from "../firmware/loaded-site.ts";

/** Where a target of each kind is, and what only it may know. */
export interface EveryKind {
  /** Of those that speak HTTP, without a slash at the end. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** A secret of so many letters and digits, another for every name. */
  readonly secret: (name: string, length: number) => string;
}

/** A PIN is made of digits alone. */
export const SIM_PIN = "40718293";

const HTTP_KINDS = [
  "webhook",
  "request-tracker",
  "alertmanager",
  "pagerduty",
  "jira-service-management",
  "servicenow-events",
  "servicenow-incident",
  "service-manager",
  "b-interface",
  "wecom",
  "dingtalk",
  "feishu",
] as const;

/** The `targets` of a site file with one target of every kind, called after its kind. A kind that is not here fails the test that counts them. */
export function everyKind({ url, host, port, secret }: EveryKind): string {
  const there = `host: ${host}, port: ${port}`;
  const v3 = (name: string): string =>
    `version: 3, user: u, level: authPriv, authKey: ${secret(`${name} authKey`, 20)}, privKey: ${secret(`${name} privKey`, 20)}`;
  return `targets:
  - { id: webhook, kind: webhook, url: "${url}/${secret("webhook url", 20)}", secret: ${secret("webhook", 20)}, headers: { X-Key: ${secret("webhook header", 20)} } }
  - { id: request-tracker, kind: request-tracker, url: "${url}", token: ${secret("rt", 20)}, queue: Q }
  - { id: alertmanager, kind: alertmanager, urls: ["${url}"], user: u, password: ${secret("alertmanager", 20)} }
  - { id: pagerduty, kind: pagerduty, url: "${url}/enqueue", routingKey: ${secret("pagerduty", 32)} }
  - { id: jira-service-management, kind: jira-service-management, url: "${url}", apiKey: ${secret("jsm", 20)} }
  - { id: servicenow-events, kind: servicenow-events, url: "${url}", apiKey: ${secret("snow", 20)} }
  - { id: servicenow-incident, kind: servicenow-incident, url: "${url}", user: u, password: ${secret("snow password", 20)} }
  - { id: service-manager, kind: service-manager, url: "${url}", user: u, password: ${secret("sm password", 20)}, markField: Mark }
  - { id: b-interface, kind: b-interface, url: "${url}?key=${secret("b url", 20)}", edition: cmcc, fsu: "F1", user: u, password: ${secret("b password", 20)} }
  - { id: sms, kind: sms, path: /dev/there-is-no-modem, simPin: "${SIM_PIN}", to: ["+8613900000000"] }
  - { id: wecom, kind: wecom, url: "${url}/cgi-bin/webhook/send?key=${secret("wecom", 20)}" }
  - { id: dingtalk, kind: dingtalk, url: "${url}/robot/send?access_token=${secret("dingtalk url", 20)}", secret: ${secret("dingtalk", 20)} }
  - { id: feishu, kind: feishu, url: "${url}/open-apis/bot/v2/hook/${secret("feishu url", 20)}", secret: ${secret("feishu", 20)} }
  - { id: mail, kind: mail, ${there}, security: none, user: u, password: ${secret("mail", 20)}, from: a@b.example, to: [c@d.example] }
  - { id: mqtt, kind: mqtt, ${there}, security: none, user: u, password: ${secret("mqtt", 20)} }
  - { id: sparkplug, kind: sparkplug, ${there}, security: none, user: u, password: ${secret("sparkplug", 20)} }
  - { id: syslog, kind: syslog, ${there}, transport: tcp }
  - { id: snmp-trap, kind: snmp-trap, ${there}, timeout: 100ms, retries: 0, ${v3("trap")} }
`;
}

/** A small site whose targets these are. */
export const siteWith = (sections: string) =>
  loadedSite(`site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
${sections}`);

export const speaksHttp = (kind: string): boolean => HTTP_KINDS.some((known) => known === kind);
