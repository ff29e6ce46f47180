import type { AcknowledgeReply, Incident, Words } from "../../firmware/contract/alarm.ts";
import type { Trend } from "../../firmware/contract/history.ts";
import type { Fault, History, Problem, Session, SiteView } from "../../firmware/contract/site.ts";

/** An answer of the box, or why there is none, in words for a person. Status 0: nobody answered. */
export type Answer<T> =
  | { readonly ok: true; readonly data: T }
  | { readonly ok: false; readonly status: number; readonly message: Words; readonly faults?: readonly Fault[] };

const NO_ANSWER: Words = { zh: "连不上网关，请检查网络后重试。", en: "The gateway does not answer. Check the network and try again." };
const TIMEOUT_MS = 10_000;
/** What nobody answered is asked for again so soon: what says that the gateway does not answer must not stay when it does. */
export const ASK_AGAIN_MS = 5_000;

export const getSession = (): Promise<Answer<Session>> => ask("GET", "/api/v1/session");
export const signIn = (
  shown: { readonly token: string } | { readonly name: string; readonly password: string },
): Promise<Answer<Session>> => ask("POST", "/api/v1/session", shown);
export const redeemCode = (asked: { readonly code: string; readonly name: string; readonly password: string }): Promise<Answer<Session>> =>
  ask("POST", "/api/v1/session/code", asked);
export const signOut = (): Promise<Answer<unknown>> => ask("DELETE", "/api/v1/session");
export const getSite = (): Promise<Answer<SiteView>> => ask("GET", "/api/v1/site");
export const getIncidents = (): Promise<Answer<{ readonly incidents: readonly Incident[] }>> => ask("GET", "/api/v1/incidents");
/** The last minutes of these points, at most 60. */
export const getHistory = (points: readonly string[], minutes: number): Promise<Answer<History>> =>
  ask("GET", `/api/v1/history?points=${points.map(encodeURIComponent).join(",")}&minutes=${minutes}`);
/** At most so many columns for a longer span, from what the box remembers by the minute. */
export const getTrend = (points: readonly string[], fromMs: number, toMs: number, columns: number): Promise<Answer<Trend>> =>
  ask("GET", `/api/v1/trend?points=${points.map(encodeURIComponent).join(",")}&from=${fromMs}&to=${toMs}&columns=${columns}`);
export const acknowledge = (keys: readonly string[], note: string): Promise<Answer<AcknowledgeReply>> =>
  ask("POST", "/api/v1/alarms/acknowledge", { keys, note });

/**
 * One call of the box's interface; trouble is an answer with words, never thrown. A read that nobody answered is asked once more:
 * a network or a box that was held up for a moment answers the second time, and asking twice does no harm.
 */
export async function ask<T>(method: string, path: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<Answer<T>> {
  const answer = await askOnce<T>(method, path, body, timeoutMs);
  return method === "GET" && !answer.ok && answer.status === 0 ? askOnce(method, path, body, timeoutMs) : answer;
}

async function askOnce<T>(method: string, path: string, body: unknown, timeoutMs: number): Promise<Answer<T>> {
  try {
    const init: RequestInit = {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    };
    const response = await fetch(path, init);
    const text = await response.text();
    const data: unknown = text === "" ? null : JSON.parse(text);
    if (response.ok) return { ok: true, data: data as T };
    const problem = data as Problem | null;
    return { ok: false, status: response.status, message: problem?.message ?? NO_ANSWER, faults: problem?.faults ?? [] };
  } catch {
    return { ok: false, status: 0, message: NO_ANSWER };
  }
}
