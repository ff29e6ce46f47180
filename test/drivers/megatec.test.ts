import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { axpertCrc, MegatecFraming, megatecLine } from "../../drivers/megatec/frame.ts";
import { openMegatec } from "../../drivers/megatec/session.ts";
import { planText } from "../../drivers/text/plan.ts";
import { q1Answer, q1Talker, qgsTalker, SerialUps } from "../peers/line/serial-ups.ts";
import { lineTalker, type Talker, type Trouble, troubled } from "../peers/line/talker.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const CHARACTER_MS = 10_000 / 2_400;
const WIRE = { path: "/dev/ttyS0", baudRate: 2_400, parity: "none", stopBits: 1, timeoutMs: 2_000 } as const;

function ups(talker: Talker, profile: string): { time: VirtualTime; read: () => Promise<Seen>; sent: Buffer[] } {
  const time = new VirtualTime();
  const { opens, sent } = simulatedLine(time, talker, CHARACTER_MS);
  const session = openMegatec(WIRE, time, { opens });
  const read = watched(session.device({ profile: profileOf(profile, "megatec") }));
  return { time, sent, read: () => time.run(read()) };
}

describe("a UPS that speaks Q1", () => {
  let model: SerialUps;
  let trouble: Trouble;
  let read: () => Promise<Seen>;
  let sent: Buffer[];

  beforeEach(() => {
    model = new SerialUps();
    trouble = "none";
    ({ read, sent } = ups(
      troubled(q1Talker(model), () => trouble),
      "ups/megatec-q1",
    ));
  });

  test("says what stands on its display", async () => {
    const { points, report } = await read();
    expect(points).toMatchObject({
      "input.voltage": 229.5,
      "output.voltage": 230,
      "ups.load": 44,
      "input.frequency": 50,
      "battery.cell.voltage": 2.27,
      "battery.voltage": "!outOfRange",
      "ups.temperature": 31.4,
      "output.source": "normal",
      "battery.status": "normal",
      "ups.fault": "normal",
      "ups.type": "online",
      "ups.test.active": "no",
      "ups.beeper.status": "enabled",
      "output.voltage.nominal": 230,
      "battery.voltage.nominal": 192,
    });
    expect(report.answered).toBe(true);
    expect(report.faults).toEqual([]);
    expect(points["battery.charge"]).toBeUndefined();
  });

  test("goes on battery, runs it down, and comes back: each state is told", async () => {
    expect((await read()).points["output.source"]).toBe("normal");
    model.mainsVolts = 0;
    model.step(60);
    expect((await read()).points).toMatchObject({ "output.source": "battery", "battery.status": "normal", "input.voltage": 0 });
    for (let minute = 0; minute < 16; minute += 1) model.step(60);
    expect((await read()).points).toMatchObject({ "output.source": "battery", "battery.status": "low" });
    model.mainsVolts = 231;
    model.step(3_600);
    expect((await read()).points).toMatchObject({ "output.source": "normal", "battery.status": "normal", "input.voltage": 231 });
  });

  test("is asked a second time only when something has changed", async () => {
    await read();
    sent.length = 0;
    await read();
    expect(sent.map(String)).toEqual(["Q1\r"]);
    model.broken = true;
    sent.length = 0;
    expect((await read()).points["ups.fault"]).toBe("fault");
    expect(sent.map(String)).toEqual(["Q1\r", "Q1\r"]);
  });

  test("waits longer where its port wants that", async () => {
    const time = new VirtualTime();
    const { opens } = simulatedLine(time, q1Talker(model, 0), CHARACTER_MS);
    const session = openMegatec({ ...WIRE, pauseMs: 700 }, time, { opens });
    const readAlone = watched(session.device({ profile: profileOf("ups/megatec-q1", "megatec") }));
    await time.run(readAlone());
    const startedMs = time.nowMs;
    await time.run(readAlone());
    expect(time.nowMs - startedMs).toBeGreaterThan(699.9);
  });

  test("is asked for its rating every ten minutes", async () => {
    const { time, sent: asked, read: readAlone } = ups(q1Talker(model, 0), "ups/megatec-q1");
    const { points, report } = await readAlone();
    expect(report.held).toBeUndefined();
    expect(points["output.voltage.nominal"]).toBe(230);
    time.nowMs += 300_000;
    expect((await readAlone()).report.held?.size).toBe(4);
    time.nowMs += 300_000;
    asked.length = 0;
    expect((await readAlone()).points["output.voltage.nominal"]).toBe(230);
    expect(asked.map(String)).toEqual(["Q1\r", "F\r"]);
  });

  test("waits a tenth of a second before the next question", async () => {
    const { time, read: readAlone } = ups(q1Talker(model, 0), "ups/megatec-q1");
    await readAlone();
    const startedMs = time.nowMs;
    await readAlone();
    await readAlone();
    // Two pairs on the line, and two rests.
    expect(time.nowMs - startedMs).toBeGreaterThan(199.9 + 2 * (3 + 47) * CHARACTER_MS);
  });

  test.each([
    ["silent", "timeout"],
    ["truncated", "short"],
    ["noiseAlone", "short"],
    ["twoTalkers", "short"],
  ] as const)("that is %s gives no value, says why, and is read again at once when it is well", async (kind, reason) => {
    trouble = kind;
    const { points, report } = await read();
    expect(points["input.voltage"]).toBe(`!${reason}`);
    expect(points["output.source"]).toBe(`!${reason}`);
    expect(report.answered).toBe(false);
    trouble = "none";
    expect((await read()).points).toMatchObject({ "input.voltage": 229.5, "output.source": "normal" });
  });

  test("whose answer is late has it thrown away, not taken for the next one", async () => {
    await read();
    trouble = "late";
    model.mainsVolts = 111;
    expect((await read()).points["input.voltage"]).toBe("!timeout");
    trouble = "none";
    model.mainsVolts = 229;
    for (let round = 0; round < 4; round += 1) {
      const { points } = await read();
      expect([229, "!timeout", "!garbled", "!short"]).toContain(points["input.voltage"]);
    }
    expect((await read()).points["input.voltage"]).toBe(229);
  });

  test("is heard through noise in front of its answer", async () => {
    trouble = "noiseInFront";
    expect((await read()).points).toMatchObject({ "input.voltage": 229.5, "output.source": "normal" });
  });

  test("is not believed when one answer says battery and the next one mains", async () => {
    await read();
    const right = q1Answer(model);
    const glitches = [right.replace(/ 0(.{7})$/, " 1$1"), right, right];
    const flaky = ups(
      lineTalker("\r", (line) => (line === "Q1" ? `${glitches.shift() ?? right}\r` : `${line}\r`), 20),
      "ups/megatec-q1",
    );
    expect((await flaky.read()).points["output.source"]).toBe("normal");
    glitches.push(right.replace(/ 0(.{7})$/, " 1$1"), right);
    expect((await flaky.read()).points["output.source"]).toBe("normal");
    expect(flaky.sent.map(String).filter((asked) => asked === "Q1\r")).toHaveLength(5);
  });

  test("that contradicts itself without end is disturbed, and has no value", async () => {
    let turn = 0;
    const right = q1Answer(model);
    const mad = ups(
      lineTalker(
        "\r",
        () => {
          turn += 1;
          return `${right.replace("229.5", turn % 2 === 0 ? "029.5" : "229.5")}\r`;
        },
        20,
      ),
      "ups/megatec-q1",
    );
    const { points, report } = await mad.read();
    expect(points["input.voltage"]).toBe("!garbled");
    expect(report.faults[0]?.detail).toContain("no two of which agree");
  });

  test("is not asked for ever what it does not know", async () => {
    const plain = ups(
      lineTalker("\r", (line) => `${line === "Q1" ? q1Answer(model) : line}\r`, 20),
      "ups/megatec-q1",
    );
    const first = await plain.read();
    expect(first.report.faults).toEqual([{ reason: "exception", detail: "rating: does not know this question" }]);
    for (let round = 0; round < 10; round += 1) await plain.read();
    expect(plain.sent.filter((asked) => asked.toString() === "F\r")).toHaveLength(3);
    expect((await plain.read()).points["output.voltage.nominal"]).toBe("!exception");
    for (let round = 0; round < 60; round += 1) await plain.read();
    expect(plain.sent.filter((asked) => asked.toString() === "F\r")).toHaveLength(4);
  });
});

describe("other dialects", () => {
  test("QGS, QMOD and QBV tell charge, runtime and mode; dashes are no value", async () => {
    const model = new SerialUps();
    const { read } = ups(qgsTalker(model), "ups/voltronic-qgs");
    expect((await read()).points).toMatchObject({
      "input.voltage": 229.5,
      "battery.voltage": 218.4,
      "battery.charge": 100,
      "battery.packs": 16,
      "ups.mode": "line",
      "output.source": "normal",
      "ups.type": "online",
      "ups.epo": "released",
    });
    model.mainsVolts = 0;
    model.step(120);
    const { points } = await read();
    expect(points).toMatchObject({ "ups.mode": "battery", "output.source": "battery" });
    expect(points["battery.runtime"]).toBeGreaterThan(300);
    const dashes = "(234.9 50.0 229.8 50.0 ---.- --- 369.1 ---.- 026.5 ---.- 018.8 100000000001";
    const poor = ups(
      lineTalker("\r", (line) => `${line === "QGS" ? dashes : "(NAK"}\r`, 20),
      "ups/voltronic-qgs",
    );
    expect((await poor.read()).points).toMatchObject({
      "output.current": "!sentinel",
      "ups.load": "!sentinel",
      "battery.voltage": 26.5,
      "ups.mode": "!exception",
    });
  });

  // Answers as units gave them. (networkupstools/nut, self-tests and samples of nutdrv_qx)
  test.each([
    [
      "ups/megatec-q1",
      { Q1: "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000", F: "#220.0 000 024.0 50.0" },
      { "battery.voltage": 27.5, "ups.type": "line-interactive", "output.current.nominal": "!sentinel", "battery.voltage.nominal": 24 },
    ],
    [
      "ups/mustek-qs",
      { QS: "(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000", F: "#230.0 000 024.0 50.0" },
      { "input.voltage": 215, "battery.voltage": 22.7 },
    ],
    ["ups/megatec-old-d", { D: "(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000" }, { "output.voltage": 230 }],
    ["ups/hunnox-q1-bl", { Q1: "(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000", BL: "BL100" }, { "battery.charge": 100 }],
    [
      "ups/voltronic-qs",
      { QS: "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000", QI: "(100 00979 50.0 000.3 177 290 0 0000010000112000" },
      { "battery.charge": 100, "battery.runtime": 979, "output.current": 0.3 },
    ],
    [
      "ups/voltronic-qgs",
      {
        QGS: "(234.9 50.0 229.8 50.0 000.0 000 369.1 ---.- 026.5 ---.- 018.8 100000000001",
        QMOD: "(S",
        QBV: "(026.5 02 01 068 255",
        QRI: "(230.0 004 024.0 50.0",
      },
      { "battery.charge": 68, "battery.runtime": 15_300, "ups.mode": "standby", "ups.temperature": 18.8 },
    ],
    [
      "ups/megatec-q6",
      {
        Q6: "(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 00000000 00000000 11",
        WA: "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000",
        Q1: "(215.0 195.0 230.0 014 49.0 22.7 30.0 00000000",
      },
      {
        "input.L3-N.voltage": 230,
        "output.L2.voltage": "!sentinel",
        "battery.runtime": 6_932,
        "battery.charge": 100,
        "ups.realpower": 1_400,
        "ups.load": 7,
      },
    ],
  ] as const)("%s reads what its units were heard to say", async (profile, answers, expected) => {
    const said: Readonly<Record<string, string>> = answers;
    const { read } = ups(
      lineTalker("\r", (line) => `${said[line] ?? "(NAK"}\r`, 20),
      profile,
    );
    expect((await read()).points).toMatchObject(expected);
  });
});

describe("the Axpert family", () => {
  // QPI BE AC, QMOD 49 C1, QPIGS B7 A9, POP02 E2 0B (a reserved byte, sent one higher): published with their checksums.
  test.each([
    ["QPI", "beac"],
    ["QID", "d6ea"],
    ["QMOD", "49c1"],
    ["QPIGS", "b7a9"],
    ["QPIRI", "f854"],
    ["QPIWS", "b4da"],
    ["QFLAG", "9874"],
    ["QVFW", "6299"],
    ["POP02", "e20b"],
    ["PCP01", "9d5b"],
  ])("%s has the checksum %s", (command, crc) => {
    expect(Buffer.from(axpertCrc(Buffer.from(command))).toString("hex")).toBe(crc);
  });

  const QPIGS = "(233.5 50.1 233.5 50.1 0467 0396 009 440 54.00 000 100 0033 0000 000.0 00.00 00000 00010101 00 00 00000 110";
  const query = planText(profileOf("ups/voltronic-axpert", "megatec")).queries[0];
  if (query === undefined) throw new Error("no question");

  test("reads an answer with its checksum, once", async () => {
    const talker: Talker = (heard) => [
      { bytes: megatecLine(heard.toString("latin1").startsWith("QMOD") ? "(B" : QPIGS, true), afterMs: 20 },
    ];
    const { read, sent } = ups(talker, "ups/voltronic-axpert");
    expect((await read()).points).toMatchObject({ "ups.realpower": 396, "battery.charge": 100, "output.source": "battery", "ups.load": 9 });
    expect(sent).toHaveLength(2);
  });

  test("an answer that comes while the next question is due is listened to first: the old number is not taken for the new one", async () => {
    let asked = 0;
    const slow: Talker = (heard) => {
      if (!heard.toString("latin1").startsWith("QPIGS")) return [];
      asked += 1;
      const watts = asked === 1 ? "0396" : "0400";
      return [{ bytes: megatecLine(QPIGS.replace("0396", watts), true), afterMs: asked === 1 ? 2_500 : 300 }];
    };
    const { read } = ups(slow, "ups/voltronic-axpert");
    expect((await read()).points["ups.realpower"]).toMatch(/^!/);
    expect((await read()).points["ups.realpower"]).toBe(400);
  });

  test("any flipped bit of an answer is refused", () => {
    const answer = megatecLine(QPIGS, true);
    for (let bit = 0; bit < (answer.length - 1) * 8; bit += 1) {
      const flipped = Buffer.from(answer);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const framing = new MegatecFraming(true);
      framing.begin(query);
      const taken = framing.take(flipped);
      expect(taken?.outcome, `bit ${bit}`).not.toBe("text");
    }
  });
});

describe("framing", () => {
  const query = planText(profileOf("ups/megatec-q1", "megatec")).queries[0];
  if (query === undefined) throw new Error("no question");

  test("finds an answer however it is cut, and hands it on once", () => {
    const text = "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000";
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 8 }), (cuts) => {
        const framing = new MegatecFraming(false);
        expect(Buffer.from(framing.begin(query)).toString()).toBe("Q1\r");
        const line = megatecLine(text, false);
        const places = [0, ...cuts.toSorted((a, b) => a - b), line.length];
        const found = places.slice(1).flatMap((end, index) => framing.take(line.subarray(places[index], end)) ?? []);
        expect(found).toEqual([{ outcome: "text", text }]);
        expect(framing.take(line)).toBeNull();
      }),
    );
  });
});
