import type { MaintenanceWindow } from "../contract/maintenance.ts";
import type { DatabaseSync, StatementSync } from "../platform/sqlite.ts";
import { parsed } from "./row.ts";

/** Windows that have ended are kept to this number; what they were is in the audit log for as long as that goes back. */
const ENDED_KEPT = 200;

/** Maintenance windows. Every writing call runs inside the caller's transaction. */
export class MaintenanceBook {
  readonly #sql: Readonly<Record<"put" | "drop" | "open" | "ended", StatementSync>>;

  constructor(db: DatabaseSync) {
    this.#sql = {
      put: db.prepare(`INSERT INTO maintenance (id, ended, from_ms, record) VALUES (?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, record = excluded.record`),
      drop: db.prepare(`DELETE FROM maintenance WHERE ended = 1 AND id NOT IN
        (SELECT id FROM maintenance WHERE ended = 1 ORDER BY from_ms DESC LIMIT ${ENDED_KEPT})`),
      open: db.prepare("SELECT record FROM maintenance WHERE ended = 0 ORDER BY from_ms"),
      ended: db.prepare("SELECT record FROM maintenance WHERE ended = 1 ORDER BY from_ms DESC"),
    };
  }

  put(window: MaintenanceWindow): void {
    const ended = window.endedAtMs !== null;
    this.#sql.put.run(window.id, ended ? 1 : 0, window.fromMs, JSON.stringify(window));
    if (ended) this.#sql.drop.run();
  }

  list(): readonly MaintenanceWindow[] {
    return [...this.#sql.open.all(), ...this.#sql.ended.all()].flatMap((row) => parsed<MaintenanceWindow>(row, "record") ?? []);
  }
}
