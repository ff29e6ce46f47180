import type { Pace, Session } from "../driver.ts";
import { putQuality } from "../house-value.ts";
import type { Exchange } from "../line/exchange.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { QUALITY, type Readings } from "../reading.ts";
import { decodeValues } from "./decode.ts";
import { type DataRequest, Dlt645Framing, FRAME_OVERHEAD_BYTES, type MeterAnswer } from "./frame.ts";
import { type MeterQuery, planMeter } from "./plan.ts";
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

type Ask = (query: MeterQuery) => Promise<Awaited<ReturnType<Exchange<DataRequest, MeterAnswer>["ask"]>>>;

/** A session on one wire. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openDlt645(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<Dlt645Address> {
  const exchange = exchangeOn(wire, new Dlt645Framing(), REST_MS, pace, around);
  return {
    device: ({ profile, address }) => {
      const { pointNames, queries } = planMeter(profile, address);
      const ask: Ask = ({ di, bytes }) => {
        const lineBytes = 2 * (FRAME_OVERHEAD_BYTES + IDENTIFIER_BYTES) + (bytes ?? BLOCK_BYTES_ASSUMED);
        return exchange.ask({ address, edition: profile.edition, di, bytes }, lineBytes, profile.pauseMs);
      };
      /** Blocks that this meter has refused while it knows their parts. */
      const unknown = new Set<MeterQuery>();
      return new QueryReader(pointNames, queries, async (query, into): Promise<Said> => {
        if (!unknown.has(query)) {
          const said = await askOne(query, ask, into);
          if (said.outcome !== "refused" || query.instead.length === 0) return said;
        }
        const said = await askEach(query.instead, ask, into);
        if (said.outcome === "data") unknown.add(query);
        return said;
      });
    },
    release: () => exchange.release(),
    close: () => exchange.close(),
  };
}

async function askOne(query: MeterQuery, ask: Ask, into: Readings): Promise<Said> {
  const answer = await ask(query);
  if (answer.outcome === "lost") return answer;
  if (answer.outcome === "refused") return { ...answer, reached: true };
  decodeValues(query.columns, answer.values, into);
  return { outcome: "data" };
}

/** The parts of a block. What the meter refuses is marked so; when it knows none of them, it is the last refusal that is told. */
async function askEach(queries: readonly MeterQuery[], ask: Ask, into: Readings): Promise<Said> {
  let known = 0;
  let refusal: Said | null = null;
  for (const query of queries) {
    const said = await askOne(query, ask, into);
    if (said.outcome === "lost") return said;
    if (said.outcome === "data") known += 1;
    else {
      refusal = said;
      for (const column of query.columns) putQuality(column, QUALITY.exception, into);
    }
  }
  return known === 0 && refusal !== null ? refusal : { outcome: "data", asked: queries.length };
}
