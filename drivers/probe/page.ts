/** What a page must be like. */
export interface PageExpected {
  /** Status codes; null: any of 200 to 399. */
  readonly status: readonly number[] | null;
  /** What must stand in its first 64 KiB; null: anything. */
  readonly text: string | null;
}

const SUCCESS_LOW = 200;
const SUCCESS_HIGH = 399;

export function isStatus({ status }: PageExpected, code: number): boolean {
  return status === null ? code >= SUCCESS_LOW && code <= SUCCESS_HIGH : status.includes(code);
}

/** What is wrong with a page; null: nothing. */
export function judgePage(expected: PageExpected, code: number, body: string): string | null {
  if (!isStatus(expected, code)) return `status ${code}, expected ${expected.status?.join(" or ") ?? `${SUCCESS_LOW} to ${SUCCESS_HIGH}`}`;
  if (expected.text !== null && !body.includes(expected.text)) return "the expected text is not on the page";
  return null;
}

/** What is known of a server's certificate. */
export interface Certificate {
  /** Node.js's and OpenSSL's name for why it is not trusted, e.g. `DEPTH_ZERO_SELF_SIGNED_CERT`. */
  readonly trouble: string | null;
  readonly days: number | null;
}

/** Verdicts that depend on the time of day. */
const BY_TIME = ["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED", "CRL_NOT_YET_VALID", "CRL_HAS_EXPIRED"];
const WHY: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "the server has signed its certificate itself",
  SELF_SIGNED_CERT_IN_CHAIN: "the authority of the certificate is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the authority of the certificate is not known here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the server does not send the certificates in between",
  CERT_HAS_EXPIRED: "the certificate has run out",
  CERT_NOT_YET_VALID: "the certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
};

/** Why a certificate is not trusted; null: it is, or a clock that is not sure of the day cannot say. */
export function distrust({ trouble }: Certificate, isTimeKnown: boolean): string | null {
  if (trouble === null || (!isTimeKnown && BY_TIME.includes(trouble))) return null;
  return `${WHY[trouble] ?? "the certificate is not trusted"} (${trouble})`;
}

const DAY_MS = 86_400_000;
/** As OpenSSL prints the end of a certificate: `Nov  6 03:57:25 2026 GMT`. */
const OPENSSL_TIME = /^[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4} GMT$/;

/** Whole days until a certificate ends, negative after it; null for anything that is no such time. */
export function daysUntil(validTo: unknown, nowMs: number): number | null {
  if (typeof validTo !== "string" || !OPENSSL_TIME.test(validTo)) return null;
  const endMs = Date.parse(validTo);
  return Number.isNaN(endMs) ? null : Math.floor((endMs - nowMs) / DAY_MS);
}
