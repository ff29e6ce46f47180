import { later, oneLine, taken } from "./body.ts";
import type { SendOutcome } from "./dialect.ts";
import type { HttpOutcome } from "./http.ts";
import { judgeStatus, parseRetryAfter } from "./retry.ts";

const EXCERPT_MAX = 200;
/** Shorter parts of a path are words. */
const SECRET_LEAST = 16;

/** Parts of an address that may be its secret: who knows them may write there. */
export function secretsIn(url: string): readonly string[] {
  const { username, password, pathname, searchParams } = new URL(url);
  const parts = [...pathname.split("/"), ...searchParams.values()].filter((part) => part.length >= SECRET_LEAST);
  if (password === "") return parts;
  const [user, word] = [decodeURIComponent(username), decodeURIComponent(password)];
  return [...parts, password, word, Buffer.from(`${user}:${word}`).toString("base64")];
}

/** The outcome without secrets that the server may have said back. */
export function hiddenIn(outcome: SendOutcome, secrets: readonly (string | undefined)[]): SendOutcome {
  const known = secrets.filter((secret) => secret !== undefined && secret !== "");
  return { ...outcome, answer: known.reduce<string>((answer, secret) => answer.replaceAll(secret ?? "", "…"), outcome.answer) };
}

/** What an HTTP reply says about a delivery, by its status alone; a no comes with the beginning of what was said. */
export function verdictOf(reply: HttpOutcome, nowWallMs: number): SendOutcome {
  if (reply.outcome === "timeout") return later(`no answer in ${reply.afterMs} ms`);
  if (reply.outcome === "network") return later(reply.detail);
  const outcome = judgeStatus(reply.status);
  if (outcome === "accepted") return taken(`HTTP ${reply.status}`);
  const answer = [`HTTP ${reply.status}`, oneLine(reply.body, EXCERPT_MAX)].filter((part) => part !== "").join(": ");
  return outcome === "refused" ? { outcome, answer } : { outcome, answer, retryAfterMs: parseRetryAfter(reply.retryAfter, nowWallMs) };
}
