import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startRoom } from "../room/room.ts";
import { eventually, startBox, workFolder, writeSite } from "./box.ts";

let work: ReturnType<typeof workFolder>;
beforeEach(() => {
  work = workFolder();
});
afterEach(() => work.dispose());

test("a history that cannot be written is an alarm in the room within a minute, and monitoring goes on", { timeout: 150_000 }, async () => {
  const data = join(work.path, "data");
  mkdirSync(data, { mode: 0o700 });
  const newer = new DatabaseSync(join(data, "history.db"));
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  const room = await startRoom({ ports: "free", speed: 10, seed: 5 });
  const box = await startBox(writeSite(work.path, room.siteYaml), data, { demo: true });
  try {
    const alarms = await eventually(
      () => box.alarms(),
      (list) => list.some(({ type }) => type === "history"),
      90_000,
    );
    expect(alarms.find(({ type }) => type === "history")).toMatchObject({
      ...{ device: "history", severity: "minor", state: "B" },
      text: { zh: "历史数据停止记录", en: "Nothing is added to the history" },
    });
    expect(box.peer.output()).toContain("history.db is of a newer version (99)");
    expect((await box.health()).points.fresh).toBeGreaterThan(50);
    rmSync(join(data, "history.db"));
  } finally {
    await box.peer.stop();
    await room.stop();
  }
});
