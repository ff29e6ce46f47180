import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { History } from "../../firmware/contract/site.ts";
import { MINUTE_MS } from "../../firmware/history/history.ts";
import { startRoom } from "../room/room.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

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

test("the last hour is there again after a restart, clean or killed, and the outage is a gap; every reading can be taken away", {
  timeout: 300_000,
}, async () => {
  const data = join(work.path, "data");
  const room = await startRoom({ ports: "free", speed: 10, seed: 5 });
  const site = writeSite(work.path, room.siteYaml);
  const path = "/api/v1/history?points=th-1/ambient.temperature,th-1/ambient.humidity&minutes=60";
  const rows = async (box: Box): Promise<readonly string[]> => {
    const { times, series } = await box.get<History>(path);
    return times.map((_, row) => series.map(({ values }) => String(values[row])).join());
  };
  const begunMs = Date.now();
  let box = await startBox(site, data, { demo: true });
  try {
    // One whole minute, and a part of the next one.
    await new Promise((resolve) => setTimeout(resolve, 2 * MINUTE_MS - (Date.now() % MINUTE_MS) + 10_000));
    const before = await rows(box);
    const measured = await box.get<History>(path);
    expect(before.length).toBeGreaterThan(30);
    await box.peer.stop();

    box = await startBox(site, data, { demo: true });
    const contains = (whole: readonly string[], part: readonly string[]): boolean => whole.join(" ").includes(part.join(" "));
    // A clean stop wrote the running minute, too: nothing of the hour is missing.
    const after = await eventually(
      () => rows(box),
      (now) => contains(now, before),
      60_000,
    );
    expect(after.length).toBeGreaterThan(before.length);

    // Killed: at most the running minute is missing.
    await box.peer.stop("SIGKILL");
    box = await startBox(site, data, { demo: true });
    await eventually(
      () => rows(box),
      (now) => contains(now, before),
      60_000,
    );
    const TENTH_MS = 100;
    const lines = async (): Promise<readonly string[]> => {
      const span = `from=${begunMs - MINUTE_MS}&to=${Date.now()}`;
      const response = await fetch(`${box.url}/api/v1/trend.csv?points=th-1/ambient.temperature&${span}&language=en`, {
        headers: { authorization: `Bearer ${box.token}` },
      });
      return (await response.text()).split("\r\n");
    };
    expect((await lines())[0]).toContain("Local time,UTC ms,Clock,th-1/ambient.temperature (°C)");
    /** At its time, which the file has to a tenth of a second. What came faster than its period is one row of the hour, and more lines here. */
    const isThere = (values: ReadonlyMap<number, string>, atMs: number, value: number | null | undefined): boolean =>
      [-1, 0, 1].some((late) => values.get(Math.floor(atMs / TENTH_MS) + late) === String(value));
    // When the minute in which it was stopped is over, too.
    await eventually(
      lines,
      (all) => {
        const cells = all.map((line) => line.split(","));
        const values = new Map(cells.map(([, atMs, , value]) => [Math.floor(Number(atMs) / TENTH_MS), value ?? ""]));
        return measured.times.every((atMs, row) => isThere(values, atMs, measured.series[0]?.values[row]));
      },
      90_000,
    );
  } finally {
    await box.peer.stop();
    await room.stop();
  }
});
