import type { WhoIsThere } from "../line/scan.ts";

/**
 * The question that most dialects know. The others have letters that switch units of UPS-Link (`S` shuts down), and nobody knows yet what
 * is at the far end.
 */
const QUESTION = "Q1";
const ANSWER_BYTES = 80;
/** Numbers between brackets and blanks, then signs of 0 and 1. (networkupstools/nut, nutdrv_qx_megatec.c) */
const STATUS = /\([-0-9. ]{20,}[01]{8,}[^\r]*\r/;
const REFUSAL = /\(?NAK\r/;

/** Asks a UPS of the Megatec family for its state. */
export function whoIsMegatec(): WhoIsThere {
  return {
    bytes: Buffer.from(`${QUESTION}\r`, "latin1"),
    answerBytes: ANSWER_BYTES,
    find(heard) {
      const text = heard.toString("latin1");
      const status = STATUS.exec(text)?.[0];
      if (status !== undefined) return { outcome: "answered", place: null, what: `${QUESTION}: ${status.trim()}` };
      return REFUSAL.test(text) ? { outcome: "exception", place: null, what: `${QUESTION}: NAK` } : null;
    },
  };
}
