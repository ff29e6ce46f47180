import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packedDecimal } from "../../drivers/dlt645/decode.ts";
import { addressFits, type DataRequest, Dlt645Framing, encodeMeterFrame, parseMeterFrame } from "../../drivers/dlt645/frame.ts";
import { openDlt645 } from "../../drivers/dlt645/session.ts";
import { type Meter, meterFrame, meterTalker, packed } from "../peers/line/meter.ts";
import { type Talker, type Trouble, troubled } from "../peers/line/talker.ts";
import { frameTable } from "./frames/table.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const PUBLISHED = frameTable<"frame" | "edition" | "direction" | "sound" | "address" | "control" | "di" | "digits" | "value" | "what">(
  "dlt645",
);
const bytesOf = (frame: string): Buffer => Buffer.from(frame.replaceAll(" ", ""), "hex");
const withoutWake = (bytes: Buffer): Buffer => bytes.subarray(bytes.indexOf(0x68));
const sound = PUBLISHED.filter((row) => row.sound === "yes");

describe("frames that were published", () => {
  test("are 49 right ones and 2 wrong ones", () => {
    expect([sound.length, PUBLISHED.length - sound.length]).toEqual([49, 2]);
  });

  test.each(sound.map((row) => [row.what, row] as const))("%s: is read, and written again as it was", (_, row) => {
    const bytes = withoutWake(bytesOf(row.frame));
    const frame = parseMeterFrame(bytes);
    if (frame === null) throw new Error("not read");
    expect(frame.address).toBe(row.address);
    expect(frame.control.toString(16).padStart(2, "0").toUpperCase()).toBe(row.control);
    expect(encodeMeterFrame(frame)).toEqual(bytes);
    expect(meterFrame(frame.address, frame.control, frame.data, 0)).toEqual(bytes);
    const di = Buffer.from(row.di, "hex").reverse();
    if (row.direction !== "reply" || row.di === "") return;
    expect(frame.data.subarray(0, di.length)).toEqual(di);
    expect(Buffer.from(frame.data.subarray(di.length)).reverse().toString("hex").toUpperCase()).toBe(row.digits);
  });

  test.each(PUBLISHED.filter((row) => row.sound === "no").map((row) => [row.what, row] as const))("%s: is refused", (_, row) => {
    expect(parseMeterFrame(withoutWake(bytesOf(row.frame)))).toBeNull();
  });

  const readings = sound.filter((row) => row.direction === "reply" && row.value !== "" && row.digits !== row.value);
  test.each(readings.map((row) => [row.what, row] as const))("%s: has the value that was published with it", (_, row) => {
    const framing = new Dlt645Framing();
    const edition = row.edition === "1997" ? "1997" : "2007";
    framing.begin({ address: row.address, edition, di: row.di, bytes: row.digits.length / 2 });
    const said = framing.take(bytesOf(row.frame));
    if (said?.outcome !== "values") throw new Error(JSON.stringify(said));
    const raw = packedDecimal(said.values, false) ?? Number.NaN;
    const decimals = { 4: 2, 3: row.di.startsWith("0202") ? 3 : 4, 2: row.di.startsWith("0206") ? 3 : 1 }[said.values.length] ?? 0;
    expect(raw / (edition === "1997" && said.values.length === 2 ? 1 : 10 ** decimals)).toBe(Number(row.value));
  });

  test("energies, voltages, a current and powers are among them", () => {
    expect(readings.length).toBeGreaterThanOrEqual(24);
  });
});

const anyAddress = fc.stringMatching(/^\d{12}$/);
describe("any frame", () => {
  test("is read as it was written, and with any one bit flipped it is not", () => {
    fc.assert(
      fc.property(anyAddress, fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 60 }), fc.nat(), (address, control, data, place) => {
        const frame = { address, control, data: Buffer.from(data) };
        const bytes = encodeMeterFrame(frame);
        expect(parseMeterFrame(bytes)).toEqual(frame);
        const bit = place % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(parseMeterFrame(bytes)).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });

  test("packed digits are read as they were packed, with their sign", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(), fc.boolean(), (bytes, any, negative) => {
        const value = any % (7 * 10 ** (bytes * 2 - 1));
        expect(packedDecimal(packed(value, bytes), false)).toBe(value);
        expect(packedDecimal(packed(negative ? -value : value, bytes), true)).toBe(negative && value > 0 ? -value : value);
      }),
    );
  });

  test("what are no decimal digits is no number, and all ones are none", () => {
    expect(packedDecimal(Buffer.from("0a00", "hex"), false)).toBeNaN();
    expect(packedDecimal(Buffer.from("00a0", "hex"), false)).toBeNaN();
    expect(packedDecimal(Buffer.from("ffff", "hex"), false)).toBeNull();
    // Published: a meter that sent 000E0000 for its energy.
    expect(packedDecimal(Buffer.from("00000e00", "hex"), false)).toBeNaN();
  });
});

const REQUEST: DataRequest = { address: "000000000161", edition: "2007", di: "02010100", bytes: 2 };
const reply = (data: string, { address = REQUEST.address, control = 0x91, di = REQUEST.di } = {}): Buffer =>
  meterFrame(address, control, Buffer.concat([Buffer.from(di, "hex").reverse(), Buffer.from(data, "hex").reverse()]));

describe("an answer on the line", () => {
  test("is found however it is cut, behind noise and the echo of the request, and handed on once", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 80 }), { maxLength: 8 }), (cuts) => {
        const framing = new Dlt645Framing();
        const stream = Buffer.concat([Buffer.from([0, 0xff, 0x16]), framing.begin(REQUEST), reply("2295")]);
        const places = [0, ...cuts.map((cut) => cut % stream.length).toSorted((a, b) => a - b), stream.length];
        const found = places.slice(1).flatMap((end, index) => framing.take(stream.subarray(places[index], end)) ?? []);
        expect(found).toEqual([{ outcome: "values", values: Buffer.from([0x95, 0x22]) }]);
        expect(framing.take(stream)).toBeNull();
      }),
    );
  });

  test.each([
    ["of another meter", reply("2295", { address: "000000000162" }), /meter 000000000162/],
    ["to another question", reply("2295", { di: "02010200" }), /02010200/],
    ["of another edition", reply("2295", { control: 0x81 }), /control 81/],
  ])("%s is not ours, and ours is still awaited", (_, foreign, words) => {
    const framing = new Dlt645Framing();
    framing.begin(REQUEST);
    expect(framing.take(foreign)).toBeNull();
    expect(framing.take(reply("2301"))).toMatchObject({ outcome: "values" });
    framing.begin(REQUEST);
    framing.take(foreign);
    const verdict = framing.verdict();
    expect(verdict.reason).toBe("foreign");
    expect(verdict.what).toMatch(words);
  });

  test("that does not come is silence, also where a converter hears the request itself", () => {
    const framing = new Dlt645Framing();
    expect(framing.take(framing.begin(REQUEST))).toBeNull();
    expect(framing.verdict()).toEqual({ reason: "timeout", what: "no answer" });
  });

  test("of any meter is taken where any was asked, and the repeated wildcard, too", () => {
    expect(addressFits("AAAAAAAAAAAA", "000014359743")).toBe(true);
    expect(addressFits("AAAAAAAAAAAA", "AAAAAAAAAAAA")).toBe(true);
    expect(addressFits("000014359743", "000014359744")).toBe(false);
  });

  test("that refuses says why", () => {
    const framing = new Dlt645Framing();
    framing.begin({ ...REQUEST, address: "123456789012" });
    // Published: error byte 06H.
    expect(framing.take(bytesOf("68 12 90 78 56 34 12 68 D1 01 39 91 16"))).toEqual({
      outcome: "refused",
      what: "error 06H (it has no such data, password or permission)",
    });
  });

  test("with more or fewer bytes than the quantity has is not believed", () => {
    const framing = new Dlt645Framing();
    framing.begin({ ...REQUEST, address: "351253111111", edition: "1997", di: "9010", bytes: 4 });
    // Published: a meter that adds a byte of its own.
    expect(framing.take(bytesOf("FE FE FE FE 68 11 11 11 53 12 35 68 81 07 43 C3 87 37 33 33 34 83 16"))).toMatchObject({
      reason: "garbled",
    });
    framing.begin(REQUEST);
    expect(framing.take(reply("22"))).toMatchObject({ reason: "short" });
  });
});

const WIRE = { path: "/dev/ttyS0", baudRate: 2_400, parity: "even", stopBits: 1, timeoutMs: 1_000 } as const;
function bus(talker: Talker): { device: (id: string, address: string) => () => Promise<Seen>; sent: Buffer[] } {
  const time = new VirtualTime();
  const { opens, sent } = simulatedLine(time, talker, 11_000 / 2_400);
  const session = openDlt645(WIRE, time, { opens });
  return {
    sent,
    device: (id, address) => {
      const read = watched(session.device({ profile: profileOf(id, "dlt645"), address }));
      return () => time.run(read());
    },
  };
}

/** A three-phase meter behind a load: what it tells belongs together. */
function threePhase(address: string, blocks: boolean, amperes = [4.999, 5.25, -3.75]): Meter {
  const watts = amperes.map((ampere) => Math.round(ampere * 229.5 * 10));
  const total = watts.reduce((sum, one) => sum + one, 0);
  const singles: Record<string, Buffer> = {
    "00010000": packed(1_234_567, 4),
    "00020000": packed(0, 4),
    "02030000": packed(total, 3),
    "02060000": packed(-987, 2),
    "02800002": packed(4_998, 2),
  };
  for (const phase of [1, 2, 3]) {
    singles[`02010${phase}00`] = packed(2_290 + phase, 2);
    singles[`02020${phase}00`] = packed(Math.round((amperes[phase - 1] ?? 0) * 1_000), 3);
    singles[`02030${phase}00`] = packed(watts[phase - 1] ?? 0, 3);
  }
  const block = (head: string, from: number): Buffer =>
    Buffer.concat([0, 1, 2, 3].slice(from).map((phase) => singles[`${head}0${phase}00`] ?? Buffer.alloc(0)));
  return {
    address,
    edition: "2007",
    data: (di) => (/^020[123]FF00$/.test(di) && blocks ? block(di.slice(0, 4), di.startsWith("0203") ? 0 : 1) : (singles[di] ?? null)),
  };
}

const EXPECTED = {
  "input.L1-N.voltage": 229.1,
  "input.L3-N.voltage": 229.3,
  "input.L1.current": 4.999,
  "input.L3.current": 3.75,
  "input.realpower": 1_491.6,
  "input.L3.realpower": -860.6,
  "input.reactivepower": "!exception",
  "input.powerfactor": -0.987,
  "input.frequency": 49.98,
  "input.energy": 12_345.67,
  "input.energy.export": 0,
} as const;

describe("meters on a line", () => {
  test("one that knows blocks is asked for blocks", async () => {
    const line = bus(meterTalker([threePhase("000000000161", true)]));
    const { points, report } = await line.device("meter/dlt645-2007-three-phase", "000000000161")();
    expect(points).toMatchObject(EXPECTED);
    expect(report.transactions).toBe(9);
  });

  test("one that knows none is asked for their parts, and not for blocks again", async () => {
    const line = bus(meterTalker([threePhase("000000000161", false)]));
    const read = line.device("meter/dlt645-2007-three-phase", "000000000161");
    expect((await read()).points).toMatchObject(EXPECTED);
    line.sent.length = 0;
    expect((await read()).points).toMatchObject(EXPECTED);
    const blocks = line.sent.filter((bytes) => bytes.subarray(4).includes(Buffer.from([0x33, 0x32])));
    expect(blocks).toEqual([]);
  });

  test("several share a line, each with its own numbers; one that is not there keeps nobody waiting", async () => {
    const line = bus(meterTalker([threePhase("000000000001", true, [1, 1, 1]), threePhase("000000000002", true, [2, 2, 2])]));
    const first = line.device("meter/dlt645-2007-three-phase", "000000000001");
    const second = line.device("meter/dlt645-2007-three-phase", "000000000002");
    const gone = line.device("meter/dlt645-2007-three-phase", "000000000003");
    for (let round = 0; round < 3; round += 1) {
      expect((await first()).points["input.L1.current"]).toBe(1);
      expect((await gone()).report).toMatchObject({ answered: false, transactions: 1 });
      expect((await second()).points["input.L1.current"]).toBe(2);
    }
  });

  test("the only one on its line is read without its number", async () => {
    const line = bus(meterTalker([threePhase("000000000161", true)]));
    expect((await line.device("meter/dlt645-2007-three-phase", "AAAAAAAAAAAA")()).points["input.energy"]).toBe(12_345.67);
  });

  test("one of 1997 that tells energy alone tells energy", async () => {
    const old: Meter = {
      address: "010003635927",
      edition: "1997",
      data: (di) => ({ "9010": packed(142_679, 4), B611: packed(223, 2) })[di] ?? null,
    };
    const { points } = await bus(meterTalker([old])).device("meter/dlt645-1997-single-phase", "010003635927")();
    expect(points).toEqual({
      "input.energy": 1_426.79,
      "input.voltage": 223,
      "input.current": "!exception",
      "input.realpower": "!exception",
    });
    const three = await bus(meterTalker([old])).device("meter/dlt645-1997-three-phase", "010003635927")();
    expect(three.points).toMatchObject({ "input.L1-N.voltage": 223, "input.L1.current": "!exception", "input.energy": 1_426.79 });
  });

  test.each([
    ["silent", "timeout"],
    ["truncated", "short"],
    ["noiseAlone", "garbled"],
    ["twoTalkers", "garbled"],
  ] as const)("one that is %s gives no value and says why; it is read again when it is well", async (kind, reason) => {
    let trouble: Trouble = kind;
    const line = bus(troubled(meterTalker([threePhase("000000000161", true)]), () => trouble));
    const read = line.device("meter/dlt645-2007-single-phase", "000000000161");
    for (const [name, value] of Object.entries((await read()).points)) expect(value, name).toBe(`!${reason}`);
    trouble = "none";
    expect((await read()).points["input.voltage"]).toBe(229.1);
  });

  test("late answers are known by their data identifier", async () => {
    let trouble: Trouble = "late";
    const line = bus(troubled(meterTalker([threePhase("000000000161", true)]), () => trouble));
    const read = line.device("meter/dlt645-2007-single-phase", "000000000161");
    await read();
    trouble = "none";
    for (let round = 0; round < 10; round += 1)
      expect((await read()).points).toMatchObject({ "input.voltage": 229.1, "input.current": 4.999, "input.energy": 12_345.67 });
  });
});
