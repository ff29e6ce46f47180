import { readFileSync, writeFileSync } from "node:fs";
import { siteThatRuns } from "../configuration/running.ts";
import type { Words } from "../contract/alarm.ts";
import { CONSOLE } from "../people/people-file.ts";
import type { Clock } from "../platform/clock.ts";
import { becomeOwnerOf } from "../platform/folder.ts";
import { AssetBook } from "./book.ts";

const FILE_BYTES_MAX = 1_048_576;

export interface AssetsTerminal {
  readonly clock: Clock;
  readonly language: "zh" | "en";
  say(words: Words): void;
  fail(words: Words): void;
}

/** `roomward assets export|import FILE`: the same sheet as on the page, beside a running gateway or without one. */
export async function assetsCommand(
  action: string | undefined,
  file: string | undefined,
  { site: siteFile, data }: { readonly site?: string | undefined; readonly data: string },
  terminal: AssetsTerminal,
): Promise<"done" | "failed" | "usage"> {
  if (siteFile === undefined || file === undefined || (action !== "export" && action !== "import")) return "usage";
  const found = await siteThatRuns(siteFile, data, terminal.clock);
  for (const words of "problems" in found ? found.problems : found.notes) terminal.fail(words);
  if ("problems" in found) return "failed";
  const sheet = action === "import" ? readFileSync(file) : null;
  if (sheet !== null) becomeOwnerOf(data);
  // The lines of the audit log are left in the file: the gateway writes them into its journal.
  const book = new AssetBook({
    site: found.good.site,
    dataFolder: data,
    clock: terminal.clock,
    record: async () => false,
    onTrouble: (words) => terminal.fail(words),
  });
  await book.open();
  if (sheet !== null) return importFile(book, file, sheet, terminal);
  writeFileSync(file, book.sheet(terminal.language));
  terminal.say({ zh: `已导出 ${book.list().length} 台设备到 ${file}`, en: `${book.list().length} devices are exported to ${file}` });
  return "done";
}

async function importFile(book: AssetBook, file: string, bytes: Buffer, terminal: AssetsTerminal): Promise<"done" | "failed"> {
  if (bytes.length > FILE_BYTES_MAX) {
    terminal.fail({ zh: `${file} 超过 1 MiB，请拆分后导入。`, en: `${file} is larger than 1 MiB. Import it in parts.` });
    return "failed";
  }
  const look = await book.importSheet(bytes, null, CONSOLE);
  const done = "problem" in look ? look : await book.importSheet(bytes, look.preview, CONSOLE);
  if ("problem" in done) {
    terminal.fail(done.problem);
    return "failed";
  }
  for (const { line, column, message } of done.problems)
    terminal.fail({ zh: `${file}:${line}:${column}：${message.zh}`, en: `${file}:${line}:${column}: ${message.en}` });
  if (!done.applied) return "failed";
  for (const { device, field, before, after } of done.changes) {
    const text = `${device} ${field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
    terminal.say({ zh: text, en: text });
  }
  terminal.say({ zh: `已导入 ${done.changes.length} 处修改。`, en: `${done.changes.length} changes are imported.` });
  return "done";
}
