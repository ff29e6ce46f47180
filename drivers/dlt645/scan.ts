import type { WhoIsThere } from "../line/scan.ts";
import { encodeMeterFrame, parseMeterFrame } from "./frame.ts";
import type { Edition } from "./profile.ts";

const ANYBODY = "AAAAAAAAAAAA";
const WAKE = Buffer.alloc(4, 0xfe);
/** "Read the address", to whoever is alone on the line. (DL/T 645-2007, 7.1.7; answered with 93H) */
const READ_ADDRESS = 0x13;
const ADDRESS_READ = 0x93;
/** The edition of 1997 has no such question: the active energy is asked for, and the answer carries the address. (DL/T 645-1997, 9010H) */
const READ_1997 = 0x01;
const ENERGY_1997 = Buffer.from([0x10, 0x90]);
const FROM_METER = 0x80;
const ANSWER_BYTES = 24;

/** Asks any meter for its address. Several at once talk over each other, and that is heard as garbled. */
export function whoIsMeter(edition: Edition): WhoIsThere {
  const [control, data] = edition === "2007" ? [READ_ADDRESS, Buffer.alloc(0)] : [READ_1997, ENERGY_1997];
  return {
    bytes: Buffer.concat([WAKE, encodeMeterFrame({ address: ANYBODY, control, data })]),
    answerBytes: ANSWER_BYTES,
    find(heard) {
      for (let at = 0; at < heard.length; at += 1) {
        const frame = parseMeterFrame(heard, at);
        if (frame === null || (frame.control & FROM_METER) === 0) continue;
        const said = frame.control === ADDRESS_READ && frame.data.length === 6 ? addressIn(frame.data) : frame.address;
        return { outcome: "answered", place: said, what: `DL/T 645-${edition}` };
      }
      return null;
    },
  };
}

/** Lowest byte first, as on the line. */
function addressIn(data: Buffer): string {
  return Buffer.from(data).reverse().toString("hex").toUpperCase();
}
