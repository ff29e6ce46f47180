import * as z from "zod";
import type { IncidentEvent } from "../../incidents/event.ts";
import { actLine } from "../act-words.ts";
import { BENT, eventOf, oneLine, taken } from "../body.ts";
import { probableCause } from "../cause.ts";
import type { Dialect } from "../dialect.ts";
import { dedupKey } from "../ticket-mark.ts";
import { type ServicenowServer, servicenowClient } from "./servicenow-client.ts";

const MESSAGE_KEY_MAX = 255;
const DESCRIPTION_MAX = 4_000;
const SEVERITY = { critical: "1", major: "2", minor: "3", warning: "4" } as const;
const CLEAR = "0";

/** The answer is per record where it is one; a record that was not taken is no yes. */
const replySchema = z
  .looseObject({ records: z.array(z.looseObject({ __status: z.string().optional() })).optional() })
  .refine(({ error }) => error === undefined);

export interface ServicenowEventsOptions extends ServicenowServer {
  /** The whole address: of the instance, or of a MID server in the same network. */
  readonly url: string;
  /** What of a device is its name in the CMDB. */
  readonly node: "device" | "assetNumber" | "serial";
  readonly language: "zh" | "en";
  /** The name of this box. */
  readonly gateway: string;
}

/** ServiceNow Event Management: events that it pairs by their message key; what it makes of them (alerts, incidents) is its own affair. */
export function servicenowEventsDialect(options: ServicenowEventsOptions): Dialect {
  const json = servicenowClient(options);
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      const answer = await json.ask("POST", options.url, { records: [servicenowEvent(event, options)] }, replySchema, signal);
      if (!answer.ok) return answer.outcome;
      const failed = answer.value.records?.find(({ __status = "success" }) => __status !== "success");
      return failed === undefined ? taken("HTTP 200") : json.hidden({ outcome: "refused", answer: oneLine(JSON.stringify(failed), 200) });
    },
    close: () => json.close(),
  };
}

export function servicenowEvent(
  event: IncidentEvent,
  { node, language, gateway }: Pick<ServicenowEventsOptions, "node" | "language" | "gateway">,
): Readonly<Record<string, string>> {
  const { resource, service, state } = event;
  const isOver = state === "clear";
  return {
    source: "Roomward",
    event_class: gateway,
    node: (node === "device" ? "" : service?.[node]) || resource.device,
    resource: resource.point ?? resource.device,
    metric_name: resource.point?.slice(resource.device.length + 1) ?? "",
    type: event.type,
    message_key: dedupKey(event.key, MESSAGE_KEY_MAX),
    severity: isOver ? CLEAR : SEVERITY[event.severity],
    resolution_state: isOver ? "Closing" : "New",
    // A box that does not know the time lets ServiceNow say when it heard.
    ...(event.clockTrusted ? { time_of_event: event.at.slice(0, 19).replace("T", " ") } : {}),
    description: oneLine(language === "zh" ? event.textZh : event.textEn, DESCRIPTION_MAX),
    additional_info: JSON.stringify(infoOf(event, language)),
  };
}

/** All values are texts, as alert fields are. */
function infoOf(event: IncidentEvent, language: "zh" | "en"): Readonly<Record<string, string>> {
  const { value, limit, unit, severity, sequence, number, by, assignee, service, id, state } = event;
  const info = {
    ...{ value, limit, unit, severity_raw: severity, probable_cause: probableCause(event).number, seq: sequence, event: id, state },
    ...{ incident: number, acknowledged_by: by, assignee, location: service?.location[language] ?? null, alarms: event.alarms },
    action: language === "zh" ? event.actionZh : event.actionEn,
    done: actLine(event, language),
  };
  return Object.fromEntries(Object.entries(info).map(([name, said]) => [name, said === null ? "" : String(said)]));
}
