import { open } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { BackupProblem, cannotRead } from "./problem.ts";

export const PASSPHRASE_CHARACTERS_MIN = 12;
const PASSPHRASE_BYTES_MAX = 1_024;

/** The first line of a file, or what a person types unseen, twice when it is new. Throws a `BackupProblem` for one that is no good. */
export async function readPassphrase(file: string | undefined, isNew: boolean, prompt: (again: boolean) => string): Promise<string> {
  const passphrase = file === undefined ? await ask(prompt(false)) : await firstLine(file);
  if (passphrase === "") throw missing();
  if (isNew && [...passphrase].length < PASSPHRASE_CHARACTERS_MIN) throw tooShort();
  if (isNew && file === undefined && process.stdin.isTTY && (await ask(prompt(true))) !== passphrase) throw notTheSame();
  return passphrase;
}

async function firstLine(file: string): Promise<string> {
  const handle = await open(file, "r").catch((error) => Promise.reject(cannotRead(file, error)));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(PASSPHRASE_BYTES_MAX), 0, PASSPHRASE_BYTES_MAX, 0);
    return buffer.toString("utf8", 0, bytesRead).split(/\r?\n/)[0] ?? "";
  } catch (error) {
    throw cannotRead(file, error);
  } finally {
    await handle.close();
  }
}

/** Readline echoes to its output: nobody looks over the shoulder at one that swallows everything. */
async function ask(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) throw missing();
  process.stderr.write(prompt);
  const swallow = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: swallow, terminal: true });
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}

function missing(): BackupProblem {
  return new BackupProblem({
    zh: "没有口令。请用 --passphrase-file 文件 指明，或在终端中输入。",
    en: "No passphrase was given. Name a file with --passphrase-file FILE, or type it at a terminal.",
  });
}

function tooShort(): BackupProblem {
  return new BackupProblem({
    zh: `口令至少 ${PASSPHRASE_CHARACTERS_MIN} 个字符。未备份；请换一个更长的，并另外妥善保存：没有它，备份无法恢复。`,
    en: `A passphrase has at least ${PASSPHRASE_CHARACTERS_MIN} characters. Nothing was backed up; choose a longer one and keep it elsewhere: without it no backup can be restored.`,
  });
}

function notTheSame(): BackupProblem {
  return new BackupProblem({
    zh: "两次输入的口令不同。未备份；请重试。",
    en: "The two passphrases differ. Nothing was backed up; try again.",
  });
}
