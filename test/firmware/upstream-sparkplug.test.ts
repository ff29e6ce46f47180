import sparkplugPayload from "sparkplug-payload";
import { expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { PointTable } from "../../firmware/points/table.ts";
import { EdgeNode, nodeDeath } from "../../firmware/upstream/dialects/sparkplug-node.ts";
import { asksForRebirth } from "../../firmware/upstream/dialects/sparkplug-payload.ts";
import { PLACES_SITE } from "./upstream-site.ts";

/** Eclipse Tahu's decoder, which knows nothing of our encoder. */
const spB = sparkplugPayload.get("spBv1.0");
const decoded = (payload: Buffer) => spB?.decodePayload(payload) ?? {};
const PLACE = { group: "g", edge: "e", devices: ["th-3"] };
const AT = Date.UTC(2026, 8, 20);

function room(...qualities: readonly number[]): PointTable {
  const table = new PointTable(PLACES_SITE.points, PLACES_SITE.spans);
  qualities.forEach((quality, point) => {
    table.qualities[point] = quality;
    table.values[point] = quality === QUALITY.good ? 20 + point : Number.NaN;
    table.lastGoodWallMs[point] = AT - 1_000;
  });
  return table;
}
const kinds = (messages: readonly { readonly topic: string }[]): readonly string[] =>
  messages.map(({ topic }) => topic.split("/")[2] ?? "");

test.each([
  ["good", QUALITY.good, 192],
  ["a reading that is none", QUALITY.notANumber, 0],
  ["silence", QUALITY.timeout, 500],
  ["an old reading", QUALITY.stale, 500],
] as const)("the quality of %s is told, and a value only where there is one", (_name, quality, told) => {
  const births = new EdgeNode(PLACE, room(QUALITY.good, quality), 3).births(AT);
  const metric = decoded(births[1]?.payload ?? Buffer.alloc(0)).metrics?.[1];
  expect(metric?.properties?.["Quality"]?.value).toBe(told);
  expect(metric?.value ?? null).toBe(quality === QUALITY.good ? 21 : null);
  expect(Number(metric?.timestamp)).toBe(quality === QUALITY.good ? AT - 1_000 : AT);
});

test("a device that never answered is not born, one that answers nonsense is", () => {
  expect(kinds(new EdgeNode(PLACE, room(), 0).births(AT))).toEqual(["NBIRTH"]);
  expect(kinds(new EdgeNode(PLACE, room(QUALITY.notANumber), 0).births(AT))).toEqual(["NBIRTH", "DBIRTH"]);
});

test("what has not changed is not told, and what has is told once", () => {
  const table = room(QUALITY.good, QUALITY.good);
  const node = new EdgeNode(PLACE, table, 0);
  node.births(AT);
  expect(node.changes(AT)).toEqual([]);
  table.values[1] = 0;
  const [message, ...others] = node.changes(AT);
  expect(others).toEqual([]);
  expect(decoded(message?.payload ?? Buffer.alloc(0)).metrics?.map(({ name, value }) => [name, value])).toEqual([
    [table.entries[1]?.name, 0],
  ]);
  expect(node.changes(AT)).toEqual([]);
});

test("an event of now is no history, and stands under its own time", () => {
  const node = new EdgeNode(PLACE, room(), 0);
  node.births(AT);
  const told = [false, true].map((isHistorical) => decoded(node.event("{}", AT - 5, isHistorical, AT).payload).metrics?.[0]);
  expect(told.map((metric) => [metric?.value, Number(metric?.timestamp), metric?.isHistorical === true])).toEqual([
    ["{}", AT - 5, false],
    ["{}", AT - 5, true],
  ]);
});

test("a death names its birth and has no number", () => {
  const { topic, payload } = nodeDeath(PLACE, 255, AT);
  expect(topic).toBe("spBv1.0/g/NDEATH/e");
  const { metrics, seq } = decoded(payload);
  expect(metrics?.map(({ name, value, type }) => [name, Number(value), type])).toEqual([["bdSeq", 255, "Int64"]]);
  expect(Number(seq ?? 0)).toBe(0);
});

test.each([
  ["the command", [{ name: "Node Control/Rebirth", type: "Boolean", value: true }], true],
  [
    "the command behind another",
    [
      { name: "x", type: "Int32", value: 1 },
      { name: "Node Control/Rebirth", type: "Boolean", value: true },
    ],
    true,
  ],
  ["its denial", [{ name: "Node Control/Rebirth", type: "Boolean", value: false }], false],
  ["another command", [{ name: "Node Control/Reboot", type: "Boolean", value: true }], false],
  ["nothing", [], false],
] as const)("a rebirth is asked for by %s: %s", (_name, metrics, expected) => {
  expect(asksForRebirth(spB?.encodePayload({ metrics: metrics.map((one) => ({ ...one })) }) ?? new Uint8Array())).toBe(expected);
});
