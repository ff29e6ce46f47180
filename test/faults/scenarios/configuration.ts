import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationStore } from "../../../firmware/configuration/store.ts";
import { systemClock } from "../../../firmware/platform/clock.ts";
import { siteOf } from "../../firmware/configuration-site.ts";
import { type CommitPath, type Finding, WHOLE } from "../power-cut.ts";

const CHANGES = 9;
const DOER = { by: "li", from: "console" };

function storeOf(disk: string, damaged: string[] = []): ConfigurationStore {
  return new ConfigurationStore(
    join(disk, "site.yaml"),
    join(disk, "data"),
    systemClock,
    (words) => void damaged.push(JSON.stringify(words)),
  );
}

/** From the first start with a site file: changes on the page, a way back, and lines that the journal takes over in between. */
export const configuration: CommitPath = {
  name: "configuration",
  prepare: (disk) => writeFileSync(join(disk, "site.yaml"), siteOf("file")),
  async drive(disk, say) {
    const store = storeOf(disk);
    const problem = await store.settle();
    if (problem !== null) throw new Error(problem.en);
    say("revision 1 file");
    for (let n = 2; n <= CHANGES; n += 1) {
      const changed = n % 4 === 0 ? await store.revert(1, n - 1, DOER, "back") : await store.change(siteOf(n), n - 1, DOER, "try", "api");
      if (!("number" in changed)) throw new Error(JSON.stringify(changed));
      say(`revision ${n} ${n % 4 === 0 ? "file" : n}`);
      if (n % 3 === 0) await store.book(async () => true);
    }
  },
  async recover(disk, said) {
    const store = storeOf(disk);
    // A start before anything was said is a first start.
    await store.settle();
    const first = await compare(store, said);
    if (first.outcome !== "whole") return first;
    const number = (await store.look()).stored.revisions.at(-1)?.number ?? 0;
    const changed = await store.change(siteOf("after"), number, DOER, "after the cut", "api");
    if (!("number" in changed)) return { outcome: "unreadable", what: JSON.stringify(changed) };
    return compare(storeOf(disk), [...said, `revision ${number + 1} after`]);
  },
};

async function compare(store: ConfigurationStore, said: readonly string[]): Promise<Finding> {
  const { stored, choice, lost } = await store.look();
  if (lost || stored.damaged.length > 0) return { outcome: "unreadable", what: stored.damaged.join(", ") };
  const numbers = stored.revisions.map(({ number }) => number);
  if (numbers.some((number, n) => number !== n + 1)) return { outcome: "half", what: numbers.join(", ") };
  const newest = said.at(-1)?.split(" ");
  const [, number = "0", mark = "file"] = newest ?? [];
  if (numbers.length < Number(number)) return { outcome: "lost", count: Number(number) - numbers.length, what: `revision ${number}` };
  // What runs is the newest revision, whole; one more than was said when the cut came before it was said.
  const isSaid = numbers.length === Number(number);
  if (choice.runs === null || (isSaid && choice.runs.text !== siteOf(mark)))
    return { outcome: "half", what: `runs ${choice.runs?.text.slice(0, 20)}` };
  return WHOLE;
}
