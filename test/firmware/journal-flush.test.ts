import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";

const { disk } = vi.hoisted(() => ({ disk: { failures: 0, opens: [] as boolean[] } }));
vi.mock("../../firmware/journal/database.ts", async (original) => {
  const real = await original<typeof import("../../firmware/journal/database.ts")>();
  const openDatabase: typeof real.openDatabase = (options) => {
    const opened = real.openDatabase(options);
    const exec = opened.db.exec.bind(opened.db);
    disk.opens.push(options.suspect);
    opened.db.exec = (sql) => {
      if (sql === "COMMIT" && disk.failures > 0) {
        disk.failures -= 1;
        throw Object.assign(new Error("disk I/O error"), { errcode: 1034 }); // SQLITE_IOERR_FSYNC
      }
      exec(sql);
    };
    return opened;
  };
  return { ...real, openDatabase };
});

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
  disk.opens.length = 0;
});
afterEach(() => folder.remove());

test("after a failed flush the file is opened anew, read as a whole, and the same commit made again", async () => {
  const journal = journalHere(folder.path);
  disk.failures = 1;
  expect(await journal.commit(entry([raised()], { targets: ["itsm"] }))).toMatchObject({ ok: true });
  expect(disk.opens).toEqual([false, true]);
  expect(await journal.liveAlarms()).toHaveLength(1);
  await journal.close();
});

test("a card that fails again is an outcome with what to do; the next commit tries the card again", async () => {
  const journal = journalHere(folder.path);
  const one = entry([raised()], { targets: ["itsm"] });
  disk.failures = 3; // the commit, and the first transaction of the reopened file, twice
  expect(await journal.commit(one)).toMatchObject({ ok: false, reason: "io", message: { zh: expect.stringContaining("更换存储卡") } });
  disk.failures = 0;
  expect(await journal.commit(one)).toMatchObject({ ok: true });
  expect((await journal.dueDeliveries({ target: "itsm", nowMs: 0, limit: 5 })).rows).toHaveLength(1);
  await journal.close();
});
