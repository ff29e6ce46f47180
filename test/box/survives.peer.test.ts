import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { type Room, startRoom } from "../room/room.ts";
import {
  type Box,
  eachAlarmAlone,
  eventually,
  type Received,
  SECRET,
  settled,
  startBox,
  startReceiver,
  workFolder,
  writeSite,
} from "./box.ts";

let work: ReturnType<typeof workFolder>;
let room: Room;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let site: string;
const data = (): string => join(work.path, "data");

/** The room's site file with rules for impatient tests, and with our receiver's secret. */
function quickSite(yaml: string): string {
  const site = parseDocument(yaml);
  site.addIn(["rules"], { points: ["ups-*/output.source"], state: { battery: "critical" }, on: "0s", off: "0s" });
  site.addIn(["rules"], { points: ["door-*/door.contact"], state: { open: "minor" }, on: "0s", off: "0s" });
  site.setIn(["targets", 0, "secret"], SECRET);
  eachAlarmAlone(site);
  return site.toString();
}

beforeEach(async () => {
  work = workFolder();
  receiver = await startReceiver();
  room = await startRoom({ ports: "free", speed: 10, seed: 7, webhookUrl: receiver.url });
  site = writeSite(work.path, quickSite(room.siteYaml));
});
afterEach(async () => {
  await room.stop();
  await receiver.stop();
  work.dispose();
});

const batteryAlarm = (alarms: Awaited<ReturnType<Box["alarms"]>>) => alarms.find(({ point }) => point === "ups-a/output.source");
const raisesOf = (received: readonly Received[], key: string): readonly Received[] =>
  received.filter(({ event }) => event.key === key && event.state === "raise");

describe("from a wire to a pixel and an incident", () => {
  test("every device of the room is read, and what the box says is what the room is", async () => {
    const box = await startBox(site, data());
    try {
      const { points } = await eventually(
        () => box.health(),
        ({ points: { fresh, stale } }) => fresh > 100 && stale === 0,
      );
      expect(points.total).toBe(points.fresh);
      const temperature = (await box.points()).find(({ id }) => id === "th-1/ambient.temperature");
      expect(temperature?.quality).toBe("good");
      expect(temperature?.value).toBeGreaterThan(10);
      expect(temperature?.value).toBeLessThan(40);
    } finally {
      await box.peer.stop();
    }
  });

  test("mains failure: raised, sent signed, acknowledged, cleared, all under one alarm key and in order", async () => {
    const box = await startBox(site, data());
    try {
      await eventually(
        () => box.health(),
        ({ points }) => points.fresh > 100,
      );
      await settled(box);
      room.scenario("mains-failure", true);
      const alarm = await eventually(
        async () => batteryAlarm(await box.alarms()),
        (found) => found !== undefined,
      );
      expect(alarm).toMatchObject({ severity: "critical", state: "B", type: "battery" });
      const key = alarm?.key ?? "";
      expect((await box.post("/api/v1/alarms/acknowledge", { keys: [key], note: "calling the generator" })).body).toEqual({
        acknowledged: [key],
        notFound: [],
        alreadyAcknowledged: [],
      });
      room.scenario("mains-failure", false);
      const told = await eventually(
        () => receiver.received.filter(({ event }) => event.key === key),
        (list) => list.some(({ event }) => event.state === "clear"),
      );
      expect(told.map(({ event }) => event.state)).toEqual(["raise", "acknowledge", "clear"]);
      expect(told.map(({ event }) => event.sequence)).toEqual(told.map(({ event }) => event.sequence).toSorted((a, b) => a - b));
      const incident = await eventually(
        async () => (await box.incidents()).find((entry) => entry.key === key),
        (found) => found?.deliveries.length === 3 && found.deliveries.every(({ state }) => state === "sent"),
      );
      expect(incident).toMatchObject({ state: "resolved", acknowledgement: { note: "calling the generator" } });
      expect(incident?.deliveries[0]?.ticket).toMatch(/^INC-/);
    } finally {
      await box.peer.stop();
    }
  });

  test("a dead slave: its device is lost as one alarm, its neighbours go on", async () => {
    const box = await startBox(site, data());
    try {
      await eventually(
        () => box.health(),
        ({ points }) => points.fresh > 100,
      );
      room.scenario("dead-slave", true);
      const lost = await eventually(
        async () => (await box.alarms()).find(({ type }) => type === "lost"),
        (found) => found !== undefined,
        25_000,
      );
      expect(lost?.device).toBe("th-5");
      const points = await box.points();
      expect(points.find(({ id }) => id === "th-5/ambient.temperature")?.quality).toBe("timeout");
      expect(points.find(({ id }) => id === "th-4/ambient.temperature")?.quality).toBe("good");
    } finally {
      await box.peer.stop();
    }
  }, 45_000);
});

describe("killed with SIGKILL", () => {
  test("an acknowledged alarm does not ring again, and nothing is sent under a second key", async () => {
    let box = await startBox(site, data());
    await settled(box);
    room.scenario("mains-failure", true);
    const alarm = await eventually(
      async () => batteryAlarm(await box.alarms()),
      (found) => found !== undefined,
    );
    const key = alarm?.key ?? "";
    await box.post("/api/v1/alarms/acknowledge", { keys: [key], note: "seen" });
    await box.peer.stop("SIGKILL");
    box = await startBox(site, data());
    try {
      expect(batteryAlarm(await box.alarms())).toMatchObject({ state: "C", acknowledgement: { note: "seen" } });
      await eventually(
        () => box.health(),
        ({ points }) => points.fresh > 100,
      );
      await eventually(
        () => receiver.received.filter(({ event }) => event.key === key),
        (list) => list.some(({ event }) => event.state === "acknowledge"),
      );
      expect(batteryAlarm(await box.alarms())?.state).toBe("C");
      expect(new Set(raisesOf(receiver.received, key).map(({ event }) => event.id)).size).toBe(1);
    } finally {
      await box.peer.stop();
    }
  });
});
