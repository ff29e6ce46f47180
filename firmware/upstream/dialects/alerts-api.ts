import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { later, oneLine, taken } from "../body.ts";
import type { SendOutcome } from "../dialect.ts";
import { type JsonAnswer, JsonClient, TICKETS_BYTES_MAX } from "../http-json.ts";
import type { Trust } from "../trust.ts";

const NOTES_LOOKED_AT = 100;
const ANSWER_MAX = 200;
/** A yes means that it was heard, not that it was done: that is asked for, this often and with these pauses. */
const CONFIRM_TRIES = 5;
const CONFIRM_PAUSE_MS = 1_000;

const heardSchema = z.object({ requestId: z.string().min(1) });
const doneSchema = z.object({ data: z.object({ success: z.boolean(), status: z.string().optional() }) });
const alertSchema = z.object({
  data: z.object({
    tinyId: z.string(),
    status: z.string(),
    acknowledged: z.boolean().optional(),
    priority: z.string().optional(),
    details: z.record(z.string(), z.string()).optional(),
    owner: z.string().optional(),
    report: z.object({ acknowledgedBy: z.string().optional(), closedBy: z.string().optional() }).optional(),
  }),
});
const notesSchema = z.object({ data: z.array(z.object({ note: z.string() })) });

export type Alert = z.infer<typeof alertSchema>["data"];

export interface AlertsServer extends Trust {
  /** `/alerts` is below it. */
  readonly url: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  readonly confirmPauseMs?: number;
}

/** The alerts API of Opsgenie, which Jira Service Management took over: the few calls that an alert's life needs. Every call resolves. */
export class AlertsApi {
  readonly #json: JsonClient;
  readonly #alerts: string;
  readonly #server: AlertsServer;

  constructor(server: AlertsServer) {
    const headers = { authorization: `GenieKey ${server.apiKey}` };
    // To be told twice that it is over is a no to the service: nothing goes again before it was looked at.
    this.#json = new JsonClient({
      ...{ ...server, headers, secrets: [server.apiKey], name: "an alerts API" },
      ...{ keepAlive: false, answerBytesMax: TICKETS_BYTES_MAX },
    });
    this.#alerts = `${server.url.replace(/\/+$/, "")}/alerts`;
    this.#server = server;
  }

  /** The newest alert with this alias; null: there is none. */
  async get(alias: string, signal: AbortSignal): Promise<JsonAnswer<Alert | null>> {
    const found = await this.#json.ask("GET", this.#path(alias, ""), null, alertSchema, signal);
    if (found.ok) return { ok: true, value: found.value.data };
    return found.status === 404 ? { ok: true, value: null } : found;
  }

  /** Whether one of the newest notes on it bears this id in brackets. */
  async isNoted(alias: string, told: string, signal: AbortSignal): Promise<JsonAnswer<boolean>> {
    const path = `${this.#path(alias, "/notes")}&limit=${NOTES_LOOKED_AT}&order=desc`;
    const notes = await this.#json.ask("GET", path, null, notesSchema, signal);
    return notes.ok ? { ok: true, value: notes.value.data.some(({ note }) => note.includes(`[${told}]`)) } : notes;
  }

  create(alert: unknown, signal: AbortSignal): Promise<SendOutcome> {
    return this.#change("POST", this.#alerts, alert, signal);
  }

  change(alias: string, what: "close" | "acknowledge" | "notes" | "priority", content: unknown, signal: AbortSignal): Promise<SendOutcome> {
    return this.#change(what === "priority" ? "PUT" : "POST", this.#path(alias, `/${what}`), content, signal);
  }

  close(): void {
    this.#json.close();
  }

  async #change(method: "POST" | "PUT", url: string, content: unknown, signal: AbortSignal): Promise<SendOutcome> {
    const heard = await this.#json.ask(method, url, content, heardSchema, signal);
    return heard.ok ? this.#confirmed(heard.value.requestId, signal) : heard.outcome;
  }

  async #confirmed(requestId: string, signal: AbortSignal): Promise<SendOutcome> {
    const { clock, confirmPauseMs = CONFIRM_PAUSE_MS } = this.#server;
    for (let n = 0; n < CONFIRM_TRIES && !signal.aborted; n += 1) {
      const done = await this.#json.ask("GET", `${this.#alerts}/requests/${encodeURIComponent(requestId)}`, null, doneSchema, signal);
      if (done.ok)
        return done.value.data.success ? taken("done") : { outcome: "refused", answer: oneLine(done.value.data.status ?? "", ANSWER_MAX) };
      // 404: not looked at yet.
      if (done.status !== 404) return done.outcome;
      await clock.sleep(confirmPauseMs, signal);
    }
    return later("heard, but not done yet");
  }

  #path(alias: string, what: string): string {
    return `${this.#alerts}/${encodeURIComponent(alias)}${what}?identifierType=alias`;
  }
}
