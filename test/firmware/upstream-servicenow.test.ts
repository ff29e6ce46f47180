import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { servicenowEvent, servicenowEventsDialect } from "../../firmware/upstream/dialects/servicenow-events.ts";
import { newIncident, servicenowIncidentDialect } from "../../firmware/upstream/dialects/servicenow-incident.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { type ComparedDesk, ticketsByMark } from "../../firmware/upstream/ticket-desk.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { ServicenowLikeness } from "../upstream/servicenow-likeness.ts";
import { life, toldLife } from "../upstream/told-life.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor, rowOf, SUBJECT } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const never = new AbortController().signal;
const style = { language: "zh", timezone: "Asia/Shanghai", places: placesOf(PLACES_SITE), closeCode: "Solved (Permanently)" } as const;
const basic = { user: "room", password: "hunter2hunter2" };
const incidents = (url: string, sign: { readonly apiKey: string } | typeof basic = basic) =>
  servicenowIncidentDialect({ ...style, ...sign, fields: { caller_id: "roomward" }, url: `${url}/`, clock: systemClock });
const events = (url: string) =>
  servicenowEventsDialect({
    ...{
      url: `${url}/api/global/em/jsonv2`,
      apiKey: "now_0123456789",
      node: "device",
      language: "zh",
      gateway: "gw-01",
      clock: systemClock,
    },
  });

describe("an event for Event Management", () => {
  const en = { node: "device", language: "en", gateway: "gw-01" } as const;

  test("has all that its rules look at", () => {
    const { additional_info = "", ...told } = servicenowEvent(eventFor(), en);
    expect(told).toEqual({
      source: "Roomward",
      event_class: "gw-01",
      node: "th-3",
      resource: "th-3/ambient.temperature",
      metric_name: "ambient.temperature",
      type: "high",
      message_key: "sz1/r1/th-3/ambient.temperature/high",
      severity: "2",
      resolution_state: "New",
      time_of_event: "2026-09-20 03:12:45",
      description: "Cold aisle too hot, 31.2 °C",
    });
    expect(JSON.parse(additional_info)).toMatchObject({
      value: "31.2",
      limit: "27",
      severity_raw: "major",
      probable_cause: "123",
      seq: "7",
    });
  });

  test("is over with severity 0 under the same key", () => {
    const over = { severity: "0", resolution_state: "Closing", message_key: eventFor().key };
    expect(servicenowEvent(eventFor(cleared()), en)).toMatchObject(over);
  });

  test("names the device as the CMDB does, where the register knows it", () => {
    const service = { ...SUBJECT, urgency: 1, impact: 1, priority: 1 };
    expect(servicenowEvent({ ...eventFor(), service }, { ...en, node: "assetNumber" })).toMatchObject({ node: "ZC-2024-7" });
    expect(servicenowEvent({ ...eventFor(), service: { ...service, serial: "" } }, { ...en, node: "serial" })).toMatchObject({
      node: "th-3",
    });
  });

  test("of a box that does not know the time has none", () => {
    expect(servicenowEvent({ ...eventFor(), clockTrusted: false }, en)).not.toHaveProperty("time_of_event");
  });
});

describe("Event Management", () => {
  test("makes one alert of a life through the dispatcher, whichever answers are lost; the next life is another", async () => {
    const servicenow = new ServicenowLikeness({ "x-sn-apikey": "now_0123456789" });
    const receiver = new HttpReceiver(servicenow.answer);
    const url = await receiver.listen();
    receiver.fate = () => (receiver.asked.length % 2 === 1 ? "lost after" : "answer");
    await toldLife(events(url));
    expect(servicenow.emAlerts).toMatchObject([{ state: "Closed", messageKey: eventFor().key }]);
    receiver.fate = () => "answer";
    await toldLife(events(url), life("next"));
    expect(servicenow.emAlerts).toMatchObject([{ state: "Closed" }, { state: "Closed", events: 3 }]);
    await receiver.close();
  });

  test.each([
    [
      { records: [{ __status: "failure", __error: { message: "no rights" } }] },
      { outcome: "refused", answer: expect.stringContaining("no rights") },
    ],
    [{ records: [{ __status: "success" }] }, { outcome: "accepted" }],
    [{ error: { message: "not now" } }, { outcome: "unavailable" }],
  ])("that answers 200 %j has said it", async (body, outcome) => {
    const receiver = new HttpReceiver(() => ({ status: 200, body }));
    expect(await events(await receiver.listen()).send(rowFor(), never)).toMatchObject(outcome);
    await receiver.close();
  });
});

test("an incident has what a service desk asks for, in its limits", () => {
  const incident = newIncident(eventFor(), { ...style, fields: { caller_id: "roomward", impact: "9" } });
  expect(incident).toMatchObject({
    ...{ caller_id: "roomward", short_description: "[重要] 冷通道温度高 31.2 °C", impact: "1", urgency: "2" },
    ...{ correlation_id: ticketMark(eventFor()), correlation_display: eventFor().key },
    description: expect.stringContaining("位置：深圳一号机房 / 主机房 / 冷通道"),
  });
  const long = { ...eventFor(raised({ action: { zh: "查".repeat(9_000), en: "x" } })) };
  const { description = "" } = newIncident(long, { ...style, fields: {} });
  expect(description.length).toBeLessThanOrEqual(4_000);
  expect(description).toContain(long.id);
});

describe("incidents of the Table API", () => {
  const servicenow = new ServicenowLikeness({ authorization: `Basic ${Buffer.from("room:hunter2hunter2").toString("base64")}` });
  let receiver: HttpReceiver;
  let dialect: ReturnType<typeof incidents>;
  beforeEach(async () => {
    servicenow.incidents.length = 0;
    receiver = new HttpReceiver(servicenow.answer);
    dialect = incidents(await receiver.listen());
  });
  afterEach(async () => {
    dialect.close();
    await receiver.close();
  });
  const tell = (change: AlarmChange, sequence: number) => dialect.send(rowFor(change, sequence), never);
  const notes = (nth = 0) => servicenow.incidents[nth]?.work_notes.split("(Work notes)").length ?? 0;

  test("a life is one incident through the dispatcher, noted and resolved, its number and page on the card", async () => {
    const deliveries = await toldLife(dialect);
    expect(servicenow.incidents).toMatchObject([
      { state: "6", close_code: "Solved (Permanently)", work_notes: expect.stringContaining("[已恢复]") },
    ]);
    expect(notes() - 1).toBe(2);
    expect(deliveries.map(({ ticket }) => ticket)).toEqual(Array.from({ length: 3 }, () => "INC0000001"));
    expect(deliveries[0]?.ticketUrl).toMatch(/\/nav_to\.do\?uri=%2Fincident\.do%3Fsys_id%3D0{31}1$/);
  });

  test("whichever answers are lost, there is one incident and every event is noted once", async () => {
    let changes = 0;
    receiver.fate = ({ method }) => (method === "GET" ? "answer" : changes++ % 2 === 0 ? "lost after" : "answer");
    await toldLife(dialect);
    expect(servicenow.incidents).toMatchObject([{ state: "6" }]);
    expect(notes() - 1).toBe(2);
  });

  test("the next life is another incident; one that staff closed stays closed, and a raise after that makes another", async () => {
    await tell(raised(), 1);
    await tell(raised({ incident: "next" }), 2);
    expect(servicenow.incidents).toHaveLength(2);
    Object.assign(servicenow.incidents[0] ?? {}, { state: "7" });
    expect(await tell(acknowledged(), 3)).toMatchObject({ outcome: "accepted", answer: "INC0000001 is closed" });
    expect(await tell(cleared(), 4)).toMatchObject({ outcome: "accepted" });
    expect(servicenow.incidents[0]).toMatchObject({ state: "7", work_notes: "" });
    expect(await tell(raised({ raiseCount: 2 }), 5)).toMatchObject({ ticket: "INC0000003" });
  });

  test("an alarm that comes back opens its incident again, and one that gets worse makes it more urgent", async () => {
    await tell(raised(), 1);
    await tell(cleared(), 2);
    expect(servicenow.incidents).toMatchObject([{ state: "6", urgency: "2" }]);
    await tell(raised({ severity: "critical", raiseCount: 2 }), 3);
    expect(servicenow.incidents).toMatchObject([{ state: "2", urgency: "1" }]);
  });

  test("what was done is noted; without an incident none is made for it, nor for a clear", async () => {
    const act = { kind: "note", by: "li", text: "filter is dirty", clock: null, reached: null } as const;
    const noted = rowOf({ ...eventFor({ ...raised(), cause: "update" }, 9), act });
    expect(await dialect.send(noted, never)).toMatchObject({ outcome: "accepted", ticket: null });
    expect(await tell(cleared(), 10)).toMatchObject({ outcome: "accepted", ticket: null });
    expect(servicenow.incidents).toEqual([]);
    await tell(raised(), 1);
    await dialect.send(noted, never);
    expect(servicenow.incidents).toMatchObject([{ state: "1", work_notes: expect.stringContaining("filter is dirty") }]);
  });

  test("a duplicate is resolved with a remark, by which it is known again; what staff have set is left", async () => {
    await tell(raised(), 1);
    Object.assign(servicenow.incidents[0] ?? {}, { urgency: "3" });
    const found = await dialect.desk?.find([ticketMark(eventFor())], never);
    const [ticket] = found?.ok === true ? found.value : [];
    if (ticket === undefined) throw new Error("there is no incident");
    expect(ticket).toMatchObject({ creator: "roomward", stage: "new" });
    const remark = { id: "merged-1", words: { zh: "与 INC0000009 重复", en: "duplicate of INC0000009" } };
    expect(await dialect.desk?.holds(ticket, remark, never)).toEqual({ ok: true, value: false });
    await dialect.desk?.change(ticket, { note: remark, to: "resolved", event: eventFor() }, never);
    expect(servicenow.incidents).toMatchObject([{ state: "6", urgency: "3", work_notes: expect.stringContaining("与 INC0000009 重复") }]);
    const after = await dialect.desk?.find([ticketMark(eventFor())], never);
    const [resolved] = after?.ok === true ? after.value : [];
    expect(await dialect.desk?.holds(resolved ?? ticket, remark, never)).toEqual({ ok: true, value: true });
  });

  test("many incidents with long journals are found at once", async () => {
    const told = Array.from({ length: 20 }, (_, n) => raised({ incident: `long-${n}` }));
    for (const [n, change] of told.entries()) await tell(change, n + 1);
    for (const incident of servicenow.incidents) incident.work_notes = "cleaned the filter. ".repeat(1_000);
    const marks = told.map(({ record }) => ticketMark(record));
    const { tickets } = await ticketsByMark(dialect.desk as ComparedDesk, marks, never);
    expect([...tickets.keys()]).toEqual(marks);
    expect([...tickets.values()].every(({ length }) => length === 1)).toBe(true);
  });

  test("who takes it and who ends it flow back, and its state in its own word", async () => {
    const { key } = raised().record;
    const told = ["untouched", "taken", "ended", "over"].map((incident) => ({ key, incident, active: incident !== "over" }));
    for (const [n, { incident }] of told.entries()) await tell(raised({ incident }), n + 1);
    Object.assign(servicenow.incidents[1] ?? {}, { assigned_to: "Li Wei", state: "2" });
    for (const n of [2, 3]) Object.assign(servicenow.incidents[n] ?? {}, { state: "6" });
    expect(await dialect.decisions?.(told, never)).toEqual([
      { key, by: "Li Wei", note: "工单 INC0000002 已受理" },
      { key, by: "roomward", note: "工单 INC0000003 已关闭" },
    ]);
    const states = await dialect.ticketStates?.(told, never);
    expect(states?.map(({ incident, status, assignee }) => `${incident} ${status} ${assignee}`)).toEqual([
      ...["untouched New null", "taken In Progress Li Wei", "ended Resolved null", "over Resolved null"],
    ]);
    receiver.fate = () => "lost before";
    expect(await dialect.decisions?.(told, never)).toEqual([]);
  });
});

describe("incidents", () => describeAnswers(incidents, ["hunter2hunter2"]));
describe("incidents with a key", () => describeAnswers((url) => incidents(url, { apiKey: "now_0123456789" }), ["now_0123456789"]));
describe("events", () => describeAnswers(events, ["now_0123456789"]));
