import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { incidentEvent } from "../../firmware/incidents/event.ts";
import { stepIncident } from "../../firmware/incidents/incident.ts";
import { MIGRATIONS } from "../../firmware/journal/schema.ts";
import { acknowledged, cleared, raised } from "../firmware/journal-entries.ts";

/** Enough that the steps to today's tables take a while. */
const INCIDENTS = 150;
const AUDIT_LINES = 3_000;
const TARGETS = ["itsm", "desk"] as const;
const BOOT = "boot-of-old";

/**
 * A journal as a box of an older version has it: `version` steps of the migrations, alarms of the restless room that came and went, the
 * last ones still ringing, and everything still to be delivered.
 */
export function oldJournal(
  dataFolder: string,
  version: number,
): { readonly ids: readonly string[]; readonly shown: readonly AlarmRecord[] } {
  const db = new DatabaseSync(join(dataFolder, "journal.db"));
  db.exec("PRAGMA journal_mode = WAL; BEGIN");
  for (const step of MIGRATIONS.slice(0, version)) db.exec(step);
  db.exec(`PRAGMA user_version = ${version}`);
  const ids: string[] = [];
  const live = new Map<string, AlarmRecord>();
  for (let n = 0; n < INCIDENTS; n += 1) addLife(db, n, ids, live);
  const putAlarm = db.prepare("INSERT INTO alarms (key, record) VALUES (?, ?)");
  for (const [key, record] of live) putAlarm.run(key, JSON.stringify(record));
  // Lines of the chained log need the journal's own hand; those of the first version are taken over as they stand.
  const audit = db.prepare("INSERT INTO audit (at_ms, by, action, subject, detail) VALUES (0, 'wang', 'alarm.acknowledge', ?, 'old')");
  if (version === 1) for (let n = 0; n < AUDIT_LINES; n += 1) audit.run(`line ${n}`);
  db.exec("COMMIT");
  db.close();
  return { ids, shown: [...live.values()] };
}

/** Raised and acknowledged; the last life of a probe still rings, the others are over. */
function addLife(db: DatabaseSync, n: number, ids: string[], live: Map<string, AlarmRecord>): void {
  const probe = `p${n % 3}-${1 + (n % 6)}`;
  const at = { key: `restless/room/${probe}/ambient.temperature/high`, device: probe, point: `${probe}/ambient.temperature` };
  const incident = `old-${n}`;
  const acknowledgement = acknowledged().record.acknowledgement;
  const changes: AlarmChange[] = [raised({ ...at, incident }), acknowledged({ ...at, incident })];
  if (n < INCIDENTS - 6) changes.push(cleared({ ...at, incident, state: "A", acknowledgement }));
  let standing: ReturnType<typeof stepIncident> | null = null;
  const first = ids.length + 1;
  for (const change of changes) {
    const { cause, record } = change;
    const id = `old-event-${ids.length + 1}`;
    ids.push(id);
    const facts = { id, sequence: ids.length, bootId: BOOT, atMs: record.changedAtMs, clockTrusted: true, subject: null };
    const body = JSON.stringify(incidentEvent(change, facts));
    db.prepare("INSERT INTO events VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)").run(
      ...([ids.length, id, BOOT, record.changedAtMs, cause, record.key, incident, record.severity, JSON.stringify(record), body] as const),
    );
    for (const target of TARGETS) {
      const waits = db.prepare("SELECT 1 FROM outbox WHERE target = ? AND key = ?").get(target, record.key) !== undefined;
      db.prepare(
        "INSERT INTO outbox (id, target, key, sequence, state, head, attempts, due_at_ms, at_ms, answer) VALUES (?, ?, ?, ?, 'queued', ?, 0, 0, 0, '')",
      ).run(...([`${id}.${target}`, target, record.key, ids.length, waits ? 0 : 1] as const));
    }
    standing = stepIncident(standing, change);
    if (record.state === "A") live.delete(record.key);
    else live.set(record.key, record);
  }
  db.prepare("INSERT INTO incidents VALUES (?, ?, ?, ?, ?)").run(
    ...([incident, first, ids.length, standing?.resolvedAtMs === null ? 0 : 1, JSON.stringify(standing)] as const),
  );
}
