import type { Words } from "../../firmware/contract/alarm.ts";
import { makeBackup } from "./make.ts";
import { readPassphrase } from "./passphrase.ts";
import { BackupProblem } from "./problem.ts";
import { restoreBackup } from "./restore.ts";

interface Values {
  readonly data: string;
  readonly site?: string;
  readonly output?: string;
  readonly keep?: string;
  readonly "passphrase-file"?: string;
  readonly replace: boolean;
  readonly "with-history": boolean;
}

interface Terminal {
  readonly version: string;
  readonly nowMs: number;
  readonly id: string;
  /** The account that runs the command. */
  readonly by: string;
  inTongue(words: Words): string;
  say(words: Words): void;
  fail(words: Words): void;
}

type Ended = "done" | "failed" | "usage";

/** `roomward backup --data DIR --site FILE -o FILE|DIR [--keep N] [--with-history] [--passphrase-file FILE]` */
export async function backupCommand(values: Values, terminal: Terminal): Promise<Ended> {
  const { data, site, output, keep } = values;
  if (site === undefined || output === undefined || (keep !== undefined && !/^[1-9]\d{0,3}$/.test(keep))) return "usage";
  return told(terminal, async ({ version, nowMs, id }) => {
    const passphrase = await readPassphrase(values["passphrase-file"], true, prompt(terminal));
    const kept = keep === undefined ? null : Number(keep);
    const withHistory = values["with-history"];
    const made = await makeBackup({ dataFolder: data, siteFile: site, output, passphrase, keep: kept, withHistory, version, nowMs, id });
    const kibibytes = Math.ceil(made.bytes / 1_024);
    return {
      zh: `已备份并核对：${made.file}（${made.files} 个文件，${kibibytes} KiB）。请把口令另外保存：没有它无法恢复。`,
      en: `Backed up and verified: ${made.file} (${made.files} files, ${kibibytes} KiB). Keep the passphrase elsewhere: nothing can be restored without it.`,
    };
  });
}

/** `roomward restore FILE --data DIR --site FILE [--replace] [--passphrase-file FILE]` */
export async function restoreCommand(file: string | undefined, values: Values, terminal: Terminal): Promise<Ended> {
  const { data, site, replace } = values;
  if (file === undefined || site === undefined) return "usage";
  return told(terminal, async ({ version, nowMs, id, by }) => {
    const passphrase = await readPassphrase(values["passphrase-file"], false, prompt(terminal));
    const { header, setAside } = await restoreBackup({
      ...{ file, dataFolder: data, siteFile: site, passphrase, replace },
      ...{ version, nowMs, id, by },
    });
    const made = new Date(header.madeAtMs).toISOString();
    const aside = setAside.join(", ");
    return {
      zh: `已恢复 ${made} 的备份到 ${data} 和 ${site}。${aside === "" ? "" : `原有内容在 ${aside}。`}现在可以启动 roomward。`,
      en: `Restored the backup of ${made} to ${data} and ${site}. ${aside === "" ? "" : `What was there is kept as ${aside}. `}Roomward can be started now.`,
    };
  });
}

async function told(terminal: Terminal, work: (terminal: Terminal) => Promise<Words>): Promise<Ended> {
  try {
    terminal.say(await work(terminal));
    return "done";
  } catch (error) {
    if (!(error instanceof BackupProblem)) throw error;
    terminal.fail(error.words);
    return "failed";
  }
}

function prompt({ inTongue }: Terminal): (again: boolean) => string {
  return (again) =>
    `${inTongue(again ? { zh: "再次输入口令", en: "Passphrase again" } : { zh: "备份口令", en: "Passphrase of the backup" })}: `;
}
