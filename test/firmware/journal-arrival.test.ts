import { expect, test } from "vitest";
import type { Words } from "../../firmware/contract/alarm.ts";
import { absentJournal } from "../../firmware/journal/absent.ts";
import { keepJournal, TRY_EVERY_MS, TRY_FIRST_MS } from "../../firmware/journal/arrival.ts";
import { fault } from "../../firmware/journal/faults.ts";
import { type Journal, JournalError, type JournalFault, type JournalFaultReason } from "../../firmware/journal/journal.ts";
import { entry, raised } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const because = (reason: JournalFaultReason, detail = "x"): JournalFault => fault(reason, "/data", detail);

/** A journal on a disk that does what the test says, at each attempt to open it. */
async function stage(disk: () => JournalFault | null) {
  const clock = new ManualClock();
  const triedMs: number[] = [];
  const said: string[] = [];
  let closed = 0;
  const real = {
    ...absentJournal(() => because("io")),
    close: async () => {
      closed += 1;
    },
  };
  const kept = await keepJournal({
    ...{ directory: "/data", bootId: "b", clock, bytesMax: () => 1 },
    log: (level: string, { en }: Words) => said.push(`${level}: ${en}`),
    async open() {
      triedMs.push(clock.nowMs);
      const trouble = disk();
      return trouble === null ? { journal: real } : { fault: trouble };
    },
  });
  return { kept, clock, triedMs, said, real: real as Journal, closed: () => closed };
}

async function begun(disk: () => JournalFault | null) {
  const it = await stage(disk);
  if ("problem" in it.kept) throw new Error(it.kept.problem.en);
  return { ...it, kept: it.kept.kept };
}

test.each(["readOnly", "io", "diskFull"] as const)(
  "a start on a disk that is %s goes on without a journal, and says so",
  async (reason) => {
    const { kept, said } = await begun(() => because(reason));
    expect(kept.take().absent).toMatchObject({ reason });
    expect(said).toEqual([expect.stringMatching(/^error: .*The room is watched all the same/)]);
    await kept.close();
  },
);

test.each(["locked", "unusable", "stopped", "refused"] as const)("what no waiting mends (%s) ends the start with words", async (reason) => {
  const it = await stage(() => because(reason));
  expect(it.kept).toEqual({ problem: because(reason).message });
  expect(it.said).toEqual([]);
});

test("the disk is tried again soon, then less often, but at least once a minute; when the journal opens, the next room has it", async () => {
  let isWell = false;
  const { kept, clock, triedMs, said, real, closed } = await begun(() => (isWell ? null : because("readOnly")));
  let hasArrived = false;
  void kept.arrived().then(() => (hasArrived = true));
  for (let n = 0; n < 6; n += 1) await clock.step();
  await clock.settle();
  const pauses = triedMs.slice(1).map((atMs, n) => atMs - (triedMs[n] as number));
  expect(pauses).toEqual([TRY_FIRST_MS, 10_000, 20_000, 40_000, TRY_EVERY_MS, TRY_EVERY_MS]);
  expect([hasArrived, kept.take().absent?.reason, said.length]).toEqual([false, "readOnly", 1]);
  isWell = true;
  await clock.step();
  await clock.settle();
  expect([hasArrived, kept.take()]).toEqual([true, { journal: real, absent: null }]);
  expect(said.at(-1)).toContain("info: the journal can be used now");
  await kept.close();
  expect(closed()).toBe(1);
});

test("another trouble is said once, and is what a room that began before is answered with", async () => {
  let trouble = because("readOnly");
  const { kept, clock, said } = await begun(() => trouble);
  const { journal } = kept.take();
  expect(await journal.commit(entry([raised()]))).toEqual(because("readOnly"));
  trouble = because("locked", "pid 7");
  for (let n = 0; n < 3; n += 1) await clock.step();
  await clock.settle();
  expect(said.slice(1)).toEqual([expect.stringContaining("pid 7")]);
  expect(await journal.commit(entry([raised()]))).toEqual(trouble);
  await kept.close();
});

test("one that opened and cannot be read is given up and tried again a minute later, not at once over and over", async () => {
  const { kept, clock, triedMs, closed } = await begun(() => null);
  expect(await kept.giveUp(because("io"))).toBe(true);
  expect([closed(), kept.take().absent?.reason]).toEqual([1, "io"]);
  // A room without a journal that fails for want of one is a fault of ours: it is not begun again and again.
  expect(await kept.giveUp(because("io"))).toBe(false);
  const beganMs = clock.nowMs;
  await clock.step();
  await clock.settle();
  expect([triedMs.length, clock.nowMs - beganMs]).toEqual([2, TRY_EVERY_MS]);
  expect(kept.take().absent).toBeNull();
  await kept.close();
});

test("closing ends the waiting", async () => {
  const { kept, clock, triedMs } = await begun(() => because("diskFull"));
  await kept.close();
  await kept.arrived();
  expect([triedMs.length, clock.nowMs]).toEqual([1, 1_000]);
});

test("an absent journal takes nothing, knows nothing, and shows nobody an empty log", async () => {
  const why = because("readOnly");
  const journal = absentJournal(() => why);
  expect(await journal.liveAlarms()).toEqual([]);
  expect(await journal.lastIncidentNumber()).toBe(0);
  expect(await journal.dueDeliveries({ target: "itsm", nowMs: 0, limit: 1 })).toEqual({ rows: [], nextDueAtMs: null });
  const writes = [journal.commit(entry([raised()])), journal.settle([]), journal.release("itsm")];
  writes.push(journal.recordAccess({ entries: [], readers: [], audit: [] }));
  expect(await Promise.all(writes)).toEqual(writes.map(() => why));
  const reads = [journal.incidents({ limit: 1 }), journal.audit(1), journal.raisedCounts(0, 1), journal.accessLog({ limit: 1 })];
  for (const read of [...reads, journal.usage([]), journal.auditCheck(), journal.inspections({ what: "lastDay", upTo: "2026-11-26" })])
    await expect(read).rejects.toThrow(new JournalError(why));
});
