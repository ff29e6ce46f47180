import type * as z from "zod";
import type { Clock } from "../platform/clock.ts";
import { later, oneLine } from "./body.ts";
import type { SendOutcome } from "./dialect.ts";
import { type HttpQuestion, httpSender } from "./http.ts";
import { hiddenIn, secretsIn, verdictOf } from "./http-verdict.ts";
import type { Trust } from "./trust.ts";

const ANSWER_MAX = 200;
/** Some tickets with all that was ever written on them. */
export const TICKETS_BYTES_MAX = 4_000_000;
const NO_JSON = Symbol("no JSON");

/** The answer, or what the delivery that asked becomes. `status` is null when there was none. */
export type JsonAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly status: number | null; readonly outcome: SendOutcome };

export interface JsonServer extends Trust {
  /** What it should be; said when something else answers in its place. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Taken out of every answer: servers say back what they do not like. */
  readonly secrets: readonly (string | undefined)[];
  readonly clock: Clock;
  readonly timeoutMs?: number | undefined;
  /** False for servers that know no idempotency key. */
  readonly keepAlive?: boolean;
  /** More than a sentence or two: for servers that answer with lists. */
  readonly answerBytesMax?: number;
}

/** Questions and answers in JSON. Every call resolves; a page in place of JSON is no yes, whatever its status. */
export class JsonClient {
  readonly #server: JsonServer;
  readonly #http: ReturnType<typeof httpSender>;

  constructor(server: JsonServer) {
    this.#server = server;
    this.#http = httpSender({ ...server, url: new URL(server.url) });
  }

  async ask<Value>(
    method: HttpQuestion["method"],
    url: string,
    content: unknown,
    schema: z.ZodType<Value>,
    signal: AbortSignal,
  ): Promise<JsonAnswer<Value>> {
    const { name, clock } = this.#server;
    const body = Buffer.from(content === null ? "" : JSON.stringify(content), "utf8");
    const headers = {
      accept: "application/json",
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Roomward",
      ...this.#server.headers,
    };
    const reply = await this.#http.ask({ method, url: new URL(url), headers, body }, signal);
    const verdict = verdictOf(reply, clock.wallMs());
    if (reply.outcome !== "answer") return { ok: false, status: null, outcome: verdict };
    if (verdict.outcome !== "accepted") return { ok: false, status: reply.status, outcome: this.hidden(verdict) };
    const json = jsonOf(reply.body);
    const parsed = json === NO_JSON ? null : schema.safeParse(json);
    if (parsed?.success === true) return { ok: true, value: parsed.data };
    // A page of a proxy or of another program: whoever put it there may take it away again.
    const answer = `not ${name}: ${oneLine(`HTTP ${reply.status}: ${reply.body}`, ANSWER_MAX)}`;
    return { ok: false, status: reply.status, outcome: this.hidden(later(answer)) };
  }

  /** The outcome without secrets that the server may have said back. */
  hidden(outcome: SendOutcome): SendOutcome {
    return hiddenIn(outcome, [...this.#server.secrets, ...secretsIn(this.#server.url)]);
  }

  close(): void {
    this.#http.close();
  }
}

export function basicAuthorization(user: string | undefined, password: string | undefined): string {
  return `Basic ${Buffer.from(`${user ?? ""}:${password ?? ""}`, "utf8").toString("base64")}`;
}

/** Undefined for an empty body. */
function jsonOf(body: string): unknown {
  if (body.trim() === "") return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return NO_JSON;
  }
}
