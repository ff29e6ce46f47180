import type { Pace, Session } from "../driver.ts";
import { Exchange } from "../line/exchange.ts";
import { characterMs, type LineWire, type OpensWire, openWire, silencesMaxOf } from "../line/wire.ts";
import type { MegatecProfile } from "../profile.ts";
import { type TextAnswer, textReader } from "../text/conversation.ts";
import { planText, type TextQuery } from "../text/plan.ts";
import { MegatecFraming } from "./frame.ts";

/** One UPS per line: the protocol has no address. */
export interface MegatecAddress {
  readonly profile: MegatecProfile;
}

/** Between an answer and the next question; units that are asked sooner drop it. (networkupstools/nut, docs on nutdrv_qx) */
const REST_MS = 100;
/** Command and answer with their ends; the longest of the family. */
const LINE_BYTES_MAX = 140;

/** A session with the UPS on one line. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openMegatec(wire: LineWire, pace: Pace, opens: OpensWire = openWire): Session<MegatecAddress> {
  const manners = {
    timeoutMs: wire.timeoutMs,
    byteMs: characterMs(wire),
    gapMs: REST_MS,
    drains: true,
    silencesMax: silencesMaxOf(wire),
  };
  const exchanges = new Set<Exchange<TextQuery, TextAnswer>>();
  return {
    device: ({ profile }) => {
      const exchange = new Exchange(new MegatecFraming(profile.crc), manners, pace, (listener) => opens(wire, pace, listener));
      exchanges.add(exchange);
      return textReader(planText(profile), profile.crc, (query) => exchange.ask(query, Math.min(query.shape.length, LINE_BYTES_MAX)));
    },
    close: async () => {
      for (const exchange of exchanges) await exchange.close();
    },
  };
}
