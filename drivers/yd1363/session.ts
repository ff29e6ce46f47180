import type { Pace, Session } from "../driver.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { decodeInfo } from "./decode.ts";
import { FRAME_OVERHEAD_BYTES, Yd1363Framing } from "./frame.ts";
import { planCommands } from "./plan.ts";
import type { Yd1363Profile } from "./profile.ts";

export interface Yd1363Address {
  readonly profile: Yd1363Profile;
  /** ADR, 1–254. */
  readonly unit: number;
}

/** Between an answer and the next question: time for a two-wire transceiver to turn round. */
const REST_MS = 20;
/** Signs of INFO to wait for where the profile does not say how many there are: more than most answers have. */
const INFO_CHARACTERS_ASSUMED = 300;

/** A session on one wire. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openYd1363(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<Yd1363Address> {
  const exchange = exchangeOn(wire, new Yd1363Framing(), REST_MS, pace, around);
  return {
    device: ({ profile, unit }) => {
      const { pointNames, commands } = planCommands(profile, unit);
      const version = Number.parseInt(profile.version, 16);
      const cid1 = Number.parseInt(profile.cid1, 16);
      return new QueryReader(pointNames, commands, pace, async (command, into): Promise<Said> => {
        const { cid2, info, bytes } = command;
        const lineBytes = 2 * FRAME_OVERHEAD_BYTES + 2 * info.length + (bytes === null ? INFO_CHARACTERS_ASSUMED : 2 * bytes);
        const answer = await exchange.ask({ version, address: unit, cid1, code: cid2, info }, lineBytes, profile.pauseMs);
        if (answer.outcome === "info") return decodeInfo(command, answer.info, into);
        return answer.outcome === "refused" ? { ...answer, reached: true } : answer;
      });
    },
    release: () => exchange.release(),
    close: () => exchange.close(),
  };
}
