import { beforeEach, describe, expect, test } from "vitest";
import { openUpslink } from "../../drivers/upslink/session.ts";
import { SerialUps, smartUpsTalker } from "../peers/line/serial-ups.ts";
import { type Talker, type Trouble, troubled } from "../peers/line/talker.ts";
import { profileOf, type Seen, watched } from "./wire/reading.ts";
import { simulatedLine } from "./wire/simulated-line.ts";
import { VirtualTime } from "./wire/virtual-time.ts";

const WIRE = { path: "/dev/ttyS0", baudRate: 2_400, parity: "none", stopBits: 1, timeoutMs: 1_000 } as const;

describe("an APC Smart-UPS", () => {
  let model: SerialUps;
  let events: string[];
  let hints: number;
  let trouble: Trouble;
  let sent: Buffer[];
  let read: () => Promise<Seen>;

  const connect = (talker: Talker): void => {
    const time = new VirtualTime();
    const line = simulatedLine(time, talker, 10_000 / 2_400);
    sent = line.sent;
    hints = 0;
    const changed = (): void => {
      hints += 1;
    };
    const reading = watched(openUpslink(WIRE, time, line).device({ profile: profileOf("ups/apc-smart-ups-serial", "upslink"), changed }));
    read = () => time.run(reading());
  };
  beforeEach(() => {
    model = new SerialUps();
    events = [];
    trouble = "none";
    connect(troubled(smartUpsTalker(model, events), () => trouble));
  });

  test("is put into the smart mode and says what stands on its display", async () => {
    const { points } = await read();
    expect(points).toMatchObject({
      "output.source": "normal",
      "battery.status": "normal",
      "battery.replace": "no",
      "ups.overload": "normal",
      "input.voltage": 229.5,
      "input.voltage.maximum": 232.5,
      "output.voltage": 230,
      "input.frequency": 50,
      "ups.load": 44.4,
      "battery.voltage": 27.3,
      "battery.charge": 100,
      "ups.temperature": 31.4,
      "input.transfer.reason": "none",
      "ups.test.result": "passed",
    });
    expect(points["battery.runtime"]).toBeGreaterThan(600);
    expect(points["ambient.temperature"]).toBe("!exception");
    expect(String(sent[0])).toBe("Y");
    expect(sent.filter((asked) => asked.toString() === "Y")).toHaveLength(1);
  });

  test("says so itself when the mains fails: the sign is no part of the answer, and a hint to read it at once", async () => {
    await read();
    expect(hints).toBe(0);
    model.mainsVolts = 0;
    model.step(30);
    events.push("!", "", "%", "+", "?", "=", "*", "#", "&", "|", "$");
    const { points, report } = await read();
    // What it has no probe for, it says so; nothing else is wrong.
    expect(report.faults.every(({ reason }) => reason === "exception")).toBe(true);
    expect(points).toMatchObject({ "output.source": "battery", "input.voltage": 0, "input.transfer.reason": "voltage-low" });
    expect(hints).toBe(10);
  });

  test("is woken again when it has fallen back into the simple mode", async () => {
    await read();
    // Switched off and on: it hears nothing but Y.
    connect(smartUpsTalker(model, events));
    await read();
    sent.length = 0;
    trouble = "silent";
    connect(troubled(smartUpsTalker(model, events), () => trouble));
    expect((await read()).points["input.voltage"]).toBe("!timeout");
    trouble = "none";
    expect((await read()).points["input.voltage"]).toBe(229.5);
    expect(sent.filter((asked) => asked.toString() === "Y")).toHaveLength(2);
  });

  test("on the wrong cable, which answers nothing in smart mode, is refused with the cable's number", async () => {
    connect(() => [{ bytes: Buffer.from("NA\r\n"), afterMs: 10 }]);
    const { points, report } = await read();
    expect(points["input.voltage"]).toBe("!refused");
    expect(report.faults[0]?.detail).toContain("940-0024C");
    expect(report.answered).toBe(false);
  });

  test("with a state that shows for one answer only does not change", async () => {
    await read();
    let asked = 0;
    const honest = smartUpsTalker(model);
    connect((heard) => {
      const said = honest(heard);
      asked += heard.toString() === "Q" ? 1 : 0;
      return heard.toString() === "Q" && asked === 3 ? [{ bytes: Buffer.from("50\r\n"), afterMs: 10 }] : said;
    });
    expect((await read()).points["output.source"]).toBe("normal");
    expect((await read()).points["output.source"]).toBe("normal");
    expect(asked).toBe(4);
  });

  test.each(["truncated", "noiseAlone", "twoTalkers"] as const)("that is %s gives no value, and is read when it is well", async (kind) => {
    await read();
    trouble = kind;
    const { points } = await read();
    for (const [name, value] of Object.entries(points)) expect(value, name).toMatch(/^!/);
    trouble = "none";
    expect((await read()).points["input.voltage"]).toBe(229.5);
  });
});
