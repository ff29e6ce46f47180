import { createHash, randomInt } from "node:crypto";
import type { CodeRecord } from "./people-file.ts";

/** Without letters that look like digits or like each other (Crockford's base 32). */
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LETTER_COUNT = 16;
export const CODE_VALID_MS = 24 * 3_600_000;

/** A code of 80 random bits that a person can read out over the telephone. */
export function newCode(nowMs: number): { readonly code: string; readonly record: CodeRecord } {
  const letters = Array.from({ length: LETTER_COUNT }, () => LETTERS[randomInt(LETTERS.length)]).join("");
  const code = letters.replaceAll(/(.{4})(?=.)/g, "$1-");
  return { code, record: { sha256: hashCode(code), expiresAtMs: nowMs + CODE_VALID_MS } };
}

export function isCode(code: string, record: CodeRecord | null, nowMs: number): boolean {
  return record !== null && nowMs < record.expiresAtMs && hashCode(code) === record.sha256;
}

/** Dashes, blanks and small letters are as good. */
function hashCode(code: string): string {
  const letters = code.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return createHash("sha256").update(letters).digest("hex");
}
