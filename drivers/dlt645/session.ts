import type { Pace, Session } from "../driver.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { decodeValues } from "./decode.ts";
import { Dlt645Framing, FRAME_OVERHEAD_BYTES } from "./frame.ts";
import { planMeter } from "./plan.ts";
import type { Dlt645Profile } from "./profile.ts";

export interface Dlt645Address {
  readonly profile: Dlt645Profile;
  /** Twelve digits as on the meter's label; `AAAAAAAAAAAA` asks whoever is alone on the line. */
  readonly address: string;
}

/** Between an answer and the next question: time for a two-wire transceiver to turn round. */
const REST_MS = 30;
const BLOCK_BYTES_ASSUMED = 40;
const IDENTIFIER_BYTES = 4;

/** A session on one wire. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openDlt645(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<Dlt645Address> {
  const exchange = exchangeOn(wire, new Dlt645Framing(), REST_MS, pace, around);
  return {
    device: ({ profile, address }) => {
      const { pointNames, queries } = planMeter(profile, address);
      return new QueryReader(pointNames, queries, pace, async ({ di, bytes, columns }, into): Promise<Said> => {
        const lineBytes = 2 * (FRAME_OVERHEAD_BYTES + IDENTIFIER_BYTES) + (bytes ?? BLOCK_BYTES_ASSUMED);
        const answer = await exchange.ask({ address, edition: profile.edition, di, bytes }, lineBytes, profile.pauseMs);
        if (answer.outcome === "lost") return answer;
        // A meter that refuses a block may know its parts.
        if (answer.outcome === "refused") return { ...answer, reached: true, unknown: true };
        decodeValues(columns, answer.values, into);
        return { outcome: "data" };
      });
    },
    release: () => exchange.release(),
    close: () => exchange.close(),
  };
}
