import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { Clock } from "../platform/clock.ts";
import { lookupOf, type Trust, tlsOf, toldOf } from "./trust.ts";

// The one file that opens HTTP connections to targets.

const SEND_TIMEOUT_MS = 10_000;
const RESPONSE_BYTES_MAX = 65_536;
const SOCKETS_MAX = 4;

/** `answer` as soon as the status line was read: a body that breaks off, hangs or is too long does not change the verdict. */
export type HttpOutcome =
  | { readonly outcome: "answer"; readonly status: number; readonly retryAfter: string | undefined; readonly body: string }
  | { readonly outcome: "timeout"; readonly afterMs: number }
  /** No answer: refused, reset, no route, name unknown, certificate or place not trusted. `detail` is the system's code, or words. */
  | { readonly outcome: "network"; readonly detail: string };

export interface HttpQuestion {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HttpSender {
  /** One POST, never redirected. Resolves in any case; the promise is `network` when `signal` aborts. */
  post(headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<HttpOutcome>;
  /** Another method or path below the URL, as `post`. */
  ask(question: HttpQuestion, signal: AbortSignal): Promise<HttpOutcome>;
  close(): void;
}

/** Kept-alive connections to one URL. The certificate is always checked. */
export function httpSender(
  options: Trust & {
    readonly url: URL;
    readonly clock: Clock;
    readonly timeoutMs?: number | undefined;
    /** False for a receiver that must not hear anything twice: a kept connection that was closed in that moment is tried again. */
    readonly keepAlive?: boolean | undefined;
    readonly answerBytesMax?: number;
  },
): HttpSender {
  const { clock, timeoutMs = SEND_TIMEOUT_MS, keepAlive = true, answerBytesMax = RESPONSE_BYTES_MAX } = options;
  const tls = options.url.protocol === "https:";
  const kept = { keepAlive, maxSockets: SOCKETS_MAX, ...lookupOf(options) };
  // A session that is taken up again shows no certificate: each connection is looked at.
  const agent = tls ? new TlsAgent({ ...kept, ...tlsOf(options), maxCachedSessions: 0 }) : new PlainAgent(kept);
  const attempt = async (question: HttpQuestion, signal: AbortSignal): Promise<HttpOutcome> => {
    const { method, url, headers, body } = question;
    const cut = new AbortController();
    const done = new AbortController();
    const stop = (): void => cut.abort();
    signal.addEventListener("abort", stop, { once: true });
    let late = false;
    void clock.sleep(timeoutMs, done.signal).then(() => {
      if (done.signal.aborted) return;
      late = true;
      cut.abort();
    });
    const details = { method, agent, headers: { ...headers, "content-length": body.length }, signal: cut.signal };
    const request = tls ? tlsRequest(url, details) : plainRequest(url, details);
    const outcome = await new Promise<HttpOutcome | "staleSocket">((resolve) => {
      let answered = false;
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (answered) return;
        if (late) resolve({ outcome: "timeout", afterMs: timeoutMs });
        else if (request.reusedSocket && error.code === "ECONNRESET") resolve("staleSocket");
        else resolve({ outcome: "network", detail: toldOf(error) ?? error.code ?? error.message });
      });
      request.on("response", (response) => {
        answered = true;
        void readAnswer(response, answerBytesMax).then(resolve);
      });
      if (signal.aborted) cut.abort();
      request.end(body);
    });
    done.abort();
    signal.removeEventListener("abort", stop);
    // The peer closed a kept connection in the moment we took it; the message carries its idempotency key, so it may go again.
    return outcome === "staleSocket" ? attempt(question, signal) : outcome;
  };

  return {
    ask: attempt,
    post: (headers, body, signal) => attempt({ method: "POST", url: options.url, headers, body }, signal),
    close: () => agent.destroy(),
  };
}

async function readAnswer(response: IncomingMessage, bytesMax: number): Promise<HttpOutcome> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bytesMax) break; // Leaving the loop destroys the connection.
    }
  } catch {
    // Broken off; the status was read.
  }
  const body = Buffer.concat(chunks).subarray(0, bytesMax).toString("utf8");
  return { outcome: "answer", status: response.statusCode ?? 0, retryAfter: response.headers["retry-after"], body };
}
