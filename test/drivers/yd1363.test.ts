import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProfile } from "../../drivers/catalogue.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { decodeInfo } from "../../drivers/yd1363/decode.ts";
import { encodeFrame, type Frame, parseFrame, Yd1363Framing } from "../../drivers/yd1363/frame.ts";
import { planCommands } from "../../drivers/yd1363/plan.ts";
import type { Yd1363Profile } from "../../drivers/yd1363/profile.ts";
import { openYd1363 } from "../../drivers/yd1363/session.ts";
import { type Talker, type Trouble, troubled } from "../peers/line/talker.ts";
import { type YdUnit, yd1363Talker, ydFrame } from "../peers/line/yd1363-unit.ts";
import { frameTable } from "./frames/table.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const PUBLISHED = frameTable<"frame" | "direction" | "sound" | "version" | "address" | "cid1" | "code" | "info" | "what">("yd1363");
const anyFrame = fc.record({
  version: fc.nat({ max: 255 }),
  address: fc.nat({ max: 255 }),
  cid1: fc.nat({ max: 255 }),
  code: fc.nat({ max: 255 }),
  info: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});

describe("frames that were published", () => {
  test("are 26 right ones and 4 wrong ones", () => {
    expect(PUBLISHED.filter(({ sound }) => sound === "yes")).toHaveLength(26);
    expect(PUBLISHED.filter(({ sound }) => sound === "no")).toHaveLength(4);
  });

  test.each(PUBLISHED.filter(({ sound }) => sound === "yes").map((row) => [row.what, row] as const))(
    "%s: is read, and written again as it was",
    (_, row) => {
      const parsed = parseFrame(row.frame.slice(1));
      if (!("frame" in parsed)) throw new Error(parsed.fault);
      const { version, address, cid1, code, info } = parsed.frame;
      const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, "0");
      expect([version, address, cid1, code].map(hex)).toEqual([row.version, row.address, row.cid1, row.code]);
      expect(info.toString("hex").toUpperCase()).toBe(row.info);
      expect(encodeFrame(parsed.frame).toString("latin1")).toBe(`${row.frame}\r`);
      expect(ydFrame(version, address, cid1, code, info)).toBe(`${row.frame}\r`);
    },
  );

  test.each(PUBLISHED.filter(({ sound }) => sound === "no").map((row) => [row.what, row] as const))("%s: is refused", (_, { frame }) => {
    expect(parseFrame(frame.slice(1))).toHaveProperty("fault");
  });

  test("a wrong length checksum is told from a wrong length and a wrong sum", () => {
    const sum = (text: string): string =>
      (0x1_0000 - ([...text].reduce((total, sign) => total + sign.charCodeAt(0), 0) % 0x1_0000)).toString(16).toUpperCase();
    const framed = (text: string): string => `${text}${sum(text)}`;
    expect(parseFrame(framed("2001460000"))).toEqual({ fault: "format" });
    expect(parseFrame(framed("20014642E00202"))).toHaveProperty("frame");
    expect(parseFrame(framed("20014642D00202"))).toEqual({ fault: "LCHKSUM" });
    expect(parseFrame(framed("20014642C00402"))).toEqual({ fault: "LENGTH" });
    expect(parseFrame("20014642E00202FD35")).toEqual({ fault: "CHKSUM" });
  });

  test("the standard's own example of the checksum", () => {
    expect(parseFrame("1203400456ABCDFEFC72")).toEqual({ fault: "LENGTH" });
    expect([..."1203400456ABCDFE"].reduce((sum, sign) => sum + sign.charCodeAt(0), 0)).toBe(0x1_0000 - 0xfc72);
  });
});

describe("any frame", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        const text = encodeFrame(frame).toString("latin1");
        expect(parseFrame(text.slice(1, -1))).toEqual({ frame });
        expect(text).toBe(ydFrame(frame.version, frame.address, frame.cid1, frame.code, frame.info));
      }),
    );
  });

  test("with any one bit flipped is refused", () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(), (frame, place) => {
        const bytes = encodeFrame({ ...frame, code: 0 });
        const bit = place % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const framing = new Yd1363Framing();
        framing.begin(frame);
        expect(framing.take(bytes)?.outcome).not.toBe("info");
      }),
      { numRuns: 3_000 },
    );
  });
});

const REQUEST: Frame = { version: 0x21, address: 1, cid1: 0x2a, code: 0x42, info: Buffer.alloc(0) };
const answer = (info: string, { address = 1, cid1 = 0x2a, code = 0 } = {}): Buffer =>
  Buffer.from(ydFrame(0x21, address, cid1, code, Buffer.from(info, "hex")), "latin1");

describe("an answer on the line", () => {
  test("is found however it is cut, behind noise and the echo of the request, and handed on once", () => {
    const stream = Buffer.concat([Buffer.from([0, 0xff, 0x0d]), encodeFrame(REQUEST), answer("0102FE")]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 8 }), (cuts) => {
        const framing = new Yd1363Framing();
        framing.begin(REQUEST);
        const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const found = places.slice(1).flatMap((end, index) => framing.take(stream.subarray(places[index], end)) ?? []);
        expect(found).toEqual([{ outcome: "info", info: Buffer.from([1, 2, 0xfe]) }]);
        expect(framing.take(stream)).toBeNull();
      }),
    );
  });

  test("of another address or class is not ours, and ours is still awaited", () => {
    const framing = new Yd1363Framing();
    framing.begin(REQUEST);
    expect(framing.take(answer("01", { address: 2 }))).toBeNull();
    expect(framing.take(answer("01", { cid1: 0x60 }))).toBeNull();
    expect(framing.verdict()).toEqual({ reason: "foreign", what: "answer of address 1, class 60" });
    framing.begin(REQUEST);
    framing.take(answer("01", { address: 2 }));
    expect(framing.take(answer("07"))).toEqual({ outcome: "info", info: Buffer.from([7]) });
  });

  test.each([
    [1, "VER"],
    [2, "CHKSUM"],
    [3, "LCHKSUM"],
    [4, "CID2"],
    [5, "malformed"],
    [6, "no such data"],
    [0xe0, "no permission"],
    [0xe1, "failed"],
    [0x99, "maker's own"],
  ])("that says RTN %i says it in words", (code, words) => {
    const framing = new Yd1363Framing();
    framing.begin(REQUEST);
    const said = framing.take(answer("", { code }));
    expect(said).toMatchObject({ outcome: "refused" });
    expect(said?.outcome === "refused" && said.what).toContain(words);
  });

  test("is judged by what came when it did not come whole", () => {
    const verdict = (...chunks: readonly Buffer[]) => {
      const framing = new Yd1363Framing();
      framing.begin(REQUEST);
      for (const chunk of chunks) framing.take(chunk);
      return framing.verdict().reason;
    };
    expect(verdict()).toBe("timeout");
    expect(verdict(answer("0102").subarray(0, 9))).toBe("short");
    expect(verdict(Buffer.from([0x80, 0x11]))).toBe("garbled");
  });
});

const HEAD = 'protocol: yd1363\nclass: other\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\nversion: "20"\ncid1: "42"\n';
function profile(body: string): Yd1363Profile {
  const parsed = parseProfile("other/x", "other/x.yaml", HEAD + body);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  if (parsed.profile.protocol !== "yd1363") throw new Error("another protocol");
  return parsed.profile;
}
function decoded(of: Yd1363Profile, info: string): Readonly<Record<string, number | string>> {
  const { pointNames, commands } = planCommands(of, 1);
  const command = commands[0];
  if (command === undefined) throw new Error("no command");
  const into = emptyReadings(pointNames.length);
  const said = decodeInfo(command, Buffer.from(info, "hex"), into);
  if (said.outcome === "lost") return { lost: said.reason };
  return Object.fromEntries(
    pointNames.map((name, column) => {
      const quality = into.qualities[column] ?? 255;
      return [name, quality === 0 ? (into.values[column] ?? Number.NaN) : `!${qualityName(quality)}`];
    }),
  );
}
const float = (value: number, big = false): string => {
  const bytes = Buffer.alloc(4);
  if (big) bytes.writeFloatBE(value);
  else bytes.writeFloatLE(value);
  return bytes.toString("hex");
};

describe("INFO with groups", () => {
  // Panels, each with circuits and with values of its own: groups in groups, as the distribution classes have them.
  const GROUPS = `commands:
  analog:
    cid2: "41"
    info: "FF"
    layout:
      - { skip: 1 }
      - { count: panels }
      - times: panels
        of:
          - { item: volts, as: f32 }
          - { count: extras }
          - { times: extras, of: [{ item: extra, as: f32 }] }
      - { item: hertz, as: f32 }
points:
  input.L1-N.voltage: { command: analog, item: volts }
  input.L2-N.voltage: { command: analog, item: volts, nth: 2 }
  input.L3-N.voltage: { command: analog, item: volts, nth: 3, optional: true }
  ambient.temperature: { command: analog, item: extra, nth: 2 }
  input.frequency: { command: analog, item: hertz }
`;

  test("are as long as their counts say: what lies behind them is found", () => {
    const info = `0002${float(229.5)}01${float(1)}${float(231.25)}02${float(24.5)}${float(9)}${float(49.98)}`;
    expect(decoded(profile(GROUPS), info)).toEqual({
      "input.L1-N.voltage": 229.5,
      "input.L2-N.voltage": 231.25,
      "input.L3-N.voltage": "!noSuchObject",
      "ambient.temperature": 24.5,
      "input.frequency": 49.98,
    });
    expect(decoded(profile(GROUPS), `0000${float(50.1)}`)).toMatchObject({
      "input.L1-N.voltage": "!noSuchObject",
      "input.frequency": 50.1,
    });
  });

  test("whatever the counts, every value is the one that was put there", () => {
    const volts = fc.integer({ min: 0, max: 4_000 }).map((tenths) => tenths / 4);
    const panels = fc.array(fc.record({ volts, extras: fc.array(volts, { maxLength: 5 }) }), { maxLength: 6 });
    fc.assert(
      fc.property(panels, (all) => {
        const body = all.map(
          (panel) =>
            `${float(panel.volts)}${panel.extras.length.toString(16).padStart(2, "0")}${panel.extras.map((one) => float(one)).join("")}`,
        );
        const points = decoded(profile(GROUPS), `00${all.length.toString(16).padStart(2, "0")}${body.join("")}${float(50)}`);
        expect(points["input.frequency"]).toBe(50);
        ["input.L1-N.voltage", "input.L2-N.voltage", "input.L3-N.voltage"].forEach((name, index) => {
          expect(points[name]).toBe(all[index]?.volts ?? "!noSuchObject");
        });
      }),
    );
  });

  test("cut off anywhere gives what was whole, and says of the rest that it is short", () => {
    const info = `0002${float(229.5)}01${float(1)}${float(231.25)}00${float(50)}`;
    expect(decoded(profile(GROUPS), info.slice(0, -2))).toMatchObject({ "input.L2-N.voltage": 231.25, "input.frequency": "!short" });
    expect(decoded(profile(GROUPS), "00")).toEqual({ lost: "short" });
    for (let length = 0; length < info.length; length += 2) {
      const points = decoded(profile(GROUPS), info.slice(0, length));
      expect(Object.values(points).every((value) => typeof value === "string" || value >= 0)).toBe(true);
      expect(points["input.frequency"]).not.toBe(50);
    }
  });

  test("a count that lies costs nothing but its own answer", () => {
    expect(decoded(profile(GROUPS), `00FF${float(229.5)}00`)).toMatchObject({ "input.L1-N.voltage": 229.5, "input.frequency": "!short" });
  });

  test("spaces for a float, and for a state, mean that there is none; big-endian floats where a profile says so", () => {
    expect(decoded(profile(GROUPS), `0001${"20".repeat(4)}00${float(50)}`)).toMatchObject({ "input.L1-N.voltage": "!sentinel" });
    expect(
      decoded(
        profile(`floats: big\nquirks: { floats: the maker sends them so }\n${GROUPS}`),
        `0001${float(229.5, true)}00${float(50, true)}`,
      ),
    ).toMatchObject({
      "input.L1-N.voltage": 229.5,
    });
    const states = `commands: { a: { cid2: "44", layout: [{ item: s, as: u8 }] } }\npoints:\n  ups.fault: { command: a, item: s, states: { 0x00: normal, 0xF0: fault } }\n`;
    expect(decoded(profile(states), "20")).toEqual({ "ups.fault": "!sentinel" });
    expect(decoded(profile(states), "F0")).toEqual({ "ups.fault": 1 });
    expect(decoded(profile(states), "E3")).toEqual({ "ups.fault": "!unknownState" });
  });

  test("an INFO of another length than the profile fixes is another device's", () => {
    const fixed =
      'commands: { a: { cid2: "42", bytes: 3, layout: [{ skip: 1 }, { item: v }] } }\npoints: { input.voltage: { command: a, item: v, scale: 0.01 } }\n';
    expect(decoded(profile(fixed), "0059D8")).toEqual({ "input.voltage": 230 });
    expect(decoded(profile(fixed), "59D8")).toEqual({ lost: "garbled" });
  });
});

describe("what is wrong with a profile", () => {
  const faults = (body: string): readonly string[] => {
    const parsed = parseProfile("other/x", "other/x.yaml", HEAD + body);
    if (!("problems" in parsed)) return [];
    for (const { message } of parsed.problems) expect(message.zh, message.en).toMatch(/[\u4e00-\u9fff]/);
    return parsed.problems.map(({ message }) => message.en);
  };
  test("is said: what is other than usual, without a reason", () => {
    const body = 'commands: { a: { cid2: "42", layout: [{ item: v }] } }\npoints: { input.voltage: { command: a, item: v } }\n';
    expect(faults(`pauseMs: 100\nfloats: big\n${body}`)).toEqual([
      "pauseMs is other than the usual 0: give the reason in quirks",
      "floats is other than the usual little: give the reason in quirks",
    ]);
    expect(faults(`pauseMs: 100\nquirks: { pauseMs: drops what comes sooner }\n${body}`)).toEqual([]);
  });
  test("is said in the words of the format, not of a library", () => {
    const body = 'commands: { a: { cid2: "4G", layout: [{ item: v }] } }\npoints: { input.#.voltage: { command: a, item: V, nth: 0 } }\n';
    expect(faults(body)).toEqual([
      'expected two hexadecimal digits in quotes, e.g. `"2A"`, found `4G`',
      "expected a name in small letters, e.g. `cell-voltage`, found `V`",
      "expected a count from 1 to 255, found `0`",
    ]);
  });
  test("is said: a command or an item that is not there, a group whose count nobody said", () => {
    const commands = (layout: string): string => `commands: { a: { cid2: "42", layout: ${layout} } }\n`;
    expect(faults(`${commands("[{ item: v }]")}points: { input.voltage: { command: b, item: v } }\n`)).toEqual(["there is no command `b`"]);
    expect(faults(`${commands("[{ item: v }]")}points: { input.voltage: { command: a, item: w } }\n`)).toEqual([
      "the answer has no item `w`",
    ]);
    expect(
      faults(`${commands("[{ times: n, of: [{ item: v }] }, { count: n }]")}points: { input.voltage: { command: a, item: v } }\n`),
    ).toEqual(["nothing before it says the count `n`"]);
  });
});

const WIRE = { path: "/dev/ttyS0", baudRate: 9_600, parity: "none", stopBits: 1, timeoutMs: 1_000 } as const;
function bus(talker: Talker): { time: VirtualTime; device: (id: string, unit: number) => () => Promise<Seen>; sent: Buffer[] } {
  const time = new VirtualTime();
  const { opens, sent } = simulatedLine(time, talker, 10_000 / 9_600);
  const session = openYd1363(WIRE, time, { opens });
  return {
    time,
    sent,
    device: (id, unit) => {
      const read = watched(session.device({ profile: profileOf(id, "yd1363"), unit }));
      return () => time.run(read());
    },
  };
}

/** A Liebert GXE with its fields where its driver elsewhere reads them. */
function gxe(state: { mains: boolean; volts: number; bypass: boolean }): YdUnit {
  const hundredths = (value: number): string =>
    Math.round(value * 100)
      .toString(16)
      .padStart(4, "0");
  return {
    address: 1,
    cid1: 0x2a,
    info: (cid2) => {
      if (cid2 === 0x42)
        return Buffer.from(
          `00${hundredths(state.volts)}00000000${hundredths(230)}00000000${hundredths(4.35)}00000000${hundredths(218.4)}${hundredths(50)}00000000${hundredths(49.97)}00000000${hundredths(0.95)}${hundredths(1.02)}`,
          "hex",
        );
      if (cid2 === 0x43) return Buffer.from([0, state.bypass ? 2 : 1, 0xe1, state.mains ? 0xe1 : 0xe2, state.mains ? 0xe1 : 0xe3, 0xe1]);
      return cid2 === 0x44 ? Buffer.alloc(25) : null;
    },
  };
}

describe("devices on a line", () => {
  test("a UPS says what it lives from, and when it lives from its battery", async () => {
    const state = { mains: true, volts: 229.5, bypass: false };
    const read = bus(yd1363Talker([gxe(state)])).device("ups/liebert-gxe-yd1363", 1);
    expect((await read()).points).toMatchObject({
      "output.source": "normal",
      "battery.charger.status": "charging",
      "input.voltage": 229.5,
      "output.current": 4.35,
      "battery.voltage": 218.4,
      "input.frequency": 49.97,
      "ups.realpower": 950,
      "ups.power": 1_020,
      "ups.fault": "normal",
      "ups.overload": "normal",
    });
    state.mains = false;
    state.volts = 0;
    expect((await read()).points).toMatchObject({
      "output.source": "battery",
      "battery.charger.status": "discharging",
      "input.voltage": 0,
    });
    state.bypass = true;
    expect((await read()).points["output.source"]).toBe("bypass");
  });

  // Two captures of packs with 15 cells and 5 sensors, and one of the shorter form.
  test("battery packs tell cells and sensors as many as they have", async () => {
    const captured = (start: string): Buffer => Buffer.from(PUBLISHED.find(({ frame }) => frame.startsWith(start))?.info ?? "", "hex");
    const packs: YdUnit[] = [
      { address: 2, cid1: 0x46, info: (_, asked) => (asked[0] === 2 ? captured("~20024600F07A11020F0CC5") : null) },
      { address: 1, cid1: 0x46, info: () => captured("~20014600C06E") },
    ];
    const line = bus(yd1363Talker(packs));
    const { points } = await line.device("battery/pylontech-us-yd1363", 2)();
    expect(points).toMatchObject({
      "battery.voltage": 49.037,
      "battery.current": -3.2,
      "battery.cell.1.voltage": 3.269,
      "battery.cell.15.voltage": 3.27,
      "battery.cell.16.voltage": "!noSuchObject",
      "battery.1.temperature": 14,
      "battery.5.temperature": 13,
      "battery.6.temperature": "!noSuchObject",
      "battery.capacity": "!sentinel",
      "battery.cycles": 27,
    });
    const sum = Array.from({ length: 15 }, (_, cell) => Number(points[`battery.cell.${cell + 1}.voltage`])).reduce(
      (total, volts) => total + volts,
      0,
    );
    expect(sum).toBeCloseTo(Number(points["battery.voltage"]), 1);
    expect((await line.device("battery/pylontech-us-yd1363", 1)()).points).toMatchObject({
      "battery.voltage": 50.981,
      "battery.capacity": 50,
      "battery.capacity.remaining": 49,
    });
  });

  test("an air-conditioner without the DATAFLAG byte gives no wrong temperature", async () => {
    const room = (info: string): YdUnit => ({ address: 3, cid1: 0x60, info: (cid2) => (cid2 === 0x42 ? Buffer.from(info, "hex") : null) });
    const right = await bus(yd1363Talker([room("0000F601C7FFCE")])).device("cooling/emerson-datamate-yd1363", 3)();
    expect(right.points).toMatchObject({
      "return.temperature": 24.6,
      "return.humidity": 45.5,
      "outdoor.temperature": -5,
      "return.temperature.setpoint": "!exception",
    });
    const shifted = await bus(yd1363Talker([room("00F601C7FFCE")])).device("cooling/emerson-datamate-yd1363", 3)();
    expect(shifted.points).toMatchObject({ "return.temperature": "!outOfRange", "return.humidity": "!outOfRange" });
  });

  test.each([
    ["silent", "timeout"],
    ["truncated", "short"],
    ["noiseAlone", "garbled"],
    ["twoTalkers", "garbled"],
  ] as const)("one that is %s gives no value and says why; it is read again when it is well", async (kind, reason) => {
    let trouble: Trouble = kind;
    const read = bus(troubled(yd1363Talker([gxe({ mains: true, volts: 229, bypass: false })]), () => trouble)).device(
      "ups/liebert-gxe-yd1363",
      1,
    );
    const { points } = await read();
    for (const [name, value] of Object.entries(points)) expect(value, name).toBe(`!${reason}`);
    trouble = "none";
    expect((await read()).points["input.voltage"]).toBe(229);
  });

  test("a late answer to one command is never taken for the next one's", async () => {
    let trouble: Trouble = "late";
    const line = bus(troubled(yd1363Talker([gxe({ mains: true, volts: 229, bypass: false })]), () => trouble));
    const read = line.device("ups/liebert-gxe-yd1363", 1);
    await read();
    trouble = "none";
    for (let round = 0; round < 10; round += 1) {
      const { points } = await read();
      for (const name of ["output.source", "input.voltage", "battery.voltage", "ups.fault"])
        expect([`${points[name]}`.startsWith("!"), "normal", 229, 218.4]).toContain(
          `${points[name]}`.startsWith("!") ? true : points[name],
        );
    }
  });

  test("an answer that comes while the next question is due is listened to first: an old state is not taken for the new one", async () => {
    const state = { mains: true, volts: 229, bypass: false };
    let slow = true;
    const talker = yd1363Talker([gxe(state)]);
    const read = bus((heard) => talker(heard).map(({ bytes }) => ({ bytes, afterMs: slow ? 1_380 : 200 }))).device(
      "ups/liebert-gxe-yd1363",
      1,
    );
    expect((await read()).points["output.source"]).toBe("!timeout");
    slow = false;
    state.mains = false;
    expect((await read()).points["output.source"]).toBe("battery");
  });

  test("one that is dead does not keep another from being read", async () => {
    const line = bus(yd1363Talker([gxe({ mains: true, volts: 229, bypass: false })]));
    const dead = line.device("cooling/emerson-datamate-yd1363", 9);
    const living = line.device("ups/liebert-gxe-yd1363", 1);
    expect((await dead()).report).toMatchObject({ answered: false, transactions: 1 });
    expect((await living()).points["input.voltage"]).toBe(229);
  });
});
