import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { Journal, TidyOrder } from "../../firmware/journal/journal.ts";
import { RETENTION } from "../../firmware/journal/retention.ts";
import { Ballast } from "../../firmware/platform/ballast.ts";
import { spaceOf } from "../../firmware/platform/space.ts";
import { withFullDisk } from "../box/full-disk.ts";
import { entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { describePeer } from "../peers/peer.ts";

const MIB = 1024 * 1024;
const DISK_BYTES = 64 * MIB;
const ORDER: TidyOrder = { retention: RETENTION, targets: ["itsm"], day: "2026-11-25", wallMs: 0 };

describePeer("a full disk and the ballast", ["tmpfs"], () => {
  async function onDisk(bytes: number, body: (disk: Disk) => Promise<void>): Promise<void> {
    const work = temporaryFolder();
    await withFullDisk(
      work.path,
      async ({ folder, fill, free }) => {
        const told: Words[] = [];
        const journal = await journalIn(folder, { onTrouble: (words) => told.push(words) });
        try {
          await body({ folder, fill, free, journal, told, ballast: new Ballast(folder) });
        } finally {
          await journal.close();
        }
      },
      bytes,
    );
    work.remove();
  }

  test("it is really there, goes first, and alarms go on being recorded; it comes back only when there is plenty of room", async () => {
    await onDisk(DISK_BYTES, async ({ folder, fill, free, journal, told, ballast }) => {
      const before = spaceOf(folder).free;
      await tidied(journal);
      expect(ballast.state()).toBe("ready");
      expect(before - spaceOf(folder).free).toBeGreaterThanOrEqual(ballast.bytes());
      expect(statSync(join(folder, "ballast")).blocks * 512).toBeGreaterThanOrEqual(3 * MIB);

      fill();
      expect(spaceOf(folder).free).toBe(0);
      let recorded = 0;
      for (; recorded < 300; recorded += 1)
        expect(await journal.commit(alarmOf(recorded)), `alarm ${recorded} on the full disk`).toMatchObject({ ok: true });
      expect(ballast.state()).toBe("freed");
      expect(told.map(({ en }) => en)).toEqual([expect.stringContaining("Its reserve")]);
      expect(await journal.liveAlarms()).toHaveLength(300);

      // Full again: nothing is left to give, which is said, and nothing that was answered is lost.
      fill();
      let outcome = await journal.commit(alarmOf(recorded));
      for (; outcome.ok && recorded < 5_000; outcome = await journal.commit(alarmOf(recorded))) recorded += 1;
      expect(outcome).toMatchObject({ ok: false, reason: "diskFull" });
      expect(await journal.tidy(ORDER)).toMatchObject({ ok: false, reason: "diskFull" });
      expect((await journal.liveAlarms()).length).toBeGreaterThanOrEqual(300);

      // A little room is for the alarms, not for the ballast.
      free();
      fill(8 * MIB);
      await tidied(journal);
      expect(ballast.state()).toBe("freed");
      expect(await journal.commit(alarmOf(recorded))).toMatchObject({ ok: true });
      free();
      await tidied(journal);
      expect(ballast.state()).toBe("ready");
      expect((await journal.usage(["itsm"])).logs.events.count).toBeGreaterThan(300);
    });
  });

  test("a start on a full disk gives the ballast up as well", async () => {
    await onDisk(DISK_BYTES, async ({ folder, fill, journal, ballast }) => {
      await tidied(journal);
      await journal.commit(alarmOf(1));
      await journal.close();
      fill();
      const again = await journalIn(folder);
      expect(await again.commit(alarmOf(2))).toMatchObject({ ok: true });
      expect(ballast.state()).toBe("freed");
      expect(await again.liveAlarms()).toHaveLength(2);
      await again.close();
    });
  });

  test("a tiny disk keeps its room, and a journal at its own quota does not cost the ballast", async () => {
    await onDisk(8 * MIB, async ({ journal, ballast }) => {
      await tidied(journal);
      expect(ballast.state()).toBe("none");
    });
    await onDisk(DISK_BYTES, async ({ journal, ballast }) => {
      await tidied(journal);
      const small = { ...ORDER, retention: { ...RETENTION, bytesMax: 600_000 } };
      await journal.tidy(small);
      let outcome = await journal.commit(alarmOf(0));
      for (let n = 1; outcome.ok && n < 2_000; n += 1) outcome = await journal.commit(alarmOf(n));
      expect(outcome).toMatchObject({ ok: false, reason: "diskFull", message: { zh: expect.stringContaining("配额") } });
      expect(await journal.tidy(small)).toMatchObject({ ok: false, message: { en: expect.stringContaining("storage.journalMax") } });
      expect(ballast.state()).toBe("ready");
      // Who does what is still written down, and what was delivered gives room again.
      expect(await journal.commit(entry([], { audit: [{ atMs: 1, by: "li", action: "a", subject: "s", detail: "" }] }))).toMatchObject({
        ok: true,
      });
    });
  });
});

interface Disk {
  readonly folder: string;
  readonly journal: Journal;
  readonly told: readonly Words[];
  readonly ballast: Ballast;
  fill(leave?: number): void;
  free(): void;
}

async function tidied(journal: Journal): Promise<void> {
  for (let step = await journal.tidy(ORDER); step.ok && step.more; ) step = await journal.tidy(ORDER);
}

function alarmOf(n: number) {
  return entry([raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` })], { targets: ["itsm"] });
}
