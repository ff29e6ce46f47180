import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHolders } from "../../firmware/access/holders.ts";
import type { AccessEntry, AccessView } from "../../firmware/contract/access.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { STAFF_CSV } from "../room/people.ts";
import { type Room, startRoom } from "../room/room.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

// The built product beside the demo room: cards are held before real Modbus registers, doors open and close.
const folder = workFolder();
/** As the demo room's site file says of the back door. */
const CARD_OPENS_FOR_MS = 12_000;
let room: Room;
let box: Box;
const start = async (): Promise<Box> => startBox(writeSite(folder.path, room.siteYaml), folder.path, { demo: true });
const log = async (query = ""): Promise<readonly AccessEntry[]> =>
  (await box.get<{ entries: AccessEntry[] }>(`/api/v1/access/log?limit=500${query}`)).entries;

beforeAll(async () => {
  const holders = await openHolders(
    folder.path,
    systemClock,
    async () => false,
    () => {},
  );
  await holders.importCsv(STAFF_CSV, false, { by: "test", from: "console" });
  await holders.close();
  room = await startRoom({ ports: "free", speed: 0, seed: 1 });
  box = await start();
  await eventually(
    () => box.get<AccessView>("/api/v1/access"),
    ({ doors }) => doors.every(({ state }) => state === "closed"),
  );
  room.setSpeed(15);
});
afterAll(async () => {
  await box.peer.stop();
  await room.stop();
  folder.dispose();
});

describe("a day at the back door", () => {
  test("somebody comes with a card and goes again: five lines, and the room is empty", async () => {
    const lines = await eventually(
      log,
      (entries) => entries.some(({ kind, direction }) => kind === "granted" && direction === "out"),
      40_000,
    );
    room.setSpeed(0);
    const [first] = lines.toReversed();
    expect(first).toMatchObject({ kind: "granted", direction: "in", door: "back", source: "register", person: expect.stringMatching(/./) });
    const kinds = lines.toReversed().map(({ kind, direction }) => (kind === "granted" ? `${kind} ${direction}` : kind));
    // In a hurried room the door inside may be read before the card.
    expect(kinds.slice(0, 3)).toEqual(["granted in", "opened", "closed"]);
    expect(kinds).toContain("granted out");
    expect((await box.get<AccessView>("/api/v1/access")).inside).toEqual([]);
    expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => lines.length - index));
  });

  test("card numbers are in the entry log and nowhere among the readings", async () => {
    const [first] = (await log()).toReversed();
    const points = await box.points();
    expect(points.filter(({ id }) => id.includes("access.card")).map(({ value }) => value)).toEqual([null, null, null, null]);
    expect(JSON.stringify(points)).not.toContain(String(first?.card));
    expect(points.find(({ id }) => id === "reader-in/access.changes")?.quality).toBe("good");
  });

  test("after a kill and a restart nobody comes a second time", async () => {
    const before = await log();
    await box.peer.stop("SIGKILL");
    box = await start();
    await eventually(
      () => box.get<AccessView>("/api/v1/access"),
      ({ doors }) => doors.every(({ state }) => state !== "unknown"),
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await log()).filter(({ kind }) => kind === "granted" || kind === "missed")).toEqual(
      before.filter(({ kind }) => kind === "granted" || kind === "missed"),
    );
  });

  test("the back door opened without a card is an alarm of force and a line; it ends when it is closed", async () => {
    room.setSpeed(15);
    await eventually(
      () => box.get<AccessView>("/api/v1/access"),
      ({ doors }) => doors.every(({ state }) => state === "closed"),
    );
    room.setSpeed(0);
    const [granted] = await log("&kind=granted");
    await eventually(Date.now, (now) => now - (granted?.atMs ?? 0) > CARD_OPENS_FOR_MS, 20_000);
    room.scenario("door-forced", true);
    const isForced = ({ type }: { readonly type: string }): boolean => type === "forced";
    const [alarm] = (
      await eventually(
        () => box.alarms(),
        (alarms) => alarms.some(isForced),
      )
    ).filter(isForced);
    expect(alarm).toMatchObject({ severity: "critical", text: { zh: "后门 未经许可被打开", en: "Back door: opened without a card" } });
    expect((await log("&kind=forced"))[0]).toMatchObject({ door: "back", card: null });
    room.scenario("door-forced", false);
    await eventually(
      () => box.alarms(),
      (alarms) => alarms.find(isForced)?.state === "D",
    );
  });

  test("a visitor is signed in and out, a server is noted, and both stand in log, audit and export", async () => {
    const visit = { name: "=Wang", company: "Vertiv", escort: "Li", purpose: "UPS service" };
    const { body } = await box.post("/api/v1/access/visits", visit);
    const inside = (await box.get<AccessView>("/api/v1/access")).inside.find(({ person }) => person === "=Wang");
    expect(inside).toMatchObject({ key: `visit:${(body as { visit: string }).visit}`, company: "Vertiv", doubt: "none" });
    const send = (path: string, content: object): Promise<Response> =>
      fetch(`${box.url}/api/v1/access/${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${box.token}`, "content-type": "application/json" },
        body: JSON.stringify(content),
      });
    expect((await send("visits/leave", { visit: (body as { visit: string }).visit })).status).toBe(204);
    expect((await send("visits/leave", { visit: (body as { visit: string }).visit })).status).toBe(422);
    expect((await send("power", { server: "srv-9", state: "off", note: "disk swap" })).status).toBe(204);
    const today = Temporal.Now.plainDateISO("Asia/Shanghai").toString();
    const answer = await fetch(`${box.url}/api/v1/access/export?from=${today}&to=${today}&language=en`, {
      headers: { authorization: `Bearer ${box.token}` },
    });
    expect(answer.headers.get("content-disposition")).toContain(`filename="demo-access-${today}-${today}.csv"`);
    const csv = Buffer.from(await answer.arrayBuffer()).toString("utf8");
    expect(csv).toMatch(/^\uFEFFnumber,time,/);
    expect(csv).toContain("Visitor in,,,in,'=Wang,Vertiv,,");
    expect(csv).toMatch(/Server switched off,.*srv-9.*disk swap/);
    expect((await log("&who=srv-9")).map(({ kind }) => kind)).toEqual(["powerOff"]);
  });

  test("the same lines on paper and in a spreadsheet", async () => {
    const today = Temporal.Now.plainDateISO("Asia/Shanghai").toString();
    const take = async (format: string): Promise<Buffer> => {
      const answer = await fetch(`${box.url}/api/v1/access/export?from=${today}&to=${today}&format=${format}`, {
        headers: { authorization: `Bearer ${box.token}` },
      });
      expect(answer.headers.get("content-disposition")).toContain(`.${format}"`);
      return Buffer.from(await answer.arrayBuffer());
    };
    expect((await take("pdf")).subarray(0, 5).toString("latin1")).toBe("%PDF-");
    expect((await take("xlsx")).subarray(0, 2).toString("latin1")).toBe("PK");
  });
});
