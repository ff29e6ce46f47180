import { join } from "node:path";
import { ExportFolder } from "../../../firmware/exports/folder.ts";
import { type CommitPath, WHOLE } from "../power-cut.ts";

const DAYS = 12;
const sheet = (day: number, version: number): string => `day ${day}, version ${version}\n`.repeat(700);
const nameOf = (day: number): string => `inspection-daily-2026-11-${String(day + 1).padStart(2, "0")}.zh.csv`;

/** Finished documents: each a whole file under its name, and written anew when it is signed. */
export const documents: CommitPath = {
  name: "exports",
  async drive(disk, say) {
    const folder = new ExportFolder(join(disk, "data", "exports"));
    for (let day = 0; day < DAYS; day += 1)
      for (const version of [1, 2]) {
        await folder.write(nameOf(day), Buffer.from(sheet(day, version)));
        say(`${day} ${version}`);
      }
  },
  async recover(disk, said) {
    const folder = new ExportFolder(join(disk, "data", "exports"));
    await folder.write(nameOf(DAYS), Buffer.from(sheet(DAYS, 1)));
    for (const [day, least] of new Map(said.map((mark) => mark.split(" ").map(Number) as [number, number]))) {
      let text = "";
      for await (const piece of (await folder.read(nameOf(day))) ?? []) text += Buffer.from(piece).toString();
      if (text === "") return { outcome: "lost", count: 1, what: nameOf(day) };
      if (![1, 2].some((version) => version >= least && text === sheet(day, version)))
        return { outcome: "half", what: `${nameOf(day)}, ${text.length} characters` };
    }
    return WHOLE;
  },
};
