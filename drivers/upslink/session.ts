import type { Pace, Session } from "../driver.ts";
import type { Exchange } from "../line/exchange.ts";
import { exchangeOn, type LineWire, type Surroundings } from "../line/wire.ts";
import { type TextAnswer, textReader } from "../text/conversation.ts";
import { planText, type TextQuery } from "../text/plan.ts";
import { shapeOf } from "../text/shape.ts";
import { UpslinkFraming } from "./frame.ts";
import type { UpslinkProfile } from "./profile.ts";

/** One UPS per line: the protocol has no address. `changed` is called when the unit says by itself that something has happened. */
export interface UpslinkAddress {
  readonly profile: UpslinkProfile;
  readonly changed: () => void;
}

/** Between an answer and the next question. */
const REST_MS = 20;
const ENDS_BYTES = 3;
const SMART = { ask: "Y", shape: shapeOf("SM") };

/**
 * A session with the UPS on one line. It is asked for the smart mode first, and again after anything that it may have left it for: a
 * unit that was switched off comes back in the simple mode.
 */
export function openUpslink(wire: LineWire, pace: Pace, around: Surroundings = {}): Session<UpslinkAddress> {
  const exchanges = new Set<Exchange<Pick<TextQuery, "ask" | "shape">, TextAnswer>>();
  return {
    device: ({ profile, changed }) => {
      const exchange = exchangeOn(wire, new UpslinkFraming(changed), REST_MS, pace, around);
      exchanges.add(exchange);
      let smart = false;
      return textReader(planText(profile), false, pace, async (query) => {
        if (!smart) {
          const welcome = await exchange.ask(SMART, SMART.shape.length + ENDS_BYTES);
          if (welcome.outcome === "lost") return welcome;
          if (welcome.outcome === "refused")
            return { outcome: "lost", reason: "refused", what: "has no smart mode (check the cable: 940-0024C, not 940-0020)" };
          smart = true;
        }
        const answer = await exchange.ask(query, query.shape.length + ENDS_BYTES);
        smart = answer.outcome !== "lost";
        return answer;
      });
    },
    release: async () => {
      for (const exchange of exchanges) await exchange.release();
    },
    close: async () => {
      for (const exchange of exchanges) await exchange.close();
    },
  };
}
