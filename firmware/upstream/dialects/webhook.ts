import { createHmac } from "node:crypto";
import * as z from "zod";
import { type BodyTemplate, bodyForm, filledBody, JSON_TYPE } from "../../contract/body-template.ts";
import type { IncidentEvent } from "../../incidents/event.ts";
import type { OutboxRow } from "../../journal/journal.ts";
import type { Clock } from "../../platform/clock.ts";
import { BENT, eventOf } from "../body.ts";
import type { Dialect, Heartbeat, SendOutcome } from "../dialect.ts";
import { type HttpOutcome, httpSender } from "../http.ts";
import { hiddenIn, secretsIn, verdictOf } from "../http-verdict.ts";
import type { Places } from "../place.ts";
import type { Trust } from "../trust.ts";
import { factsOf } from "./letter.ts";

const TICKET_MAX = 100;
const TICKET_URL_MAX = 1_000;

const replySchema = z.object({
  ticket: z
    .union([z.string().min(1).max(TICKET_MAX), z.int().transform(String)])
    .nullable()
    .catch(null),
  url: z
    .url({ protocol: /^https?$/ })
    .max(TICKET_URL_MAX)
    .nullable()
    .catch(null),
});

interface Message {
  readonly event: string;
  /** The idempotency key. */
  readonly delivery: string;
  readonly contentType: string;
  readonly text: string;
}

type Tell = (message: Message, signal: AbortSignal) => Promise<HttpOutcome>;

/** A body of the receiver's own form. */
export interface WebhookTemplate {
  readonly body: BodyTemplate;
  readonly contentType?: string | undefined;
  readonly language: "zh" | "en";
  readonly timezone: string;
  readonly places: Places;
}

export interface WebhookOptions extends Trust {
  /** http or https. */
  readonly url: string;
  /** Shared with the receiver; it never leaves the box. */
  readonly secret: string;
  readonly clock: Clock;
  readonly method?: "POST" | "PUT" | undefined;
  /** Beside ours. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Null or absent: our own contract. */
  readonly template?: WebhookTemplate | null;
  readonly timeoutMs?: number;
  /** How often a sign of life is sent; null or absent: never. */
  readonly heartbeatMs?: number | null;
  /** Id of the site, named in the sign of life. */
  readonly site?: string;
}

/**
 * Our own HTTP contract: POST of the incident event as JSON. The body is not made here: it was rendered once, in the transaction
 * that recorded the event, so every attempt (also after a restart, an update or a renamed room) carries the same bytes under the
 * same idempotency key, and a receiver that compares them sees a repetition, not a second event. A body of the receiver's own form is
 * made of the recorded event and the template alone: other bytes come of another template.
 */
export function webhookDialect(options: WebhookOptions): Dialect {
  const { secret, clock, method = "POST", headers = {}, template = null, heartbeatMs = null } = options;
  const url = new URL(options.url);
  const http = httpSender({ ...options, url });
  const tell: Tell = (message, signal) => {
    const body = Buffer.from(message.text, "utf8");
    const timestamp = String(Math.floor(clock.wallMs() / 1_000));
    const ours = webhookHeaders(message, timestamp, sign(secret, timestamp, body));
    return http.ask({ method, url, headers: { ...headers, ...ours }, body }, signal);
  };
  const heartbeat = heartbeatMs === null ? null : { everyMs: heartbeatMs, beat: beatWith(tell, options) };
  return {
    async send(row, signal) {
      const message = template === null ? { contentType: JSON_TYPE, text: row.body } : messageOf(row, template);
      if (message === null) return BENT;
      const outcome = answered(await tell({ ...message, event: row.event, delivery: row.id }, signal), clock.wallMs());
      return hiddenIn(outcome, secretsOf(options));
    },
    ...(heartbeat === null ? {} : { heartbeat }),
    close: http.close,
  };
}

/** Shorter parts of a header are words, such as `Bearer`. */
const CREDENTIAL_LEAST = 8;

/** A receiver may say back what it was told, whole or the credential alone. */
function secretsOf({ url, headers = {} }: WebhookOptions): readonly string[] {
  const values = Object.values(headers);
  const parts = values.flatMap((value) => [value, ...value.split(/\s+/)]).filter(({ length }) => length >= CREDENTIAL_LEAST);
  const pairs = values.flatMap((value) => /^basic (\S+)$/i.exec(value)?.[1] ?? []).map((pair) => Buffer.from(pair, "base64").toString());
  return [...secretsIn(url), ...parts, ...pairs, ...pairs.map((pair) => pair.slice(pair.indexOf(":") + 1))];
}

function messageOf(row: OutboxRow, template: WebhookTemplate): Pick<Message, "contentType" | "text"> | null {
  const event = eventOf(row);
  return event === null ? null : templated(event, template);
}

/** Exactly what is sent of an event. */
export function templated(event: IncidentEvent, template: WebhookTemplate): Pick<Message, "contentType" | "text"> {
  const { contentType = JSON_TYPE, body, places } = template;
  const form = bodyForm(contentType);
  if (form === null) throw new Error(`${contentType} is no type of a body`);
  return { contentType, text: filledBody(form, body, factsOf(event, places(event), template)) };
}

/** `live` names what the receiver holds for not over, so that it can compare; the events themselves it has. */
function beatWith(tell: Tell, options: WebhookOptions): Heartbeat["beat"] {
  const { clock, site = "" } = options;
  return async ({ atMs, number, live }, signal) => {
    const incidents = live.map(({ incident, key, state, sequence }) => ({ incident, key, state, sequence }));
    const text = JSON.stringify({ type: "heartbeat", site, at: new Date(atMs).toISOString(), number, live: incidents });
    const message = { event: "heartbeat", delivery: clock.uuid(), contentType: JSON_TYPE, text };
    return hiddenIn(verdictOf(await tell(message, signal), clock.wallMs()), secretsOf(options));
  };
}

/** `sha256=` and the HMAC-SHA-256 in hex of `<timestamp>.<body>`; the timestamp is in Unix seconds, of the attempt. */
export function sign(secret: string, timestamp: string, body: Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
}

function webhookHeaders({ event, delivery, contentType }: Message, timestamp: string, signature: string): Readonly<Record<string, string>> {
  return {
    "content-type": contentType,
    "user-agent": "Roomward",
    "x-roomward-event": event,
    "x-roomward-delivery": delivery,
    "idempotency-key": delivery,
    "x-roomward-timestamp": timestamp,
    "x-roomward-signature": signature,
  };
}

/** A yes may name the ticket that was made. */
function answered(reply: HttpOutcome, nowWallMs: number): SendOutcome {
  const outcome = verdictOf(reply, nowWallMs);
  return outcome.outcome === "accepted" && reply.outcome === "answer" ? { ...outcome, ...ticketOf(reply.body) } : outcome;
}

function ticketOf(body: string): { readonly ticket: string | null; readonly ticketUrl: string | null } {
  try {
    const { ticket, url } = replySchema.parse(JSON.parse(body));
    return { ticket, ticketUrl: url };
  } catch {
    return { ticket: null, ticketUrl: null }; // Not JSON, or not an object: a yes all the same.
  }
}
