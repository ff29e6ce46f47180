import type { Pace, Session } from "../driver.ts";
import type { Exchange } from "../line/exchange.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { type TextAnswer, textReader } from "../text/conversation.ts";
import { planText, type TextQuery } from "../text/plan.ts";
import { MegatecFraming } from "./frame.ts";
import type { MegatecProfile } from "./profile.ts";

/** One UPS per line: the protocol has no address. */
export interface MegatecAddress {
  readonly profile: MegatecProfile;
}

/** Between an answer and the next question; units that are asked sooner drop it. (networkupstools/nut, docs on nutdrv_qx) */
const REST_MS = 100;
/** Carriage returns, and a checksum on either side. */
const ENDS_BYTES = 6;

/** A session with the UPS on one line. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openMegatec(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<MegatecAddress> {
  const exchanges = new Set<Exchange<TextQuery, TextAnswer>>();
  return {
    device: ({ profile }) => {
      const exchange = exchangeOn(wire, new MegatecFraming(profile.crc), REST_MS, pace, around);
      exchanges.add(exchange);
      return textReader(planText(profile), profile.crc, pace, (query) =>
        exchange.ask(query, query.ask.length + query.shape.length + ENDS_BYTES),
      );
    },
    release: async () => {
      for (const exchange of exchanges) await exchange.release();
    },
    close: async () => {
      for (const exchange of exchanges) await exchange.close();
    },
  };
}
