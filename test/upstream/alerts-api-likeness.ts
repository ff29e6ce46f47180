import type { Asked, Reply } from "./http-receiver.ts";

export interface LikeAlert {
  readonly tinyId: string;
  readonly alias: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string>>;
  priority: string;
  status: "open" | "closed";
  acknowledged: boolean;
  count: number;
  readonly notes: string[];
  owner: string;
  readonly report: { acknowledgedBy?: string; closedBy?: string };
}

/**
 * The alerts API of Opsgenie, which Jira Service Management took over, as its pages describe it: every change is heard with a request id
 * and done a moment later; open alerts are paired by alias, closed ones are not opened again.
 */
export class AlertsApiLikeness {
  readonly alerts: LikeAlert[] = [];
  /** Questions for a request's fate that are answered with 404 before it is done. */
  slowness = 1;
  readonly #apiKey: string;
  readonly #requests: { success: boolean; status: string; asked: number }[] = [];

  constructor(apiKey: string) {
    this.#apiKey = apiKey;
  }

  readonly answer = ({ method, url, headers, body }: Asked): Reply => {
    if (headers.authorization !== `GenieKey ${this.#apiKey}`) return { status: 401, body: { message: "Could not authenticate" } };
    const { pathname, searchParams } = new URL(url, "http://x");
    const [alias = "", what = ""] = pathname
      .replace(/^\/v2\/alerts\/?/, "")
      .split("/")
      .map(decodeURIComponent);
    const sent = (body === "" ? {} : JSON.parse(body)) as Record<string, string> & { details: Record<string, string> };
    if (alias === "requests") return this.#fate(Number(what));
    if (alias === "" && method === "POST") return this.#create(sent);
    if (searchParams.get("identifierType") !== "alias") return { status: 422, body: { message: "not an id" } };
    const alert = this.alerts.findLast((one) => one.alias === alias);
    if (alert === undefined) return { status: 404, body: { message: "Alert with alias does not exist" } };
    if (method === "GET") return { status: 200, body: { data: what === "notes" ? alert.notes.map((note) => ({ note })) : alert } };
    return this.#change(alert, what, sent);
  };

  #create(sent: Record<string, string> & { details: Record<string, string> }): Reply {
    const { message = "", alias = "", details, priority = "P3" } = sent;
    if (message === "" || [...message].length > 130) return { status: 422, body: { message: "message" } };
    const open = this.alerts.find((one) => one.alias === alias && one.status === "open");
    if (open !== undefined) open.count += 1;
    else {
      const tinyId = String(this.alerts.length + 1);
      this.alerts.push({
        tinyId,
        alias,
        message,
        details,
        priority,
        status: "open",
        acknowledged: false,
        count: 1,
        notes: [],
        owner: "",
        report: {},
      });
    }
    return this.#heard(true, "Created alert");
  }

  #change(alert: LikeAlert, what: string, { note, user = "", priority = "" }: Record<string, string>): Reply {
    if (alert.status === "closed") return this.#heard(false, "Alert is closed");
    if (note !== undefined) alert.notes.push(note);
    if (what === "close") {
      alert.status = "closed";
      alert.report.closedBy = user;
    } else if (what === "acknowledge") {
      alert.acknowledged = true;
      // Whoever acknowledges first becomes its owner.
      if (alert.owner === "") alert.owner = user;
      alert.report.acknowledgedBy = user;
    } else if (what === "priority") alert.priority = priority;
    return this.#heard(true, "done");
  }

  #heard(success: boolean, status: string): Reply {
    const requestId = this.#requests.push({ success, status, asked: 0 });
    return { status: 202, body: { result: "Request will be processed", took: 0.1, requestId: String(requestId) } };
  }

  #fate(id: number): Reply {
    const request = this.#requests[id - 1];
    if (request === undefined || request.asked++ < this.slowness) return { status: 404, body: { message: "Request not found" } };
    return { status: 200, body: { data: { success: request.success, isSuccess: request.success, status: request.status } } };
  }
}
