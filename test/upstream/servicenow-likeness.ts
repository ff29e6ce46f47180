import type { Asked, Reply } from "./http-receiver.ts";

export interface LikeIncident {
  readonly sys_id: string;
  readonly number: string;
  state: string;
  assigned_to: string;
  readonly correlation_id: string;
  readonly description: string;
  /** The journal, as it is shown. */
  work_notes: string;
  [field: string]: string;
}

interface LikeEmAlert {
  readonly messageKey: string;
  state: "Open" | "Closed";
  severity: string;
  events: number;
}

const STATE_WORDS: Readonly<Record<string, string>> = { "1": "New", "2": "In Progress", "6": "Resolved", "7": "Closed", "8": "Canceled" };

/**
 * A ServiceNow instance as its pages describe it: the Table API of incidents (numbers, states, journal, `sysparm_display_value=all`), and
 * Event Management, whose events become alerts by `message_key` and end by severity 0.
 */
export class ServicenowLikeness {
  readonly incidents: LikeIncident[] = [];
  readonly emAlerts: LikeEmAlert[] = [];
  readonly #headers: Readonly<Record<string, string>>;

  constructor(headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
  }

  readonly answer = ({ method, url, headers, body }: Asked): Reply => {
    for (const [name, value] of Object.entries(this.#headers))
      if (headers[name] !== value) return { status: 401, body: { error: { message: "User Not Authenticated" }, status: "failure" } };
    const { pathname, searchParams } = new URL(url, "http://x");
    const sent = (body === "" ? {} : JSON.parse(body)) as Record<string, string>;
    if (pathname === "/api/global/em/jsonv2") return this.#events(JSON.parse(body));
    const id = pathname.replace(/^\/api\/now\/table\/incident\/?/, "");
    if (method === "GET") return { status: 200, body: { result: this.#found(searchParams.get("sysparm_query") ?? "").map(shown) } };
    if (method === "POST") return { status: 201, body: { result: shown(this.#create(sent)) } };
    const incident = this.incidents.find(({ sys_id }) => sys_id === id);
    if (incident === undefined) return { status: 404, body: { error: { message: "No Record found" }, status: "failure" } };
    if (sent["state"] === "6" && (sent["close_code"] ?? "") === "")
      return { status: 403, body: { error: { message: "Operation Failed", detail: "Resolution code is mandatory" }, status: "failure" } };
    const { work_notes = "", ...fields } = sent;
    Object.assign(incident, fields);
    // The newest on top, as the form shows it.
    if (work_notes !== "") incident.work_notes = `2026-09-20 03:12:45 - Roomward (Work notes)\n${work_notes}\n\n${incident.work_notes}`;
    return { status: 200, body: { result: shown(incident) } };
  };

  #found(query: string): readonly LikeIncident[] {
    const marks = /correlation_idIN([^^]*)/.exec(query)?.[1]?.split(",") ?? [];
    return this.incidents.filter(({ correlation_id }) => marks.includes(correlation_id)).toReversed();
  }

  #create(sent: Record<string, string>): LikeIncident {
    const nth = this.incidents.length + 1;
    const { correlation_id = "", description = "", ...fields } = sent;
    const head = { sys_id: nth.toString(16).padStart(32, "0"), number: `INC${String(nth).padStart(7, "0")}`, state: "1", assigned_to: "" };
    const incident: LikeIncident = { ...fields, ...head, correlation_id, description, work_notes: "" };
    this.incidents.push(incident);
    return incident;
  }

  #events({ records }: { records: readonly Record<string, string>[] }): Reply {
    for (const { message_key: messageKey = "", severity = "" } of records) {
      const open = this.emAlerts.find((alert) => alert.messageKey === messageKey && alert.state === "Open");
      if (open === undefined && severity !== "0") this.emAlerts.push({ messageKey, state: "Open", severity, events: 1 });
      else if (open !== undefined) Object.assign(open, { severity, events: open.events + 1, state: severity === "0" ? "Closed" : "Open" });
    }
    return { status: 200, body: { result: { "Default Bulk Endpoint": `${records.length} events were inserted` } } };
  }
}

function shown(incident: LikeIncident): Readonly<Record<string, unknown>> {
  const fields = Object.entries({ sys_created_by: "roomward", sys_updated_by: "roomward", ...incident });
  return Object.fromEntries(
    fields.map(([name, value]) => [
      name,
      // A journal field has no value of its own.
      name === "work_notes" ? { value: "", display_value: value } : { value, display_value: name === "state" ? STATE_WORDS[value] : value },
    ]),
  );
}
