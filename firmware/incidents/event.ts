import type { AlarmChange, ToldCause } from "../alarms/change.ts";
import type { AlarmRecord, Severity, Words } from "../contract/alarm.ts";
import type { EscalationNote } from "../contract/escalation.ts";
import type { WorkState } from "../contract/incident-terms.ts";
import type { IncidentRecord } from "./incident.ts";
import { priorityOf } from "./priority.ts";
import { withCompany } from "./roll.ts";
import type { IncidentWork, WorkAct } from "./work.ts";

/**
 * What a service desk needs beside the alarm: who reports it, exactly where, and what is written down about the device. Texts that
 * nobody has entered are empty.
 */
export interface Subject {
  readonly reporter: Words;
  readonly category: string;
  readonly device: Words;
  /** From the site down to the place of the device. */
  readonly location: Words;
  readonly maker: string;
  readonly model: string;
  readonly serial: string;
  readonly assetNumber: string;
  readonly owner: string;
  readonly provider: string;
  readonly contract: string;
  readonly servicePhone: string;
  /** `2027-05-01` */
  readonly warrantyUntil: string;
  /** On the day of the event; null when the warranty or the day is unknown. */
  readonly inWarranty: boolean | null;
}

/** ITIL's three numbers, 1 the highest, with the subject. */
export interface Service extends Subject {
  readonly urgency: number;
  readonly impact: number;
  readonly priority: number;
}

/** Says of an alarm what its subject is. */
export type DescribeSubject = (of: Pick<AlarmRecord, "key" | "device">) => Subject;

/**
 * What every target is told, whatever its dialect: one change of one incident. `key` is that of the alarm that opened it, the same
 * from raise to clear and after every restart, so that the receiver can pair them; `id` is the event's own. The rest is about the
 * alarm that brought the change. Times are ISO 8601 in UTC by the box's clock.
 */
export interface IncidentEvent {
  readonly id: string;
  readonly incident: string;
  readonly key: string;
  /** Grows by one with every event of this box; a gap means that an event was not for this target. */
  readonly sequence: number;
  readonly bootId: string;
  readonly at: string;
  /** False while the box does not know the time of day, e.g. after a power cut without network. */
  readonly clockTrusted: boolean;
  readonly state: ToldCause;
  readonly severity: Severity;
  readonly resource: { readonly site: string; readonly area: string; readonly device: string; readonly point: string | null };
  readonly type: string;
  readonly value: number | null;
  readonly limit: number | null;
  readonly unit: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly textZh: string;
  readonly textEn: string;
  readonly actionZh: string;
  readonly actionEn: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly clearedAt: string | null;
  readonly count: number;
  /** Who acknowledged and what they wrote; null while nobody did. */
  readonly by: string | null;
  readonly note: string | null;
  /** The incident's number for people, `RW-000123`; null for incidents of old. */
  readonly number: string | null;
  /** How many alarms the incident has had by now, and which of them began first. */
  readonly alarms: number;
  readonly firstOut: string;
  /** Null in events of old. */
  readonly service: Service | null;
  /** Of `escalate`: which step of which plan this is, and who is on call; absent otherwise. */
  readonly escalation?: EscalationNote;
  /** A person's or a group's name; null: nobody has it, or an event of old. */
  readonly assignee: string | null;
  /** What people have made of the incident: `new`, `inProgress`, `waiting`, `resolved`, `closed`; null in events of old. */
  readonly work: WorkState | null;
  /** What somebody has just done to the incident, in an `update` that says nothing new of the alarm; otherwise null. */
  readonly act: ToldAct | null;
}

/** `by` is null when the gateway did it itself. `clock` and `reached` belong to a service level. */
export interface ToldAct {
  readonly kind: WorkAct["kind"];
  readonly by: string | null;
  readonly text: string;
  readonly clock: "acknowledge" | "resolve" | null;
  readonly reached: "warning" | "breach" | null;
}

/** What the record itself does not say about the moment of the change. */
export interface EventFacts {
  readonly id: string;
  readonly sequence: number;
  readonly bootId: string;
  readonly atMs: number;
  readonly clockTrusted: boolean;
  readonly subject?: Subject | null;
  readonly work?: IncidentWork | null;
  readonly act?: { readonly act: WorkAct; readonly by: string } | null;
}

/** The gateway itself, where it acts on an incident. */
export const GATEWAY = "roomward";

/** Whether targets hear of an act. What is only written better, or only concerns the house, stays here. */
export function isActTold({ kind }: WorkAct): boolean {
  return kind !== "subject" && kind !== "link" && kind !== "decide";
}

/** Site and area are the first two segments of the key (`site/area/device/point/type`). */
export function incidentEvent(
  { cause, record, escalation }: AlarmChange,
  facts: EventFacts,
  incident: IncidentRecord | null = null,
): IncidentEvent {
  if (cause === "aside" || cause === "silence") throw new Error(`${cause} stays in the house`);
  const [site = "", area = ""] = record.key.split("/");
  const roll = incident?.roll;
  // What was worst says best what is over; what has just begun speaks for itself.
  const text = withCompany(
    incident !== null && roll !== undefined && roll.count > 1 && cause !== "raise" ? incident.text : record.text,
    roll,
  );
  return {
    id: facts.id,
    incident: record.incident,
    key: record.incidentKey ?? record.key,
    sequence: facts.sequence,
    bootId: facts.bootId,
    at: iso(facts.atMs),
    clockTrusted: facts.clockTrusted,
    state: cause,
    severity: record.severity,
    resource: { site, area, device: record.device, point: record.point },
    type: record.type,
    value: record.value,
    limit: record.limit,
    unit: record.unit,
    minimum: record.minimum,
    maximum: record.maximum,
    textZh: text.zh,
    textEn: text.en,
    actionZh: record.action.zh,
    actionEn: record.action.en,
    firstAt: iso(record.raisedAtMs),
    lastAt: iso(record.changedAtMs),
    clearedAt: record.clearedAtMs === null ? null : iso(record.clearedAtMs),
    count: record.raiseCount,
    by: record.acknowledgement?.by ?? null,
    note: record.acknowledgement?.note ?? null,
    number: record.incidentNumber ?? null,
    alarms: roll?.count ?? 1,
    firstOut: roll?.first?.key ?? record.key,
    service:
      facts.subject == null ? null : { ...facts.subject, ...priorityOf(record.severity, facts.subject.category), ...overridden(facts) },
    assignee: facts.work?.assignee?.name ?? null,
    work: facts.work?.state ?? null,
    act: facts.act == null ? null : toldAct(facts.act),
    ...(escalation?.note === undefined ? {} : { escalation: escalation.note }),
  };
}

function overridden({ work }: EventFacts): Partial<Pick<Service, "priority">> {
  return work?.priority == null ? {} : { priority: work.priority.priority };
}

function toldAct({ act, by }: NonNullable<EventFacts["act"]>): ToldAct {
  const level = act.kind === "serviceLevel" ? act : null;
  return {
    ...{ kind: act.kind, by: by === GATEWAY ? null : by, text: actText(act) },
    ...{ clock: level?.clock ?? null, reached: level?.reached ?? null },
  };
}

/** What was written with an act, in the words of whoever wrote it. */
export function actText(act: WorkAct): string {
  switch (act.kind) {
    case "assign":
      return act.to?.name ?? "";
    case "cause":
      return [act.cause, act.text].filter((part) => part !== "").join(": ");
    case "priority":
      return [act.priority === null ? "" : `P${act.priority}`, act.reason].filter((part) => part !== "").join(": ");
    case "note":
    case "subject":
    case "workaround":
    case "solution":
      return act.text;
    case "wait":
    case "reopen":
      return act.reason;
    case "continue":
    case "resolve":
    case "close":
      return act.note;
    case "decide":
      return [act.what, act.verdict, act.reason].filter((part) => part !== "").join(" · ");
    case "link":
      return act.problem ?? "";
    case "serviceLevel":
      return `${act.clock} ${act.reached}`;
  }
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
