import { text } from "node:stream/consumers";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import { problemWords } from "../site/problems.ts";
import { type Changed, ConfigurationStore } from "./store.ts";

const short = z.string().max(300);
const askedSchema = z.discriminatedUnion("do", [
  z.object({ do: z.literal("settle") }),
  z.object({ do: z.literal("adopt"), by: short, reason: short }),
  z.object({ do: z.literal("bringBack"), revision: z.int().positive().nullable(), by: short, reason: short }),
]);
export type ConfigurationAsked = z.infer<typeof askedSchema>;

/**
 * What an installer's stick does to the configuration of a stopped gateway, given as JSON. Root hands it to a process of the service's user, because
 * what root writes into the data folder the service could not read. @returns the revision that runs at the next start; null where none does.
 */
export async function actOnConfiguration(
  siteFile: string,
  dataFolder: string,
  clock: Clock,
  input: NodeJS.ReadableStream,
): Promise<{ readonly number: number | null } | { readonly problems: readonly Words[] }> {
  const asked = askedSchema.parse(JSON.parse(await text(input)));
  const store = new ConfigurationStore(siteFile, dataFolder, clock);
  if (asked.do === "settle") {
    const problem = await store.settle();
    if (problem !== null) return { problems: [problem] };
    return { number: (await store.look()).choice.runs?.revision?.number ?? null };
  }
  const doer = { by: asked.by, from: "stick" };
  const changed: Changed =
    asked.do === "adopt"
      ? await store.adopt(siteFile, doer, asked.reason)
      : asked.revision === null
        ? await store.forget(doer, asked.reason)
        : await store.bringBack(asked.revision, doer, asked.reason);
  if ("number" in changed) return { number: changed.number === 0 ? null : changed.number };
  return { problems: changed.why === "problems" ? changed.problems.map((problem) => problemWords(siteFile, problem)) : [changed.words] };
}
