import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../../firmware/journal/schema.ts";
import { type CommitPath, WHOLE } from "../power-cut.ts";

const COMMITS = 120;
/** More often than the default of 1,000, so that a short run folds its log several times. */
const CHECKPOINT_PAGES = 50;

const EVENT = `INSERT INTO events (sequence, id, boot, at_ms, clock_trusted, cause, key, incident, severity, record, body)
  VALUES (?, ?, '', 0, 1, 'raise', '', '', 'major', ?, '{}')`;
const DELIVERY = `INSERT INTO outbox (id, target, key, sequence, state, head, attempts, due_at_ms, at_ms, answer)
  VALUES (?, 'itsm', '', ?, 'queued', 1, 0, 0, 0, '')`;

/** The journal's tables without the journal's care: what SQLite keeps of acknowledged commits depends on two pragmas. */
export function sqlite(journalMode: "WAL" | "DELETE", synchronous: "OFF" | "NORMAL" | "FULL" | "EXTRA"): CommitPath {
  return {
    name: `sqlite-${journalMode}-${synchronous}`.toLowerCase(),
    drive(disk, say) {
      const db = new DatabaseSync(join(disk, "journal.db"));
      db.exec(`PRAGMA journal_mode = ${journalMode}; PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      db.exec(`BEGIN; ${MIGRATIONS.join(";")}; COMMIT`);
      for (let n = 1; n <= COMMITS; n += 1) {
        db.exec("BEGIN IMMEDIATE");
        db.prepare(EVENT).run(n, `event-${n}`, "x".repeat(900));
        db.prepare(DELIVERY).run(`event-${n}.itsm`, n);
        db.exec("COMMIT");
        say(`event-${n}`);
      }
      db.close();
    },
    recover(disk, said) {
      const db = new DatabaseSync(join(disk, "journal.db"));
      try {
        const [verdict] = Object.values(db.prepare("PRAGMA integrity_check").get() ?? {});
        if (verdict !== "ok") return { outcome: "unreadable", what: String(verdict) };
        const tables = Number(db.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"]);
        if (tables === 0) return said.length === 0 ? WHOLE : { outcome: "lost", count: said.length, what: "the tables" };
        const there = new Set(
          db
            .prepare("SELECT events.id FROM events JOIN outbox USING (sequence)")
            .all()
            .map((row) => row["id"]),
        );
        const lost = said.filter((id) => !there.has(id));
        return lost.length === 0 ? WHOLE : { outcome: "lost", count: lost.length, what: lost[0] ?? "" };
      } finally {
        db.close();
      }
    },
  };
}
