import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JSONFile } from "lowdb/node";
import { type CommitPath, WHOLE } from "../power-cut.ts";

const SAVES = 60;
/** Several pages, as a configuration has. */
const FILLING = "x".repeat(10_000);

interface Saved {
  readonly names: readonly string[];
  readonly filling: string;
}

function json(name: string, save: (file: string) => (data: Saved) => Promise<void> | void): CommitPath {
  return {
    name,
    async drive(disk, say) {
      const store = save(join(disk, "config.json"));
      const names: string[] = [];
      for (let n = 0; n < SAVES; n += 1) {
        names.push(`name-${n}`);
        await store({ names, filling: FILLING });
        say(`name-${n}`);
      }
    },
    recover(disk, said) {
      let text: string;
      try {
        text = readFileSync(join(disk, "config.json"), "utf8");
      } catch {
        return said.length === 0 ? WHOLE : { outcome: "lost", count: said.length, what: "the file" };
      }
      const { names } = JSON.parse(text) as Saved;
      const lost = said.filter((one) => !names.includes(one));
      return lost.length === 0 ? WHOLE : { outcome: "lost", count: lost.length, what: lost[0] ?? "" };
    },
  };
}

/** As it comes with lowdb: a temporary file and a rename, no flush. */
export const lowdbAsItComes = json("lowdb", (file) => {
  const adapter = new JSONFile<Saved>(file);
  return (data) => adapter.write(data);
});

export const jsonInPlace = json("json-in-place", (file) => (data) => writeFileSync(file, JSON.stringify(data)));
