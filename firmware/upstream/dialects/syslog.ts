import type { IncidentEvent } from "../../incidents/event.ts";
import { actLine } from "../act-words.ts";
import { BENT, cutBytes, eventOf, oneLine } from "../body.ts";
import { probableCause } from "../cause.ts";
import type { Dialect } from "../dialect.ts";
import { type SyslogWire, syslogSender } from "./syslog-wire.ts";

/** Above this a datagram is cut into fragments on the way, and a lost fragment loses all of it. */
export const SYSLOG_BYTES_MAX = 1_200;
const TEXT_MAX = 300;
/** `name@number` of our own data; 32473 is the enterprise number for documentation (RFC 5612). */
const OWN_DATA = "roomward@32473";
const SERVICE_DATA = "service@32473";
const ESCALATION_DATA = "escalation@32473";
/** What is left for the text whatever else there is to say, and what one value of the register may take. */
const TEXT_BYTES_KEPT = 240;
const VALUE_BYTES_MAX = 96;
const ACTION_BYTES_MAX = 200;
const SEQUENCE_MAX = 2_147_483_647;
const BOM = "\uFEFF";

/** Table 1 of RFC 5674; an alarm that is over is a notice. */
const SYSLOG_SEVERITY = { critical: 1, major: 2, minor: 3, warning: 4 } as const;
const CLEARED_SEVERITY = 5;

export interface SyslogOptions extends SyslogWire {
  /** 0–23. */
  readonly facility: number;
  readonly language: "zh" | "en";
  /** The name of this box. */
  readonly hostname: string;
}

/** RFC 5424 with the alarm data of RFC 5674. Over UDP nobody answers: what the network took counts as sent. */
export function syslogDialect(options: SyslogOptions): Dialect {
  const sender = syslogSender(options);
  return {
    async send(row, signal) {
      const event = eventOf(row);
      return event === null ? BENT : sender.send(syslogMessage(event, options), signal);
    },
    close: sender.close,
  };
}

/** The message of one event, at most `SYSLOG_BYTES_MAX` bytes: a text that is too long loses its end, never half a character. */
export function syslogMessage(event: IncidentEvent, options: Pick<SyslogOptions, "facility" | "language" | "hostname">): Buffer {
  const severity = event.state === "clear" ? CLEARED_SEVERITY : SYSLOG_SEVERITY[event.severity];
  const head = `<${options.facility * 8 + severity}>1 ${event.at} ${word(options.hostname, 255)} roomward - ALARM_${event.state.toUpperCase()}`;
  const done = actLine(event, options.language);
  const text = (done === "" ? "" : `${done}: `) + (options.language === "zh" ? event.textZh : event.textEn);
  const told = `${head} ${structuredData(event, options.language)}`;
  const room = SYSLOG_BYTES_MAX - TEXT_BYTES_KEPT - Buffer.byteLength(told);
  const fixed = Buffer.from(`${told}${serviceData(event, options.language, room)} ${BOM}`, "utf8");
  return Buffer.concat([fixed, cutBytes(Buffer.from(oneLine(text, TEXT_MAX), "utf8"), SYSLOG_BYTES_MAX - fixed.length)]);
}

function structuredData(event: IncidentEvent, language: "zh" | "en"): string {
  const { resource } = event;
  const sequenceId = ((event.sequence - 1) % SEQUENCE_MAX) + 1;
  return [
    element("alarm", {
      resource: [resource.site, resource.area, resource.device].join("/"),
      probableCause: probableCause(event).name,
      perceivedSeverity: event.state === "clear" ? "cleared" : event.severity,
    }),
    element("timeQuality", { tzKnown: "1", isSynced: event.clockTrusted ? "1" : "0" }),
    element("meta", { sequenceId: String(sequenceId), language }),
    element(OWN_DATA, {
      key: event.key,
      event: event.id,
      incident: event.incident,
      type: event.type,
      value: event.value === null ? "" : String(event.value),
      limit: event.limit === null ? "" : String(event.limit),
      unit: event.unit,
      count: String(event.count),
      by: oneLine(event.by ?? "", 64),
    }),
    escalationData(event, language),
  ].join("");
}

/** Which step of which plan it is, and who is on call. */
function escalationData({ escalation }: IncidentEvent, language: "zh" | "en"): string {
  if (escalation === undefined) return "";
  const { plan, step, steps, round, onCall } = escalation;
  const people = onCall.map(({ name, phone }) => `${name[language]} ${phone}`.trim()).join(", ");
  const told = cutBytes(Buffer.from(oneLine(people, VALUE_BYTES_MAX), "utf8"), VALUE_BYTES_MAX).toString("utf8");
  return element(ESCALATION_DATA, { plan, step: String(step), steps: String(steps), repeat: String(round), onCall: told });
}

/** What the service desk needs, the most telling first, as far as there is room for it. */
function serviceData({ number, service, ...event }: IncidentEvent, language: "zh" | "en", bytes: number): string {
  if (service === null) return "";
  const { urgency, impact, priority, category, inWarranty } = service;
  const parameters: readonly (readonly [name: string, value: string])[] = [
    ["number", number ?? ""],
    ["priority", String(priority)],
    ["urgency", String(urgency)],
    ["impact", String(impact)],
    ["category", category],
    ["serial", service.serial],
    ["assetNumber", service.assetNumber],
    ["servicePhone", service.servicePhone],
    ["location", service.location[language]],
    ["warrantyUntil", service.warrantyUntil],
    ["inWarranty", inWarranty === null ? "" : inWarranty ? "1" : "0"],
    ["action", event.state === "clear" ? "" : language === "zh" ? event.actionZh : event.actionEn],
    ["reporter", service.reporter[language]],
    ["maker", service.maker],
    ["model", service.model],
    ["provider", service.provider],
    ["owner", service.owner],
    ["contract", service.contract],
  ];
  const chosen: Record<string, string> = {};
  for (const [name, value] of parameters) {
    if (value === "") continue;
    const max = name === "action" ? ACTION_BYTES_MAX : VALUE_BYTES_MAX;
    const more = { ...chosen, [name]: cutBytes(Buffer.from(oneLine(value, max), "utf8"), max).toString("utf8") };
    if (Buffer.byteLength(element(SERVICE_DATA, more)) <= bytes) Object.assign(chosen, more);
  }
  return Object.keys(chosen).length === 0 ? "" : element(SERVICE_DATA, chosen);
}

function element(id: string, parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => ` ${name}="${value.replaceAll(/["\\\]]/g, "\\$&")}"`);
  return `[${id}${written.join("")}]`;
}

/** Header fields are printable ASCII without spaces; `-` when nothing is left. */
function word(text: string, max: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, "").slice(0, max) || "-";
}
