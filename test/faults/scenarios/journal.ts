import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { AlarmChange } from "../../../firmware/alarms/change.ts";
import type { Journal } from "../../../firmware/journal/journal.ts";
import { RETENTION } from "../../../firmware/journal/retention.ts";
import { MIGRATIONS } from "../../../firmware/journal/schema.ts";
import { acknowledged, cleared, entry, journalHere, journalIn, raised } from "../../firmware/journal-entries.ts";
import { type CommitPath, type Finding, WHOLE } from "../power-cut.ts";

const TARGETS = ["itsm", "duty"];
const LANES = 3;
const folderOf = (disk: string): string => join(disk, "var", "data");

/** Commits of a room: raised, acknowledged with a line of the audit log, delivered, cleared; several at a time. Each is said once it is answered. */
async function live(
  journal: Journal,
  name: string,
  lives: number,
  say: (mark: string) => void,
  expected: "taken" | "orRefused" = "taken",
): Promise<void> {
  const commit = async (change: AlarmChange, audit: boolean): Promise<void> => {
    const lines = audit ? [{ atMs: 0, by: "wang", action: "alarm.acknowledge", subject: change.record.incident, detail: "" }] : [];
    const one = entry([change], { targets: TARGETS, audit: lines });
    const outcome = await journal.commit(one);
    if (!outcome.ok && expected === "orRefused") return;
    if (!outcome.ok) throw new Error(outcome.message.en);
    say(`event ${one.eventIds[0]} ${change.cause} ${change.record.key}`);
    if (audit) say(`audit ${change.record.incident}`);
  };
  const lane = async (number: number): Promise<void> => {
    for (let life = 0; life < lives; life += 1) {
      const key = `site/room/lane-${number}/ambient.temperature/high`;
      const incident = `${name}-${number}-${life}`;
      await commit(raised({ key, incident }), false);
      await commit(acknowledged({ key, incident }), true);
      const [due] = (await journal.dueDeliveries({ target: "itsm", nowMs: 1e15, limit: 1 })).rows;
      if (due !== undefined) {
        const verdict = { next: "done", ticket: `INC-${incident}`, ticketUrl: null } as const;
        const outcome = await journal.settle([{ id: due.id, atMs: 0, answer: "200", verdict }]);
        if (outcome.ok) say(`sent ${due.id}`);
      }
      await commit(cleared({ key, incident, state: "A", acknowledgement: acknowledged().record.acknowledgement }), false);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(number)));
}

/** Opens what is left with the real code, compares it with what was acknowledged, writes on, and opens it once more. */
async function recover(disk: string, said: readonly string[]): Promise<Finding> {
  const directory = folderOf(disk);
  const told: string[] = [];
  const open = (): Journal => journalHere(directory, "after", (words) => void told.push(words.en));
  const journal = open();
  const alive = await journal.liveAlarms();
  await journal.incidents({ limit: 10_000 });
  await journal.audit(1_000);
  const next = entry([raised({ key: "site/room/after/cut", incident: "after" })], { targets: TARGETS, audit: [] });
  const outcome = await journal.commit(next);
  const chain = await journal.auditCheck();
  await journal.close();
  if (told.length > 0) return { outcome: "unreadable", what: told.join("; ") };
  if (!outcome.ok) return { outcome: "unreadable", what: outcome.message.en };
  if (!chain.ok) return { outcome: "half", what: `audit line ${chain.number} is ${chain.wrong}` };
  const again = open();
  const liveAgain = await again.liveAlarms();
  await again.close();
  if (!liveAgain.some(({ key }) => key === "site/room/after/cut"))
    return { outcome: "lost", count: 1, what: "what was written after the cut" };
  return compare(directory, said, new Map(alive.map((record) => [record.key, record.state])));
}

function compare(directory: string, said: readonly string[], alive: ReadonlyMap<string, string>): Finding {
  const db = new DatabaseSync(join(directory, "journal.db"), { readOnly: true });
  try {
    const rows = db.prepare("SELECT id, key, cause, sequence, boot FROM events ORDER BY sequence").all();
    const events = new Map(rows.map((row) => [String(row["id"]), row]));
    const first = Number(rows[0]?.["sequence"] ?? 1);
    const last = Number(rows.at(-1)?.["sequence"] ?? 0);
    if (last - first + 1 !== rows.length) return { outcome: "half", what: `${rows.length} events from ${first} to ${last}` };
    const audit = new Set(
      db
        .prepare("SELECT subject FROM audit")
        .all()
        .map((row) => String(row["subject"])),
    );
    const marks = said.map((mark) => mark.split(" "));
    const saidEvents = marks.filter(([kind]) => kind === "event");
    // What retention let go were the oldest, and no more than it was told.
    const mayBeGone = Number(marks.findLast(([kind]) => kind === "old")?.[1] ?? 0);
    const lost = [
      ...saidEvents.slice(mayBeGone).filter(([, id = ""]) => !events.has(id)),
      ...marks.filter(([kind, subject = ""]) => kind === "audit" && !audit.has(subject)),
    ];
    if (lost.length > 0) return { outcome: "lost", count: lost.length, what: `${lost[0]?.join(" ")} of ${said.length}` };
    const half = halves(db, alive);
    return half === null ? WHOLE : { outcome: "half", what: half };
  } finally {
    db.close();
  }
}

/** What belongs together and is not. */
function halves(db: DatabaseSync, alive: ReadonlyMap<string, string>): string | null {
  const count = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? {})[0]);
  if (count("SELECT count(DISTINCT id) - count(*) FROM events") !== 0) return "an event is there twice";
  const missing =
    "SELECT count(*) FROM events e WHERE body IS NOT NULL AND (SELECT count(*) FROM outbox o WHERE o.sequence = e.sequence) <>";
  if (count(`${missing} ${TARGETS.length}`) !== 0) return "an event without its outbox rows";
  const acts = "SELECT count(*) FROM events WHERE cause = 'acknowledge' AND incident NOT IN (SELECT subject FROM audit)";
  if (count(acts) !== 0) return "an acknowledgement without its audit line";
  const heads = "SELECT count(*) FROM (SELECT sum(head) AS heads FROM outbox WHERE state = 'queued' GROUP BY target, key) WHERE heads <> 1";
  if (count(heads) !== 0) return "a queue of the outbox without its one head";
  const lasts = db.prepare("SELECT key, cause, max(sequence) FROM events WHERE boot <> 'after' GROUP BY key").all();
  for (const row of lasts) {
    const state = { raise: "B", acknowledge: "C" }[String(row["cause"])];
    if (alive.get(String(row["key"])) !== state)
      return `${String(row["key"])} is ${alive.get(String(row["key"]))} after ${String(row["cause"])}`;
  }
  return null;
}

/** From the very first start, in a folder that is not there yet; long enough for the log to be folded into the file several times; closed and opened on the way. */
export const journal: CommitPath = {
  name: "journal",
  async drive(disk, say) {
    for (const [boot, lives] of [
      ["one", 45],
      ["two", 5],
    ] as const) {
      const open = await journalIn(folderOf(disk), { bootId: boot });
      await live(open, boot, lives, say);
      await open.close();
    }
  },
  recover,
};

const DAYS = 17;
const BURST = 30;
const DAY_MS = 86_400_000;
/** Old events go while new ones come: each day alarms are raised and cleared, and what is older than a day goes. */
export const journalSweep: CommitPath = {
  name: "journal-sweep",
  async drive(disk, say) {
    const open = await journalIn(folderOf(disk), { bootId: "one" });
    const saidAt: number[] = [];
    for (let day = 0; day < DAYS; day += 1) {
      for (const cause of ["raise", "clear"]) {
        const changes = Array.from({ length: BURST }, (_, k) => {
          const at = { key: `site/room/burst-${k}/x`, incident: `burst-${day}-${k}` };
          return cause === "raise" ? raised(at) : cleared({ ...at, state: "A" });
        });
        const one = entry(changes, { targets: TARGETS });
        const outcome = await open.commit(one);
        if (!outcome.ok) throw new Error(outcome.message.en);
        say(one.eventIds.map((id, k) => `event ${id} ${changes[k]?.cause} ${changes[k]?.record.key}`).join("\n"));
      }
      saidAt.push((day + 1) * 2 * BURST);
      // Of the targets of today's site none waits for anything.
      await letGo(open, day, () => say(`old ${saidAt[day - 2] ?? 0}`));
    }
    const { logs } = await open.usage([]);
    if (logs.events.count > 4 * 2 * BURST) throw new Error(`${logs.events.count} events are left: retention did nothing`);
    await live(open, "rest", 6, say);
    await open.close();
  },
  recover,
};

async function letGo(journal: Journal, day: number, before: () => void): Promise<void> {
  const wallMs = Date.UTC(2026, 8, 1) + day * DAY_MS;
  const order = { retention: { ...RETENTION, eventDays: 1 }, targets: [], day: new Date(wallMs).toISOString().slice(0, 10), wallMs };
  for (let more = true; more; ) {
    before();
    const outcome = await journal.tidy(order);
    if (!outcome.ok) throw new Error(outcome.message.en);
    more = outcome.more;
  }
}

const OLD_EVENTS = 200;
/** A box of an earlier release is updated: its journal is brought to today's tables at the first start. */
export const journalMigration: CommitPath = {
  name: "journal-migration",
  prepare(disk) {
    mkdirSync(folderOf(disk), { recursive: true });
    const db = new DatabaseSync(join(folderOf(disk), "journal.db"));
    db.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`);
    for (let n = 1; n <= OLD_EVENTS; n += 1) {
      const key = `site/room/old-${n}/x`;
      const record = JSON.stringify(raised({ key, incident: `old-${n}` }).record);
      db.prepare("INSERT INTO events VALUES (?, ?, 'old', 0, 1, 'raise', ?, ?, 'major', ?, '{}')").run(
        n,
        `old-event-${n}`,
        key,
        `old-${n}`,
        record,
      );
      db.prepare("INSERT INTO alarms VALUES (?, ?)").run(key, record);
      db.prepare("INSERT INTO audit VALUES (?, 0, 'li', 'old.act', ?, '')").run(n, `old-act-${n}`);
      for (const target of TARGETS)
        db.prepare("INSERT INTO outbox VALUES (?, ?, ?, ?, 'queued', 1, 0, 0, 0, '', NULL, NULL)").run(
          `old-event-${n}.${target}`,
          target,
          key,
          n,
        );
    }
    db.close();
  },
  async drive(disk, say) {
    const open = await journalIn(folderOf(disk), { bootId: "one" });
    await live(open, "new", 4, say);
    await open.close();
  },
  recover(disk, said) {
    const old = Array.from({ length: OLD_EVENTS }, (_, n) => [`event old-event-${n + 1} raise`, `audit old-act-${n + 1}`]).flat();
    return recover(disk, [...old, ...said]);
  },
};

const FAILURES = 12;
/** Flushes fail now and then, and one commit is refused for good: what was acknowledged in spite of it must be on the disk all the same. */
export const journalFailing: CommitPath = {
  name: "journal-failing-flush",
  onFailingDisk: true,
  async drive(disk, say) {
    const control = process.env["ROOMWARD_FAULT_CONTROL"] ?? "";
    const open = await journalIn(folderOf(disk), { bootId: "one" });
    for (let n = 0; n < FAILURES; n += 1) {
      // Another text each time: the count begins anew.
      writeFileSync(control, `flush-fails EIO ${1 + (n % 3)}\nonly ${n % 4 === 3 ? "journal.db" : "-wal"}\n# ${n}`);
      await live(open, `failing-${n}`, 2, say, "orRefused");
      writeFileSync(control, "");
      await live(open, `well-${n}`, 1, say);
    }
    await open.close();
  },
  recover,
};
