import type { Pace, Session } from "../driver.ts";
import { Exchange } from "../line/exchange.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { characterMs, type LineWire, type OpensWire, openWire, silencesMaxOf } from "../line/wire.ts";
import type { Yd1363Profile } from "../profile.ts";
import { decodeInfo } from "./decode.ts";
import { FRAME_OVERHEAD_BYTES, type Frame, type Yd1363Answer, Yd1363Framing } from "./frame.ts";
import { planCommands } from "./plan.ts";

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
export function openYd1363(wire: LineWire, pace: Pace, opens: OpensWire = openWire): Session<Yd1363Address> {
  const manners = {
    timeoutMs: wire.timeoutMs,
    byteMs: characterMs(wire),
    gapMs: REST_MS,
    drains: true,
    silencesMax: silencesMaxOf(wire),
  };
  const exchange = new Exchange<Frame, Yd1363Answer>(new Yd1363Framing(), manners, pace, (listener) => opens(wire, pace, listener));
  return {
    device: ({ profile, unit }) => {
      const { pointNames, commands } = planCommands(profile, unit);
      const version = Number.parseInt(profile.version, 16);
      const cid1 = Number.parseInt(profile.cid1, 16);
      return new QueryReader(pointNames, commands, async (command, into): Promise<Said> => {
        const { cid2, info, bytes } = command;
        const lineBytes = 2 * FRAME_OVERHEAD_BYTES + 2 * info.length + (bytes === null ? INFO_CHARACTERS_ASSUMED : 2 * bytes);
        const answer = await exchange.ask({ version, address: unit, cid1, code: cid2, info }, lineBytes, profile.pauseMs);
        if (answer.outcome === "info") return decodeInfo(command, answer.info, into);
        return answer.outcome === "refused" ? { ...answer, reached: true } : answer;
      });
    },
    close: () => exchange.close(),
  };
}
