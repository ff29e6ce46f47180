import { afterEach, describe, expect, test } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { alertmanagerDialect } from "../../firmware/upstream/dialects/alertmanager.ts";
import { type Alert, ToldAlerts } from "../../firmware/upstream/dialects/alertmanager-alerts.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";

const never = new AbortController().signal;
const NOW = Date.UTC(2026, 8, 20, 4);
const at = (afterMs: number, isTrusted = true) => ({ wallMs: NOW + afterMs, monotonicMs: afterMs, isTrusted });
const book = (language: "zh" | "en" = "zh") => new ToldAlerts({ language, gateway: "gw-01" });
const worse = (change: Partial<AlarmRecord> = {}) => raised({ severity: "critical", ...change });
const brief = (alerts: readonly Alert[]) => alerts.map(({ labels, endsAt }) => `${labels["severity"]} ${endsAt?.slice(11, 19) ?? "open"}`);

describe("an alert", () => {
  test("is known by what never changes in its incident, and holds for four minutes", () => {
    expect(book().take(eventFor(raised()), at(0))).toEqual([
      {
        labels: {
          alertname: "AmbientTemperatureHigh",
          ...{ site: "sz1", room: "r1", device: "th-3", point: "ambient.temperature", type: "high" },
          ...{ severity: "major", gateway: "gw-01" },
        },
        annotations: {
          ...{ summary: "冷通道温度高 31.2 °C", description: "检查 2 号空调", value: "31.2 °C", limit: "27 °C", alarms: "1" },
        },
        startsAt: "2026-09-20T03:12:45.000Z",
        endsAt: "2026-09-20T04:04:00.000Z",
      },
    ]);
  });

  test("keeps its labels whatever else changes, and says it in the target's language", () => {
    const told = book("en");
    const [first] = told.take(eventFor(raised(), 1), at(0));
    const [second] = told.take(eventFor(acknowledged({ value: 35, text: { zh: "x", en: "y" } }), 2), at(1_000));
    expect(second?.labels).toEqual(first?.labels);
    expect(second?.annotations).toMatchObject({ summary: "y", value: "35 °C", acknowledged_by: "wang" });
    expect(first?.annotations["description"]).toBe("Check CRAC 2");
  });

  test("of a device has no point", () => {
    const [alert] = book().take(eventFor(raised({ key: "sz1/r1/th-3/-/lost", point: null, type: "lost" })), at(0));
    expect(alert?.labels).toMatchObject({ alertname: "Th3Lost", type: "lost" });
    expect(alert?.labels).not.toHaveProperty("point");
  });

  test("of a box that does not know the time begins and ends when it is heard of", () => {
    const told = book();
    expect(told.take(eventFor(raised(), 1), at(0, false))[0]).not.toHaveProperty("startsAt");
    const [ended] = told.take(eventFor(cleared(), 2), at(1, false));
    expect(ended).toMatchObject({ endsAt: "1970-01-01T00:00:01.000Z" });
    expect(ended).not.toHaveProperty("startsAt");
    expect(told.beat([], at(60_000))[0]).toMatchObject({ endsAt: "1970-01-01T00:00:01.000Z" });
  });
});

describe("told again and again", () => {
  const major = eventFor(raised(), 1);
  const critical = eventFor(worse(), 2);
  const over = eventFor(cleared({ severity: "critical" }), 3);

  test("what holds does, with another four minutes each time; nothing does when nothing holds", () => {
    const told = book();
    told.take(major, at(0));
    expect(brief(told.beat([major], at(60_000)))).toEqual(["major 04:05:00"]);
    expect(brief(told.beat([major], at(120_000)))).toEqual(["major 04:06:00"]);
    expect(book().beat([], at(0))).toEqual([]);
  });

  test("after a restart it is told what the target knew", () => {
    const told = book();
    expect(brief(told.beat([major], at(60_000)))).toEqual(["major 04:05:00"]);
    expect(brief(told.take(critical, at(61_000)))).toEqual(["major 04:01:01", "critical 04:05:01"]);
  });

  test("another severity ends the alert of before, and both are told with the next beats", () => {
    const told = book();
    told.take(major, at(0));
    expect(brief(told.take(critical, at(1_000)))).toEqual(["major 04:00:01", "critical 04:04:01"]);
    expect(brief(told.beat([major], at(60_000)))).toEqual(["major 04:00:01", "critical 04:05:00"]);
  });

  test("back to the severity of before it is no longer ended", () => {
    const told = book();
    for (const event of [major, critical]) told.take(event, at(0));
    const back = eventFor({ ...raised(), cause: "update" }, 4);
    expect(brief(told.take(back, at(1_000)))).toEqual(["critical 04:00:01", "major 04:04:01"]);
    expect(brief(told.beat([back], at(60_000)))).toEqual(["critical 04:00:01", "major 04:05:00"]);
  });

  test("the end is for five minutes, and what the beat does not know yet does not undo it", () => {
    const told = book();
    told.take(major, at(0));
    told.take(over, at(1_000));
    const ends = ["major 04:00:01", "critical 04:00:01"];
    expect(brief(told.beat([major], at(60_000)))).toEqual(ends);
    expect(brief(told.beat([], at(300_000)))).toEqual(ends);
    expect(brief(told.beat([], at(302_000)))).toEqual([]);
  });

  test("what is no longer there without an end is left to run out", () => {
    const told = book();
    told.take(major, at(0));
    expect(brief(told.beat([], at(30_000)))).toEqual(["major 04:04:30"]);
    expect(told.beat([], at(90_000))).toEqual([]);
  });
});

describe("replicas", () => {
  const receivers: HttpReceiver[] = [];
  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
  });
  async function replica(status = 200, headers: Readonly<Record<string, string>> = {}) {
    const receiver = new HttpReceiver(() => ({ status, headers }));
    receivers.push(receiver);
    return { receiver, url: await receiver.listen() };
  }
  const dialectAt = (...urls: string[]) =>
    alertmanagerDialect({ urls, token: "a-token", language: "zh", gateway: "gw-01", clock: systemClock, timeoutMs: 3_000 });

  test("are all told, with the token", async () => {
    const [a, b] = [await replica(), await replica()];
    const dialect = dialectAt(a.url, `${b.url}/am/`);
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "accepted" });
    expect(await dialect.heartbeat?.beat({ atMs: 0, number: 1, live: [eventFor()] }, never)).toMatchObject({ outcome: "accepted" });
    expect(a.receiver.asked).toHaveLength(2);
    expect(b.receiver.asked).toMatchObject([
      { method: "POST", url: "/am/api/v2/alerts", headers: { authorization: "Bearer a-token" } },
      { body: expect.stringContaining('"alertname":"AmbientTemperatureHigh"') },
    ]);
    dialect.close();
  });

  test("one that says yes is enough, also while another is silent; the beat names the one that is not well", async () => {
    const well = await replica();
    const ill = await replica(500);
    const dialect = dialectAt(ill.url, well.url);
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "accepted" });
    const beat = await dialect.heartbeat?.beat({ atMs: 0, number: 1, live: [] }, never);
    expect(beat).toMatchObject({ outcome: "accepted", answer: `${new URL(ill.url).host}: HTTP 500` });
    dialect.close();
  });

  test("none that says yes: later while one may, else never", async () => {
    const [refusing, busy, busier] = [
      await replica(400),
      await replica(429, { "retry-after": "20" }),
      await replica(429, { "retry-after": "40" }),
    ];
    const dialect = dialectAt(refusing.url, busy.url, busier.url);
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "unavailable", retryAfterMs: 40_000 });
    expect(await dialect.heartbeat?.beat({ atMs: 0, number: 1, live: [] }, never)).toMatchObject({ outcome: "unavailable" });
    expect(await dialectAt(refusing.url).send(rowFor(), never)).toMatchObject({ outcome: "refused" });
  });
});

describeAnswers(
  (url) =>
    alertmanagerDialect({ urls: [url], user: "room", password: "hunter2hunter2", language: "zh", gateway: "gw", clock: systemClock }),
  ["hunter2hunter2"],
);
