import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DeviceReader, ReadReport } from "../../drivers/driver.ts";
import { emptyReadings, type LostReason, QUALITY, type QualityName, qualityName, type Readings } from "../../drivers/reading.ts";
import { TAG } from "../../drivers/snmp/decode.ts";
import { SYS_UP_TIME } from "../../drivers/snmp/plan.ts";
import type { SnmpField } from "../../drivers/snmp/profile.ts";
import { sessionOver } from "../../drivers/snmp/session.ts";
import type { SnmpAnswer } from "../../drivers/snmp/wire.ts";
import { type Cell, MibClient } from "../peers/snmp-mib.ts";
import { snmpProfile } from "../peers/snmp-profiles.ts";

const RFC1628 = snmpProfile("ups/ietf-rfc1628");
const HOST = snmpProfile("host/net-snmp-linux");
const IF_NAME = "1.3.6.1.2.1.31.1.1.1.1";
const IF_STATUS = "1.3.6.1.2.1.2.2.1.8";
const BATTERY_VOLTAGE = "1.3.6.1.2.1.33.1.2.5.0";

const integer = (value: number): Cell => [TAG.integer, value];
const words = (text: string): Cell => [TAG.octetString, Buffer.from(text)];

function field(content: SnmpField | undefined): SnmpField {
  if (content === undefined) throw new Error("the profile has no such point");
  return content;
}

/** Every variable of the standard UPS profile answers 100. */
function wholeUps(version: "1" | "2c" = "2c"): MibClient {
  return new MibClient(version, Object.fromEntries(Object.values(RFC1628.points).map(({ oid }) => [oid, integer(3)])));
}

class Bench {
  nowMs = 0;
  readonly reader: DeviceReader;
  readonly readings: Readings;
  constructor(client: MibClient, profile = RFC1628, rows = {}) {
    const pace = { monotonicMs: () => this.nowMs, sleep: () => Promise.reject(new Error("a driver does not wait")) };
    this.reader = sessionOver(client, pace).device({ profile, rows });
    this.readings = emptyReadings(this.reader.pointNames.length);
  }
  read(): Promise<ReadReport> {
    return this.reader.read(this.readings);
  }
  quality(name: string): QualityName {
    return qualityName(this.readings.qualities[this.reader.pointNames.indexOf(name)] ?? 255);
  }
  value(name: string): number {
    return this.readings.values[this.reader.pointNames.indexOf(name)] ?? Number.NaN;
  }
  qualities(): readonly QualityName[] {
    return [...new Set(Array.from(this.readings.qualities, qualityName))];
  }
}

const lost = (reason: LostReason): SnmpAnswer => ({ outcome: "fault", fault: { reason, detail: "as told by the test" } });

/** The longest list of one pass. */
async function askedAtOnce(bench: Bench, client: MibClient): Promise<number> {
  client.asked.length = 0;
  expect((await bench.read()).faults).toEqual([]);
  expect(bench.qualities()).toEqual(["good"]);
  return Math.max(...client.asked.map(({ length }) => length));
}

describe("how much an agent is asked at once", () => {
  const PATIENCE = 10;
  const VARIABLES = Object.keys(RFC1628.points).length;
  const patient = async (bench: Bench, client: MibClient): Promise<void> => {
    for (let pass = 0; pass < PATIENCE; pass += 1) await askedAtOnce(bench, client);
  };

  test("is learned: after some whole passes one datagram asks for everything", async () => {
    const client = wholeUps();
    const bench = new Bench(client);
    await patient(bench, client);
    expect(await askedAtOnce(bench, client)).toBe(VARIABLES);
    expect(client.asked.length).toBe(1);
  });

  test.each(["timeout", "short", "garbled"] as const)(
    "goes back for good when more is answered by nothing whole (%s), and no value is lost by the attempt",
    async (reason) => {
      const client = wholeUps();
      client.interfere = (oids) => (oids.length > 24 ? lost(reason) : null);
      const bench = new Bench(client);
      await patient(bench, client);
      expect(await askedAtOnce(bench, client)).toBe(VARIABLES);
      for (let round = 0; round < 3; round += 1) await patient(bench, client);
      expect(await askedAtOnce(bench, client)).toBeLessThanOrEqual(24);
    },
  );

  test("goes back to what it was when an agent only says that it has failed, and blames what it can answer", async () => {
    const client = wholeUps();
    client.interfere = (oids) =>
      oids.length > 24 ? { outcome: "errorStatus", status: 5, name: "GeneralError", oid: BATTERY_VOLTAGE } : null;
    const bench = new Bench(client);
    await patient(bench, client);
    expect(await askedAtOnce(bench, client)).toBe(VARIABLES);
    for (let round = 0; round < 3; round += 1) await patient(bench, client);
    expect(await askedAtOnce(bench, client)).toBe(Math.ceil(VARIABLES / 2));
  });

  test("is not held against an agent that falls silent while more is tried", async () => {
    const client = wholeUps();
    const bench = new Bench(client);
    await patient(bench, client);
    client.interfere = () => lost("timeout");
    expect((await bench.read()).faults).toEqual([{ reason: "timeout", detail: "as told by the test" }]);
    client.interfere = () => null;
    expect(await askedAtOnce(bench, client)).toBe(VARIABLES);
  });

  test.each([
    ["of what the profile knows", wholeUps(), { ...RFC1628, variablesPerGetMax: 16 }, 16],
    ["of version 1, which refuses all for one", wholeUps("1"), RFC1628, 24],
  ] as const)("never is more than that %s", async (_what, client, profile, max) => {
    const bench = new Bench(client, profile);
    for (let round = 0; round < 3; round += 1) await patient(bench, client);
    expect(await askedAtOnce(bench, client)).toBeLessThanOrEqual(max);
  });

  test("keeps the answer in one piece on the wire: long texts leave room for fewer", async () => {
    const client = new MibClient(
      "2c",
      Object.fromEntries(Object.values(RFC1628.points).map(({ oid }) => [oid, words("3".padStart(50, " "))])),
    );
    const bench = new Bench(client, {
      ...RFC1628,
      points: Object.fromEntries(Object.entries(RFC1628.points).filter(([, { states }]) => !states)),
    });
    for (let round = 0; round < 3; round += 1) await patient(bench, client);
    expect(await askedAtOnce(bench, client)).toBeLessThanOrEqual(24);
  });
});

describe("a device that answers everything", () => {
  test("is read in as few requests as every agent takes", async () => {
    const client = wholeUps();
    const bench = new Bench(client);
    const report = await bench.read();
    expect(report).toEqual({ answered: true, transactions: 2, faults: [] });
    expect(bench.qualities()).toEqual(["good"]);
    expect(bench.value("battery.voltage")).toBe(0.3);
    expect(client.asked.every((oids) => oids.length <= 24)).toBe(true);
  });

  test("is asked the same lists in every pass, so that the client encodes them once", async () => {
    const client = wholeUps();
    const bench = new Bench(client);
    await bench.read();
    await bench.read();
    const [first, second, ...again] = client.asked;
    expect(again[0]).toBe(first);
    expect(again[1]).toBe(second);
  });
});

describe("points that change slowly", () => {
  const MINUTE_MS = 60_000;
  const SLOW = "battery.voltage";
  const slowUps = { ...RFC1628, points: { ...RFC1628.points, [SLOW]: { ...field(RFC1628.points[SLOW]), everyMs: MINUTE_MS } } };

  test("are asked in their own time, and stand in between", async () => {
    const client = wholeUps();
    const bench = new Bench(client, slowUps);
    expect((await bench.read()).held).toBeUndefined();
    client.cells.set(BATTERY_VOLTAGE, integer(7));
    client.asked.length = 0;
    bench.nowMs = 10_000;
    expect((await bench.read()).held).toEqual(new Set([bench.reader.pointNames.indexOf(SLOW)]));
    expect(client.asked.flat()).not.toContain(BATTERY_VOLTAGE);
    expect(bench.value(SLOW)).toBe(0.3);
    bench.nowMs = MINUTE_MS;
    expect((await bench.read()).held).toBeUndefined();
    expect(bench.value(SLOW)).toBe(0.7);
  });

  test("that were lost are asked again in the next pass", async () => {
    const client = wholeUps();
    const bench = new Bench(client, slowUps);
    client.interfere = (oids) => (oids.includes(BATTERY_VOLTAGE) ? lost("timeout") : null);
    await bench.read();
    client.interfere = () => null;
    bench.nowMs = 10_000;
    await bench.read();
    expect(bench.value(SLOW)).toBe(0.3);
  });

  test("when a device has no others are asked in every pass, so that its silence is noticed", async () => {
    const bench = new Bench(wholeUps(), { ...slowUps, points: { [SLOW]: slowUps.points[SLOW] } });
    await bench.read();
    expect(await bench.read()).toMatchObject({ answered: true, transactions: 1 });
  });

  test("what explains only them is not asked without them", async () => {
    const UNIT = "1.3.6.1.4.1.9999.1.0";
    const slow = { ...field(RFC1628.points[SLOW]), everyMs: MINUTE_MS, scaledBy: [{ oid: UNIT, as: "divisor" as const }] };
    const client = wholeUps();
    client.cells.set(UNIT, integer(10));
    const bench = new Bench(client, { ...RFC1628, points: { ...RFC1628.points, [SLOW]: slow } });
    await bench.read();
    expect(bench.value(SLOW)).toBe(0.03);
    client.asked.length = 0;
    await bench.read();
    expect(client.asked.flat()).not.toContain(UNIT);
    expect(bench.value(SLOW)).toBe(0.03);
  });
});

describe("a device that refuses whole requests", () => {
  test("tooBig: requests are halved until they fit, and stay that small", async () => {
    const client = wholeUps();
    client.variablesMax = 6;
    const bench = new Bench(client);
    await bench.read();
    expect(bench.qualities()).toEqual(["good"]);
    client.asked.length = 0;
    await bench.read();
    expect(client.asked.every((oids) => oids.length <= 6)).toBe(true);
  });

  test("tooBig for a single variable is an exception of that variable alone", async () => {
    const client = wholeUps();
    client.interfere = (oids) => (oids.includes(BATTERY_VOLTAGE) ? { outcome: "errorStatus", status: 1, name: "TooBig", oid: null } : null);
    const bench = new Bench(client);
    const report = await bench.read();
    expect(bench.quality("battery.voltage")).toBe("exception");
    expect(bench.quality("battery.charge")).toBe("good");
    expect(report.faults).toMatchObject([{ reason: "exception" }]);
  });

  test.each([true, false])("version 1: a missing variable costs the others nothing (agent names it: %s)", async (blames) => {
    const client = wholeUps("1");
    client.blames = blames;
    client.cells.delete(BATTERY_VOLTAGE);
    const bench = new Bench(client);
    const report = await bench.read();
    expect(bench.quality("battery.voltage")).toBe("noSuchObject");
    expect(bench.qualities().toSorted()).toEqual(["good", "noSuchObject"]);
    expect(report).toMatchObject({ answered: true, faults: [] });
  });

  test("version 1: a variable that was never there is left out, and asked again later", async () => {
    const client = wholeUps("1");
    client.cells.delete(BATTERY_VOLTAGE);
    const bench = new Bench(client);
    await bench.read();
    expect((await bench.read()).transactions).toBe(2);
    expect(bench.quality("battery.voltage")).toBe("noSuchObject");
    client.cells.set(BATTERY_VOLTAGE, integer(540));
    bench.nowMs += 600_000;
    await bench.read();
    expect(bench.value("battery.voltage")).toBe(54);
  });

  test("version 1: a variable that was there once is asked every time", async () => {
    const client = wholeUps("1");
    const bench = new Bench(client);
    await bench.read();
    client.cells.delete(BATTERY_VOLTAGE);
    await bench.read();
    client.cells.set(BATTERY_VOLTAGE, integer(540));
    await bench.read();
    expect(bench.value("battery.voltage")).toBe(54);
  });

  test.each([true, false])("genErr: only the failing variable is lost (agent names it: %s)", async (blames) => {
    const client = wholeUps();
    client.blames = blames;
    client.broken.add(BATTERY_VOLTAGE);
    const bench = new Bench(client);
    const report = await bench.read();
    expect(bench.quality("battery.voltage")).toBe("exception");
    expect(bench.qualities().toSorted()).toEqual(["exception", "good"]);
    expect(report).toMatchObject({ answered: true, faults: [{ reason: "exception", detail: expect.stringContaining(BATTERY_VOLTAGE) }] });
  });

  test("an agent that refuses everything is not asked without end", async () => {
    const client = wholeUps();
    client.interfere = () => ({ outcome: "errorStatus", status: 5, name: "GeneralError", oid: null });
    const bench = new Bench(client);
    const report = await bench.read();
    expect(report.transactions).toBeLessThanOrEqual(96);
    expect(bench.qualities()).toEqual(["exception"]);
  });
});

describe("a device that falls silent", () => {
  test.each(["timeout", "refused", "adapterMissing"] as const)("%s at the first request: the rest is not asked", async (reason) => {
    const client = wholeUps();
    client.interfere = () => lost(reason);
    const bench = new Bench(client);
    expect(await bench.read()).toMatchObject({ answered: false, transactions: 1, faults: [{ reason }] });
    expect(bench.qualities()).toEqual([reason]);
  });

  test("old values do not survive a silent pass", async () => {
    const client = wholeUps();
    const bench = new Bench(client);
    await bench.read();
    client.interfere = () => lost("timeout");
    await bench.read();
    expect([...bench.readings.values].every(Number.isNaN)).toBe(true);
  });

  test("an agent that answered first is left alone after its second silence", async () => {
    const client = wholeUps();
    const bench = new Bench(client, { ...RFC1628, variablesPerGetMax: 5 });
    client.interfere = () => (client.asked.length > 1 ? lost("timeout") : null);
    const report = await bench.read();
    expect(report).toMatchObject({ answered: true, transactions: 3 });
    expect(bench.qualities().toSorted()).toEqual(["good", "timeout"]);
  });

  test("one lost datagram in the middle loses its own variables only", async () => {
    const client = wholeUps();
    client.interfere = (oids) => (oids.includes(BATTERY_VOLTAGE) ? lost("short") : null);
    const bench = new Bench(client);
    await bench.read();
    expect(bench.quality("battery.voltage")).toBe("short");
    expect(bench.qualities().toSorted()).toEqual(["good", "short"]);
  });
});

describe("a value kept elsewhere by some units of the family", () => {
  const APC = snmpProfile("ups/apc-powernet");
  const PRECISE = "1.3.6.1.4.1.318.1.1.1.2.3.1.0";
  const PLAIN = "1.3.6.1.4.1.318.1.1.1.2.2.1.0";

  test.each([
    ["both: the precise one counts", { [PRECISE]: integer(985), [PLAIN]: integer(98) }, 98.5, "good"],
    ["only the plain one", { [PLAIN]: integer(98) }, 98, "good"],
    ["the precise one says it does not know", { [PRECISE]: integer(-1), [PLAIN]: integer(98) }, 98, "good"],
    ["neither", {}, Number.NaN, "noSuchObject"],
  ] as const)("%s", async (_what, cells, value, quality) => {
    const bench = new Bench(new MibClient("2c", { ...cells }), APC);
    await bench.read();
    expect(bench.quality("battery.charge")).toBe(quality);
    expect(bench.value("battery.charge")).toEqual(value);
  });
});

describe("rows are known by their name", () => {
  const rows = { interface: ["eth0"], disk: [] };
  const table = (upTime: number, names: readonly string[]): Record<string, Cell> => ({
    [SYS_UP_TIME]: [TAG.timeTicks, upTime],
    ...Object.fromEntries(
      names.flatMap((name, index) => [
        [`${IF_NAME}.${index + 1}`, words(name)],
        [`${IF_STATUS}.${index + 1}`, integer(name === "eth0" ? 1 : 2)],
      ]),
    ),
  });
  const replace = (client: MibClient, cells: Record<string, Cell>): void => {
    client.cells.clear();
    for (const [oid, cell] of Object.entries(cells)) client.cells.set(oid, cell);
  };

  test.each(["1", "2c"] as const)("found by walking the name column on version %s, once", async (version) => {
    const client = new MibClient(version, table(100, ["lo", "usb0", "eth0"]));
    const bench = new Bench(client, HOST, rows);
    await bench.read();
    expect(bench.value("interface.eth0.status")).toBe(0);
    client.asked.length = 0;
    await bench.read();
    expect(client.asked).toHaveLength(1);
  });

  test("of two rows with one name the first counts", async () => {
    const client = new MibClient("2c", { ...table(100, ["eth0", "eth0", "lo"]), [`${IF_STATUS}.2`]: integer(2) });
    const bench = new Bench(client, HOST, { interface: ["eth0", "nowhere"], disk: [] });
    await bench.read();
    expect(bench.value("interface.eth0.status")).toBe(0);
  });

  test("found again when another row answers under the old number, within the same pass", async () => {
    const client = new MibClient("2c", table(100, ["lo", "eth0"]));
    const bench = new Bench(client, HOST, rows);
    await bench.read();
    replace(client, table(200, ["lo", "usb0", "eth0"]));
    await bench.read();
    expect(bench.value("interface.eth0.status")).toBe(0);
  });

  test("found again when the agent's up time went backwards", async () => {
    const client = new MibClient("2c", table(100_000, ["lo", "eth0"]));
    const bench = new Bench(client, HOST, rows);
    await bench.read();
    client.cells.set(SYS_UP_TIME, [TAG.timeTicks, 50]);
    client.asked.length = 0;
    await bench.read();
    expect(client.asked.filter(([oid]) => oid?.startsWith(IF_NAME))).not.toHaveLength(0);
    expect(bench.quality("interface.eth0.status")).toBe("good");
  });

  test("a row that is not there says so, and is looked for again after a minute, not at every poll", async () => {
    const client = new MibClient("2c", table(100, ["lo"]));
    const bench = new Bench(client, HOST, rows);
    await bench.read();
    expect(bench.quality("interface.eth0.status")).toBe("noSuchObject");
    replace(client, table(200, ["lo", "eth0"]));
    bench.nowMs += 30_000;
    await bench.read();
    expect(bench.quality("interface.eth0.status")).toBe("noSuchObject");
    bench.nowMs += 31_000;
    await bench.read();
    expect(bench.value("interface.eth0.status")).toBe(0);
  });

  test("values of a row whose name could not be confirmed are not believed", async () => {
    const client = new MibClient("2c", { ...table(100, ["lo", "eth0"]), "1.3.6.1.2.1.25.1.6.0": integer(80) });
    const bench = new Bench(client, { ...HOST, variablesPerGetMax: 2 }, rows);
    await bench.read();
    client.interfere = (oids) => (oids.some((oid) => oid.startsWith(`${IF_NAME}.`)) ? lost("garbled") : null);
    await bench.read();
    expect(bench.quality("interface.eth0.status")).toBe("garbled");
    expect(bench.quality("host.processes")).toBe("good");
  });

  test("an agent whose table runs in circles is not walked without end", async () => {
    const client = new MibClient("2c", table(100, ["lo"]));
    client.interfere = (oids) =>
      oids[0]?.startsWith(IF_NAME) && oids.length === 1
        ? { outcome: "variables", variables: [{ oid: `${IF_NAME}.1`, type: TAG.octetString, value: Buffer.from("lo") }] }
        : null;
    const report = await new Bench(client, HOST, rows).read();
    expect(report.transactions).toBeLessThan(10);
    expect(report.faults).toMatchObject([{ reason: "exception", detail: expect.stringContaining("interface") }]);
  });
});

test("whatever an agent does, every column ends up decided and only good ones carry a number", async () => {
  const oids = Object.values(RFC1628.points).map(({ oid }) => oid);
  const behaviour = fc.record({
    version: fc.constantFrom<"1" | "2c">("1", "2c"),
    missing: fc.subarray(oids),
    broken: fc.subarray(oids, { maxLength: 4 }),
    blames: fc.boolean(),
    variablesMax: fc.integer({ min: 1, max: 40 }),
    troubles: fc.array(fc.constantFrom<LostReason | null>(null, null, "timeout", "garbled", "short", "foreign", "refused"), {
      maxLength: 12,
    }),
  });
  await fc.assert(
    fc.asyncProperty(behaviour, async ({ version, missing, broken, blames, variablesMax, troubles }) => {
      const client = wholeUps(version);
      for (const oid of missing) client.cells.delete(oid);
      for (const oid of broken) client.broken.add(oid);
      client.blames = blames;
      client.variablesMax = variablesMax;
      let turn = 0;
      client.interfere = () => {
        const trouble = troubles[turn++] ?? null;
        return trouble === null ? null : lost(trouble);
      };
      const bench = new Bench(client);
      for (let pass = 0; pass < 2; pass += 1) {
        bench.readings.qualities.fill(QUALITY.never);
        const { transactions } = await bench.read();
        expect(transactions).toBeLessThanOrEqual(96);
        bench.readings.values.forEach((value, column) => {
          expect(bench.readings.qualities[column]).not.toBe(QUALITY.never);
          expect(Number.isNaN(value)).toBe(bench.readings.qualities[column] !== QUALITY.good);
        });
      }
    }),
    { numRuns: 200 },
  );
});
