import { createHmac } from "node:crypto";
import * as z from "zod";
import type { Clock } from "../../platform/clock.ts";
import type { Dialect, Heartbeat, SendOutcome } from "../dialect.ts";
import { type HttpOutcome, httpSender } from "../http.ts";
import { hiddenIn, secretsIn, verdictOf } from "../http-verdict.ts";
import type { Trust } from "../trust.ts";

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

type Post = (event: string, delivery: string, text: string, signal: AbortSignal) => Promise<HttpOutcome>;

export interface WebhookOptions extends Trust {
  /** http or https. */
  readonly url: string;
  /** Shared with the receiver; it never leaves the box. */
  readonly secret: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
  /** How often a sign of life is sent; null or absent: never. */
  readonly heartbeatMs?: number | null;
  /** Id of the site, named in the sign of life. */
  readonly site?: string;
}

/**
 * Our own HTTP contract: POST of the incident event as JSON. The body is not made here: it was rendered once, in the transaction
 * that recorded the event, so every attempt (also after a restart, an update or a renamed room) carries the same bytes under the
 * same idempotency key, and a receiver that compares them sees a repetition, not a second event.
 */
export function webhookDialect(options: WebhookOptions): Dialect {
  const { secret, clock, heartbeatMs = null } = options;
  const http = httpSender({ ...options, url: new URL(options.url) });
  const post: Post = (event, delivery, text, signal) => {
    const body = Buffer.from(text, "utf8");
    const timestamp = String(Math.floor(clock.wallMs() / 1_000));
    return http.post(webhookHeaders({ event, delivery }, timestamp, sign(secret, timestamp, body)), body, signal);
  };
  const heartbeat = heartbeatMs === null ? null : { everyMs: heartbeatMs, beat: beatWith(post, options) };
  return {
    send: async (row, signal) => {
      const outcome = answered(await post(row.event, row.id, row.body, signal), clock.wallMs());
      return hiddenIn(outcome, secretsIn(options.url));
    },
    ...(heartbeat === null ? {} : { heartbeat }),
    close: http.close,
  };
}

/** `live` names what the receiver holds for not over, so that it can compare; the events themselves it has. */
function beatWith(post: Post, { clock, url, site = "" }: WebhookOptions): Heartbeat["beat"] {
  return async ({ atMs, number, live }, signal) => {
    const incidents = live.map(({ incident, key, state, sequence }) => ({ incident, key, state, sequence }));
    const body = JSON.stringify({ type: "heartbeat", site, at: new Date(atMs).toISOString(), number, live: incidents });
    return hiddenIn(verdictOf(await post("heartbeat", clock.uuid(), body, signal), clock.wallMs()), secretsIn(url));
  };
}

/** `sha256=` and the HMAC-SHA-256 in hex of `<timestamp>.<body>`; the timestamp is in Unix seconds, of the attempt. */
export function sign(secret: string, timestamp: string, body: Buffer): string {
  return `sha256=${createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex")}`;
}

function webhookHeaders(
  of: { readonly event: string; readonly delivery: string },
  timestamp: string,
  signature: string,
): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json; charset=utf-8",
    "user-agent": "Roomward",
    "x-roomward-event": of.event,
    "x-roomward-delivery": of.delivery,
    "idempotency-key": of.delivery,
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
