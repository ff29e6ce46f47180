import type { SendOutcome } from "./dialect.ts";

const FIRST_DELAY_MS = 5_000;
const DELAY_MAX_MS = 300_000;
/** Jitter only shortens, so that the cap stays a cap; it keeps many boxes from knocking at the same moment. */
const JITTER = 0.25;
const RETRY_AFTER_MIN_MS = 1_000;
/** A target that asks for more is asked again after an hour all the same: an alarm must not wait for a wrong header. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** How long to wait after the `attempt`-th failure (the first is 1): 5 s, 10 s, 20 s … 5 min. `random` in [0, 1). */
export function retryDelayMs(attempt: number, random: number, retryAfterMs: number | null): number {
  const planned = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), DELAY_MAX_MS) * (1 - JITTER * random);
  if (retryAfterMs === null) return planned;
  return Math.min(Math.max(retryAfterMs, RETRY_AFTER_MIN_MS), RETRY_AFTER_MAX_MS);
}

/** `Retry-After` (RFC 9110, 10.2.3): seconds, or an HTTP date compared with the wall clock. Null for anything else. */
export function parseRetryAfter(header: string | undefined, nowWallMs: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Date.parse takes nearly anything; an HTTP date begins with a weekday.
  const atMs = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowWallMs);
}

const WORTH_RETRYING: ReadonlySet<number> = new Set([408, 425, 429]);

/** What an HTTP status says about a delivery. A redirect is refused: a signed message goes where it was addressed or nowhere. */
export function judgeStatus(status: number): SendOutcome["outcome"] {
  if (status >= 200 && status < 300) return "accepted";
  return status >= 500 || WORTH_RETRYING.has(status) ? "unavailable" : "refused";
}
