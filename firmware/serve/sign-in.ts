import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Entrance, SignedIn, Turned } from "../people/entrance.ts";
import type { Person } from "../people/token-book.ts";
import { type PresentedToken, sessionCookie } from "./access.ts";
import { Refusal } from "./refusals.ts";

/** Per address. Tokens are 256 random bits, nobody guesses one: this spares the processor and tells a person to stop and look. */
export const FAILED_SIGN_INS = { max: 10, timeWindow: 60_000 };
/** Counts failures per address. */
export type Failures = ReturnType<FastifyInstance["createRateLimit"]>;

/** A cookie that has gone stale is no attack: only tokens that someone typed or programmed count as failures. */
export async function identify(
  shown: PresentedToken | null,
  entrance: Entrance,
  isPresent: boolean,
  onFailure: () => Promise<Refusal>,
): Promise<Person | Refusal> {
  if (shown === null) return new Refusal("notSignedIn");
  const person = await (shown.by === "cookie" ? entrance.bySession(shown.token, isPresent) : entrance.byToken(shown.token));
  if (person !== null) return person;
  return shown.by === "cookie" ? new Refusal("sessionEnded") : onFailure();
}

export async function countFailure(request: FastifyRequest, failures: Failures): Promise<Refusal> {
  const count = await failures(request);
  if (count.isAllowed || !count.isExceeded) return new Refusal("wrongToken");
  return new Refusal("tooManyAttempts", { retryAfterMs: count.ttl });
}

export async function signInWithToken(
  request: FastifyRequest,
  token: string,
  entrance: Entrance,
  failures: Failures,
): Promise<SignedIn | Refusal> {
  const before = await failures(request, { increment: false });
  if (!before.isAllowed && before.remaining === 0) return new Refusal("tooManyAttempts", { retryAfterMs: before.ttl });
  const found = await entrance.signInWithToken(token, request.ip);
  return "turned" in found ? countFailure(request, failures) : found;
}

/** Hands the cookie over, or says why not. */
export function welcome(reply: FastifyReply, found: SignedIn | Turned | Refusal, secure: boolean): Person | Refusal {
  if (found instanceof Refusal) return found;
  if ("turned" in found) return refusalFor(found);
  const flags = { path: "/", httpOnly: true, sameSite: "strict", secure } as const;
  reply.setCookie(sessionCookie(secure), found.secret, { ...flags, maxAge: found.maxAgeMs / 1_000 });
  return found.person;
}

function refusalFor({ turned, waitMs, message }: Turned): Refusal {
  const details = { ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }), ...(message === undefined ? {} : { message }) };
  return new Refusal(turned === "unfit" ? "notAccepted" : turned, details);
}
