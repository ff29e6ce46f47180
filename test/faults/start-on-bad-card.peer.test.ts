import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TRY_EVERY_MS } from "../../firmware/journal/arrival.ts";
import { type Box, eventually, startReceiver, workFolder } from "../box/box.ts";
import { withFullDisk } from "../box/full-disk.ts";
import { describePeer } from "../peers/peer.ts";
import { newCard } from "./card.ts";
import { acknowledge, battery, inTrouble, type Trouble } from "./room-in-trouble.ts";

/** The keeper of the storage has looked, twice over, and the disk has been tried again. */
const WATCHED_MS = 12_000;

/** A card that takes nothing from `break` to `mend`, with room for a data folder. */
interface BadCard {
  readonly data: string | undefined;
  break(trouble: Trouble): void;
  mend(trouble: Trouble): void;
}

let work: ReturnType<typeof workFolder>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeEach(async () => {
  work = workFolder();
  receiver = await startReceiver();
});
afterEach(async () => {
  await receiver.stop();
  work.dispose();
});

/**
 * A box with a past is started on the bad card: the room is watched in one and the same process, people see it and what is wrong; mended,
 * the card is in use again within the named time, with what it knew, and nothing is told twice.
 */
async function isWatchedOn(card: BadCard): Promise<void> {
  const trouble = await inTrouble(work.path, card.data, receiver.url);
  let box: Box | null = null;
  try {
    box = await trouble.start();
    const { token } = box;
    trouble.room.scenario("mains-failure", true);
    const before = await eventually(async () => battery(await (box as Box).alarms()), Boolean);
    expect(await acknowledge(box, before?.key ?? "", "before")).toBe(true);
    await eventually(
      () => toldOf(before?.key ?? ""),
      (count) => count === 2,
    );
    await box.peer.stop();

    card.break(trouble);
    box = await trouble.start(token);
    const { pid } = box.peer;
    expect((await box.points()).filter(({ quality }) => quality === "good").length).toBeGreaterThan(100);
    expect((await fetch(`${box.url}/`)).status).toBe(200);
    await eventually(
      () => (box as Box).alarms(),
      (alarms) => alarms.some(({ key }) => key.endsWith("/journal")),
    );
    expect(await box.health()).toMatchObject({ status: "degraded", journal: "failing" });
    trouble.room.scenario("door-open", true);
    const door = await eventually(async () => (await (box as Box).alarms()).find(({ point }) => point?.endsWith("/door.contact")), Boolean);
    expect(await acknowledge(box, door?.key ?? "", "not on the disk")).toBe(false);
    expect(battery(await box.alarms())).toBeDefined();
    const log = await fetch(`${box.url}/api/v1/incidents`, { headers: { authorization: `Bearer ${token}` } });
    expect([log.status, await log.text()]).toEqual([503, expect.stringContaining("journal")]);
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    expect(await box.health()).toMatchObject({ journal: "failing", points: { stale: 0 } });
    expect(box.peer.output()).toContain("The room is watched all the same");

    card.mend(trouble);
    await eventually(
      () => (box as Box).peer.output(),
      (output) => output.includes("the journal can be used now"),
      TRY_EVERY_MS + 5_000,
    );
    const again = await eventually(async () => battery(await (box as Box).alarms().catch(() => [])), Boolean);
    expect(again).toMatchObject({ incident: before?.incident, acknowledgement: { note: "before" } });
    const recorded = await eventually(
      async () => (await (box as Box).incidents()).filter(({ key }) => key === door?.key),
      (incidents) => incidents.length > 0,
    );
    expect(recorded).toHaveLength(1);
    expect(await acknowledge(box, door?.key ?? "", "after")).toBe(true);
    expect(await box.health()).toMatchObject({ journal: "ok" });
    expect((await box.alarms()).filter(({ key }) => key.endsWith("/journal") || key.endsWith("/history"))).toEqual([]);
    expect(() => process.kill(pid, 0)).not.toThrow();
    await eventually(
      () => toldOf(door?.key ?? ""),
      (count) => count === 2,
    );
    expect(toldOf(before?.key ?? "")).toBe(2);

    await box.peer.stop("SIGKILL");
    box = await trouble.start(token);
    const notes = (await box.incidents()).flatMap(({ acknowledgement }) => acknowledgement?.note ?? []);
    expect(notes.sort()).toEqual(["after", "before"]);
  } finally {
    await box?.peer.stop("SIGKILL");
    await trouble.room.stop();
  }
}

/** How often the target was told of an alarm: once that it rang, once that somebody has seen it. */
function toldOf(key: string): number {
  return receiver.received.filter(({ event }) => event.key === key).length;
}

const TIMEOUT = { timeout: 60_000 + TRY_EVERY_MS + WATCHED_MS };

describePeer("a start on a card that is", ["cc", "loop-ext4"], () => {
  test("read-only", TIMEOUT, async () => {
    const card = newCard(work.path, 32);
    try {
      await isWatchedOn({ data: card.data, break: () => card.mountReadOnly(true), mend: () => card.mountReadOnly(false) });
    } finally {
      card.dispose();
    }
  });
});

describePeer("a start on a disk that is", ["cc", "tmpfs"], () => {
  test("full, without a ballast", TIMEOUT, async () => {
    await withFullDisk(
      work.path,
      async ({ folder, fill, free }) => {
        mkdirSync(folder);
        await isWatchedOn({ data: folder, break: () => fill(), mend: () => free() });
      },
      8 * 1024 * 1024,
    );
  });
});

describePeer("a start on a disk whose flushes fail", ["cc"], () => {
  test("from the first moment", TIMEOUT, async () => {
    await isWatchedOn({ data: undefined, break: ({ disk }) => disk("flush-fails EIO -1"), mend: ({ disk }) => disk("") });
  });
});
