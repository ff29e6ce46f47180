import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { StorageReply } from "../../firmware/contract/storage.ts";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "../box/box.ts";
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

test("a journal that was damaged by a power cut: the room is watched, the alarm stands over a restart, and ends with the file", {
  timeout: 120_000,
}, async () => {
  const first = await startBox(site, data());
  await reads(first);
  process.kill(first.peer.pid, "SIGKILL");
  await first.peer.stop();
  const file = join(data(), "journal.db");
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xa5, Math.min(8_192, bytes.length >> 1)));
  writeFileSync(`${file}-wal`, "");
  // A register of people that the same cut has torn.
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
    const engineer = runBox(["token", "add", "engineer", "--role", "engineer", "--data", data()]).output.match(/rw_\S+/)?.[0] ?? "";
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

describePeer("a card that becomes read-only", ["tmpfs"], () => {
  test("is an alarm although nothing can be recorded, and over when it can be written again", { timeout: 180_000 }, async () => {
    const mount = join(work.path, "disk");
    mkdirSync(mount);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", mount]);
    const folder = join(mount, "data");
    const box = await startBox(site, folder);
    try {
      await reads(box);
      execFileSync("mount", ["-o", "remount,ro", mount]);
      await eventually(
        () => boxAlarms(box),
        (alarms) => alarms.includes("journal"),
        90_000,
      );
      expect(await box.health()).toMatchObject({ status: "degraded", journal: "failing" });
      expect((await box.health()).points.fresh).toBeGreaterThan(100);
      execFileSync("mount", ["-o", "remount,rw", mount]);
      await eventually(
        () => boxAlarms(box),
        (alarms) => !alarms.includes("journal"),
        90_000,
      );
      const recorded = await eventually(
        () => box.incidents(),
        (incidents) => incidents.some(({ key }) => key.endsWith("/journal")),
      );
      expect(recorded.find(({ key }) => key.endsWith("/journal"))).toMatchObject({ state: expect.any(String) });
    } finally {
      await box.peer.stop();
      execFileSync("umount", ["-l", mount]);
    }
  });
});
