import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ClockReply } from "../../firmware/contract/clock.ts";
import type { Trend } from "../../firmware/contract/history.ts";
import type { AuditLine } from "../../firmware/contract/people.ts";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "../box/box.ts";
import { describePeer } from "../peers/peer.ts";
import { type Room, startRoom } from "../room/room.ts";
import { type FakeMachine, fakeMachine } from "./faketime.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
/** What may pass between two looks of a test on a busy machine. */
const NEAR_MS = 60_000;

async function measuredAt(box: Box, aroundMs: number): Promise<number> {
  const span = `from=${aroundMs - HOUR_MS}&to=${aroundMs + HOUR_MS}&columns=120`;
  const trend = await box.get<Trend>(`/api/v1/trend?points=th-1/ambient.temperature&${span}`);
  return trend.series[0]?.avg.filter((value) => value !== null).length ?? 0;
}

describePeer("the built box, with a wall clock that the test sets", ["faketime"], () => {
  let work: ReturnType<typeof workFolder>;
  let room: Room;
  let site: string;
  let machine: FakeMachine;
  beforeEach(async () => {
    work = workFolder();
    room = await startRoom({ ports: "free", speed: 10, seed: 11 });
    site = writeSite(work.path, room.siteYaml);
  });
  afterEach(async () => {
    await room.stop();
    machine.dispose();
    work.dispose();
  });

  const data = (): string => join(work.path, "data");
  const start = (token?: string): Promise<Box> => {
    const known = token === undefined ? {} : { token };
    return startBox(site, data(), { role: "administrator", demo: true, args: machine.args, env: machine.env, ...known });
  };
  const clockOf = (box: Box): Promise<ClockReply> => box.get("/api/v1/clock");
  const clockAlarm = async (box: Box) => (await box.alarms()).find(({ type }) => type === "clock");
  const near = (atMs: number, wantedMs: number): boolean => Math.abs(atMs - wantedMs) < NEAR_MS;
  const synced = (box: Box): Promise<ClockReply> =>
    eventually(
      () => clockOf(box),
      ({ quality }) => quality.source === "ntp",
      20_000,
    );
  const readable = (box: Box) =>
    eventually(
      () => box.health(),
      ({ points }) => points.fresh > 50,
    );

  /** What was measured is where it belongs, and nothing is left where it was told to be. */
  const expectMoved = (box: Box, toldMs: number, truthMs: number) =>
    eventually(
      async () => [await measuredAt(box, toldMs), await measuredAt(box, truthMs)],
      ([left, right]) => left === 0 && (right ?? 0) > 0,
      // The minute in which it became known has to be over.
      75_000,
    );

  test("whose power is cut when the time has just become known puts history right at the next start", { timeout: 180_000 }, async () => {
    machine = fakeMachine(40_000);
    let box = await start();
    await readable(box);
    const told = await clockOf(box);
    const truthMs = Date.now() + 3 * YEAR_MS;
    machine.synchronise(truthMs);
    await eventually(
      () => clockOf(box),
      ({ steps }) => steps.length > 0,
      20_000,
    );
    await box.peer.stop("SIGKILL");
    // A writer that was killed holds the people's file for ten seconds more; nobody has to write it now.
    box = await start(box.token);
    try {
      await expectMoved(box, told.nowMs, truthMs);
    } finally {
      await box.peer.stop();
    }
  });

  test("begins in 1970, records, and puts all of it right when NTP arrives with three more years", { timeout: 180_000 }, async () => {
    machine = fakeMachine(40_000);
    const box = await start();
    const startedMs = performance.now();
    try {
      const begun = await clockOf(box);
      // The floor is the time of the build.
      expect(begun.nowMs).toBeGreaterThan(Date.UTC(2026, 0, 1));
      expect(begun.nowMs).toBeLessThan(Date.now() + NEAR_MS);
      expect(begun.quality).toEqual({ source: "unsynced", errorMs: null });
      expect(begun.systemMs).toBeLessThan(HOUR_MS);
      await readable(box);
      room.scenario("leak", true);
      const alarm = await eventually(
        async () => (await box.alarms()).find(({ device }) => device.startsWith("leak")),
        (found) => found !== undefined,
      );
      const raisedAfterMs = performance.now() - startedMs;
      expect(alarm).toMatchObject({ timeMark: "uncertain" });
      const told = await clockOf(box);
      expect(Math.abs((alarm?.raisedAtMs ?? 0) - told.nowMs)).toBeLessThan(NEAR_MS);
      expect((await box.post("/api/v1/alarms/acknowledge", { keys: [alarm?.key], note: "on my way" })).status).toBe(200);

      const truthMs = Date.now() + 3 * YEAR_MS;
      machine.synchronise(truthMs);
      expect(near((await synced(box)).nowMs, truthMs)).toBe(true);
      const clock = await eventually(
        () => clockOf(box),
        ({ steps }) => steps.length > 0,
      );
      expect(clock.steps[0]).toMatchObject({ cause: "synced", boot: 1, before: { source: "unsynced" }, after: { source: "ntp" } });
      expect(near(clock.steps[0]?.toMs ?? 0, truthMs)).toBe(true);

      const right = await eventually(
        async () => (await box.incidents()).find(({ id }) => id === alarm?.incident),
        (found) => found?.timeMark === "corrected",
      );
      expect(near(right?.openedAtMs ?? 0, truthMs)).toBe(true);
      expect(near(right?.acknowledgement?.atMs ?? 0, truthMs)).toBe(true);
      const live = (await box.alarms()).find(({ key }) => key === alarm?.key);
      expect(live).toMatchObject({ timeMark: "corrected", state: "C" });
      // Between start and raise passed as much as the monotonic clock says.
      expect(Math.abs((live?.raisedAtMs ?? 0) - (truthMs - (performance.now() - startedMs) + raisedAfterMs))).toBeLessThan(NEAR_MS / 2);
      expect((await box.points()).every(({ readAtMs }) => readAtMs === null || near(readAtMs, truthMs))).toBe(true);

      const { lines } = await box.get<{ lines: AuditLine[] }>("/api/v1/audit?limit=50");
      const acknowledged = lines.find(({ action }) => action === "alarm.acknowledge");
      expect(near(acknowledged?.atMs ?? 0, truthMs)).toBe(true);
      expect(near(acknowledged?.toldMs ?? 0, told.nowMs)).toBe(true);
      expect(acknowledged).toMatchObject({ boot: 1, clock: "unsynced" });
      expect(lines.find(({ action }) => action === "clock.synced")).toMatchObject({ by: "gateway", clock: "ntp" });
      const { entries } = await box.get<{ entries: { atMs: number; toldMs: number | null }[] }>("/api/v1/access/log?limit=50");
      for (const entry of entries) expect(near(entry.atMs, truthMs), JSON.stringify(entry)).toBe(true);
      expect(await clockAlarm(box)).toBeUndefined();

      await expectMoved(box, told.nowMs, truthMs);
    } finally {
      await box.peer.stop();
    }
    expect(runBox(["audit", "verify", "--data", data()]).output).toContain("lines of the audit log are as written");
    // The next start without a network knows what time it was at least.
    const stoppedMs = Date.now() + 3 * YEAR_MS;
    machine.silence();
    machine.set(40_000);
    const again = await start();
    try {
      const { nowMs, quality, bootId } = await clockOf(again);
      expect(quality.source).toBe("unsynced");
      expect(near(nowMs, stoppedMs)).toBe(true);
      expect(bootId).not.toBe("");
    } finally {
      await again.peer.stop();
    }
  });

  test("ten more years are refused, with an alarm, until the server comes to reason", { timeout: 180_000 }, async () => {
    machine = fakeMachine(40_000);
    const box = await start();
    try {
      await readable(box);
      const before = await clockOf(box);
      machine.synchronise(Date.now() + 10 * YEAR_MS);
      expect(
        await eventually(
          () => clockAlarm(box),
          (alarm) => alarm !== undefined,
          20_000,
        ),
      ).toMatchObject({ severity: "major" });
      const refused = await clockOf(box);
      expect(near(refused.refusedMs ?? 0, Date.now() + 10 * YEAR_MS)).toBe(true);
      expect(near(refused.nowMs, before.nowMs)).toBe(true);
      expect(refused.quality.source).toBe("unsynced");
      machine.synchronise(Date.now() + DAY_MS);
      const clock = await synced(box);
      expect(near(clock.nowMs, Date.now() + DAY_MS)).toBe(true);
      expect(clock.refusedMs).toBeNull();
      // The journal has it a moment later.
      await eventually(
        async () => (await clockOf(box)).steps.map(({ cause }) => cause),
        (causes) => causes.join() === "synced,refused",
      );
      await eventually(
        () => clockAlarm(box),
        (alarm) => alarm === undefined || alarm.clearedAtMs !== null,
      );
    } finally {
      await box.peer.stop();
    }
  });

  test("an hour back is followed and marked; a year in either direction is refused, and accepted by a person alone", {
    timeout: 180_000,
  }, async () => {
    machine = fakeMachine(Date.now());
    machine.synchronise(Date.now());
    const box = await start();
    const causes = async (): Promise<readonly string[]> => (await clockOf(box)).steps.map(({ cause }) => cause);
    try {
      await readable(box);
      expect((await clockOf(box)).quality.source).toBe("ntp");
      machine.synchronise(Date.now() - HOUR_MS);
      const hour = await eventually(
        () => clockOf(box),
        ({ steps }) => steps.length === 1,
        20_000,
      );
      expect(hour).toMatchObject({ repeats: true, steps: [{ cause: "step" }] });
      expect(near(hour.nowMs, Date.now() - HOUR_MS)).toBe(true);
      machine.synchronise(Date.now());
      expect(
        await eventually(
          () => clockOf(box),
          ({ steps }) => steps.length === 2,
          20_000,
        ),
      ).toMatchObject({ repeats: false });

      for (const lieMs of [-YEAR_MS, YEAR_MS]) {
        const known = (await causes()).length;
        machine.synchronise(Date.now() + lieMs);
        const refused = await eventually(
          () => clockOf(box),
          ({ refusedMs }) => refusedMs !== null,
          20_000,
        );
        expect(near(refused.nowMs, Date.now())).toBe(true);
        expect(refused.quality.source).toBe("ntp");
        await eventually(
          () => clockAlarm(box),
          (alarm) => alarm?.clearedAtMs === null,
        );
        machine.synchronise(Date.now());
        await eventually(
          () => clockOf(box),
          ({ refusedMs }) => refusedMs === null,
          20_000,
        );
        await eventually(
          async () => (await causes()).slice(0, -known).join(),
          (latest) => latest === "agreed,refused",
        );
        await eventually(
          () => clockAlarm(box),
          (alarm) => alarm === undefined || alarm.clearedAtMs !== null,
        );
      }

      machine.synchronise(Date.now() + 2 * DAY_MS);
      await eventually(
        () => clockOf(box),
        ({ refusedMs }) => refusedMs !== null,
        20_000,
      );
      const accepted = await box.post("/api/v1/clock", { accept: true, reason: "compared with a telephone" });
      expect(accepted.status).toBe(200);
      expect(near((accepted.body as ClockReply).nowMs, Date.now() + 2 * DAY_MS)).toBe(true);
      const { lines } = await box.get<{ lines: AuditLine[] }>("/api/v1/audit?limit=50&action=clock.accepted");
      expect(lines).toMatchObject([
        { detail: "compared with a telephone", before: expect.stringContaining("ntp"), after: expect.stringContaining("ntp") },
      ]);
    } finally {
      await box.peer.stop();
    }
  });

  test("a person sets the time of a box without network and clock", { timeout: 180_000 }, async () => {
    machine = fakeMachine(40_000);
    const box = await start();
    try {
      await readable(box);
      const rightMs = Date.now() + 20 * DAY_MS;
      const { status, body } = await box.post("/api/v1/clock", { atMs: rightMs, reason: "by the wall clock" });
      expect(status).toBe(200);
      expect(body).toMatchObject({ quality: { source: "manual", errorMs: null }, steps: [{ cause: "set" }] });
      expect(near((body as ClockReply).nowMs, rightMs)).toBe(true);
      expect((await box.post("/api/v1/clock", { atMs: 40_000, reason: "x" })).status).toBe(400);
      expect((await box.post("/api/v1/clock", { atMs: rightMs, reason: " " })).status).toBe(400);
    } finally {
      await box.peer.stop();
    }
  });
});
