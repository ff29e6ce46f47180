import { expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { CommitOutcome, Journal, JournalEntry } from "../../firmware/journal/journal.ts";
import { Recorder, WAITING_MAX } from "../../firmware/recorder.ts";
import { raised } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const full: CommitOutcome = { ok: false, reason: "diskFull", message: { zh: "磁盘已满", en: "the disk is full" } };
const ok: CommitOutcome = { ok: true, deliveries: {} };
const raise = (key: string): AlarmChange => raised({ key });

/** A recorder over a journal whose disk does what the test says; everything that reached it is in `entries`. */
function stage(answer: (entry: JournalEntry) => CommitOutcome | Promise<CommitOutcome>) {
  const clock = new ManualClock();
  const entries: JournalEntry[] = [];
  const shown: string[] = [];
  const health: string[] = [];
  let lost = 0;
  const commit = async (entry: JournalEntry): Promise<CommitOutcome> => {
    entries.push(entry);
    return answer(entry);
  };
  const recorder = new Recorder({ commit } satisfies Pick<Journal, "commit">, clock, {
    show: (changes) => shown.push(...changes.map(({ record }) => record.key)),
    committed: () => {},
    health: (state) => health.push(state),
    lostMemory: () => {
      lost += 1;
    },
  });
  return { recorder, clock, entries, shown, health, lost: () => lost };
}

test("a change is on the disk before anybody sees it", async () => {
  let release: (outcome: CommitOutcome) => void = () => {};
  const it = stage(() => new Promise((resolve) => (release = resolve)));
  it.recorder.record([raise("a")], ["itsm"]);
  await it.clock.settle();
  expect(it.shown).toEqual([]);
  release(ok);
  await it.clock.settle();
  expect(it.shown).toEqual(["a"]);
});

test("a disk that hangs does not hide an alarm", async () => {
  const it = stage(() => new Promise(() => {}));
  it.recorder.record([raise("a")], []);
  const beganMs = it.clock.nowMs;
  await it.clock.step();
  await it.clock.settle();
  expect(it.shown).toEqual(["a"]);
  expect(it.clock.nowMs - beganMs).toBe(2_000);
});

test("what a full disk refuses is offered again under the same event ids, in order, and shown once", async () => {
  let room = false;
  const it = stage(() => (room ? ok : full));
  it.recorder.record([raise("a")], ["itsm"]);
  await it.clock.settle();
  it.recorder.record([raise("b")], ["itsm"]);
  await it.clock.step();
  room = true;
  await it.clock.step();
  await it.clock.settle();
  const [first] = it.entries;
  const last = it.entries.at(-1);
  expect(last?.changes.map(({ record }) => record.key)).toEqual(["a", "b"]);
  expect(last?.eventIds[0]).toBe(first?.eventIds[0]);
  expect(it.shown).toEqual(["a", "b"]);
  expect(it.health.at(-1)).toBe("ok");
});

test("a person who acts while the journal takes nothing is told so at once", async () => {
  const it = stage(() => full);
  it.recorder.record([raise("a")], []);
  await it.clock.settle();
  expect(await it.recorder.recordAct([raise("a")], [], [])).toEqual(full);
  expect(it.shown).toEqual(["a"]);
});

test("an act that waits behind a failing change is told the same", async () => {
  let fail: (outcome: CommitOutcome) => void = () => {};
  const it = stage(() => new Promise((resolve) => (fail = resolve)));
  it.recorder.record([raise("a")], []);
  await it.clock.settle();
  const act = it.recorder.recordAct([raise("a")], [], []);
  fail(full);
  expect(await act).toEqual(full);
});

test("changes that come together share a transaction; those for other targets stand alone", async () => {
  let release: (outcome: CommitOutcome) => void = () => {};
  const it = stage((entry) => (entry.changes[0]?.record.key === "first" ? new Promise((resolve) => (release = resolve)) : ok));
  it.recorder.record([raise("first")], ["x"]);
  await it.clock.settle();
  it.recorder.record([raise("a")], ["x"]);
  it.recorder.record([raise("b")], ["x"]);
  it.recorder.record([raise("c")], []);
  const act = it.recorder.recordAct([raise("d")], ["x"], []);
  release(ok);
  await act;
  expect(it.entries.map(({ changes }) => changes.map(({ record }) => record.key).join("+"))).toEqual(["first", "a+b", "c", "d"]);
});

/** The journal holds the first change until `release`; what comes meanwhile waits. */
async function behindTheFirst(answer: (entry: JournalEntry) => CommitOutcome) {
  let release = (): void => {};
  const first = new Promise<CommitOutcome>((resolve) => (release = () => resolve(ok)));
  const it = stage((entry) => (entry.changes[0]?.record.key === "first" ? first : answer(entry)));
  it.recorder.record([raise("first")], []);
  await it.clock.settle();
  const transactions = (): readonly string[] => it.entries.map(({ changes }) => changes.map(({ record }) => record.key).join("+"));
  return { ...it, transactions, release: () => release() };
}

const audit = (subject: string) => [{ atMs: 1, by: "li", action: "alarm.acknowledge", subject, detail: "" }];

test("acts share the transaction of what waits before them, with their audit lines; what comes after an act does not", async () => {
  const it = await behindTheFirst(() => ok);
  it.recorder.record([raise("a")], []);
  const acts = [it.recorder.recordAct([raise("b")], [], audit("b")), it.recorder.recordAct([raise("c")], [], audit("c"))];
  it.recorder.record([raise("d")], []);
  it.release();
  expect(await Promise.all(acts)).toEqual([ok, ok]);
  await it.clock.settle();
  expect(it.transactions()).toEqual(["first", "a+b+c", "d"]);
  expect(it.entries[1]?.audit.map(({ subject }) => subject)).toEqual(["b", "c"]);
  expect(it.shown).toEqual(["first", "a", "b", "c", "d"]);
});

test("an act in a transaction that fails did not happen: it is neither shown nor offered again with the changes before it", async () => {
  let isFull = true;
  const it = await behindTheFirst(() => (isFull ? full : ok));
  it.recorder.record([raise("a")], []);
  const act = it.recorder.recordAct([raise("act")], [], audit("act"));
  it.release();
  expect(await act).toEqual(full);
  expect(it.shown).toEqual(["first", "a"]);
  isFull = false;
  await it.clock.step();
  await it.clock.settle();
  expect(it.transactions()).toEqual(["first", "a+act", "a"]);
  expect(it.entries.at(-1)?.audit).toEqual([]);
});

test("an act is not shown before it is on the disk, however long a change that shares its transaction waits", async () => {
  const it = stage(() => new Promise(() => {}));
  it.recorder.record([raise("a")], []);
  void it.recorder.recordAct([raise("act")], [], []);
  await it.clock.step();
  await it.clock.settle();
  expect(it.entries[0]?.changes).toHaveLength(2);
  expect(it.shown).toEqual(["a"]);
});

test("of changes and acts that are refused together only the guilty is dropped", async () => {
  const no: CommitOutcome = { ok: false, reason: "refused", message: { zh: "不行", en: "no" } };
  const it = await behindTheFirst((entry) => (entry.changes.some(({ record }) => record.key === "bad") ? no : ok));
  it.recorder.record([raise("a")], []);
  const acts = [it.recorder.recordAct([raise("bad")], [], []), it.recorder.recordAct([raise("c")], [], [])];
  it.release();
  expect(await Promise.all(acts)).toEqual([no, ok]);
  expect(it.transactions()).toEqual(["first", "a+bad+c", "a", "bad", "c"]);
});

test("an act that met a damaged file is taken back before what is live is recorded again", async () => {
  const order: string[] = [];
  const damaged: CommitOutcome = { ok: false, reason: "corrupt", message: { zh: "损坏", en: "damaged" } };
  const recorder = new Recorder({ commit: async () => damaged }, new ManualClock(), {
    ...{ show: () => {}, committed: () => {}, health: () => {} },
    lostMemory: () => order.push("recorded again"),
  });
  // As `Gateway.acknowledge` does.
  const acknowledge = async (): Promise<void> => {
    if (!(await recorder.recordAct([raise("a")], [], [])).ok) order.push("taken back");
  };
  await acknowledge();
  await new Promise((resolve) => setImmediate(resolve));
  expect(order).toEqual(["taken back", "recorded again"]);
});

test("an entry that is refused for good does not hold up the next", async () => {
  const it = stage((entry) =>
    entry.changes[0]?.record.key === "bad" ? { ok: false, reason: "refused", message: { zh: "不行", en: "no" } } : ok,
  );
  it.recorder.record([raise("bad")], ["x"]);
  it.recorder.record([raise("good")], []);
  await it.clock.settle();
  expect(it.shown).toEqual(["bad", "good"]);
  expect(it.health.at(-1)).toBe("ok");
});

test("after a damaged file was set aside, what is live is recorded again", async () => {
  let damaged = true;
  const it = stage(() => {
    if (!damaged) return ok;
    damaged = false;
    return { ok: false, reason: "corrupt", message: { zh: "坏了", en: "damaged" } };
  });
  it.recorder.record([raise("a")], []);
  await it.clock.settle();
  await it.clock.step();
  await it.clock.settle();
  expect(it.lost()).toBe(1);
  expect(it.entries.length).toBe(2);
});

test("memory is bounded while the journal is away: the oldest are given up, the newest kept", async () => {
  let room = false;
  const it = stage(() => (room ? ok : full));
  for (let index = 0; index <= WAITING_MAX; index += 1) it.recorder.record([raise(`k${index}`)], []);
  await it.clock.settle();
  room = true;
  await it.clock.step();
  for (let turn = 0; turn < 40; turn += 1) await it.clock.settle();
  const committed = it.entries.slice(1).flatMap(({ changes }) => changes.map(({ record }) => record.key));
  expect(committed[0]).toBe("k1");
  expect(committed.at(-1)).toBe(`k${WAITING_MAX}`);
});
