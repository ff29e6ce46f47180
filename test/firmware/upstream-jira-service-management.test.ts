import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { createdAlert, jiraServiceManagementDialect } from "../../firmware/upstream/dialects/jira-service-management.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { type ComparedDesk, ticketsByMark } from "../../firmware/upstream/ticket-desk.ts";
import { AlertsApiLikeness } from "../upstream/alerts-api-likeness.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { life, toldLife } from "../upstream/told-life.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor, rowOf } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const API_KEY = "genie-0123456789";
const never = new AbortController().signal;
const style = { language: "zh", timezone: "Asia/Shanghai", places: placesOf(PLACES_SITE), teams: ["机房"], tags: ["dc"] } as const;
const dialectAt = (url: string) =>
  jiraServiceManagementDialect({ ...style, url: `${url}/v2/`, apiKey: API_KEY, clock: systemClock, confirmPauseMs: 5 });

test("an alert has what a responder needs, in its limits", () => {
  const long = raised({ text: { zh: "冷".repeat(400), en: "x" } });
  expect(createdAlert(eventFor(), "the-alias", style)).toMatchObject({
    message: "[重要] 冷通道温度高 31.2 °C",
    alias: "the-alias",
    description: expect.stringContaining("位置：深圳一号机房 / 主机房 / 冷通道"),
    priority: "P2",
    entity: "sz1/r1/th-3",
    source: "Roomward sz1",
    tags: ["dc"],
    responders: [{ name: "机房", type: "team" }],
    details: { event: eventFor().id, key: eventFor().key, severity: "major", value: "31.2", limit: "27", unit: "°C" },
  });
  expect([...String(createdAlert(eventFor(long), "a", style)["message"])]).toHaveLength(130);
});

describe("the alerts API", () => {
  const api = new AlertsApiLikeness(API_KEY);
  let receiver: HttpReceiver;
  let dialect: ReturnType<typeof dialectAt>;
  beforeEach(async () => {
    api.alerts.length = 0;
    api.slowness = 1;
    receiver = new HttpReceiver(api.answer);
    dialect = dialectAt(await receiver.listen());
  });
  afterEach(async () => {
    dialect.close();
    await receiver.close();
  });
  const tell = (change: AlarmChange, sequence: number) => dialect.send(rowFor(change, sequence), never);

  test("gets one alert for a life through the dispatcher, acknowledged and closed, its number on the card; another for the next", async () => {
    const deliveries = await toldLife(dialect);
    expect(api.alerts).toMatchObject([
      { status: "closed", acknowledged: true, count: 1, notes: [/已确认/, /已恢复/].map((words) => expect.stringMatching(words)) },
    ]);
    expect(deliveries.map(({ ticket }) => ticket)).toEqual(["1", "1", "1"]);
    await tell(life("next")[0] ?? raised(), 4);
    expect(api.alerts).toMatchObject([{ status: "closed" }, { status: "open" }]);
  });

  test("gets nothing twice when answers are lost", async () => {
    const changed = new Set<number>();
    receiver.fate = ({ method }) => {
      if (method === "GET") return "answer";
      changed.add(changed.size + 1);
      return changed.size % 2 === 1 ? "lost after" : "answer";
    };
    await toldLife(dialect);
    expect(api.alerts).toMatchObject([{ status: "closed", count: 1 }]);
    expect(api.alerts[0]?.notes.filter((note) => note.includes("已恢复"))).toHaveLength(1);
  });

  test("hears of worse with another priority and a note, once", async () => {
    await tell(raised(), 1);
    for (let n = 0; n < 2; n += 1)
      expect(await tell(raised({ severity: "critical" }), 2)).toMatchObject({ outcome: "accepted", ticket: "1" });
    expect(api.alerts).toMatchObject([{ priority: "P1", count: 1, notes: [expect.stringContaining("[紧急]")] }]);
  });

  test("keeps what its people closed: later events make no second, but the next raise does", async () => {
    await tell(raised(), 1);
    Object.assign(api.alerts[0] ?? {}, { status: "closed" });
    expect(await tell(acknowledged(), 2)).toMatchObject({ outcome: "accepted", answer: "no open alert" });
    const act = { kind: "note", by: "li", text: "x", clock: null, reached: null } as const;
    expect(await dialect.send(rowOf({ ...eventFor({ ...raised(), cause: "update" }, 3), act }), never)).toMatchObject({
      outcome: "accepted",
    });
    expect(await tell(cleared(), 4)).toMatchObject({ outcome: "accepted" });
    expect(api.alerts).toHaveLength(1);
  });

  test("who acknowledges an alert and who closes it flow back; what we did ourselves is no news, nor is another's alert", async () => {
    const told = ["untouched", "taken", "closed", "over", "ours", "gone"].map((name) => ({
      ...{ key: `sz1/r1/${name}/p/high`, incident: name, active: name !== "over" },
    }));
    for (const [n, { key, incident }] of told.slice(0, -1).entries()) await tell(raised({ key, incident }), n + 1);
    const alertOf = (name: string) => api.alerts.find(({ alias }) => alias.includes(`/${name}/`));
    Object.assign(alertOf("taken") ?? {}, { acknowledged: true, owner: "li@example.com", report: { acknowledgedBy: "li@example.com" } });
    Object.assign(alertOf("closed") ?? {}, { status: "closed", report: { closedBy: "wang@example.com" } });
    await tell(cleared({ key: "sz1/r1/over/p/high", incident: "over" }), 6);
    await tell(acknowledged({ key: "sz1/r1/ours/p/high", incident: "ours" }), 7);
    expect(await dialect.decisions?.(told, never)).toEqual([
      { key: "sz1/r1/taken/p/high", by: "li@example.com", note: "工单 2 已受理" },
      { key: "sz1/r1/closed/p/high", by: "wang@example.com", note: "工单 3 已关闭" },
    ]);
    const states = await dialect.ticketStates?.(told, never);
    expect(states?.map(({ incident, ticket, status, assignee }) => [incident, ticket, status, assignee].join(" "))).toEqual([
      ...["untouched 1 open ", "taken 2 acknowledged li@example.com", "closed 3 closed ", "over 4 closed "],
      "ours 5 acknowledged ",
    ]);
    receiver.fate = () => "lost before";
    expect(await dialect.decisions?.(told, never)).toEqual([]);
  });

  test("is compared by alias: what a comparison closes or notes stands there with its remark", async () => {
    const { desk } = dialect;
    if (desk === undefined) throw new Error("there is nothing to compare");
    await tell(raised(), 1);
    const alias = desk.markOf(raised().record);
    const find = async () => {
      const found = await desk.find([alias, "sz1/r1/never/p/high"], never);
      return found.ok ? found.value : [];
    };
    const [alert] = await find();
    if (alert === undefined) throw new Error("there is no alert");
    expect(alert).toMatchObject({ number: "1", mark: alias, stage: "new", assignee: null });
    const remark = { id: "resolve-2", words: { zh: "告警已恢复", en: "over" } };
    expect(await desk.holds(alert, remark, never)).toEqual({ ok: true, value: false });
    expect(await desk.change(alert, { note: remark, to: "resolved", event: eventFor(cleared()) }, never)).toMatchObject({ ok: true });
    expect(await desk.holds(alert, remark, never)).toEqual({ ok: true, value: true });
    expect(await find()).toMatchObject([{ stage: "closed", changedBy: "alerts API" }]);
    expect(api.alerts).toMatchObject([{ status: "closed", notes: [expect.stringContaining("告警已恢复")] }]);
    // Closed by somebody in between: not done is no yes.
    expect(await desk.change(alert, { note: remark, to: "resolved", event: eventFor(cleared()) }, never)).toMatchObject({ ok: false });
  });

  test("is asked of a few alerts at a look, in turn of all", async () => {
    const told = Array.from({ length: 70 }, (_, n) => ({ key: `k${n}`, incident: `i${n}`, active: true }));
    for (let look = 0; look < 3; look += 1) await dialect.decisions?.(told, never);
    const asked = receiver.asked.map(({ url }) => /alerts\/(k\d+)/.exec(url)?.[1]);
    expect(asked).toEqual([...told, ...told.slice(0, 40)].map(({ key }) => key));
  });

  test("that is asked too often is left alone for the rest of the comparison", async () => {
    const { desk } = dialect;
    receiver.answer = (asked) => (receiver.asked.length < 3 ? api.answer(asked) : { status: 429, headers: { "retry-after": "60" } });
    const marks = Array.from({ length: 30 }, (_, n) => `k${n}`);
    const { tickets, failed } = await ticketsByMark(desk as ComparedDesk, marks, never);
    expect(failed).toMatchObject({ outcome: "unavailable", retryAfterMs: 60_000 });
    expect([receiver.asked.length, tickets.size, desk?.comparedAtOnce]).toEqual([3, 0, 40]);
  });

  test("that hears and then does not do it has not said yes", async () => {
    receiver.answer = (asked) => {
      if (asked.url.includes("/requests/")) return { status: 200, body: { data: { success: false, status: "quota of alerts reached" } } };
      return api.answer(asked);
    };
    expect(await tell(raised(), 1)).toMatchObject({ outcome: "refused", answer: "quota of alerts reached" });
  });

  test("that never says whether it was done is asked again later", async () => {
    api.slowness = 1_000;
    expect(await tell(raised(), 1)).toMatchObject({ outcome: "unavailable", answer: "heard, but not done yet" });
  });
});

describeAnswers(dialectAt, [API_KEY]);
