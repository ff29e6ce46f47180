import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import { oneLine } from "../body.ts";
import type { SendOutcome } from "../dialect.ts";
import { type HttpOutcome, type HttpQuestion, httpSender } from "../http.ts";
import { judgeStatus, parseRetryAfter } from "../retry.ts";

/** A Request Tracker on small hardware thinks for seconds; a create that is given up early may still happen. */
const TIMEOUT_MS = 30_000;
const ANSWER_MAX = 200;
/** Our notes on one ticket that are looked through for one that may have arrived before; the newest first. */
const NOTES_MAX = 50;

const id = z.union([z.string().regex(/^\d{1,12}$/), z.int().positive().transform(String)]);
const createdSchema = z.object({ id });
const person = z.object({ id: z.string() });
const ticketSchema = z.object({ id, Subject: z.string(), Status: z.string(), Owner: person, LastUpdatedBy: person });
const foundSchema = z.object({ items: z.array(ticketSchema) });
const historySchema = z.object({ items: z.array(z.object({ Data: z.string().nullish() })) });

export type RtTicket = z.infer<typeof ticketSchema>;
/** The answer, or what the delivery that asked becomes. */
export type RtAnswer<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly outcome: SendOutcome };

export interface RtServer {
  /** Where the web pages of Request Tracker are; REST 2.0 is below it. */
  readonly url: string;
  /** Either a token or user and password. They never leave the headers. */
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of a private certificate authority. */
  readonly ca?: string | undefined;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** REST 2.0 of Request Tracker 5: the few calls that a ticket's life needs. Every call resolves. */
export class RtClient {
  readonly #http: ReturnType<typeof httpSender>;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clock: Clock;

  constructor({ url, token, user, password, ca, clock, timeoutMs = TIMEOUT_MS }: RtServer) {
    this.#base = url.replace(/\/+$/, "");
    this.#clock = clock;
    this.#http = httpSender({ url: new URL(url), clock, timeoutMs, ca, keepAlive: false });
    const basic = Buffer.from(`${user ?? ""}:${password ?? ""}`, "utf8").toString("base64");
    this.#headers = {
      accept: "application/json",
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Roomward",
      authorization: token === undefined ? `Basic ${basic}` : `token ${token}`,
    };
  }

  /** For people. */
  pageOf(ticket: string): string {
    return `${this.#base}/Ticket/Display.html?id=${ticket}`;
  }

  /** Tickets by TicketSQL, the oldest first; deleted ones are not found. */
  async find(query: string, signal: AbortSignal): Promise<RtAnswer<readonly RtTicket[]>> {
    const search = new URLSearchParams({ query, fields: "Subject,Status,Owner,LastUpdatedBy", orderby: "id", per_page: "100" });
    const answer = await this.#ask("GET", `tickets?${search}`, null, foundSchema, signal);
    return answer.ok ? { ok: true, value: answer.value.items } : answer;
  }

  async create(ticket: Readonly<Record<string, string | number>>, signal: AbortSignal): Promise<RtAnswer<string>> {
    const answer = await this.#ask("POST", "ticket", ticket, createdSchema, signal);
    return answer.ok ? { ok: true, value: answer.value.id } : answer;
  }

  /** Subjects of the notes on a ticket. */
  async notes(ticket: string, signal: AbortSignal): Promise<RtAnswer<readonly string[]>> {
    const search = new URLSearchParams({ fields: "Data", orderby: "id", order: "DESC", per_page: String(NOTES_MAX) });
    const answer = await this.#ask("GET", `ticket/${ticket}/history?${search}`, null, historySchema, signal);
    return answer.ok ? { ok: true, value: answer.value.items.map(({ Data }) => Data ?? "") } : answer;
  }

  comment(ticket: string, subject: string, text: string, signal: AbortSignal): Promise<RtAnswer<unknown>> {
    const note = { Subject: subject, Content: text, ContentType: "text/plain" };
    return this.#ask("POST", `ticket/${ticket}/comment`, note, z.unknown(), signal);
  }

  /** Request Tracker says 200 to a status that it does not take, in the words of its user's language: so the ticket is looked at. */
  async setStatus(ticket: string, status: string, signal: AbortSignal): Promise<RtAnswer<unknown>> {
    const put = await this.#ask("PUT", `ticket/${ticket}`, { Status: status }, z.unknown(), signal);
    if (!put.ok) return put;
    const now = await this.#ask("GET", `ticket/${ticket}`, null, z.object({ Status: z.string() }), signal);
    if (!now.ok || now.value.Status === status) return now;
    return {
      ok: false,
      outcome: { outcome: "refused", answer: oneLine(`#${ticket} not ${status}: ${JSON.stringify(put.value)}`, ANSWER_MAX) },
    };
  }

  async setPriority(ticket: string, priority: number, signal: AbortSignal): Promise<RtAnswer<unknown>> {
    return this.#ask("PUT", `ticket/${ticket}`, { Priority: priority }, z.unknown(), signal);
  }

  close(): void {
    this.#http.close();
  }

  async #ask<Value>(
    method: HttpQuestion["method"],
    path: string,
    content: unknown,
    schema: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<RtAnswer<Value>> {
    const body = Buffer.from(content === null ? "" : JSON.stringify(content), "utf8");
    const url = new URL(`${this.#base}/REST/2.0/${path}`);
    const reply = await this.#http.ask({ method, url, headers: this.#headers, body }, signal);
    if (reply.outcome === "timeout")
      return failed({ outcome: "unavailable", answer: `no answer in ${reply.afterMs} ms`, retryAfterMs: null });
    if (reply.outcome === "network") return failed({ outcome: "unavailable", answer: reply.detail, retryAfterMs: null });
    return read(reply, schema, this.#clock.wallMs());
  }
}

function read<Value>(reply: HttpOutcome & { outcome: "answer" }, schema: z.ZodType<Value>, nowWallMs: number): RtAnswer<Value> {
  const answer = oneLine(`HTTP ${reply.status}: ${reply.body}`, ANSWER_MAX);
  const verdict = judgeStatus(reply.status);
  if (verdict === "refused") return failed({ outcome: verdict, answer });
  if (verdict === "unavailable") return failed({ outcome: verdict, answer, retryAfterMs: parseRetryAfter(reply.retryAfter, nowWallMs) });
  const parsed = schema.safeParse(jsonOf(reply.body));
  // A page of a proxy or of another program: whoever put it there may take it away again.
  return parsed.success
    ? { ok: true, value: parsed.data }
    : failed({ outcome: "unavailable", answer: `not Request Tracker: ${answer}`, retryAfterMs: null });
}

function failed(outcome: SendOutcome): { readonly ok: false; readonly outcome: SendOutcome } {
  return { ok: false, outcome };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
