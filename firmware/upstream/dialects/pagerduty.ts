import * as z from "zod";
import type { IncidentEvent } from "../../incidents/event.ts";
import type { Clock } from "../../platform/clock.ts";
import { actLine } from "../act-words.ts";
import { BENT, eventOf, oneLine, taken } from "../body.ts";
import { probableCause } from "../cause.ts";
import type { Dialect } from "../dialect.ts";
import { JsonClient } from "../http-json.ts";
import type { Places } from "../place.ts";
import { dedupKey } from "../ticket-mark.ts";
import type { Trust } from "../trust.ts";
import { bodyOf, type LetterStyle, titleOf } from "./letter.ts";

/** Of Events API v2; a body may have 512 KB, which these cannot reach. */
const DEDUP_KEY_MAX = 255;
const SUMMARY_MAX = 1_024;
/** PagerDuty knows four; our minor and warning are both its warning. */
const SEVERITY = { critical: "critical", major: "error", minor: "warning", warning: "warning" } as const;

const replySchema = z.object({ status: z.literal("success") });

export interface PagerdutyOptions extends LetterStyle, Trust {
  /** The events endpoint, of PagerDuty's region or of what stands in its place. */
  readonly url: string;
  readonly routingKey: string;
  readonly places: Places;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** PagerDuty, Events API v2. It pairs by the key: what is told twice is one incident, and after its end the next raise is another. */
export function pagerdutyDialect(options: PagerdutyOptions): Dialect {
  const { url, routingKey } = options;
  const json = new JsonClient({ ...options, name: "PagerDuty", headers: {}, secrets: [routingKey] });
  return {
    async send(row, signal) {
      const event = eventOf(row);
      if (event === null) return BENT;
      const answer = await json.ask("POST", url, { routing_key: routingKey, ...pagerdutyEvent(event, options) }, replySchema, signal);
      return answer.ok ? taken("HTTP 202") : answer.outcome;
    },
    close: () => json.close(),
  };
}

type Action = "trigger" | "acknowledge" | "resolve";

/** What is told of an event, without the routing key. */
export function pagerdutyEvent(
  event: IncidentEvent,
  options: LetterStyle & { readonly places: Places },
): Readonly<Record<string, unknown>> {
  const action: Action = event.state === "clear" ? "resolve" : event.state === "acknowledge" ? "acknowledge" : "trigger";
  const told = { event_action: action, dedup_key: dedupKey(event.key, DEDUP_KEY_MAX) };
  if (action !== "trigger") return told;
  const { language } = options;
  const place = options.places(event);
  return {
    ...told,
    client: "Roomward",
    payload: {
      summary: oneLine(titleOf(event, place, options), SUMMARY_MAX),
      source: [event.resource.site, event.resource.area, event.resource.device].join("/"),
      severity: SEVERITY[event.severity],
      // A box that does not know the time lets PagerDuty say when it heard.
      ...(event.clockTrusted ? { timestamp: event.at } : {}),
      component: event.resource.point ?? event.resource.device,
      group: place.location[language],
      class: probableCause(event).name,
      custom_details: detailsOf(event, bodyOf(event, place, options), language),
    },
  };
}

function detailsOf(event: IncidentEvent, letter: string, language: "zh" | "en"): Readonly<Record<string, unknown>> {
  const { key, id, number, severity, value, limit, unit, count, alarms, assignee } = event;
  return {
    ...{ event: id, key, incident: number, severity, value, limit, unit, count, alarms, assignee },
    action: language === "zh" ? event.actionZh : event.actionEn,
    done: actLine(event, language),
    letter,
  };
}
