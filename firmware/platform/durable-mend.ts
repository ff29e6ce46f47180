import { link, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import type { Clock } from "./clock.ts";
import { asideName } from "./damaged.ts";
import { cannotWrite, GENERATIONS_KEPT, openEnvelope, syncFolder } from "./durable-json.ts";
import { whileWriting } from "./durable-writers.ts";

/** The configuration finds the damage itself, and says so until somebody has compared and chosen what runs. */
const MENDS_ITSELF = "configuration.json";

/**
 * At a start: a durable JSON file of this folder that is not as it was written is set aside, where people find it, and the newest
 * generation that is whole takes its place. One of which no generation is whole stays as it is: what it holds is not for us to forget.
 * A card that takes nothing leaves them as they are: whoever reads one finds the newest whole generation by itself.
 * @returns what to tell, one for each.
 */
export async function mendDurables(folder: string, clock: Clock): Promise<readonly Words[]> {
  const found = await readdir(folder).catch((error: unknown) => cannotWrite(folder, error));
  if (!Array.isArray(found)) return [found];
  const generations = found.filter((name) => /^[\w-]+\.json(\.[1-9])?$/.test(name));
  const names = new Set(generations.map((name) => name.replace(/\.[1-9]$/, "")));
  names.delete(MENDS_ITSELF);
  const told: Words[] = [];
  for (const name of names) {
    const words = await mend(folder, name, clock).catch((error: unknown) => cannotWrite(join(folder, name), error));
    if (words !== null) told.push(words);
  }
  return told;
}

async function mend(folder: string, name: string, clock: Clock): Promise<Words | null> {
  const file = join(folder, name);
  if ((await stateOf(file)) === "whole") return null;
  // Null of a writer that does not end: it knows of the damage, and sets it aside.
  return whileWriting(file, clock, async () => {
    const state = await stateOf(file);
    const age = await newestWhole(file);
    if (state === "whole" || (state === "absent" && age === null)) return null;
    if (age === null) return lostWords(file);
    const aside = state === "damaged" ? asideName(file, clock.wallMs()) : null;
    if (aside !== null) await rename(file, aside);
    await link(`${file}.${age}`, file);
    await syncFolder(folder);
    return mendedWords(file, aside, age);
  });
}

async function newestWhole(file: string): Promise<number | null> {
  for (let age = 1; age <= GENERATIONS_KEPT; age += 1) if ((await stateOf(`${file}.${age}`)) === "whole") return age;
  return null;
}

/** What it holds may be of a newer version of this program: that is no damage. */
async function stateOf(file: string): Promise<"whole" | "damaged" | "absent"> {
  try {
    return openEnvelope(await readFile(file, "utf8")) === null ? "damaged" : "whole";
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? "absent" : "damaged";
  }
}

function mendedWords(file: string, aside: string | null, age: number): Words {
  return {
    zh: `数据文件 ${file} ${aside === null ? "不见了" : `已损坏，已另存为 ${aside}`}，现用更早的第 ${age} 代。最近的更改可能丢失，请核对并检查存储卡。`,
    en: `The data file ${file} ${aside === null ? "was missing" : `was damaged and kept as ${aside}`}; generation ${age} before it is in use. The latest changes may be lost: compare, and check the card.`,
  };
}

function lostWords(file: string): Words {
  return {
    zh: `数据文件 ${file} 及其所有旧代均已损坏。请从备份恢复该文件，或将它移走后重新录入。`,
    en: `The data file ${file} and every generation before it are damaged. Restore it from a backup, or move it away and enter the data again.`,
  };
}
