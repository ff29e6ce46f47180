import type { Pace } from "../driver.ts";
import type { Exchange, Lost } from "../line/exchange.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { emptyReadings } from "../reading.ts";
import { agree, decodeText } from "./decode.ts";
import type { TextPlan, TextQuery } from "./plan.ts";

/** An answer in text, without the signs that end it. */
export type TextAnswer = { readonly outcome: "text"; readonly text: string } | { readonly outcome: "refused"; readonly what: string };

/** Answers that contradict each other are asked for this often; a line on which no two agree is not believed. */
const READINGS_MAX = 3;

/**
 * Reads a device whose protocol has no checksum. The shape of an answer catches what is broken; what still looks right but says something
 * else than before (another state, a number that jumped) is believed when the next answer says so, too.
 */
export function textReader(
  plan: TextPlan,
  checked: boolean,
  pace: Pick<Pace, "monotonicMs">,
  ask: (query: TextQuery) => ReturnType<Exchange<TextQuery, TextAnswer>["ask"]>,
): QueryReader<TextQuery> {
  let latest = emptyReadings(plan.pointNames.length);
  let previous = emptyReadings(plan.pointNames.length);
  return new QueryReader(plan.pointNames, plan.queries, pace, async (query, into): Promise<Said> => {
    for (let asked = 1; asked <= READINGS_MAX; asked += 1) {
      const answer = await ask(query);
      if (answer.outcome === "lost") return answer;
      if (answer.outcome === "refused") return { ...answer, reached: true };
      decodeText(query, answer.text, latest);
      if (checked || agree(query, into, latest) || (asked > 1 && agree(query, previous, latest))) {
        for (const { column } of query.columns) {
          into.values[column] = latest.values[column] ?? Number.NaN;
          into.qualities[column] = latest.qualities[column] as number;
        }
        return { outcome: "data", asked };
      }
      [previous, latest] = [latest, previous];
    }
    return CONTRADICTION;
  });
}

const CONTRADICTION: Lost = {
  outcome: "lost",
  reason: "garbled",
  what: `${READINGS_MAX} answers, no two of which agree (check cable, ground and speed)`,
};
