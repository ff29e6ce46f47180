import fc from "fast-check";
import { expect, test } from "vitest";
import { publicationsOf } from "../../firmware/upstream/dialects/mqtt.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor } from "./upstream-rows.ts";

const AT = { topic: "roomward", site: "sz1", hostname: "gw-01" };
const RECORD = "roomward/sz1/gw-01/alarm/1";
const told = (event = eventFor(), at = AT) =>
  publicationsOf(event, Buffer.from(event.state), at).map(({ topic, payload, qos, retain }) => ({
    topic: topic.replace(/alarm\/[0-9a-f]{16}$/, "alarm/1"),
    payload: payload.toString(),
    qos,
    retain,
  }));

test.each([
  ["a raise is retained as the alarm's record", raised(), "raise"],
  ["an acknowledgement takes its place", acknowledged(), "acknowledge"],
  ["a clear makes the broker forget it", cleared(), ""],
] as const)("%s", (_name, change, record) => {
  const event = eventFor(change);
  expect(told(event)).toEqual([
    { topic: RECORD, payload: record, qos: 1, retain: true },
    { topic: "roomward/sz1/gw-01/event", payload: event.state, qos: 1, retain: false },
  ]);
});

test("what people write to an alarm that is over does not bring its record back", () => {
  const event = { ...eventFor(cleared()), state: "update" as const };
  expect(told(event).map(({ topic }) => topic)).toEqual(["roomward/sz1/gw-01/event"]);
});

test("no name of a box makes another level or a wildcard of a topic", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (hostname) => {
      for (const { topic } of told(eventFor(), { ...AT, hostname })) expect(topic).toMatch(/^roomward\/sz1\/[\w.-]*\/(event|alarm\/1)$/);
    }),
  );
});
