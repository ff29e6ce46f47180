import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bySeverityThenAge } from "../../dashboard/live/order.ts";
import { roomOf, Store } from "../../dashboard/live/store.ts";
import { QUALITY } from "../../drivers/reading.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { decodeFrame, encodeFrame, type ServerMessage, type ValueFrame } from "../../firmware/contract/live.ts";
import type { PointView, SiteView } from "../../firmware/contract/site.ts";

const words = (text: string) => ({ zh: text, en: text });

function pointNamed(id: string): PointView {
  return {
    id,
    device: id.split("/")[0] ?? "",
    name: "ambient.temperature",
    kind: "measure",
    unit: "°C",
    digits: 1,
    label: words("T"),
    optional: false,
    states: [],
    limits: [],
  };
}

function siteWith(points: number): SiteView {
  return {
    version: "1",
    revision: "r",
    id: "s",
    name: words("S"),
    timezone: "Asia/Shanghai",
    demo: false,
    areas: [],
    buses: [],
    devices: [],
    points: Array.from({ length: points }, (_, index) => pointNamed(`d/${index}`)),
    targets: [],
  };
}

const storeWith = (points: number): Store => new Store(roomOf(siteWith(points)), { name: "lin", role: "operator" });

function frameOf(
  sequence: number,
  atMs: number,
  points: readonly number[] | null,
  values: readonly number[],
  qualities: readonly number[],
): ValueFrame {
  const frame = decodeFrame(
    encodeFrame(
      { sequence, atMs, points: points === null ? null : Uint16Array.from(points) },
      Float64Array.from(values),
      Uint8Array.from(qualities),
    ),
  );
  if (frame === null) throw new Error("our own frame does not decode");
  return frame;
}

function alarm(change: Partial<AlarmRecord>): AlarmRecord {
  return {
    key: "s/a/d/p/high",
    device: "d",
    point: "d/0",
    type: "high",
    severity: "major",
    state: "B",
    held: false,
    text: words("hot"),
    action: words("go"),
    value: 30,
    limit: 27,
    unit: "°C",
    minimum: 30,
    maximum: 30,
    raisedAtMs: 1_000,
    changedAtMs: 1_000,
    clearedAtMs: null,
    raiseCount: 1,
    acknowledgement: null,
    incident: "i-1",
    ...change,
  };
}

const hello = (alarms: readonly AlarmRecord[]): ServerMessage => ({
  type: "hello",
  version: "1",
  revision: "r",
  nowMs: 5_000,
  alarms,
  deliveries: {},
  buses: [],
  maintenance: [],
  clock: { quality: { source: "ntp", errorMs: 3 }, refusedMs: null, repeats: false },
  lastGood: [[1, 3_000]],
});

describe("the store", () => {
  test("shows a value with the time of the box, and keeps that time when the value goes", () => {
    const store = storeWith(2);
    store.takeFrame(frameOf(1, 10_000, null, [21.5, 22], [QUALITY.good, QUALITY.good]), 9_000);
    store.takeFrame(frameOf(2, 20_000, [0], [21.5, 22], [QUALITY.timeout, QUALITY.good]), 19_000);
    expect(store.room.readings.of(0).value).toEqual({ value: null, quality: "timeout", lastGoodMs: 10_000 });
    expect(store.room.readings.of(1).value).toMatchObject({ value: 22, quality: "good" });
    expect(store.clockOffsetMs.value).toBe(1_000);
  });

  test("a point that is not good carries no number, whatever the bytes say", () => {
    const store = storeWith(1);
    store.takeFrame(frameOf(1, 0, null, [0], [QUALITY.sentinel]), 0);
    expect(store.room.readings.of(0).value.value).toBeNull();
  });

  test("takes over what is live from a hello, and forgets what ended", () => {
    const store = storeWith(2);
    store.takeMessage(hello([alarm({ key: "one" }), alarm({ key: "two" })]), 0);
    expect(store.alarms.value.map(({ key }) => key)).toEqual(["one", "two"]);
    expect(store.room.readings.of(1).value.lastGoodMs).toBe(3_000);
    store.takeMessage({ type: "alarms", nowMs: 6_000, changed: [alarm({ key: "two", state: "C" })], ended: ["one"] }, 0);
    expect(store.alarms.value).toMatchObject([{ key: "two", state: "C" }]);
    store.takeMessage(hello([]), 0);
    expect(store.alarms.value).toEqual([]);
  });

  test("says since when the link is down, and is live again with the first word", () => {
    const store = storeWith(1);
    store.linkLost();
    expect(store.link.value).toEqual({ state: "connecting" });
    store.takeMessage(hello([]), 0);
    store.linkLost();
    expect(store.link.value).toEqual({ state: "down", sinceMs: 5_000 });
    store.takeFrame(frameOf(1, 7_000, null, [1], [0]), 0);
    expect(store.link.value).toEqual({ state: "live" });
  });

  test("only a changed point wakes its readers", () => {
    const store = storeWith(2);
    let seen = 0;
    store.room.readings.of(1).subscribe(() => {
      seen += 1;
    });
    store.takeFrame(frameOf(1, 0, null, [1, 2], [0, 0]), 0);
    store.takeFrame(frameOf(2, 1_000, [0], [3, 2], [0, 0]), 0);
    expect(seen).toBe(2);
  });
});

test("law: frames replayed into the store give what the box has, value by value and reason by reason", () => {
  const total = 40;
  const reading = fc.record({
    value: fc.float({ noNaN: true, noDefaultInfinity: true, min: -1_000, max: 1_000 }),
    quality: fc.constantFrom(...Object.values(QUALITY)),
  });
  const change = fc.uniqueArray(fc.tuple(fc.nat(total - 1), reading), { selector: ([point]) => point, maxLength: total, size: "max" });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const store = storeWith(total);
      const values = new Array<number>(total).fill(0);
      const qualities = new Array<number>(total).fill(QUALITY.never);
      store.takeFrame(frameOf(0, 0, null, values, qualities), 0);
      changes.forEach((entries, index) => {
        for (const [point, { value, quality }] of entries) {
          values[point] = value;
          qualities[point] = quality;
        }
        const points = entries.map(([point]) => point).sort((a, b) => a - b);
        if (points.length > 0) store.takeFrame(frameOf(index + 1, index + 1, points, values, qualities), 0);
      });
      values.forEach((value, point) => {
        const shown = store.room.readings.of(point).value;
        const good = qualities[point] === QUALITY.good;
        expect(shown.quality === "good").toBe(good);
        expect(shown.value).toBe(good ? value : null);
      });
    }),
  );
});

test("bytes that are no frame are refused", () => {
  expect(decodeFrame(new ArrayBuffer(3))).toBeNull();
  expect(decodeFrame(new Uint8Array(64).buffer)).toBeNull();
  const whole = encodeFrame({ sequence: 1, atMs: 0, points: null }, new Float64Array(4), new Uint8Array(4));
  expect(decodeFrame(whole.slice(0, whole.byteLength - 1))).toBeNull();
});

test("what rings stands before what somebody has seen, the worst before the mild, the oldest first", () => {
  const list = [
    alarm({ key: "seen critical", severity: "critical", state: "C" }),
    alarm({ key: "new minor", severity: "minor" }),
    alarm({ key: "younger major", raisedAtMs: 2_000 }),
    alarm({ key: "older major" }),
    alarm({ key: "returned critical", severity: "critical", state: "D", clearedAtMs: 3_000 }),
  ];
  expect(list.toSorted(bySeverityThenAge).map(({ key }) => key)).toEqual([
    "returned critical",
    "older major",
    "younger major",
    "new minor",
    "seen critical",
  ]);
});
