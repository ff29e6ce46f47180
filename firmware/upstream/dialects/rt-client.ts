import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { oneLine } from "../body.ts";
import type { HttpQuestion } from "../http.ts";
import { basicAuthorization, type JsonAnswer, JsonClient, TICKETS_BYTES_MAX } from "../http-json.ts";
import type { Trust } from "../trust.ts";

/** A Request Tracker on small hardware thinks for seconds; a create that is given up early may still happen. */
const TIMEOUT_MS = 30_000;
const ANSWER_MAX = 200;
/** Our notes on one ticket that are looked through for one that may have arrived before; the newest first. */
const NOTES_MAX = 50;

const id = z.union([z.string().regex(/^\d{1,12}$/), z.int().positive().transform(String)]);
const createdSchema = z.object({ id });
const person = z.object({ id: z.string() });
const ticketSchema = z.object({ id, Subject: z.string(), Status: z.string(), Owner: person, Creator: person, LastUpdatedBy: person });
const foundSchema = z.object({ items: z.array(ticketSchema) });
const historySchema = z.object({ items: z.array(z.object({ Data: z.string().nullish() })) });

/** Which ticket an address shows, and into which it went. */
const placeSchema = z.object({ id, EffectiveId: z.object({ id }) });
type RtTicket = z.infer<typeof ticketSchema>;

export interface RtServer extends Trust {
  /** Where the web pages of Request Tracker are; REST 2.0 is below it. */
  readonly url: string;
  /** Either a token or user and password. They never leave the headers. */
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** REST 2.0 of Request Tracker 5: the few calls that a ticket's life needs. Every call resolves. */
export class RtClient {
  readonly #json: JsonClient;
  readonly #base: string;

  constructor(server: RtServer) {
    const { url, token, user, password } = server;
    this.#base = url.replace(/\/+$/, "");
    const authorization = token === undefined ? basicAuthorization(user, password) : `token ${token}`;
    const secrets = [token, password, authorization];
    this.#json = new JsonClient({
      ...{ timeoutMs: TIMEOUT_MS, ...server },
      ...{ name: "Request Tracker", headers: { authorization }, secrets, keepAlive: false, answerBytesMax: TICKETS_BYTES_MAX },
    });
  }

  /** For people. */
  pageOf(ticket: string): string {
    return `${this.#base}/Ticket/Display.html?id=${ticket}`;
  }

  /** Tickets by TicketSQL, the newest first; deleted ones are not found. */
  async find(query: string, signal: AbortSignal): Promise<JsonAnswer<readonly RtTicket[]>> {
    const fields = "Subject,Status,Owner,Creator,LastUpdatedBy";
    const search = new URLSearchParams({ query, fields, orderby: "id", order: "DESC", per_page: "100" });
    const answer = await this.#ask("GET", `tickets?${search}`, null, foundSchema, signal);
    return answer.ok ? { ok: true, value: answer.value.items } : answer;
  }

  async create(ticket: Readonly<Record<string, string | number>>, signal: AbortSignal): Promise<JsonAnswer<string>> {
    const answer = await this.#ask("POST", "ticket", ticket, createdSchema, signal);
    return answer.ok ? { ok: true, value: answer.value.id } : answer;
  }

  /** Subjects of the notes on a ticket. */
  async notes(ticket: string, signal: AbortSignal): Promise<JsonAnswer<readonly string[]>> {
    const search = new URLSearchParams({ fields: "Data", orderby: "id", order: "DESC", per_page: String(NOTES_MAX) });
    const answer = await this.#ask("GET", `ticket/${ticket}/history?${search}`, null, historySchema, signal);
    return answer.ok ? { ok: true, value: answer.value.items.map(({ Data }) => Data ?? "") } : answer;
  }

  comment(ticket: string, subject: string, text: string, signal: AbortSignal): Promise<JsonAnswer<unknown>> {
    const note = { Subject: subject, Content: text, ContentType: "text/plain" };
    return this.#ask("POST", `ticket/${ticket}/comment`, note, z.unknown(), signal);
  }

  /** Request Tracker says 200 to a status that it does not take, in the words of its user's language: so the ticket is looked at. */
  async update(
    ticket: string,
    fields: { readonly Status?: string; readonly Priority?: number },
    signal: AbortSignal,
  ): Promise<JsonAnswer<unknown>> {
    const put = await this.#ask("PUT", `ticket/${ticket}`, fields, z.unknown(), signal);
    if (!put.ok || fields.Status === undefined) return put;
    const now = await this.#ask("GET", `ticket/${ticket}`, null, z.object({ Status: z.string() }), signal);
    if (!now.ok || now.value.Status === fields.Status) return now;
    return this.#refused(`#${ticket} not ${fields.Status}`, put.value);
  }

  /** What was merged is found no more, and its address shows the other ticket. Here, too, a no is 200. */
  async merge(ticket: string, into: string, signal: AbortSignal): Promise<JsonAnswer<unknown>> {
    const put = await this.#ask("PUT", `ticket/${ticket}`, { MergeInto: Number(into) }, z.unknown(), signal);
    if (!put.ok) return put;
    const now = await this.#ask("GET", `ticket/${ticket}`, null, placeSchema, signal);
    if (!now.ok || now.value.EffectiveId.id === into) return now;
    return this.#refused(`#${ticket} not merged into #${into}`, put.value);
  }

  /** Merged, its address shows the other ticket. */
  async isMergedOrHidden(ticket: string, signal: AbortSignal): Promise<JsonAnswer<boolean>> {
    const now = await this.#ask("GET", `ticket/${encodeURIComponent(ticket)}`, null, placeSchema, signal);
    if (now.ok) return { ok: true, value: now.value.id !== ticket || now.value.EffectiveId.id !== ticket };
    return now.status === 403 ? { ok: true, value: true } : now;
  }

  close(): void {
    this.#json.close();
  }

  #refused(what: string, said: unknown): JsonAnswer<never> {
    return { ok: false, status: null, outcome: { outcome: "refused", answer: oneLine(`${what}: ${JSON.stringify(said)}`, ANSWER_MAX) } };
  }

  #ask<Value>(
    method: HttpQuestion["method"],
    path: string,
    content: unknown,
    schema: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<JsonAnswer<Value>> {
    return this.#json.ask(method, `${this.#base}/REST/2.0/${path}`, content, schema, signal);
  }
}
