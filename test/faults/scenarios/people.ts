import { join } from "node:path";
import { NOBODY, type People, peopleFile } from "../../../firmware/people/people-file.ts";
import { systemClock } from "../../../firmware/platform/clock.ts";
import type { DurableJson } from "../../../firmware/platform/durable-json.ts";
import { type CommitPath, type Finding, WHOLE } from "../power-cut.ts";

const CHANGES = 20;
const folderOf = (disk: string): string => join(disk, "data");

function withToken(people: People, name: string): { readonly next: People } {
  const token = { id: name, name, role: "viewer", createdAtMs: 0, sha256: name.repeat(20) } as const;
  return { next: { ...people, tokens: [...people.tokens, token] } };
}

async function add(file: DurableJson<People>, name: string): Promise<void> {
  const outcome = await file.update((people) => withToken(people, name));
  if (outcome.outcome === "refused") throw new Error(outcome.problem.en);
}

/**
 * Tokens, as the page and the command line make them at the same time, from a file that is not there yet: more changes than there are
 * generations. The register of assets and the other files of JSON go the same way (`durableJson`).
 */
export const people: CommitPath = {
  name: "people",
  async drive(disk, say) {
    const writer = async (who: string): Promise<void> => {
      const file = peopleFile(folderOf(disk), systemClock);
      for (let n = 0; n < CHANGES; n += 1) {
        await add(file, `${who}-${n}`);
        say(`token ${who}-${n}`);
      }
    };
    await Promise.all([writer("page"), writer("console")]);
  },
  async recover(disk, said) {
    const first = await readBack(disk, said);
    if (first.outcome !== "whole") return first;
    await add(peopleFile(folderOf(disk), systemClock), "after");
    return readBack(disk, [...said, "token after"]);
  },
};

async function readBack(disk: string, said: readonly string[]): Promise<Finding> {
  const file = peopleFile(folderOf(disk), systemClock);
  const found = await file.read();
  if (found.outcome === "damaged") return { outcome: "unreadable", what: found.problem.en };
  if (found.outcome === "read" && found.passedOver.length > 0)
    return { outcome: "unreadable", what: `passed over ${found.passedOver.join(", ")}` };
  const { tokens } = found.outcome === "read" ? found.data : NOBODY;
  const names = tokens.map(({ name }) => `token ${name}`);
  const lost = said.filter((mark) => !names.includes(mark));
  if (lost.length > 0) return { outcome: "lost", count: lost.length, what: `${lost[0]} of ${said.length}` };
  const order = names.filter((name) => said.includes(name));
  // Two writers say in the order of their files' writes; a token that is there and was not said is the one in flight of each.
  if (names.length - order.length > 2) return { outcome: "half", what: `${names.length} tokens, ${said.length} said` };
  return WHOLE;
}
