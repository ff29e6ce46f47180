import type { WhoIsThere } from "../line/scan.ts";

/** "Be smart": a unit of UPS-Link answers with two letters, whatever state it is in. (networkupstools/nut, apcsmart) */
const SMART = Buffer.from("Y", "latin1");

export function whoIsUpslink(): WhoIsThere {
  return {
    bytes: SMART,
    answerBytes: 4,
    find: (heard) => (heard.includes("SM\r\n") ? { outcome: "answered", place: null, what: "SM" } : null),
  };
}
