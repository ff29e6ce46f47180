import { AuditTrail } from "./audit.ts";
import { openDatabase } from "./database.ts";
import type { AuditEntry } from "./journal.ts";
import { RETENTION } from "./retention.ts";

/** Adds a line to the audit log of a journal that nobody has open: a command's act, where no gateway runs. Throws SQLite's errors. */
export function noteInClosedJournal(directory: string, line: AuditEntry): void {
  const { db } = openDatabase({ directory, bytesMax: RETENTION.bytesMax, wallMs: line.atMs, suspect: false });
  try {
    db.exec("BEGIN IMMEDIATE");
    const trail = new AuditTrail(db);
    trail.begin();
    trail.add(line);
    db.exec("COMMIT");
  } finally {
    db.close();
  }
}
