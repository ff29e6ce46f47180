import type { Asked, Reply } from "./http-receiver.ts";

type Field = string | readonly string[];
export interface LikeSmIncident {
  [field: string]: Field;
  readonly IncidentID: string;
  Status: string;
}

interface Settings {
  readonly authorization: string;
  /** A field of the record that REST shows, writes and queries. */
  readonly markField: string;
  /** Actions that the resource has. */
  readonly actions: readonly string[];
}

const COLLECTION = "/SM/9/rest/incidents";

/**
 * Service Manager 9 as its Web Services Guide and its clients describe it: a collection of incidents with native queries, PUT and POST that
 * update, actions, and a ReturnCode with Messages in every answer. A journal is read as one list, the newest entry with its head first.
 */
export class ServiceManagerLikeness {
  readonly incidents: LikeSmIncident[] = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  readonly answer = ({ method, url, headers, body }: Asked): Reply => {
    if (headers.authorization !== this.#settings.authorization) return said(401, -4, "Not Authorized");
    const { pathname, searchParams } = new URL(url, "http://x");
    if (!pathname.startsWith(COLLECTION)) return { status: 404, body: "<html>no such page</html>" };
    const [, id = "", , action = "update"] = pathname.slice(COLLECTION.length).split("/");
    if (method === "GET") return this.#found(searchParams);
    const sent = (JSON.parse(body) as { Incident?: Record<string, Field> }).Incident;
    if (sent === undefined) return said(400, 70, "no Incident in the body");
    if (id === "") return method === "POST" ? this.#created(sent) : said(405, -4, "Method not allowed");
    const incident = this.incidents.find(({ IncidentID }) => IncidentID === decodeURIComponent(id));
    if (incident === undefined) return said(404, 9, "No (more) records found");
    return this.#changed(incident, method === "PUT" ? "update" : action, sent);
  };

  #found(asked: URLSearchParams): Reply {
    const conditions = (asked.get("query") ?? "").split(" or ").map((one) => /^([\w.]+)="([^"]*)"$/.exec(one));
    const matches = (incident: LikeSmIncident): boolean =>
      conditions.some((one) => one !== null && this.#known(one[1] ?? "") && incident[one[1] ?? ""] === one[2]);
    // What it does not know of a query it leaves out.
    const isAll = conditions.every((one) => one === null || !this.#known(one[1] ?? ""));
    const found = this.incidents.filter((incident) => isAll || matches(incident));
    if (found.length === 0) return said(404, 9, "No (more) records found");
    if (asked.get("sort") === "OpenTime:descending") found.reverse();
    const shown = asked.get("view") === "expand" ? found : found.map(({ IncidentID }) => ({ IncidentID }));
    const head = {
      "@count": found.length,
      "@start": 1,
      "@totalcount": found.length,
      Messages: [],
      ResourceName: "Incident",
      ReturnCode: 0,
    };
    return { status: 200, body: { ...head, content: shown.map((incident) => ({ Incident: this.#shown(incident) })) } };
  }

  #known(field: string): boolean {
    return field === this.#settings.markField || ["IncidentID", "Title", "Status"].includes(field);
  }

  #shown(incident: Partial<LikeSmIncident>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(incident).filter(([, value]) => value !== ""));
  }

  #created(sent: Record<string, Field>): Reply {
    if (sent["Title"] === undefined) return said(400, 71, "Please provide a title.");
    const nth = this.incidents.length + 1;
    const mark = sent[this.#settings.markField];
    const written = Object.fromEntries(Object.entries(sent).filter(([field]) => !field.startsWith("mark.")));
    const incident: LikeSmIncident = {
      ...written,
      ...(mark === undefined ? {} : { [this.#settings.markField]: mark }),
      ...{
        IncidentID: `IM${10_000 + nth}`,
        Status: "Open",
        OpenTime: new Date(nth * 60_000).toISOString(),
        OpenedBy: "room",
        UpdatedBy: "room",
      },
    };
    this.incidents.push(incident);
    return { status: 200, body: { Incident: this.#shown(incident), Messages: [], ReturnCode: 0 } };
  }

  #changed(incident: LikeSmIncident, action: string, sent: Record<string, Field>): Reply {
    if (action !== "update" && !this.#settings.actions.includes(action)) return said(400, 70, `${action} is no action of incidents`);
    if (incident.Status === "Closed") return said(200, 70, "The incident is closed.");
    const after = action === "resolve" ? "Resolved" : action === "reopen" ? "Work In Progress" : String(sent["Status"] ?? incident.Status);
    if (after === "Resolved" && (sent["Solution"] === undefined || sent["ClosureCode"] === undefined))
      return said(200, 71, "Please provide a solution and a closure code.");
    const { JournalUpdates = [], ...fields } = sent;
    const journal = JournalUpdates.length === 0 ? [] : ["09/20/26 03:12:45 (room):", ...[JournalUpdates].flat()];
    Object.assign(incident, fields, { Status: after, JournalUpdates: [...journal, ...[incident["JournalUpdates"] ?? []].flat()] });
    return { status: 200, body: { Incident: this.#shown(incident), Messages: ["Record updated"], ReturnCode: 0 } };
  }
}

function said(status: number, ReturnCode: number, ...Messages: readonly string[]): Reply {
  return { status, body: { Messages, ReturnCode } };
}
