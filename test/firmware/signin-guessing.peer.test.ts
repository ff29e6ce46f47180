import { request } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "../box/box.ts";
import { type Room, startRoom } from "../room/room.ts";

const BROWSERS = 10;
const WATCH_MS = 8_000;

let work: ReturnType<typeof workFolder>;
let room: Room;
let box: Box;

beforeAll(async () => {
  work = workFolder();
  room = await startRoom({ ports: "free", speed: 1, seed: 3 });
  box = await startBox(writeSite(work.path, room.siteYaml), join(work.path, "data"));
  await eventually(
    () => box.health(),
    ({ points }) => points.fresh > 100,
  );
});
afterAll(async () => {
  await box.peer.stop();
  await room.stop();
  work.dispose();
});

async function transactions(): Promise<{ readonly count: number; readonly faults: number }> {
  const buses = await box.buses();
  const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
  return { count: sum(buses.map((bus) => bus.transactions)), faults: sum(buses.flatMap(({ faults }) => Object.values(faults))) };
}

/** Reads of the wires during so many ms, and the longest that somebody who is signed in waited for a page's values. */
async function watch(ms: number): Promise<{ readonly reads: number; readonly faults: number; readonly longestMs: number }> {
  const before = await transactions();
  const endMs = performance.now() + ms;
  let longestMs = 0;
  while (performance.now() < endMs) {
    const startedMs = performance.now();
    await box.points();
    longestMs = Math.max(longestMs, performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const after = await transactions();
  return { reads: after.count - before.count, faults: after.faults - before.faults, longestMs };
}

/** One guess from an address of its own, as from another machine. */
function guess(address: string, name: string): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(
      `${box.url}/api/v1/session`,
      { method: "POST", localAddress: address, headers: { "content-type": "application/json" } },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    asked.on("error", () => resolve(0));
    asked.end(JSON.stringify({ name, password: "correct horse battery" }));
  });
}

test("ten browsers guess passwords: every wire is read as before, pages stay quick, and the guessing is locked", {
  timeout: 60_000,
}, async () => {
  const quiet = await watch(WATCH_MS);
  const statuses = new Map<number, number>();
  let isOver = false;
  const guessing = Array.from({ length: BROWSERS }, async (_, browser) => {
    for (let n = 0; !isOver; n += 1) {
      // Half of them keep to one name, half try all the names they can think of.
      const status = await guess(`127.0.0.${browser + 2}`, browser % 2 === 0 ? "wang" : `name-${browser}-${n}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  const attacked = await watch(WATCH_MS);
  isOver = true;
  await Promise.all(guessing);

  expect(attacked.reads).toBeGreaterThan(quiet.reads * 0.9);
  expect(attacked.faults).toBeLessThanOrEqual(quiet.faults);
  expect(attacked.longestMs).toBeLessThan(1_000);
  expect((await box.health()).points.stale).toBe(0);
  expect([...statuses.keys()].filter((status) => status !== 401 && status !== 429 && status !== 503)).toEqual([]);
  // Every address got its free failures at most, then ever longer waits.
  expect(statuses.get(401) ?? 0).toBeLessThanOrEqual(BROWSERS * 25);
  expect(statuses.get(429) ?? 0).toBeGreaterThan(BROWSERS);
  expect(runBox(["audit", "verify", "--data", box.folder]).output).toContain("are as written");
});
