import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { removeToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { FLUSH_MS, LIVE_CLIENTS_MAX } from "../../firmware/serve/hub.ts";
import { alarm, delivery, Follower, openStage, type Stage, settle, until } from "./serve-stage.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function stageOf(points = 8): Promise<Stage> {
  const stage = await openStage({ points });
  open.push(stage);
  return stage;
}

function follow(stage: Stage, options: { autoPong?: boolean } = {}): Follower {
  const follower = new Follower(stage.url, stage.points.values.length, { token: stage.token.viewer, ...options });
  open.push({ close: () => follower.socket.terminate() });
  return follower;
}

/** float32 is what travels. */
const shown = (stage: Stage) =>
  Array.from(stage.points.values, (value, point) => (stage.points.qualities[point] === QUALITY.good ? Math.fround(value) : Number.NaN));

function set(stage: Stage, point: number, value: number | null): void {
  stage.points.values[point] = value ?? Number.NaN;
  stage.points.qualities[point] = value === null ? QUALITY.timeout : QUALITY.good;
}

describe("a client that connects", () => {
  test("gets hello, then a snapshot of everything, and nothing else", async () => {
    const stage = await stageOf();
    set(stage, 3, null);
    stage.points.lastGoodWallMs[3] = 1_699_999_999_000;
    set(stage, 4, null);
    stage.points.lastGoodWallMs[4] = Number.NaN;
    const follower = await follow(stage).ready();
    expect(follower.ofType("hello")).toMatchObject([
      {
        revision: "r1",
        alarms: [{ key: "site/room/dev/dev/p0/high" }],
        deliveries: { "incident-1": [{ state: "sent" }] },
        buses: [{ id: "b1" }],
        lastGood: [
          [3, 1_699_999_999_000],
          [4, null],
        ],
      },
    ]);
    expect(Array.from(follower.values)).toEqual(shown(stage));
    expect(Array.from(follower.qualities)).toEqual(Array.from(stage.points.qualities));
    expect(follower.sequences).toHaveLength(1);
  });

  test("hears of alarms, deliveries and buses as they change", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    stage.hub.alarms([alarm("k1")], ["k2"]);
    stage.hub.deliveries("incident-1", [delivery()]);
    stage.hub.buses([]);
    await until("three messages", () => follower.messages.length === 4);
    expect(follower.ofType("alarms")).toMatchObject([{ changed: [{ key: "k1" }], ended: ["k2"] }]);
    expect(follower.ofType("deliveries")).toMatchObject([{ incident: "incident-1" }]);
    expect(follower.ofType("buses")).toMatchObject([{ buses: [] }]);
  });
});

describe("changes", () => {
  test("within one flush travel together, with the newest value of each", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    for (const value of [1, 2, 3]) {
      set(stage, 5, value);
      stage.hub.markPoints([5, 6]);
    }
    await stage.clock.advance(FLUSH_MS - 1);
    expect(follower.sequences).toHaveLength(1);
    await stage.clock.advance(1);
    await until("the frame", () => follower.sequences.length === 2);
    expect(follower.values[5]).toBe(3);
  });

  test("cost nothing, not even a timer, while nobody listens", async () => {
    const stage = await stageOf();
    stage.hub.markPoints([1, 2]);
    expect(stage.clock.timerCount).toBe(0);
    const follower = await follow(stage).ready();
    follower.socket.terminate();
    await until("nobody", () => stage.hub.clientCount() === 0);
    expect(stage.clock.timerCount).toBe(0);
  });

  test("replayed in any pattern give the table, without a gap, for early and late clients alike", async () => {
    const stage = await stageOf(70);
    const early = await follow(stage).ready();
    let tag = 2_000_000;
    const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(null));
    const batch = fc.array(fc.tuple(fc.nat(69), value), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ batch, waitMs: fc.nat(120), joins: fc.boolean() }), { maxLength: 8 }), async (steps) => {
        const late: Follower[] = [];
        for (const step of steps) {
          for (const [point, next] of step.batch) set(stage, point, next);
          stage.hub.markPoints(step.batch.map(([point]) => point));
          if (step.joins && late.length < 2) late.push(follow(stage));
          await stage.clock.advance(step.waitMs);
        }
        for (const follower of late) await follower.ready();
        tag += 1;
        set(stage, 0, tag);
        stage.hub.markPoints([0]);
        await stage.clock.advance(FLUSH_MS);
        await until("the last frame is everywhere", () => [early, ...late].every((follower) => follower.values[0] === tag));
        await settle();
        for (const follower of [early, ...late]) {
          expect(follower.gaps).toBe(0);
          expect(Array.from(follower.values)).toEqual(shown(stage));
          expect(Array.from(follower.qualities)).toEqual(Array.from(stage.points.qualities));
        }
        for (const follower of late) follower.socket.terminate();
      }),
      { numRuns: 40 },
    );
    expect(early.snapshots).toBe(1);
  });

  test("that stay away are replaced by a heartbeat at least every 5 s", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    await stage.clock.advance(60_000);
    await until("heartbeats", () => follower.sequences.length >= 13);
    expect(follower.gaps).toBe(0);
    expect(Array.from(follower.values)).toEqual(shown(stage));
  });
});

describe("a client that is too slow", () => {
  const POINTS = 60_000;

  /** Every value changes until far more than any socket buffer was offered. */
  async function flood(stage: Stage, frames: number): Promise<void> {
    const all = Uint16Array.from({ length: POINTS }, (_, point) => point);
    for (let frame = 0; frame < frames; frame += 1) {
      stage.points.values.fill(frame);
      stage.hub.markPoints(all);
      await stage.clock.advance(FLUSH_MS);
    }
  }

  test("gets the newest values when it has caught up, and no backlog", async () => {
    const stage = await stageOf(POINTS);
    const quick = await follow(stage).ready();
    const slow = await follow(stage).ready();
    slow.socket.pause();
    await flood(stage, 100);
    stage.live.alarms = [alarm("raised while it slept")];
    stage.hub.alarms(stage.live.alarms, []);
    slow.socket.resume();
    for (let turn = 0; turn < 400 && slow.snapshots < 2; turn += 1) {
      stage.hub.markPoints([0]);
      await stage.clock.advance(FLUSH_MS);
    }
    set(stage, 1, 7_777_777);
    stage.hub.markPoints([1]);
    await stage.clock.advance(FLUSH_MS);
    await until("both are level", () => quick.values[1] === 7_777_777 && slow.values[1] === 7_777_777);
    expect(slow.snapshots).toBe(2);
    expect(Array.from(slow.values)).toEqual(shown(stage));
    expect(slow.ofType("hello").at(-1)?.alarms).toMatchObject([{ key: "raised while it slept" }]);
    expect(slow.ofType("alarms")).toEqual([]);
    expect(slow.gaps).toBe(0);
    expect(quick.gaps).toBe(0);
    expect(quick.snapshots).toBe(1);
    // 100 frames of 240 kB were offered; only what the sockets' own buffers held arrived late.
    expect(slow.bytes).toBeLessThan(quick.bytes / 2);
  }, 20_000);

  test("is ended when it takes nothing for half a minute, while the others go on", async () => {
    const stage = await stageOf(POINTS);
    const quick = await follow(stage).ready();
    const stuck = await follow(stage).ready();
    stuck.socket.pause();
    await flood(stage, 100);
    expect(stage.hub.clientCount()).toBe(2);
    await stage.clock.advance(32_000);
    await until("only one is left", () => stage.hub.clientCount() === 1);
    expect(quick.closed).toBeNull();
  }, 20_000);
});

describe("manners", () => {
  test("a client that answers no ping is ended after the third", async () => {
    const stage = await stageOf();
    const alive = await follow(stage).ready();
    const dead = await follow(stage, { autoPong: false }).ready();
    await stage.clock.advance(45_000);
    expect(stage.hub.clientCount()).toBe(2);
    await stage.clock.advance(20_000);
    await until("the dead one left", () => dead.closed !== null);
    expect(stage.hub.clientCount()).toBe(1);
    expect(alive.closed).toBeNull();
  });

  test.each([
    ["speaks", (follower: Follower) => follower.socket.send("hello?"), 1008],
    ["sends bytes", (follower: Follower) => follower.socket.send(Buffer.alloc(10)), 1008],
    ["sends more than 64 KiB", (follower: Follower) => follower.socket.send(Buffer.alloc(65 * 1024)), 1009],
  ])("a client that %s is closed", async (_, act, code) => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    act(follower);
    await until("closed", () => follower.closed !== null);
    expect(follower.closed?.code).toBe(code);
    expect(stage.hub.clientCount()).toBe(0);
  });

  test("a few pings from the client are answered, a flood of them is not", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    for (let i = 0; i < 10; i += 1) follower.socket.ping();
    await settle();
    expect(follower.closed).toBeNull();
    follower.socket.ping();
    await until("closed", () => follower.closed !== null);
    expect(follower.closed?.code).toBe(1008);
  });

  test("beyond the limit a client is told to come later, and the others keep listening", async () => {
    const stage = await stageOf();
    const followers: Follower[] = [];
    for (let i = 0; i < LIVE_CLIENTS_MAX; i += 1) followers.push(follow(stage));
    await until("a full house", () => followers.every((follower) => follower.snapshots === 1));
    const extra = Array.from({ length: 20 }, () => follow(stage));
    await until("all told", () => extra.every((follower) => follower.closed !== null));
    expect(extra.map((follower) => follower.closed?.code)).toEqual(Array(20).fill(1013));
    expect(stage.hub.clientCount()).toBe(LIVE_CLIENTS_MAX);
    // A full house waits a little longer for changes, so that the number of sends stays bounded.
    stage.hub.markPoints([1]);
    await stage.clock.advance(249);
    expect(followers[0]?.sequences).toHaveLength(1);
    await stage.clock.advance(1);
    await until("everybody has the change", () => followers.every((follower) => follower.sequences.length === 2));
    followers[0]?.socket.close();
    await until("a seat is free", () => stage.hub.clientCount() === LIVE_CLIENTS_MAX - 1);
    await follow(stage).ready();
  });

  test("a removed token ends its streams within a second", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    const other = new Follower(stage.url, 8, { token: stage.token.operator });
    await other.ready();
    await removeToken(stage.folder, "the viewer", systemClock);
    await stage.clock.advance(1_000);
    await until("closed", () => follower.closed !== null);
    expect(follower.closed?.code).toBe(1008);
    expect(other.closed).toBeNull();
    other.socket.terminate();
  });

  test("when the gateway stops, clients hear it", async () => {
    const stage = await stageOf();
    const follower = await follow(stage).ready();
    stage.hub.close();
    await until("closed", () => follower.closed !== null);
    expect(stage.hub.clientCount()).toBe(0);
  });
});
