import type { Notification } from "../../../drivers/snmp/wire.ts";
import type { IncidentEvent } from "../../incidents/event.ts";
import { priorityOf } from "../../incidents/priority.ts";
import { cutBytes } from "../body.ts";
import { probableCause } from "../cause.ts";
import type { Beat } from "../dialect.ts";
import type { Place } from "../place.ts";

/** `roomwardMIB` of provisioning/mib/ROOMWARD-MIB.txt. */
const MIB = "1.3.6.1.4.1.32473.1";
const TEXT_BYTES_MAX = 255;
const KIND = { raise: 1, clear: 2, update: 3, acknowledge: 4, escalate: 5 } as const;
const HEARTBEAT = 10;
/** `rwEventTime`, `rwBeat`, `rwLiveIncidents`. */
const OBJECT = { eventTime: 20, beat: 45, liveIncidents: 46 } as const;
const PERCEIVED_SEVERITY = { critical: 3, major: 4, minor: 5, warning: 6 } as const;
const CLEARED = 1;
const WARRANTY = { unknown: 0, valid: 1, ended: 2 } as const;
const TRUE = 1;
const FALSE = 2;
const UNSIGNED_MAX = 4_294_967_295;
/** Tags of SMIv2 types. */
const TYPE = { integer: 2, text: 4, unsigned: 66 } as const;

type Cell = readonly [type: number, value: number | Buffer];

/** The notification of one event as our MIB describes it: every object, always in the same order. */
export function notificationOf(event: IncidentEvent, place: Place): Notification {
  const { urgency, impact, priority } = priorityOf(event.severity, place.category);
  const cells: readonly Cell[] = [
    [TYPE.unsigned, event.sequence % (UNSIGNED_MAX + 1)],
    text(event.key),
    text(event.id),
    text(event.incident),
    text([event.resource.site, event.resource.area, event.resource.device].join("/")),
    text(event.type),
    [TYPE.integer, probableCause(event).number],
    [TYPE.integer, event.state === "clear" ? CLEARED : PERCEIVED_SEVERITY[event.severity]],
    [TYPE.integer, priority],
    text(place.category),
    text(place.location.zh),
    text(place.location.en),
    text(event.value === null ? "" : String(event.value)),
    text(event.limit === null ? "" : String(event.limit)),
    text(event.unit),
    text(event.textZh),
    text(event.textEn),
    text(event.actionZh),
    text(event.actionEn),
    [TYPE.text, dateAndTime(new Date(event.at))],
    [TYPE.integer, event.clockTrusted ? TRUE : FALSE],
    [TYPE.unsigned, event.count],
    text(event.by ?? ""),
    text(event.number ?? ""),
    text(event.service?.reporter.zh ?? ""),
    text(event.service?.reporter.en ?? ""),
    [TYPE.integer, urgency],
    [TYPE.integer, impact],
    text(place.device.zh),
    text(place.device.en),
    text(event.service?.maker ?? ""),
    text(event.service?.model ?? ""),
    text(event.service?.serial ?? ""),
    text(event.service?.assetNumber ?? ""),
    text(event.service?.owner ?? ""),
    text(event.service?.provider ?? ""),
    text(event.service?.contract ?? ""),
    text(event.service?.servicePhone ?? ""),
    text(event.service?.warrantyUntil ?? ""),
    [TYPE.integer, warrantyState(event)],
    ...escalationCells(event),
  ];
  return {
    oid: `${MIB}.0.${KIND[event.state]}`,
    objects: cells.map(([type, value], index) => ({ oid: `${MIB}.1.${index + 1}.0`, type, value })),
  };
}

/** The sign of life: which it is, how many incidents are not over, and the time. */
export function heartbeatOf({ atMs, number, live }: Beat): Notification {
  const beat = ((number - 1) % UNSIGNED_MAX) + 1;
  return {
    oid: `${MIB}.0.${HEARTBEAT}`,
    objects: [
      { oid: `${MIB}.1.${OBJECT.beat}.0`, type: TYPE.unsigned, value: beat },
      { oid: `${MIB}.1.${OBJECT.liveIncidents}.0`, type: TYPE.unsigned, value: live.length },
      { oid: `${MIB}.1.${OBJECT.eventTime}.0`, type: TYPE.text, value: dateAndTime(new Date(atMs)) },
    ],
  };
}

/** Of a step of a plan; a manager that reads by number finds them behind all the others. */
function escalationCells({ escalation }: IncidentEvent): readonly Cell[] {
  if (escalation === undefined) return [];
  const people = escalation.onCall.map(({ name, phone }) => `${name.en} ${phone}`.trim()).join(", ");
  return [[TYPE.unsigned, escalation.step], [TYPE.unsigned, escalation.steps], [TYPE.unsigned, escalation.round], text(people)];
}

function warrantyState({ service }: IncidentEvent): number {
  const covered = service?.inWarranty ?? null;
  return covered === null ? WARRANTY.unknown : covered ? WARRANTY.valid : WARRANTY.ended;
}

function text(words: string): Cell {
  return [TYPE.text, cutBytes(Buffer.from(words, "utf8"), TEXT_BYTES_MAX)];
}

/** `DateAndTime` of RFC 2579 in UTC: year, month, day, hour, minute, second, deci-second, `+`, 0, 0. */
function dateAndTime(at: Date): Buffer {
  const year = at.getUTCFullYear();
  const deciseconds = Math.floor(at.getUTCMilliseconds() / 100);
  const clock = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds(), deciseconds];
  return Buffer.from([year >> 8, year & 0xff, at.getUTCMonth() + 1, at.getUTCDate(), ...clock, 0x2b, 0, 0]);
}
