import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { openToRead } from "../platform/sqlite.ts";
import { verifyAudit } from "./audit.ts";
import { JOURNAL_FILE } from "./database.ts";
import type { AuditVerdict } from "./journal.ts";

/** Verifies the audit log of a journal: a file, or the data folder of a gateway, running or not. Changes nothing. */
export function verifyAuditFile(
  path: string,
  noted: string | null,
): { readonly verdict: AuditVerdict; readonly file: string } | { readonly problem: Words } {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  const file = isFolder ? join(path, JOURNAL_FILE) : path;
  try {
    const db = openToRead(file);
    try {
      return { verdict: verifyAudit(db, noted), file };
    } finally {
      db.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      problem: {
        zh: `无法从 ${file} 读取审计日志（${reason}）。请检查路径，并确认它是 journal.db。`,
        en: `The audit log cannot be read from ${file} (${reason}). Check the path, and that it is a journal.db.`,
      },
    };
  }
}
