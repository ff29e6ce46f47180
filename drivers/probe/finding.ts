import type { LostReason } from "../reading.ts";
import type { Answer } from "./profile.ts";

/**
 * What one probe found. No answer is an answer here: that something is down is what was asked. Lost is only what cannot be asked from
 * this box.
 */
export type Finding =
  | ({ readonly outcome: "found"; readonly answer: Answer /** For people: what came instead. */; readonly what: string } & Measured)
  | { readonly outcome: "lost"; readonly reason: LostReason; readonly what: string };

/** Numbers that come with an answer; what is left out was not there to measure. */
export interface Measured {
  readonly responseMs?: number;
  /** Lost echoes in percent. */
  readonly lossPercent?: number;
  readonly status?: number;
  /** Until the certificate ends; negative after it. */
  readonly certificateDays?: number;
}

export function down(answer: Exclude<Answer, "expected">, what: string, measured: Measured = {}): Finding {
  return { outcome: "found", answer, what, ...measured };
}

export function asExpected(measured: Measured): Finding {
  return { outcome: "found", answer: "expected", what: "", ...measured };
}

/** What an error of the network stack says of the other side, and which ones speak of this box. (errno(3), connect(2), ip(7)) */
const BY_CODE: Readonly<Record<string, Exclude<Answer, "expected"> | "box">> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "closed",
  EPIPE: "closed",
  ETIMEDOUT: "silent",
  EHOSTUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETUNREACH: "box",
  ENETDOWN: "box",
  EADDRNOTAVAIL: "box",
  EACCES: "box",
  EPERM: "box",
};

/** The same as a finding; null for a code that is not of the network. */
export function networkFinding(code: string | undefined): Finding | null {
  const found = code === undefined || !Object.hasOwn(BY_CODE, code) ? undefined : BY_CODE[code];
  if (found === undefined) return null;
  if (found === "box") return { outcome: "lost", reason: "adapterMissing", what: `${code}: no way from this box to it` };
  return down(found, code ?? "");
}
