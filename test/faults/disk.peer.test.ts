import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Box, eventually, workFolder } from "../box/box.ts";
import { describePeer } from "../peers/peer.ts";
import { type Card, newCard } from "./card.ts";
import { tell, times } from "./counts.ts";
import { acknowledge, answerTimes, battery, inTrouble, type Trouble } from "./room-in-trouble.ts";
import { seeded } from "./seeded.ts";

const PULLS = times({ short: 2, full: 40 });
/** From the wire to the screen: a poll of the demo room and what the box takes for it. */
const SHOWN_WITHIN_MS = 2_000;
const CARD_MB = 32;
/** The one that is on its way, one that waits, its own, and two of a checkpoint or of the ballast that grows. */
const FLUSHES_BEFORE_AN_ACT = 5;
const FLUSHES_MS = times({ short: 1, full: 2 }) === 1 ? [2_000] : [80, 2_000];
/** The promise for a machine that has nothing else to do; one that is busy is compared with itself before the fault. */
const ANSWER_P99_MS = 50;

let work: ReturnType<typeof workFolder>;
let trouble: Trouble;
let box: Box | null = null;
let card: Card | null = null;

beforeEach(() => {
  work = workFolder();
});
afterEach(async () => {
  await box?.peer.stop("SIGKILL");
  await trouble.room.stop();
  card?.dispose();
  box = card = null;
  work.dispose();
});

const journalState = async (state: "ok" | "failing"): Promise<void> => {
  await eventually(
    () => (box as Box).health(),
    ({ journal }) => journal === state,
    20_000,
  );
};

/** An alarm that the room makes now is seen in time, whatever the disk does. */
async function alarmIsShown(): Promise<string> {
  const shown = await switchMains(true);
  return shown?.key ?? "";
}

async function switchMains(on: boolean) {
  trouble.room.scenario("mains-failure", on);
  return eventually(
    async () => battery(await (box as Box).alarms()),
    (alarm) => (alarm !== undefined && alarm.state !== "D") === on,
    SHOWN_WITHIN_MS + 3_000,
  );
}

async function restart(): Promise<Box> {
  await box?.peer.stop("SIGKILL");
  box = await trouble.start();
  return box;
}

describePeer("a flush that fails", ["cc"], () => {
  test("once: the file is read as a whole and the commit made again; nobody notices", { timeout: 60_000 }, async () => {
    trouble = await inTrouble(work.path);
    box = await trouble.start();
    trouble.disk("flush-fails EIO 1\nonly journal.db-wal");
    const key = await alarmIsShown();
    expect(await acknowledge(box, key, "seen")).toBe(true);
    await journalState("ok");
    trouble.disk("");
    expect(battery(await (await restart()).alarms())).toMatchObject({ state: "C", acknowledgement: { note: "seen" } });
  });

  test("always: alarms are shown, acts are refused, the box goes on living and records all of it when the card is well again", {
    timeout: 90_000,
  }, async () => {
    trouble = await inTrouble(work.path);
    box = await trouble.start();
    const before = await switchMains(true);
    expect(await acknowledge(box, before?.key ?? "", "before")).toBe(true);
    const { pid } = box.peer;
    trouble.disk("flush-fails EIO -1");
    await switchMains(false);
    const key = await alarmIsShown();
    await journalState("failing");
    expect(await acknowledge(box, key, "not on the disk")).toBe(false);
    expect(battery(await box.alarms())?.acknowledgement ?? null).toBeNull();
    expect((await answerTimes(box, 2_000)).stale).toBe(0);
    trouble.disk("");
    await journalState("ok");
    expect(await acknowledge(box, key, "after")).toBe(true);
    // The same process all along: no start over and over.
    expect(box.peer.pid).toBe(pid);
    expect((await box.health()).uptimeSeconds).toBeGreaterThan(3);
    await restart();
    const incidents = await box.incidents();
    const notes = incidents.filter((one) => one.key === key).flatMap(({ acknowledgement }) => acknowledgement?.note ?? []);
    expect(notes.sort()).toEqual(["after", "before"]);
  });
});

describePeer("a flush that takes its time", ["cc"], () => {
  test.each(FLUSHES_MS)(
    "%i ms: readings and answers keep their pace, alarms are seen in time, commits share a flush",
    {
      timeout: 90_000,
    },
    async (ms) => {
      trouble = await inTrouble(work.path);
      box = await trouble.start();
      await switchMains(true);
      await switchMains(false);
      const before = await answerTimes(box, 2_000);
      trouble.disk(`flush-takes ${ms}`);
      const began = performance.now();
      const asked = answerTimes(box, 5_000);
      const rounds = times({ short: 1, full: 6 });
      for (let round = 0; round < rounds; round += 1) {
        await switchMains(true);
        await switchMains(false);
      }
      const storm = ["mains-failure", "crac-failure", "leak", "door-open"];
      for (const name of storm) trouble.room.scenario(name, true);
      const { p99, stale } = await asked;
      tell(
        `flush ${ms} ms: answers p99 ${p99.toFixed(1)} ms, before ${before.p99.toFixed(1)} ms, ${rounds} rounds of mains in ${Math.round(performance.now() - began)} ms`,
      );
      expect(stale).toBe(0);
      expect(p99).toBeLessThan(Math.max(ANSWER_P99_MS, 3 * before.p99));
      // All of it is on the disk after a few flushes, not one flush each.
      const key = (await switchMains(true))?.key ?? "";
      const actedAt = performance.now();
      expect(await acknowledge(box, key, "slow")).toBe(true);
      tell(`flush ${ms} ms: an act took ${((performance.now() - actedAt) / ms).toFixed(1)} flushes`);
      expect(performance.now() - actedAt).toBeLessThan(FLUSHES_BEFORE_AN_ACT * ms + 1_000);
      expect((await box.health()).journal).toBe("ok");
      trouble.disk("");
      expect(battery(await (await restart()).alarms())).toMatchObject({ acknowledgement: { note: "slow" } });
    },
  );
});

describePeer("a card", ["cc", "loop-ext4"], () => {
  test("is full: the room is watched and alarms are shown; with room again everything is recorded", { timeout: 90_000 }, async () => {
    card = newCard(work.path, CARD_MB);
    trouble = await inTrouble(work.path, card.data);
    box = await trouble.start();
    const before = await switchMains(true);
    expect(await acknowledge(box, before?.key ?? "", "before")).toBe(true);
    const hasBallast = existsSync(join(card.data, "ballast"));
    card.fill();
    await switchMains(false);
    const key = await alarmIsShown();
    if (hasBallast) expect(await acknowledge(box, key, "on the ballast")).toBe(true);
    else {
      // Without a reserve the log grows for a while in the blocks it has.
      for (let n = 0; n < 40 && (await box.health()).journal === "ok"; n += 1) await switchMains(n % 2 === 1);
      await journalState("failing");
    }
    expect((await answerTimes(box, 1_500)).stale).toBe(0);
    card.free();
    await journalState("ok");
    const now = await switchMains(true);
    if (now?.acknowledgement == null) expect(await acknowledge(box, now?.key ?? "", "after")).toBe(true);
    await restart();
    const notes = (await box.incidents()).flatMap(({ acknowledgement }) => acknowledgement?.note ?? []);
    expect(notes).toContain("before");
    expect(notes).toContain(hasBallast ? "on the ballast" : "after");
  });

  test("turns read-only while the box runs: the room is watched; after a new start on a mended card nothing acknowledged is missing", {
    timeout: 90_000,
  }, async () => {
    card = newCard(work.path, CARD_MB);
    trouble = await inTrouble(work.path, card.data);
    box = await trouble.start();
    const before = await switchMains(true);
    expect(await acknowledge(box, before?.key ?? "", "before")).toBe(true);
    card.turnReadOnly();
    await switchMains(false);
    const key = await alarmIsShown();
    await journalState("failing");
    expect(await acknowledge(box, key, "not on the disk")).toBe(false);
    expect((await answerTimes(box, 1_500)).stale).toBe(0);
    await box.peer.stop("SIGKILL");
    card.putBack();
    box = await trouble.start();
    const notes = (await box.incidents()).flatMap(({ acknowledgement }) => acknowledgement?.note ?? []);
    expect(notes).toEqual(["before"]);
  });

  test(`is pulled ${PULLS} times at any moment: what was acknowledged is on it, and nothing was set aside`, {
    timeout: 40_000 + PULLS * 15_000,
  }, async () => {
    card = newCard(work.path, CARD_MB);
    trouble = await inTrouble(work.path, card.data);
    const kept = new Map<string, string>();
    for (let round = 1; round <= PULLS; round += 1) {
      box = await trouble.start();
      await expectKept(kept);
      const pullAtMs = performance.now() + 300 + seeded(round).next() * 2_500;
      for (let n = 0; performance.now() < pullAtMs; n += 1) {
        trouble.room.scenario("mains-failure", n % 20 < 10);
        trouble.room.scenario("door-open", n % 14 < 7);
        for (const { key, state, incident } of await box.alarms())
          if ((state === "B" || state === "D") && (await acknowledge(box, key, `round ${round}`))) kept.set(incident, `round ${round}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      card.pull();
      // The room is watched without a card.
      await switchMains(false);
      const shown = await alarmIsShown();
      expect(await acknowledge(box, shown, "without a card")).toBe(false);
      await box.peer.stop("SIGKILL");
      card.putBack();
    }
    box = await trouble.start();
    await expectKept(kept);
    expect(kept.size).toBeGreaterThanOrEqual(PULLS);
  });
});

async function expectKept(kept: ReadonlyMap<string, string>): Promise<void> {
  const incidents = new Map((await (box as Box).incidents()).map((incident) => [incident.id, incident]));
  for (const [incident, note] of kept) expect(incidents.get(incident)?.acknowledgement?.note).toBe(note);
  expect((box as Box).peer.output()).not.toContain("damaged");
}
