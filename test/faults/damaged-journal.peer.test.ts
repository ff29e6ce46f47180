import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StorageReply } from "../../firmware/contract/storage.ts";
import { type Box, eventually, newToken, startBox, workFolder, writeSite } from "../box/box.ts";
import { describePeer } from "../peers/peer.ts";
import { type Room, startRoom } from "../room/room.ts";

let work: ReturnType<typeof workFolder>;
let room: Room;
let site: string;
const data = (): string => join(work.path, "data");

beforeEach(async () => {
  work = workFolder();
  room = await startRoom({ ports: "free", speed: 10, seed: 11 });
  site = writeSite(work.path, room.siteYaml);
});
afterEach(async () => {
  await room.stop();
  work.dispose();
});

const boxAlarms = async (box: Box): Promise<readonly string[]> =>
  (await box.alarms()).filter(({ key, clearedAtMs }) => key.includes("/box/") && clearedAtMs === null).map(({ type }) => type);
const reads = (box: Box) =>
  eventually(
    () => box.health(),
    ({ points }) => points.fresh > 100,
  );

test("a journal that was damaged while the box was off: the room is watched, the alarm stands over a restart, and ends with the file", {
  timeout: 120_000,
}, async () => {
  const first = await startBox(site, data());
  await reads(first);
  await first.peer.stop();
  const file = join(data(), "journal.db");
  const bytes = readFileSync(file);
  // The first page, with the tables' names, is whole: only who reads on finds it.
  writeFileSync(file, bytes.fill(0xa5, 8_192));
  // A register of people that was torn as well.
  const people = join(data(), "people.json");
  writeFileSync(people, readFileSync(people).subarray(0, 50));

  const second = await startBox(site, data());
  await reads(second);
  expect(await boxAlarms(second)).toContain("damaged");
  const damaged = readdirSync(data()).filter((name) => name.includes(".damaged") && !name.endsWith("-wal"));
  expect(damaged.map((name) => name.split("-")[0]).toSorted()).toEqual(["journal.db.damaged", "people.json.damaged"]);
  await second.peer.stop();

  const third = await startBox(site, data());
  try {
    await reads(third);
    expect(await boxAlarms(third)).toEqual(["damaged"]);
    const engineer = newToken(data(), "engineer", "engineer");
    const asEngineer = { authorization: `Bearer ${engineer}`, "content-type": "application/json" };
    const shown = (await third.get<StorageReply>("/api/v1/storage")).damaged.map(({ name }) => name);
    expect(shown.toSorted()).toEqual(damaged.toSorted());
    expect((await third.post("/api/v1/storage/damaged/delete", { name: shown[0] })).status).toBe(403);
    for (const name of shown) {
      expect(await boxAlarms(third)).toEqual(["damaged"]);
      const body = JSON.stringify({ name });
      expect((await fetch(`${third.url}/api/v1/storage/damaged/delete`, { method: "POST", headers: asEngineer, body })).status).toBe(204);
    }
    expect(await boxAlarms(third)).toEqual([]);
    expect(readdirSync(data()).filter((name) => name.includes(".damaged"))).toEqual([]);
  } finally {
    await third.peer.stop();
  }
});

describePeer("a card that becomes read-only", ["ext4"], () => {
  test("is an alarm although nothing can be recorded, and the room is watched", { timeout: 240_000 }, async () => {
    const mount = join(work.path, "disk");
    const image = join(work.path, "image");
    mkdirSync(mount);
    execFileSync("truncate", ["-s", "64M", image]);
    execFileSync("mkfs.ext4", ["-q", image]);
    const device = execFileSync("losetup", ["-f", "--show", image], { encoding: "utf8" }).trim();
    execFileSync("mount", ["-o", "errors=remount-ro", device, mount]);
    const box = await startBox(site, join(mount, "data"));
    try {
      await reads(box);
      // What the kernel does when a card begins to fail.
      writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, "worn out");
      await eventually(
        () => boxAlarms(box),
        (alarms) => alarms.includes("journal"),
        150_000,
      );
      expect(await box.health()).toMatchObject({ status: "degraded", journal: "failing" });
      expect((await box.health()).points.fresh).toBeGreaterThan(100);
      expect((await box.get<StorageReply>("/api/v1/storage")).disk.sizeBytes).toBeGreaterThan(0);
    } finally {
      await box.peer.stop();
      execFileSync("umount", ["-l", mount]);
      execFileSync("losetup", ["-d", device]);
    }
  });
});
