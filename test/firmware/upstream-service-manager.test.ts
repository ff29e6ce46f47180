import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { newSmIncident, type ServiceManagerOptions, serviceManagerDialect } from "../../firmware/upstream/dialects/service-manager.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { previewOf } from "../../firmware/upstream/preview.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { ServiceManagerLikeness } from "../upstream/service-manager-likeness.ts";
import { toldLife } from "../upstream/told-life.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { eventFor, rowFor, rowOf } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const HEAD = `site: { id: s, name: S, timezone: Asia/Shanghai }\nareas: [{ id: a, name: A }]\nbuses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]\ndevices: [{ id: d, area: a, bus: b, unit: 1, profile: sensor/xy-md02 }]\n`;
const never = new AbortController().signal;
const style = {
  language: "zh",
  timezone: "Asia/Shanghai",
  places: placesOf(PLACES_SITE),
  closureCode: "Automatically Closed",
  collection: "incidents",
  resource: "Incident",
  markField: "RoomwardMark",
  fields: { Category: "incident" },
  statuses: {},
  actions: {},
} as const;
const authorization = `Basic ${Buffer.from("room:hunter2hunter2").toString("base64")}`;
const dialectAt = (url: string, change: Partial<ServiceManagerOptions> = {}) =>
  serviceManagerDialect({
    ...{ ...style, url: `${url}/SM/9/rest/`, user: "room", password: "hunter2hunter2", clock: systemClock },
    ...change,
  });

test("a new incident has what the desk asks for, by the names of its web service", () => {
  const { Description, ...incident } = newSmIncident(eventFor(), { ...style, fields: { Category: "incident", Impact: "9" } });
  expect(incident).toEqual({
    ...{ Category: "incident", Title: "[重要] 冷通道温度高 31.2 °C", Impact: "1", Urgency: "2", RoomwardMark: ticketMark(eventFor()) },
  });
  expect(Description).toContain("位置：深圳一号机房 / 主机房 / 冷通道");
  expect(Description?.at(-1)).toBe(`[${eventFor().id}]`);
});

test("the site file says where its mark stands, and the dry run what is created", () => {
  const target = "kind: service-manager, id: sm, url: 'https://sm.example:13443/SM/9/rest', user: u, password: hunter2hunter2";
  const loaded = loadSite(`${HEAD}targets: [{ ${target} }]\n`);
  expect("problems" in loaded && loaded.problems.map(({ path }) => path)).toEqual(["targets[0].markField"]);
  const site = loadedSite(`${HEAD}targets: [{ ${target}, markField: vendor.ticket, fields: { AssignmentGroup: Facilities } }]\n`);
  const shown = previewOf(site.targets[0] as (typeof site.targets)[number], site, eventFor());
  expect(shown).toMatch(/^POST https:\/\/sm\.example:13443\/SM\/9\/rest\/incidents\n/);
  expect(JSON.parse(shown.slice(shown.indexOf("\n")))).toMatchObject({
    Incident: { AssignmentGroup: "Facilities", "vendor.ticket": ticketMark(eventFor()) },
  });
  expect(shown).not.toContain("hunter2");
});

test("the target of a site file speaks it", async () => {
  const desk = new ServiceManagerLikeness({ authorization, markField: "vendor.ticket", actions: ["resolve"] });
  const receiver = new HttpReceiver(desk.answer);
  const url = await receiver.listen();
  const target = `{ id: sm, kind: service-manager, url: "${url}/SM/9/rest", user: room, password: hunter2hunter2, markField: vendor.ticket }`;
  const site = loadedSite(`${HEAD}targets: [${target}]\n`);
  const dialect = await dialectOf(site.targets[0] as (typeof site.targets)[number], site, systemClock, {} as never);
  expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "accepted", ticket: "IM10001" });
  expect(desk.incidents).toMatchObject([{ "vendor.ticket": ticketMark(eventFor()) }]);
  dialect.close();
  await receiver.close();
});

describe("Service Manager", () => {
  const desk = new ServiceManagerLikeness({ authorization, markField: "RoomwardMark", actions: ["resolve", "reopen"] });
  let receiver: HttpReceiver;
  let url = "";
  let dialect: ReturnType<typeof dialectAt>;
  beforeEach(async () => {
    desk.incidents.length = 0;
    receiver = new HttpReceiver(desk.answer);
    url = await receiver.listen();
    dialect = dialectAt(url);
  });
  afterEach(async () => {
    dialect.close();
    await receiver.close();
  });
  const tell = (change: AlarmChange, sequence: number) => dialect.send(rowFor(change, sequence), never);
  const journal = (nth = 0): readonly string[] => [desk.incidents[nth]?.["JournalUpdates"] ?? []].flat();
  const notes = () => journal().filter((line) => line.endsWith("(room):")).length;

  test("a life is one incident through the dispatcher, noted and resolved, its number on the card", async () => {
    const deliveries = await toldLife(dialect);
    expect(desk.incidents).toMatchObject([
      { Status: "Resolved", ClosureCode: "Automatically Closed", Solution: [expect.stringContaining("[已恢复]")], Category: "incident" },
    ]);
    expect(notes()).toBe(2);
    expect(deliveries.map(({ ticket }) => ticket)).toEqual(["IM10001", "IM10001", "IM10001"]);
  });

  test("whichever answers are lost, there is one incident and every event is noted once", async () => {
    let changes = 0;
    receiver.fate = ({ method }) => (method === "GET" ? "answer" : changes++ % 2 === 0 ? "lost after" : "answer");
    await toldLife(dialect);
    expect(desk.incidents).toMatchObject([{ Status: "Resolved" }]);
    expect(notes()).toBe(2);
  });

  test("an acknowledged one is in work, one that comes back is opened again and as urgent as it is; the closed stay closed", async () => {
    await tell(raised(), 1);
    await tell(acknowledged(), 2);
    expect(desk.incidents).toMatchObject([{ Status: "Work In Progress", Urgency: "2" }]);
    await tell(cleared(), 3);
    await tell(raised({ severity: "critical", raiseCount: 2 }), 4);
    expect(desk.incidents).toMatchObject([{ Status: "Work In Progress", Urgency: "1" }]);
    Object.assign(desk.incidents[0] ?? {}, { Status: "Closed" });
    expect(await tell(cleared(), 5)).toMatchObject({ outcome: "accepted", answer: "IM10001 is closed" });
    expect(await tell(raised({ raiseCount: 3 }), 6)).toMatchObject({ ticket: "IM10002" });
  });

  test("the newest of a life counts, also where the server does not sort", async () => {
    receiver.answer = (asked) => desk.answer({ ...asked, url: asked.url.replace("&sort=OpenTime:descending", "") });
    await tell(raised(), 1);
    Object.assign(desk.incidents[0] ?? {}, { Status: "Closed" });
    await tell(raised({ raiseCount: 2 }), 2);
    expect(await tell(cleared(), 3)).toMatchObject({ outcome: "accepted", ticket: "IM10002" });
    expect(desk.incidents).toMatchObject([{ Status: "Closed" }, { Status: "Resolved" }]);
  });

  test.each([
    ["is compared", "room"],
    ["is nobody's where REST does not show that", ""],
  ])("who opened an incident is known, and it %s", async (_, OpenedBy) => {
    await tell(raised(), 1);
    if (OpenedBy === "") Object.assign(desk.incidents[0] ?? {}, { OpenedBy });
    expect(await dialect.desk?.find([ticketMark(eventFor())], never)).toMatchObject({ ok: true, value: [{ creator: OpenedBy }] });
  });

  test("where it has no actions, the status is set", async () => {
    dialect.close();
    const bare = new ServiceManagerLikeness({ authorization, markField: "RoomwardMark", actions: [] });
    receiver.answer = bare.answer;
    dialect = dialectAt(url, { actions: { resolve: "update", reopen: "update" } });
    await tell(raised(), 1);
    await tell(cleared(), 2);
    expect(bare.incidents).toMatchObject([{ Status: "Resolved" }]);
    await tell(raised({ raiseCount: 2 }), 3);
    expect(bare.incidents).toMatchObject([{ Status: "Work In Progress" }]);
  });

  test("a no in a 200 is one, with its words; of a record that is in use, later", async () => {
    await tell(raised(), 1);
    dialect.close();
    dialect = dialectAt(url, { actions: { resolve: "fulfil" } });
    expect(await tell(cleared(), 2)).toMatchObject({ outcome: "refused", answer: expect.stringContaining("fulfil is no action") });
    receiver.answer = (asked) =>
      asked.method === "GET" ? desk.answer(asked) : { status: 200, body: { Messages: ["Resource Unavailable"], ReturnCode: 3 } };
    expect(await tell(acknowledged(), 3)).toMatchObject({ outcome: "unavailable", answer: "ReturnCode 3: Resource Unavailable" });
    receiver.answer = (asked) =>
      asked.method === "GET" ? desk.answer(asked) : { status: 200, body: { Messages: ["bad hunter2hunter2"], ReturnCode: 71 } };
    expect(await tell(acknowledged(), 3)).toEqual({ outcome: "refused", answer: "ReturnCode 71: bad …" });
  });

  test("a field that does not keep the mark is found out at the first incident, and a foreign incident is never taken for ours", async () => {
    await tell(raised({ incident: "before" }), 1);
    dialect.close();
    dialect = dialectAt(url, { markField: "mark.unknown" });
    const refused = await tell(raised(), 2);
    expect(refused).toMatchObject({ outcome: "refused", answer: expect.stringMatching(/IM10002 .*mark\.unknown="rw-[0-9a-f]{16}"/) });
    expect(journal(0)).toEqual([]);
  });

  test("a wrong address is no empty desk", async () => {
    dialect.close();
    dialect = dialectAt(`${url}/elsewhere`);
    expect(await tell(raised(), 1)).toMatchObject({ outcome: "refused", answer: expect.stringContaining("HTTP 404") });
  });

  test("what was done is noted; without an incident none is made for it, nor for a clear", async () => {
    const act = { kind: "note", by: "li", text: "filter is dirty", clock: null, reached: null } as const;
    const noted = rowOf({ ...eventFor({ ...raised(), cause: "update" }, 9), act });
    expect(await dialect.send(noted, never)).toMatchObject({ outcome: "accepted", ticket: null });
    expect(await tell(cleared(), 10)).toMatchObject({ outcome: "accepted", ticket: null });
    expect(desk.incidents).toEqual([]);
    await tell(raised(), 1);
    await dialect.send(noted, never);
    expect(journal().join("\n")).toContain("filter is dirty");
  });

  test("who takes it and who ends it flow back, and its state in its own word", async () => {
    const { key } = raised().record;
    const told = ["untouched", "taken", "ended", "over"].map((incident) => ({ key, incident, active: incident !== "over" }));
    for (const [n, { incident }] of told.entries()) await tell(raised({ incident }), n + 1);
    Object.assign(desk.incidents[1] ?? {}, { Assignee: "Li Wei", Status: "Work In Progress" });
    for (const n of [2, 3]) Object.assign(desk.incidents[n] ?? {}, { Status: "Resolved" });
    expect(await dialect.decisions?.(told, never)).toEqual([
      { key, by: "Li Wei", note: "工单 IM10002 已受理" },
      { key, by: "room", note: "工单 IM10003 已关闭" },
    ]);
    const states = await dialect.ticketStates?.(told, never);
    expect(states?.map(({ incident, status }) => `${incident} ${status}`).toSorted()).toEqual([
      ...["ended Resolved", "over Resolved", "taken Work In Progress", "untouched Open"],
    ]);
    receiver.fate = () => "lost before";
    expect(await dialect.decisions?.(told, never)).toEqual([]);
  });
});

describe("answers", () => describeAnswers(dialectAt, ["hunter2hunter2"]));
