import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EMPTY_ENTRY } from "../../firmware/access/room.ts";
import { AccessScribe } from "../../firmware/access/scribe.ts";
import type { NewAccessEntry } from "../../firmware/contract/access.ts";
import type { AccessWrite, SettleOutcome } from "../../firmware/journal/journal.ts";
import { journalHere } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "access-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

let ids = 0;
function entry(kind: NewAccessEntry["kind"], rest: Partial<NewAccessEntry> = {}): AccessWrite["entries"][number] {
  ids += 1;
  return { id: `id-${ids}`, entry: { ...EMPTY_ENTRY, atMs: 1_000, clockTrusted: true, kind, ...rest } };
}
const write = (...entries: AccessWrite["entries"][number][]): AccessWrite => ({ entries, readers: [], audit: [] });

describe("the entry log in the journal", () => {
  test("numbers its lines and gives them back, newest first or oldest first", async () => {
    const journal = journalHere(folder);
    await journal.recordAccess(write(entry("opened", { door: "main" }), entry("closed", { door: "main", durationMs: 7_000 })));
    expect((await journal.accessLog({ limit: 10 })).map(({ number, kind }) => [number, kind])).toEqual([
      [2, "closed"],
      [1, "opened"],
    ]);
    expect((await journal.accessLog({ limit: 1, oldestFirst: true })).map(({ number }) => number)).toEqual([1]);
    expect((await journal.accessLog({ limit: 10, before: 2 })).map(({ number }) => number)).toEqual([1]);
    await journal.close();
  });

  test("finds by door, day, kind and part of a name, a company or a card; signs of the query language are letters", async () => {
    const journal = journalHere(folder);
    await journal.recordAccess(
      write(
        entry("granted", { door: "main", atMs: 100, person: "Li Lei", company: "Vertiv", card: "12345" }),
        entry("granted", { door: "store", atMs: 200, person: "Han 100%", card: "777" }),
        entry("denied", { door: "main", atMs: 300, card: "999" }),
      ),
    );
    const found = async (query: object) => (await journal.accessLog({ limit: 10, ...query })).map(({ number }) => number);
    expect(await found({ door: "main" })).toEqual([3, 1]);
    expect(await found({ fromMs: 200, toMs: 300 })).toEqual([2]);
    expect(await found({ kind: "denied" })).toEqual([3]);
    expect(await found({ who: "VERT" })).toEqual([1]);
    expect(await found({ who: "234" })).toEqual([1]);
    expect(await found({ who: "0%" })).toEqual([2]);
    expect(await found({ who: "_" })).toEqual([]);
    await journal.close();
  });

  test("the same write a second time changes nothing, its audit lines included", async () => {
    const journal = journalHere(folder);
    const audit = [{ atMs: 1, by: "li", action: "access.visit.in", subject: "Wang", detail: "" }];
    const visit: AccessWrite = { ...write(entry("visitorIn", { person: "Wang" })), audit };
    await journal.recordAccess(visit);
    await journal.recordAccess(visit);
    expect(await journal.accessLog({ limit: 10 })).toHaveLength(1);
    expect(await journal.audit(10)).toHaveLength(1);
    await journal.close();
  });

  test("after a restart it knows how far readers were read, what doors did last, and who came", async () => {
    const first = journalHere(folder);
    const reader = { device: "reader-in", blank: false, atMs: 5 };
    await first.recordAccess({ ...write(entry("opened", { door: "main" })), readers: [{ ...reader, counter: 41 }] });
    await first.recordAccess({
      ...write(entry("leftOpen", { door: "main" }), entry("granted", { door: "main" })),
      readers: [{ ...reader, counter: 42 }],
    });
    await first.close();
    const second = journalHere(folder);
    const memory = await second.accessMemory();
    expect(memory.readers).toEqual([{ ...reader, counter: 42 }]);
    expect(memory.contacts.map(({ door, kind }) => [door, kind])).toEqual([["main", "leftOpen"]]);
    expect(memory.recent.map(({ kind }) => kind)).toEqual(["granted"]);
    await second.recordAccess(
      write(entry("reset", { subject: "card:5" }), entry("visitorIn"), entry("reset"), entry("closed"), entry("granted"), entry("missed")),
    );
    expect((await second.accessMemory()).recent.map(({ kind }) => kind)).toEqual(["reset", "granted", "missed"]);
    await second.close();
  });

  test("an entry that is too long is refused and nothing of its write is kept", async () => {
    const journal = journalHere(folder);
    const outcome = await journal.recordAccess(write(entry("opened"), entry("reset", { note: "x".repeat(20_000) })));
    expect(outcome).toMatchObject({ ok: false, reason: "refused" });
    expect(await journal.accessLog({ limit: 10 })).toEqual([]);
    await journal.close();
  });
});

describe("what the journal cannot take now", () => {
  test("is kept, in order, and offered again under the same ids", async () => {
    const clock = new ManualClock();
    const taken: string[][] = [];
    let broken = true;
    const recordAccess = async ({ entries }: AccessWrite): Promise<SettleOutcome> => {
      if (broken) return { ok: false, reason: "diskFull", message: { zh: "磁盘已满", en: "disk full" } };
      taken.push(entries.map(({ id }) => id));
      return { ok: true };
    };
    const said: string[] = [];
    const scribe = new AccessScribe({ recordAccess }, clock, ({ en }) => said.push(en));
    const [one, two] = [entry("opened"), entry("closed")];
    scribe.write(write(one));
    await clock.settle();
    scribe.write(write(two));
    broken = false;
    await clock.step();
    await clock.settle();
    expect(taken).toEqual([[one.id, two.id]]);
    expect(said).toEqual(["disk full"]);
    await scribe.close();
  });

  test("an entry that never will be taken does not hold up those behind it", async () => {
    const clock = new ManualClock();
    const taken: string[] = [];
    const poison = entry("opened");
    const recordAccess = async ({ entries }: AccessWrite): Promise<SettleOutcome> => {
      if (entries.some(({ id }) => id === poison.id)) return { ok: false, reason: "refused", message: { zh: "拒绝", en: "refused" } };
      taken.push(...entries.map(({ id }) => id));
      return { ok: true };
    };
    const scribe = new AccessScribe({ recordAccess }, clock, () => undefined);
    const good = [entry("closed"), entry("opened"), entry("closed")];
    scribe.write(write(good[0] as typeof poison));
    scribe.write(write(poison));
    for (const one of good.slice(1)) scribe.write(write(one));
    await clock.settle();
    expect(taken).toEqual(good.map(({ id }) => id));
    await scribe.close();
  });
});
