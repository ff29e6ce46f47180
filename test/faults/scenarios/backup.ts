import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MIGRATIONS } from "../../../firmware/journal/schema.ts";
import { systemClock } from "../../../firmware/platform/clock.ts";
import { unseal } from "../../../provisioning/backup/envelope.ts";
import { makeBackup } from "../../../provisioning/backup/make.ts";
import { unpack } from "../../../provisioning/backup/parcel.ts";
import { restoreBackup } from "../../../provisioning/backup/restore.ts";
import { settleRestore } from "../../../provisioning/backup/unfinished.ts";
import { entry, journalHere, journalIn, raised } from "../../firmware/journal-entries.ts";
import { type CommitPath, WHOLE } from "../power-cut.ts";

const PASSPHRASE = "four words and a number 7";
const VERSION = "0.1.0";
const NOW = Date.UTC(2026, 10, 22, 3);
const KEPT = 2;

/** A room with one alarm of that name, and a site file that names it, too. */
async function roomIn(folder: string, name: string): Promise<void> {
  mkdirSync(join(folder, "data", "exports"), { recursive: true });
  writeFileSync(join(folder, "site.yaml"), `site: { id: ${name} }\n`);
  writeFileSync(join(folder, "data", "exports", "sheet.csv"), name);
  const journal = await journalIn(join(folder, "data"));
  await journal.commit(entry([raised({ key: name, incident: name })]));
  await journal.close();
}

function backup(folder: string, output: string, nowMs: number) {
  const given = { dataFolder: join(folder, "data"), siteFile: join(folder, "site.yaml"), passphrase: PASSPHRASE, withHistory: false };
  return makeBackup({ ...given, output, keep: KEPT, version: VERSION, nowMs, id: systemClock.uuid() });
}

const sumOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

/** Backups into a folder that keeps the newest. A file that carries a backup's name is one. */
export const backups: CommitPath = {
  name: "backup",
  async prepare(disk) {
    await roomIn(disk, "room");
    mkdirSync(join(disk, "backups"));
  },
  async drive(disk, say) {
    for (let day = 0; day < KEPT + 2; day += 1) {
      const { file } = await backup(disk, join(disk, "backups"), NOW + day * 86_400_000);
      say(`${file.slice(file.lastIndexOf("/") + 1)} ${sumOf(file)}`);
    }
  },
  async recover(disk, said) {
    const folder = join(disk, "backups");
    const known = new Map(said.map((mark) => mark.split(" ") as [string, string]));
    const found = readdirSync(folder).filter((name) => name.endsWith(".backup"));
    // While the newest is being made, or the oldest go, there may be one more, or one that was not said yet.
    const due = [...known.keys()].slice(-KEPT + (found.some((name) => !known.has(name)) ? 1 : 0));
    const lost = due.filter((name) => !found.includes(name));
    if (lost.length > 0) return { outcome: "lost", count: lost.length, what: lost.join(", ") };
    for (const name of found) {
      const sum = known.get(name);
      if (sum !== undefined && sum !== sumOf(join(folder, name))) return { outcome: "unreadable", what: name };
      if (sum === undefined)
        await unseal(
          join(folder, name),
          PASSPHRASE,
          { version: VERSION, journal: MIGRATIONS.length },
          async (content) => void (await unpack(content, null)),
        );
    }
    return WHOLE;
  },
};

/** One room is replaced by another's backup. What a start finds is the one or the other, as a whole. */
export const restore: CommitPath = {
  name: "restore",
  async prepare(disk) {
    await roomIn(join(disk, "other"), "new");
    await backup(join(disk, "other"), join(disk, "new.backup"), NOW);
    await roomIn(join(disk, "room"), "old");
  },
  async drive(disk, say) {
    const place = { file: join(disk, "new.backup"), dataFolder: join(disk, "room", "data"), siteFile: join(disk, "room", "site.yaml") };
    await restoreBackup({
      ...place,
      passphrase: PASSPHRASE,
      replace: true,
      version: VERSION,
      nowMs: NOW,
      id: systemClock.uuid(),
      by: "li",
    });
    say("restored");
  },
  async recover(disk, said) {
    const room = join(disk, "room");
    await settleRestore(join(room, "data"), join(room, "site.yaml"));
    const site = /id: (\w+)/.exec(readFileSync(join(room, "site.yaml"), "utf8"))?.[1] ?? "none";
    if (!existsSync(join(room, "data", "journal.db"))) return { outcome: "half", what: `no room, and the site file of ${site}` };
    const data = await roomOf(join(room, "data"));
    if (data !== site) return { outcome: "half", what: `the data of ${data} with the site file of ${site}` };
    if (data === "old" && said.length > 0) return { outcome: "lost", count: 1, what: "the restored room" };
    if (data === "old") return WHOLE;
    const aside = readdirSync(room).filter((name) => name.startsWith("data.before-restore"));
    const former = aside[0] === undefined ? "none" : await roomOf(join(room, aside[0]));
    return former === "old" ? WHOLE : { outcome: "lost", count: 1, what: `the former room, kept aside: ${former}` };
  },
};

/** Whose data they are; throws when they are not one room's. */
async function roomOf(folder: string): Promise<string> {
  const journal = journalHere(folder, "after", (words) => {
    throw new Error(words.en);
  });
  const [alarm] = await journal.liveAlarms();
  await journal.close();
  const sheet = readFileSync(join(folder, "exports", "sheet.csv"), "utf8");
  if (alarm?.key !== sheet) throw new Error(`the journal of ${alarm?.key} with the sheets of ${sheet}`);
  return sheet;
}
