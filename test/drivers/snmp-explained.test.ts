import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rows } from "../../drivers/profile.ts";
import { emptyReadings, type QualityName, qualityName } from "../../drivers/reading.ts";
import { TAG } from "../../drivers/snmp/decode.ts";
import { fittingProfiles } from "../../drivers/snmp/identify.ts";
import { type SnmpProfile, snmpProfileSchema } from "../../drivers/snmp/profile.ts";
import { openRecording, parseSnmprec } from "../../drivers/snmp/recording.ts";
import { sessionOver } from "../../drivers/snmp/session.ts";
import { type Cell, MibClient } from "../peers/snmp-mib.ts";

const PACE = { monotonicMs: () => 0, sleep: async () => {} };

const profileOf = (content: object, id = "sensor/test"): SnmpProfile => ({
  ...snmpProfileSchema.parse({
    ...{ protocol: "snmp", class: "sensor", maker: "test", family: "test", label: { zh: "测试", en: "Test" }, source: ["made up"] },
    points: {},
    ...content,
  }),
  id,
});

async function read(profile: SnmpProfile, cells: Record<string, Cell>, rows: Rows = {}, version: "1" | "2c" = "2c") {
  const client = new MibClient(version, cells);
  const device = sessionOver(client, PACE).device({ profile, rows });
  const readings = emptyReadings(device.pointNames.length);
  const report = await device.read(readings);
  const said = device.pointNames.map((name, column): readonly [string, number | QualityName] => {
    const quality = qualityName(readings.qualities[column] ?? 255);
    return [name, quality === "good" ? (readings.values[column] ?? Number.NaN) : quality];
  });
  return { said: Object.fromEntries(said), report, asked: client.asked.flat() };
}

const integer = (value: number): Cell => [TAG.integer, value];
const text = (value: string): Cell => [TAG.octetString, Buffer.from(value)];

describe("the temperature unit of a device", () => {
  const UNIT = [{ oid: "1.3.9.1.0", codes: { "1": "celsius", "2": "fahrenheit" } }];
  const profile = profileOf({
    rows: { probe: { label: { zh: "探头", en: "Probe" }, default: ["1", "2"] } },
    points: { "ambient.#.temperature": { oid: "1.3.5", row: "probe", scale: 0.1, absent: [-1], scaledBy: UNIT } },
  });

  test("is asked once for all probes, and converts them", async () => {
    const { said, asked } = await read(profile, { "1.3.5.1": integer(644), "1.3.5.2": integer(-1), "1.3.9.1.0": integer(2) });
    expect(said).toEqual({ "ambient.1.temperature": 18, "ambient.2.temperature": "sentinel" });
    expect(asked.filter((oid) => oid === "1.3.9.1.0")).toHaveLength(1);
  });

  test.each([
    ["is not told", {}, "noSuchObject"],
    ["says something new", { "1.3.9.1.0": integer(3) }, "unknownState"],
    ["is a text that says nothing", { "1.3.9.1.0": text("") }, "unknownState"],
  ] as const)("that %s leaves no value: 18 may be warm or icy", async (_, unit, quality) => {
    const { said } = await read(profile, { "1.3.5.1": integer(180), ...unit });
    expect(said["ambient.1.temperature"]).toBe(quality);
  });

  test("is no reason for trouble on SNMPv1, which refuses a request for one missing variable", async () => {
    const { said } = await read(profile, { "1.3.5.1": integer(180), "1.3.9.1.0": integer(1) }, {}, "1");
    expect(said).toEqual({ "ambient.1.temperature": 18, "ambient.2.temperature": "noSuchObject" });
  });
});

describe("a value scaled by other columns of its row", () => {
  const profile = profileOf({
    rows: { value: { nameColumn: "1.3.2", label: { zh: "测点", en: "Value" } } },
    points: {
      "supply.temperature": {
        ...{ oid: "1.3.3", row: "value", at: "Supply Temperature" },
        scaledBy: [
          { oid: "1.3.5", as: "divisor" },
          { oid: "1.3.4", codes: { C: "celsius", F: "fahrenheit" } },
        ],
      },
    },
  });

  test("is found by the row's name, divided, and converted last", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -300, max: 900 }),
        fc.constantFrom("C", "f"),
        fc.integer({ min: 1, max: 9 }),
        async (raw, unit, row) => {
          const { said } = await read(profile, {
            [`1.3.2.${row}`]: text("Supply Temperature"),
            [`1.3.3.${row}`]: integer(raw),
            [`1.3.4.${row}`]: text(unit),
            [`1.3.5.${row}`]: integer(10),
          });
          const degrees = unit === "C" ? raw / 10 : ((raw / 10 - 32) * 5) / 9;
          expect(said["supply.temperature"]).toBeCloseTo(degrees, 9);
        },
      ),
    ));

  test("is lost when the agent falls silent at its scale, and is not the unscaled number", async () => {
    const client = new MibClient("2c", {
      "1.3.2.7": text("Supply Temperature"),
      "1.3.3.7": integer(24),
      "1.3.4.7": text("C"),
      "1.3.5.7": integer(10),
    });
    client.interfere = (oids) => (oids.includes("1.3.5.7") ? { outcome: "fault", fault: { reason: "timeout", detail: "silent" } } : null);
    const device = sessionOver(client, PACE).device({ profile: { ...profile, variablesPerGetMax: 1 }, rows: {} });
    const readings = emptyReadings(1);
    await device.read(readings);
    expect(qualityName(readings.qualities[0] ?? 255)).not.toBe("good");
    expect(readings.values[0]).toBeNaN();
  });
});

test("rows whose descriptor is an OID are found by it, wherever they stand", async () => {
  const profile = profileOf({
    rows: { temperature: { nameColumn: "1.3.2", label: { zh: "温度", en: "Temperature" } } },
    points: {
      "return.temperature": { oid: "1.3.3", row: "temperature", at: "1.3.1.2" },
      "supply.temperature": { oid: "1.3.3", row: "temperature", at: "1.3.1.3" },
    },
  });
  const { said } = await read(profile, {
    "1.3.2.4": [TAG.objectIdentifier, "1.3.1.3"],
    "1.3.2.9": [TAG.objectIdentifier, "1.3.1.2"],
    "1.3.3.4": integer(19),
    "1.3.3.9": integer(27),
  });
  expect(said).toEqual({ "return.temperature": 27, "supply.temperature": 19 });
});

test("rows without a name column are their instance: nothing is walked", async () => {
  const profile = profileOf({
    rows: { outlet: { label: { zh: "插座", en: "Outlet" } } },
    points: { "outlet.#.current": { oid: "1.3.3", row: "outlet", scale: 0.01 } },
  });
  const { said, asked } = await read(profile, { "1.3.3.1.2": integer(150) }, { outlet: ["1.2", "1.3"] });
  expect(said).toEqual({ "outlet.1-2.current": 1.5, "outlet.1-3.current": "noSuchObject" });
  expect(asked).toEqual(["1.3.3.1.2", "1.3.3.1.3"]);
});

test("a fallback of a row is used where the first column has no good value", async () => {
  const profile = profileOf({
    rows: { interface: { label: { zh: "网口", en: "Interface" }, default: ["1", "2"] } },
    points: { "interface.#.in.octets": { oid: "1.3.6", row: "interface", fallback: { oid: "1.3.10" } } },
  });
  const { said } = await read(profile, {
    "1.3.6.1": [TAG.counter64, Buffer.from([1, 0, 0, 0, 0])],
    "1.3.10.1": integer(7),
    "1.3.10.2": integer(9),
  });
  expect(said).toEqual({ "interface.1.in.octets": 2 ** 32, "interface.2.in.octets": 9 });
});

describe("texts", () => {
  const profile = profileOf({
    points: {
      "ambient.temperature": { oid: "1.3.1.0", textUnits: { C: "celsius", F: "fahrenheit" } },
      "leak.detected": { oid: "1.3.2.0", states: { DRY: "dry", WET: "leak" } },
      "output.source": {
        oid: "1.3.3.0",
        flags: [
          { character: 2, state: "battery" },
          { character: 4, state: "normal" },
        ],
        otherwise: "other",
      },
    },
  });
  const told = async (temperature: string, leak = "DRY", flags = "0001") =>
    (await read(profile, { "1.3.1.0": text(temperature), "1.3.2.0": text(leak), "1.3.3.0": text(flags) })).said;

  test("with a unit are numbers only with a unit that is known", async () => {
    expect((await told("23.5 C"))["ambient.temperature"]).toBe(23.5);
    expect((await told("40 C/104 F"))["ambient.temperature"]).toBe(40);
    expect((await told("64.4F"))["ambient.temperature"]).toBe(18);
    for (const strange of ["23.5 K", "12:30", "3 of 5", "C", "1.3.6.1"])
      expect((await told(strange))["ambient.temperature"], strange).toBe("wrongType");
    expect((await told("N/A"))["ambient.temperature"]).toBe("sentinel");
  });

  test("name states, without regard to case, and others name none", async () => {
    expect((await told("1 C", "wet"))["leak.detected"]).toBe(1);
    expect((await told("1 C", "damp"))["leak.detected"]).toBe("unknownState");
  });

  test("of 0 and 1 tell by their first set character, and other texts tell nothing", async () => {
    expect((await told("1 C", "DRY", "0101"))["output.source"]).toBe(4);
    expect((await told("1 C", "DRY", "0001"))["output.source"]).toBe(2);
    expect((await told("1 C", "DRY", "0000"))["output.source"]).toBe(0);
    expect((await told("1 C", "DRY", "UNKNOWN"))["output.source"]).toBe("sentinel");
  });
});

describe("what fits an agent", () => {
  const claims = (id: string, sysObjectIds: readonly string[], probe?: string): SnmpProfile =>
    profileOf({ sysObjectIds, ...(probe === undefined ? {} : { probe }) }, id);
  const profiles = [
    claims("a/maker", ["1.3.6.1.4.1.318.1.3"]),
    claims("b/pdu", ["1.3.6.1.4.1.318.1.3.4"]),
    claims("c/probed", ["1.3.6.1.4.1.318.1.3.4"], "1.3.1.0"),
    claims("d/standard", [], "1.3.2.0"),
    claims("e/nothing", []),
  ];
  const fitting = (sysObjectId: string, ...there: readonly string[]) =>
    fittingProfiles({ sysObjectId, has: (oid) => there.includes(oid) }, profiles).map(({ id }) => id);

  test("is the longest claim first, a probe before none, a standard last", () => {
    expect(fitting("1.3.6.1.4.1.318.1.3.4.6", "1.3.1.0", "1.3.2.0")).toEqual(["c/probed", "b/pdu", "a/maker", "d/standard"]);
    expect(fitting("1.3.6.1.4.1.318.1.3.4.6")).toEqual(["b/pdu", "a/maker"]);
  });

  test("is not what only looks alike", () => {
    expect(fitting("1.3.6.1.4.1.318.1.31")).toEqual([]);
    expect(fitting("")).toEqual([]);
  });
});

describe("a recording", () => {
  const parsed = (content: string) => parseSnmprec(Buffer.from(content, "latin1"));

  test("is played like the agent that it was", async () => {
    const answer = parsed(
      "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.9\n1.3.2.10|4x|414200\n1.3.2.9|64e|\\xc0\\xa8\\x00\\x01\n1.3.3.1|70|18446744073709551615\n1.3.4.0|2|-7\n",
    );
    if ("problems" in answer) throw new Error("a right recording");
    expect(answer.recording.sysObjectId).toBe("1.3.6.1.4.1.9");
    const client = openRecording(answer.recording);
    expect(await client.following("1.3.2", 3)).toMatchObject({
      variables: [{ oid: "1.3.2.9" }, { oid: "1.3.2.10", value: Buffer.from("AB\0") }, { oid: "1.3.3.1" }],
    });
    expect(await client.get(["1.3.4.0", "1.3.5.0"])).toMatchObject({ variables: [{ value: -7 }, { type: TAG.noSuchInstance }] });
    expect(await client.following("1.3.6.1.2.1.1.2.0", 2)).toMatchObject({ variables: [{ type: TAG.endOfMibView }] });
  });

  test("says every line that is none", () => {
    const answer = parsed("1.3.1.0|2|5\nhello\n1.3.2.0|2:numeric|rate=1\n1.3.3.0|2|five\n");
    expect("problems" in answer && answer.problems.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  test("of any bytes is an answer, never a crash", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(parseSnmprec(Buffer.from(bytes))).toBeDefined();
      }),
    );
  });
});
