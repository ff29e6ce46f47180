import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { JournalError } from "../../firmware/journal/journal.ts";
import { NOBODY, peopleFile } from "../../firmware/people/people-file.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { damagedIn } from "../../firmware/platform/damaged.ts";
import { GENERATIONS_KEPT } from "../../firmware/platform/durable-json.ts";
import { deskIn, M0, minuteOf, TEMPERATURE } from "../firmware/history-room.ts";
import { acknowledged, cleared, entry, journalHere, raised } from "../firmware/journal-entries.ts";
import { tell, times } from "./counts.ts";
import { workFolder } from "./power-cut.ts";
import { rot } from "./rot.ts";
import { seeded } from "./seeded.ts";

const SEEDS = times({ short: 20, full: 500 });
const TIMEOUT_MS = 900_000;
const LIVES = 60;
const HOURS = 4;

let work: string;
beforeAll(async () => {
  work = workFolder();
  await makeJournal();
  makeHistory();
  await makePeople();
}, TIMEOUT_MS);
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A folder as it lies on the card while the gateway runs, and as a stop leaves it. */
function keep(from: string, name: string): void {
  mkdirSync(join(work, name));
  for (const file of readdirSync(from)) if (/\.(db|db-wal|json.*)$/.test(file)) cpSync(join(from, file), join(work, name, file));
}

async function makeJournal(): Promise<void> {
  const journal = journalHere(join(work, "room"));
  for (let n = 0; n < LIVES; n += 1) {
    const at = { key: `site/room/th-${n}/x`, incident: `incident-${n}` };
    const audit = [{ atMs: n, by: "wang", action: "alarm.acknowledge", subject: at.incident, detail: "seen" }];
    await journal.commit(entry([raised(at)], { targets: ["itsm"] }));
    await journal.commit(entry([acknowledged(at)], { targets: ["itsm"], audit }));
    if (n % 2 === 0) await journal.commit(entry([cleared({ ...at, state: "A" })], { targets: ["itsm"] }));
  }
  keep(join(work, "room"), "journal-running");
  await journal.close();
  keep(join(work, "room"), "journal-stopped");
}

const readingOf = (minute: number): number => (minute * 7) % 90;

function makeHistory(): void {
  mkdirSync(join(work, "minutes"));
  const desk = deskIn(join(work, "minutes"));
  for (let minute = M0; minute < M0 + HOURS * 60 + 30; minute += 1) desk.write(minuteOf(minute, [[readingOf(minute)], [40], [minute % 2]]));
  keep(join(work, "minutes"), "history-running");
  desk.close();
  keep(join(work, "minutes"), "history-stopped");
}

async function makePeople(): Promise<void> {
  const file = peopleFile(join(work, "people"), systemClock);
  for (let n = 0; n < GENERATIONS_KEPT + 3; n += 1)
    await file.update((people) => {
      const token = { id: `${n}`, name: `token-${n}`, role: "viewer", createdAtMs: 0, sha256: "x" } as const;
      return { next: { ...people, tokens: [...people.tokens, token] } };
    });
}

/** A copy with one file damaged. @returns the folder and what was done to it. */
function damaged(name: string, seed: number): { readonly folder: string; readonly what: string } {
  const folder = join(work, "damaged");
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(work, name), folder, { recursive: true });
  const chance = seeded(seed);
  const files = readdirSync(folder).filter((file) => /\.(db|db-wal|json(\.\d)?)$/.test(file));
  return { folder, what: `seed ${seed}: ${rot(join(folder, chance.of(files)), chance)}` };
}

interface JournalRead {
  readonly alarms: unknown;
  readonly incidents: unknown;
  readonly due: unknown;
  readonly audit: unknown;
}

/** What the journal says of everything, in answers that can be compared; `told`: it said itself that something is wrong. */
async function readJournal(folder: string): Promise<{ readonly read: JournalRead; readonly told: boolean }> {
  const notices: string[] = [];
  const journal = journalHere(folder, "after", (words) => void notices.push(words.en));
  let isTold = false;
  const answer = async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof JournalError)) throw error;
      isTold = true;
      return null;
    }
  };
  const read = {
    alarms: await answer(() => journal.liveAlarms()),
    incidents: await answer(() => journal.incidents({ limit: 10_000 })),
    due: await answer(() => journal.dueDeliveries({ target: "itsm", nowMs: 1e15, limit: 10_000 })),
    audit: await answer(() => journal.audit(1_000)),
  };
  const chain = await answer(() => journal.auditCheck());
  // Whatever was found: the next alarm is recorded. A journal that was just set aside asks for what is live first.
  const next = entry([raised({ key: "site/room/next/x", incident: "next" })]);
  let outcome = await journal.commit(next);
  if (!outcome.ok) outcome = await journal.commit(next);
  expect(outcome.ok).toBe(true);
  await journal.close();
  const again = journalHere(folder, "again", (words) => void notices.push(words.en));
  expect((await again.liveAlarms()).map(({ key }) => key)).toContain("site/room/next/x");
  await again.close();
  return { read, told: isTold || notices.length > 0 || (chain !== null && !chain.ok) };
}

describe("a worn card", () => {
  test.each(["journal-running", "journal-stopped"])(
    `%s, ${SEEDS} seeds: it always starts and records; what it cannot trust it says`,
    {
      timeout: TIMEOUT_MS,
    },
    async (name) => {
      const sound = (await readJournal(copyOf(name))).read;
      const counts = { unharmed: 0, told: 0, less: 0, other: 0 };
      const silent: string[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const { folder, what } = damaged(name, seed);
        const { read, told } = await readJournal(folder).catch((error: unknown) => Promise.reject(new Error(`${what}: ${String(error)}`)));
        const verdict = told ? "told" : verdictOf(sound, read);
        counts[verdict] += 1;
        if (verdict === "less" || verdict === "other") silent.push(`${verdict}: ${what}`);
        // The chain of the audit log tells every altered line.
        if (!told) expect(contains(sound.audit, read.audit), what).toBe(true);
      }
      tell(name, JSON.stringify(counts), silent.slice(0, 8));
      expect(counts.unharmed + counts.told).toBeGreaterThan(SEEDS / 2);
    },
  );

  test.each(["history-running", "history-stopped"])(
    `%s, ${SEEDS} seeds: a bent block is a gap, a bent file is set aside, and minutes go on`,
    {
      timeout: TIMEOUT_MS,
    },
    (name) => {
      const counts = { unharmed: 0, told: 0, less: 0, other: 0 };
      const silent: string[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const { folder, what } = damaged(name, seed);
        const desk = deskIn(folder);
        const end = M0 + HOURS * 60 + 30;
        const read = (): readonly (number | null)[] => {
          try {
            return desk.trend([TEMPERATURE], M0, end, end - M0).series[0]?.last ?? [];
          } catch {
            return [];
          }
        };
        const values = read();
        desk.write(minuteOf(end + 1, [[77], [40], [0]]));
        desk.write(minuteOf(end + 2, [[78], [40], [0]]));
        const [after] = desk.trend([TEMPERATURE], end + 1, end + 3, 2).series;
        desk.close();
        // Damage that shows at the second write takes the first along, into the file that is set aside.
        expect(after?.last.at(-1), what).toBe(78);
        expect([77, null], what).toContain(after?.last[0]);
        expect(desk.health.at(-1), what).toBe(true);
        const isWrong = values.some((value, n) => value !== null && value !== readingOf(M0 + n));
        const isLess = values.filter((value) => value !== null).length < end - M0;
        const verdict = desk.told.length > 0 && !isWrong ? "told" : isWrong ? "other" : isLess ? "less" : "unharmed";
        counts[verdict] += 1;
        if (verdict === "less" || verdict === "other") silent.push(`${verdict}: ${what}`);
      }
      tell(name, JSON.stringify(counts), silent.slice(0, 8));
      // A gap is what is known; another value than the measured one would be a lie.
      expect(counts.other, silent.join("\n")).toBe(0);
    },
  );

  test(`the people, ${SEEDS} seeds: the newest whole generation, and it says which it passed over`, { timeout: TIMEOUT_MS }, async () => {
    const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `token-${n}`);
    const newest = GENERATIONS_KEPT + 3;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { folder, what } = damaged("people", seed);
      const chance = seeded(seed + 1e6);
      const second = chance.next() < 0.5 ? rot(join(folder, "people.json"), chance) : "";
      const file = peopleFile(folder, systemClock);
      const found = await file.read();
      if (found.outcome !== "read") throw new Error(`${what}: ${found.outcome}`);
      const tokens = found.data.tokens.map(({ name }) => name);
      const age = found.passedOver.length;
      // Damage that leaves the meaning as it was (a space for a line's end) is none.
      expect(tokens, `${what}; ${second}`).toEqual(names(newest - age));
      if (age > 0) expect(found.passedOver[0], what).toBe(file.file);
      expect(await file.update((people) => ({ next: { ...people, tokens: people.tokens.slice(1) } })), what).toEqual({
        outcome: "written",
      });
      const after = await file.read();
      expect(after.outcome === "read" ? after.data.tokens.length : null, what).toBe(newest - age - 1);
      if (age > 0) expect(damagedIn(dirname(file.file)), what).toMatchObject([{ name: expect.stringContaining("people.json.damaged-") }]);
    }
    expect(NOBODY.tokens).toEqual([]);
  });
});

function copyOf(name: string): string {
  const folder = join(work, "sound");
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(work, name), folder, { recursive: true });
  return folder;
}

function verdictOf(sound: JournalRead, read: JournalRead): "unharmed" | "less" | "other" {
  if (JSON.stringify(sound) === JSON.stringify(read)) return "unharmed";
  return (Object.keys(sound) as (keyof JournalRead)[]).every((part) => contains(sound[part], read[part])) ? "less" : "other";
}

/** Nothing but what was there, though perhaps not all of it. */
function contains(sound: unknown, read: unknown): boolean {
  const list = (value: unknown): readonly string[] =>
    (Array.isArray(value) ? value : ((value as { rows?: readonly unknown[] } | null)?.rows ?? [])).map((one: unknown) =>
      JSON.stringify(one),
    );
  const there = new Set(list(sound));
  return list(read).every((one) => there.has(one));
}
