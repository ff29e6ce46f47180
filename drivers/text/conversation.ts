import type { Exchange, Lost } from "../line/exchange.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { emptyReadings, type Readings } from "../reading.ts";
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
  ask: (query: TextQuery) => ReturnType<Exchange<TextQuery, TextAnswer>["ask"]>,
): QueryReader<TextQuery> {
  let latest = emptyReadings(plan.pointNames.length);
  let before = emptyReadings(plan.pointNames.length);
  return new QueryReader(plan.pointNames, plan.queries, async (query, into): Promise<Said> => {
    copyColumns(query, into, before);
    for (let asked = 1; asked <= READINGS_MAX; asked += 1) {
      const answer = await ask(query);
      if (answer.outcome === "lost") return answer;
      if (answer.outcome === "refused") return { ...answer, reached: true };
      decodeText(query, answer.text, latest);
      if (checked || agree(query, before, latest)) {
        copyColumns(query, latest, into);
        return { outcome: "data", asked };
      }
      [before, latest] = [latest, before];
    }
    return CONTRADICTION;
  });
}

const CONTRADICTION: Lost = {
  outcome: "lost",
  reason: "garbled",
  what: `${READINGS_MAX} answers, no two of which agree (check cable, ground and speed)`,
};

function copyColumns({ columns }: TextQuery, from: Readings, to: Readings): void {
  for (const { column } of columns) {
    to.values[column] = from.values[column] ?? Number.NaN;
    to.qualities[column] = from.qualities[column] as number;
  }
}
