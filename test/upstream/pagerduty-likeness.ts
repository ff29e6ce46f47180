import type { Asked, Reply } from "./http-receiver.ts";

export interface PagerdutyIncident {
  readonly key: string;
  state: "triggered" | "acknowledged" | "resolved";
  summary: string;
  triggers: number;
}

/**
 * Events API v2 as its pages describe it: incidents of one service, paired by `dedup_key`; a trigger after the end opens another, an
 * acknowledge or resolve of nothing open is taken and dropped.
 */
export class PagerdutyLikeness {
  readonly incidents: PagerdutyIncident[] = [];
  readonly #routingKey: string;

  constructor(routingKey: string) {
    this.#routingKey = routingKey;
  }

  readonly answer = ({ method, url, body }: Asked): Reply => {
    const sent = JSON.parse(body) as { routing_key: string; event_action: string; dedup_key: string; payload?: Record<string, string> };
    const invalid = (error: string): Reply => ({
      status: 400,
      body: { status: "invalid event", message: "Event object is invalid", errors: [error] },
    });
    if (method !== "POST" || url !== "/v2/enqueue") return { status: 404 };
    if (sent.routing_key !== this.#routingKey) return invalid("'routing_key' is invalid");
    if (sent.dedup_key.length > 255) return invalid("'dedup_key' is too long");
    const open = this.incidents.find(({ key, state }) => key === sent.dedup_key && state !== "resolved");
    if (sent.event_action === "trigger") {
      const { summary = "", source = "", severity = "" } = sent.payload ?? {};
      if (summary === "" || summary.length > 1_024 || source === "") return invalid("payload");
      if (!["critical", "error", "warning", "info"].includes(severity)) return invalid("'payload.severity' is invalid");
      if (open === undefined) this.incidents.push({ key: sent.dedup_key, state: "triggered", summary, triggers: 1 });
      else open.triggers += 1;
    } else if (open !== undefined) open.state = sent.event_action === "resolve" ? "resolved" : "acknowledged";
    return { status: 202, body: { status: "success", message: "Event processed", dedup_key: sent.dedup_key } };
  };
}
