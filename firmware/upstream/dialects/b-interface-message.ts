import { createHash } from "node:crypto";
import { xmlText } from "../../contract/xml-text.ts";
import type { IncidentEvent } from "../../incidents/event.ts";
import { cutBytes, oneLine } from "../body.ts";

/** What one operator's edition calls things and lets them be long; China Mobile's 5.3 and 5.6, China Tower's V1.0. */
export interface BEdition {
  readonly edition: "cmcc" | "tower";
  /** FSUID. */
  readonly fsu: string;
  /** By our device id. */
  readonly devices: Readonly<Record<string, string>>;
  /** By `point=type`. */
  readonly signals: Readonly<Record<string, { readonly id: string; readonly alarm?: string | undefined; readonly number: string }>>;
  readonly words: Partial<Readonly<Record<"begin" | "end" | IncidentEvent["severity"], string | undefined>>>;
  /** Times are local. */
  readonly timezone: string;
}

type Fields = readonly (readonly [name: string, value: string])[];

const WORDS = { begin: "BEGIN", end: "END", critical: "1", major: "2", minor: "3", warning: "4" } as const;
const DEVICE_MAX = { cmcc: 26, tower: 14 } as const;
const DESCRIPTION_BYTES_MAX = { cmcc: 120, tower: 40 } as const;
const SERIAL_DIGITS = 10;
/** China Mobile's word for what there is not. */
const NULL = "NULL";

/** SEND_ALARM of one event: the begin of an incident or its end. */
export function sendAlarm(event: IncidentEvent, style: BEdition): string {
  const alarm = element("Values", element("TAlarmList", element("TAlarm", elements(alarmFields(event, style)))));
  return style.edition === "cmcc"
    ? request([["Name", "SEND_ALARM"]], elements([["FSUID", style.fsu]]) + alarm)
    : request(
        [
          ["Name", "SEND_ALARM"],
          ["Code", "501"],
        ],
        alarm,
      );
}

/** LOGIN of China Mobile's edition: the password goes as its MD5, as the edition wants it. */
export function login(of: {
  readonly fsu: string;
  readonly user: string;
  readonly password: string;
  readonly address: string;
  readonly mac: string;
  readonly version: string;
}): string {
  const info: Fields = [
    ["UserName", of.user],
    ["PassWord", passwordDigest(of.password)],
    ["FSUID", of.fsu],
    ["FSUIP", of.address],
    ["FSUMAC", of.mac],
    ["FSUVER", of.version],
  ];
  return request([["Name", "LOGIN"]], elements(info));
}

/** As good as the password for whoever hears it. */
export function passwordDigest(password: string): string {
  return createHash("md5").update(password).digest("hex");
}

/** The message as the text of the one parameter of the one operation (SOAP 1.1, RPC, encoded). */
export function invoked(message: string, { namespace, parameter }: { readonly namespace: string; readonly parameter: string }): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
    ' xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/"><soapenv:Body>',
    `<ns1:invoke soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns1="${xmlText(namespace)}">`,
    `<${parameter} xsi:type="soapenc:string">${xmlText(message)}</${parameter}>`,
    "</ns1:invoke></soapenv:Body></soapenv:Envelope>",
  ].join("");
}

/**
 * What pairs begin and end at the centre, ten digits: the incident's number, the same after every restart; of an incident of old, which
 * has none, digits of its id above all numbers.
 */
export function serialNumberOf({ number, incident }: Pick<IncidentEvent, "number" | "incident">): string {
  const digits = /\d+$/.exec(number ?? "")?.[0];
  if (digits !== undefined) return digits.slice(-SERIAL_DIGITS).padStart(SERIAL_DIGITS, "0");
  const hash = createHash("sha256").update(incident).digest().readUIntBE(0, 6);
  return `9${String(hash % 10 ** (SERIAL_DIGITS - 1)).padStart(SERIAL_DIGITS - 1, "0")}`;
}

function alarmFields(event: IncidentEvent, style: BEdition): Fields {
  const { edition, fsu, words } = style;
  const isOver = event.state === "clear";
  const device = style.devices[event.resource.device] ?? event.resource.device.slice(0, DEVICE_MAX[edition]);
  const point = event.resource.point?.slice(event.resource.device.length + 1) ?? "";
  const signal = style.signals[`${point}=${event.type}`];
  const time = localTime(isOver ? (event.clearedAt ?? event.at) : event.firstAt, style.timezone);
  const level = words[event.severity] ?? WORDS[event.severity];
  const flag = isOver ? (words.end ?? WORDS.end) : (words.begin ?? WORDS.begin);
  const serial = serialNumberOf(event);
  const description = describe(event, DESCRIPTION_BYTES_MAX[edition]);
  if (edition === "tower")
    return [
      ...pairs({ SerialNo: serial, Id: signal?.id ?? "", FsuId: fsu, FsuCode: fsu, DeviceId: device, DeviceCode: device }),
      ...pairs({ AlarmTime: time, AlarmLevel: level, AlarmFlag: flag, AlarmDesc: description }),
    ];
  return [
    ...pairs({ SerialNo: serial, ID: signal?.id ?? NULL, DeviceID: device, NMAlarmID: signal?.alarm ?? NULL }),
    ...pairs({ AlarmTime: time, AlarmLevel: level, AlarmFlag: flag, AlarmDesc: description }),
    ...pairs({ EventValue: event.value === null ? "" : String(event.value), SignalNumber: signal?.number ?? NULL, AlarmRemark: "" }),
  ];
}

/** Without the two signs that the editions forbid; whole characters. */
function describe({ textZh }: IncidentEvent, bytesMax: number): string {
  return cutBytes(Buffer.from(oneLine(textZh.replaceAll(/[<>]/g, " "), bytesMax), "utf8"), bytesMax).toString("utf8");
}

function pairs(fields: Readonly<Record<string, string>>): Fields {
  return Object.entries(fields);
}

/** `2026-09-20 11:12:45` */
function localTime(iso: string, timezone: string): string {
  const at = Temporal.Instant.from(iso).toZonedDateTimeISO(timezone);
  return `${at.toPlainDate().toString()} ${at.toPlainTime().toString({ smallestUnit: "second" })}`;
}

function request(type: Fields, info: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${element("Request", element("PK_Type", elements(type)) + element("Info", info))}`;
}

function elements(fields: Fields): string {
  return fields.map(([name, value]) => element(name, xmlText(value))).join("");
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}
