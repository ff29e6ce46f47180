import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Person, TokenBook } from "../people/token-book.ts";
import { type PresentedToken, SESSION_COOKIE } from "./access.ts";
import { Refusal } from "./refusals.ts";

const SESSION_SECONDS = 30 * 24 * 3_600;
/** Per address. Tokens are 256 random bits, nobody guesses one: this spares the processor and tells a person to stop and look. */
export const FAILED_SIGN_INS = { max: 10, timeWindow: 60_000 };
/** Counts failures per address. */
export type Failures = ReturnType<FastifyInstance["createRateLimit"]>;

/** A cookie that has gone stale is no attack: only tokens that someone typed or programmed count as failures. */
export async function identify(
  shown: PresentedToken | null,
  tokens: TokenBook,
  onFailure: () => Promise<Refusal>,
): Promise<Person | Refusal> {
  if (shown === null) return new Refusal("notSignedIn");
  const person = await tokens.find(shown.token);
  if (person !== null) return person;
  return shown.by === "cookie" ? new Refusal("wrongToken") : onFailure();
}

export async function countFailure(request: FastifyRequest, reply: FastifyReply, failures: Failures): Promise<Refusal> {
  const count = await failures(request);
  if (count.isAllowed || !count.isExceeded) return new Refusal("wrongToken");
  reply.header("retry-after", count.ttlInSeconds);
  return new Refusal("tooManyAttempts");
}

export async function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  tokens: TokenBook,
  failures: Failures,
): Promise<Person | Refusal> {
  const before = await failures(request, { increment: false });
  if (!before.isAllowed && before.remaining === 0) {
    reply.header("retry-after", before.ttlInSeconds);
    return new Refusal("tooManyAttempts");
  }
  const person = await tokens.find(token);
  if (person === null) return countFailure(request, reply, failures);
  reply.setCookie(SESSION_COOKIE, token, { path: "/", httpOnly: true, sameSite: "strict", maxAge: SESSION_SECONDS });
  return person;
}
