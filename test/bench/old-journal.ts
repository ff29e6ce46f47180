import { mkdirSync } from "node:fs";
import { openDatabase } from "../../firmware/journal/database.ts";
import { RETENTION } from "../../firmware/journal/retention.ts";
import { JournalStore } from "../../firmware/journal/store.ts";
import { acknowledged, cleared, entry, raised, STAMP } from "../firmware/journal-entries.ts";

const DAY_MS = 86_400_000;
/** Raise, acknowledge and clear: 300 events a day. */
const INCIDENTS_PER_DAY = 100;
const AUDIT_PER_INCIDENT = 3;

/** A journal as it is after so many days of 300 events, all delivered to two targets. */
export function fillJournal(directory: string, days: number): void {
  mkdirSync(directory);
  const { db } = openDatabase({ directory, bytesMax: RETENTION.bytesMax, wallMs: 0, suspect: false });
  const store = new JournalStore(db, "boot-0");
  for (let day = 0; day < days; day += 1) {
    const atMs = Date.UTC(2026, 0, 1) + day * DAY_MS;
    const line = { atMs, by: "wang", from: "10.0.0.7", action: "alarm.acknowledge", subject: "s/a/d/p/high", detail: "on my way" };
    const audit = Array.from({ length: INCIDENTS_PER_DAY * AUDIT_PER_INCIDENT }, () => line);
    const changes = Array.from({ length: INCIDENTS_PER_DAY }, (_, n) => {
      const one = { key: `s/a/dev-${n}/p/high`, incident: `i-${day}-${n}` };
      return [raised(one), acknowledged(one), cleared({ ...one, state: "A" })];
    }).flat();
    store.inTransaction(() => store.commit(entry(changes, { atMs, targets: ["itsm", "desk"], audit }), STAMP));
    store.inTransaction(() => db.exec("UPDATE outbox SET state = 'sent', head = 0 WHERE state <> 'sent'"));
  }
  store.close();
}
