import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { pagerdutyDialect, pagerdutyEvent } from "../../firmware/upstream/dialects/pagerduty.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { describeAnswers } from "../upstream/every-answer.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { PagerdutyLikeness } from "../upstream/pagerduty-likeness.ts";
import { life, toldLife } from "../upstream/told-life.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const ROUTING_KEY = "0123456789abcdefghijABCDEFGHIJ98";
const places = placesOf(PLACES_SITE);
const en = { language: "en", timezone: "UTC", places } as const;
const dialectAt = (url: string) => pagerdutyDialect({ ...en, url: `${url}/v2/enqueue`, routingKey: ROUTING_KEY, clock: systemClock });

describe("an event", () => {
  test("of a raise has all that PagerDuty sorts by", () => {
    expect(pagerdutyEvent(eventFor(), en)).toMatchObject({
      event_action: "trigger",
      dedup_key: "sz1/r1/th-3/ambient.temperature/high",
      payload: {
        summary: "[MAJOR] Cold aisle too hot, 31.2 °C",
        source: "sz1/r1/th-3",
        severity: "error",
        timestamp: "2026-09-20T03:12:45.127Z",
        component: "th-3/ambient.temperature",
        group: "Shenzhen 1 / Main room / Cold aisle",
        class: "highTemperature",
        custom_details: { value: 31.2, limit: 27, unit: "°C", action: "Check CRAC 2" },
      },
    });
    expect(pagerdutyEvent(eventFor(), { ...en, language: "zh" })).toMatchObject({ payload: { summary: "[重要] 冷通道温度高 31.2 °C" } });
  });

  test.each([
    ["critical", "critical"],
    ["minor", "warning"],
    ["warning", "warning"],
  ] as const)("of severity %s is its %s", (severity, theirs) => {
    expect(pagerdutyEvent(eventFor(raised({ severity })), en)).toMatchObject({ payload: { severity: theirs } });
  });

  test.each([
    [acknowledged(), "acknowledge"],
    [cleared(), "resolve"],
  ])("of a later state has its key alone", (change, action) => {
    expect(pagerdutyEvent(eventFor(change), en)).toEqual({ event_action: action, dedup_key: eventFor().key });
  });

  test("of a box that does not know the time has none", () => {
    expect(pagerdutyEvent({ ...eventFor(), clockTrusted: false }, en)["payload"]).not.toHaveProperty("timestamp");
  });

  test("of a key that is too long, or not in ASCII, has one that fits and is its own", () => {
    const keys = [`sz1/${"x".repeat(300)}/high`, `sz1/${"x".repeat(300)}/low`, "sz1/r1/门/-/open"];
    const told = keys.map((key) => String(pagerdutyEvent({ ...eventFor(), key }, en)["dedup_key"]));
    expect(new Set(told).size).toBe(3);
    for (const key of told) expect(key).toMatch(/^[\x21-\x7e]{1,255}$/);
  });
});

describe("through the dispatcher", () => {
  const pagerduty = new PagerdutyLikeness(ROUTING_KEY);
  let receiver: HttpReceiver;
  let url = "";
  beforeEach(async () => {
    pagerduty.incidents.length = 0;
    receiver = new HttpReceiver(pagerduty.answer);
    url = await receiver.listen();
  });
  afterEach(() => receiver.close());

  test("a life is one incident, triggered, acknowledged and resolved; the next life is another", async () => {
    await toldLife(dialectAt(url));
    expect(pagerduty.incidents).toMatchObject([{ state: "resolved", triggers: 1 }]);
    await toldLife(dialectAt(url), life("next-life"));
    expect(pagerduty.incidents.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
  });

  test("an answer that is lost makes no second", async () => {
    receiver.fate = () => (receiver.asked.length % 2 === 1 ? "lost after" : "answer");
    await toldLife(dialectAt(url));
    expect(receiver.asked).toHaveLength(6);
    expect(pagerduty.incidents).toMatchObject([{ state: "resolved", triggers: 2 }]);
  });
});

describeAnswers(dialectAt, [ROUTING_KEY]);
