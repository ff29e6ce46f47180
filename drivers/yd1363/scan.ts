import type { WhoIsThere } from "../line/scan.ts";
import { encodeFrame, FRAME_OVERHEAD_BYTES, parseFrame } from "./frame.ts";

/** A class of devices, as its requests name it. */
export interface YdClass {
  readonly version: number;
  readonly cid1: number;
}

/** "Get the protocol's version": every unit knows it, and one that does not says so. (YD/T 1363.3, CID2 4FH) */
const GET_VERSION = 0x4f;
const INFO_CHARACTERS = 20;

/** Asks the unit at an address, of one class, whether it is there. */
export function whoIsUnit({ version, cid1 }: YdClass, address: number): WhoIsThere {
  return {
    bytes: encodeFrame({ version, address, cid1, code: GET_VERSION, info: Buffer.alloc(0) }),
    answerBytes: FRAME_OVERHEAD_BYTES + INFO_CHARACTERS,
    find(heard) {
      for (const [, text = ""] of heard.toString("latin1").matchAll(/~([0-9A-F]+)\r/g)) {
        const parsed = parseFrame(text);
        // Its own question, heard by a converter that hears itself, has the command where an answer has its return code.
        if (!("frame" in parsed) || parsed.frame.code === GET_VERSION) continue;
        const { frame } = parsed;
        const what = `CID1 ${hex(frame.cid1)}, VER ${hex(frame.version)}`;
        return frame.code === 0
          ? { outcome: "answered", place: frame.address, what }
          : { outcome: "exception", place: frame.address, what: `${what}, RTN ${hex(frame.code)}` };
      }
      return null;
    },
  };
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");
