import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { PointTable } from "../../firmware/points/table.ts";
import { telemetryOf } from "../../firmware/upstream/dialects/mqtt-telemetry.ts";
import { loadedSite } from "./loaded-site.ts";

const AT_MS = Date.UTC(2026, 8, 20, 3, 12, 45);
const AT = "2026-09-20T03:12:45.000Z";
const SITE = loadedSite(`site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }, { id: card, kind: snmp, host: 127.0.0.1 }]
devices:
  - { id: th-3, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: ups-a, area: r1, bus: card, profile: ups/ietf-rfc1628 }
computed: [{ point: th-3/ambient.dewpoint, formula: "dewpoint(ambient.temperature, ambient.humidity)" }]
`);

interface Message {
  readonly device: string;
  readonly at: string;
  readonly clockTrusted: boolean;
  readonly points: Readonly<Record<string, { value: unknown; unit?: string; quality: string; at: string | null }>>;
}

function told(fill: (table: PointTable) => void, isTrusted = true): ReadonlyMap<string, Message> {
  const table = new PointTable(SITE.points, SITE.spans);
  fill(table);
  const all = telemetryOf(table, "roomward/sz1/gw-01", { atMs: AT_MS, isTrusted });
  for (const { qos, retain } of all) expect({ qos, retain }).toEqual({ qos: 0, retain: false });
  return new Map(all.map(({ topic, payload }) => [topic, JSON.parse(payload.toString()) as Message]));
}

function read(table: PointTable, device: number, values: Readonly<Record<string, readonly [value: number, quality: number]>>): void {
  const { first, count } = SITE.spans[device] ?? { first: 0, count: 0 };
  const readings = { values: new Float64Array(count).fill(Number.NaN), qualities: new Uint8Array(count).fill(QUALITY.timeout) };
  for (let n = 0; n < count; n += 1) {
    const [value, quality] = values[SITE.points[first + n]?.name ?? ""] ?? [Number.NaN, QUALITY.sentinel];
    readings.values[n] = value;
    readings.qualities[n] = quality;
  }
  table.apply(device, readings, { answered: true }, { monotonicMs: 5_000 as MonotonicMs, wallMs: AT_MS as WallMs }, []);
}

describe("telemetry of MQTT", () => {
  test("is one message per device, every point with value, unit, quality and time; a state by its name", () => {
    const messages = told((table) => {
      read(table, 0, { "ambient.temperature": [21.5, QUALITY.good], "ambient.humidity": [0, QUALITY.good] });
      const dewpoint = table.numberOf("th-3/ambient.dewpoint") ?? -1;
      table.values[dewpoint] = 9.5;
      table.qualities[dewpoint] = QUALITY.good;
      table.lastGoodWallMs[dewpoint] = AT_MS;
      read(table, 1, { "output.source": [3, QUALITY.good], "battery.charge": [100, QUALITY.good] });
    });
    expect([...messages.keys()].toSorted()).toEqual(["roomward/sz1/gw-01/telemetry/th-3", "roomward/sz1/gw-01/telemetry/ups-a"]);
    const probe = messages.get("roomward/sz1/gw-01/telemetry/th-3");
    expect(probe).toMatchObject({ device: "th-3", at: AT, clockTrusted: true });
    expect(probe?.points["ambient.temperature"]).toEqual({ value: 21.5, unit: "°C", quality: "good", at: AT });
    // What the box works out about a device is told with it.
    expect(probe?.points["ambient.dewpoint"]).toEqual({ value: 9.5, unit: "°C", quality: "good", at: AT });
    // A zero that was measured is one.
    expect(probe?.points["ambient.humidity"]).toEqual({ value: 0, unit: "%", quality: "good", at: AT });
    const ups = messages.get("roomward/sz1/gw-01/telemetry/ups-a");
    expect(ups?.points["battery.charge"]).toEqual({ value: 100, unit: "%", quality: "good", at: AT });
    const source = ups?.points["output.source"];
    expect(source).toEqual({ value: expect.stringMatching(/^[a-z]+$/i), quality: "good", at: AT });
  });

  test("what is not known is null with its reason, never zero; what was never there has no time", () => {
    const messages = told((table) => read(table, 0, { "ambient.temperature": [Number.NaN, QUALITY.sentinel] }), false);
    const probe = messages.get("roomward/sz1/gw-01/telemetry/th-3");
    expect(probe?.clockTrusted).toBe(false);
    expect(probe?.points["ambient.temperature"]).toEqual({ value: null, unit: "°C", quality: "sentinel", at: null });
    const ups = messages.get("roomward/sz1/gw-01/telemetry/ups-a");
    for (const point of Object.values(ups?.points ?? {})) expect(point).toMatchObject({ value: null, quality: "never", at: null });
    expect(JSON.stringify([...messages.values()])).not.toMatch(/NaN|"value":0/);
  });

  test("a reading that has grown old is no value any more, whatever the table still holds; its time says when it was good", () => {
    const messages = told((table) => {
      read(table, 0, { "ambient.temperature": [21.5, QUALITY.good] });
      table.qualities[table.numberOf("th-3/ambient.temperature") ?? -1] = QUALITY.stale;
    });
    const point = messages.get("roomward/sz1/gw-01/telemetry/th-3")?.points["ambient.temperature"];
    expect(point).toEqual({ value: null, unit: "°C", quality: "stale", at: AT });
  });

  test("a point that not every unit has is left out until it was there once", () => {
    const optional = SITE.points.filter(({ id, optional }) => optional && id.startsWith("ups-a/")).map(({ name }) => name);
    expect(optional.length).toBeGreaterThan(0);
    const [name = ""] = optional;
    const before = told(() => undefined).get("roomward/sz1/gw-01/telemetry/ups-a");
    const after = told((table) => read(table, 1, { [name]: [1, QUALITY.good] })).get("roomward/sz1/gw-01/telemetry/ups-a");
    expect([before?.points[name], after?.points[name]?.quality]).toEqual([undefined, "good"]);
  });
});
