import type { Words } from "../../firmware/contract/alarm.ts";

/** Expected trouble of a backup or restore, on its way to the command that was given. Nothing was changed when it is thrown. */
export class BackupProblem extends Error {
  readonly words: Words;

  constructor(words: Words) {
    super(words.en);
    this.words = words;
  }
}

export function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string" && error.code !== "ERR_SQLITE_ERROR") return error.code;
  return error instanceof Error ? error.message : String(error);
}

export function notABackup(file: string): BackupProblem {
  return new BackupProblem({
    zh: `${file} 不是 Roomward 备份文件。未作任何更改；请确认选对了文件。`,
    en: `${file} is not a Roomward backup. Nothing was changed; check that it is the right file.`,
  });
}

export function newerBackup(file: string, theirs: string, ours: string): BackupProblem {
  return new BackupProblem({
    zh: `${file} 由较新的 Roomward（${theirs}）生成，本机为 ${ours}。未作任何更改；请先升级本机，再恢复。`,
    en: `${file} was made by a newer Roomward (${theirs}); this one is ${ours}. Nothing was changed; update this box first, then restore.`,
  });
}

export function wrongOrDamaged(file: string): BackupProblem {
  return new BackupProblem({
    zh: `${file} 无法解开：口令不对，或文件已损坏、不完整或被改动。未作任何更改；请核对口令，或换另一份备份。`,
    en: `${file} does not open: the passphrase is wrong, or the file is damaged, cut short or altered. Nothing was changed; check the passphrase, or take another backup.`,
  });
}

export function cannotRead(file: string, error: unknown): BackupProblem {
  return new BackupProblem({
    zh: `无法读取 ${file}（${reasonOf(error)}）。未作任何更改；请检查路径和权限。`,
    en: `${file} cannot be read (${reasonOf(error)}). Nothing was changed; check path and permissions.`,
  });
}
