import { describe, expect, test } from "vitest";
import { type CommissioningValues, numbersIn, parseArguments } from "../../firmware/commissioning/arguments.ts";
import { registerTable, tableOf } from "../../firmware/commissioning/table.ts";

const NONE: CommissioningValues = { multiple: false };

describe("what is said on the command line", () => {
  test("units are numbers and ranges", () => {
    expect(numbersIn("1-3,7")).toEqual([1, 2, 3, 7]);
    expect(numbersIn("3-1")).toEqual([Number.NaN]);
    expect(numbersIn("1-100000")).toEqual([Number.NaN]);
  });

  test("a scan, with everything that narrows it", () => {
    const values = { ...NONE, units: "1-2", bauds: "9600,19200", parities: "none", protocols: "modbus" };
    expect(parseArguments("scan", ["line"], values, {})).toEqual({
      asked: {
        kind: "scan",
        ask: { bus: "line", units: [1, 2], bauds: [9_600, 19_200], parities: ["none"], protocols: ["modbus"] },
      },
    });
    expect(parseArguments("scan", ["line"], { ...NONE, units: "x", bauds: "9601" }, {})).toMatchObject({
      problems: [{ en: expect.stringContaining("units") }, { en: expect.stringContaining("bauds") }],
    });
  });

  test("registers, variables, walks and frames", () => {
    const what = (rest: readonly string[], values = NONE) => {
      const parsed = parseArguments("read", rest, values, {});
      return typeof parsed === "object" && "asked" in parsed && parsed.asked.kind === "read" ? parsed.asked.ask.what : parsed;
    };
    expect(what(["line", "3", "holding", "0x64", "10"])).toEqual({ kind: "holding", unit: 3, address: 100, count: 10 });
    expect(what(["card", "1.3.6.1.2.1.1.1.0"])).toEqual({ kind: "get", oid: "1.3.6.1.2.1.1.1.0" });
    expect(what(["card", "1.3.6.1.2.1.1"], { ...NONE, walk: "20" })).toEqual({ kind: "walk", oid: "1.3.6.1.2.1.1", most: 20 });
    expect(what(["line", "frame", "7E 32"], { ...NONE, confirm: "trying" })).toEqual({ kind: "frame", hex: "7E 32", reason: "trying" });
    expect(what(["line", "3", "nonsense", "1"])).toBe("usage");
    expect(what(["line"])).toBe("usage");
  });

  test("nothing is changed without a reason: not by a write, not by a frame", () => {
    const refused = { problems: [{ en: expect.stringContaining("--confirm"), zh: expect.stringContaining("--confirm") }] };
    expect(parseArguments("write", ["line", "3", "holding", "100", "5"], NONE, {})).toMatchObject(refused);
    expect(parseArguments("read", ["line", "frame", "01"], NONE, {})).toMatchObject(refused);
  });

  test("values are words: decimal, hexadecimal, negative, on and off", () => {
    const write = (...rest: string[]) => parseArguments("write", ["line", "3", ...rest], { ...NONE, confirm: "why" }, {});
    const ask = { bus: "line", unit: 3, table: "holding", address: 1, values: [255, 65_531], multiple: false, reason: "why" };
    expect(write("holding", "1", "0xff", "-5")).toEqual({ asked: { kind: "write", ask } });
    expect(write("coil", "1", "on")).toMatchObject({ asked: { ask: { values: [1] } } });
    expect(write("holding", "1", "65536")).toMatchObject({ problems: [{}] });
    expect(write("input", "1", "1")).toMatchObject({ problems: [{}] });
  });

  test("a subnet takes a community, or a user whose keys are in the environment", () => {
    expect(parseArguments("scan", [], { ...NONE, snmp: "10.2.0.0/24", community: "public" }, {})).toMatchObject({
      network: { subnet: "10.2.0.0/24", port: 161, access: { version: "2c", community: "public" } },
    });
    const keys = { authKey: "longenough", privKey: "longenough2" };
    expect(parseArguments("scan", [], { ...NONE, snmp: "10.2.0.0/24", user: "li" }, keys)).toMatchObject({
      network: { access: { version: "3", user: "li", level: "authPriv", ...keys } },
    });
    expect(parseArguments("scan", [], { ...NONE, snmp: "10.2.0.0/24" }, {})).toMatchObject({ problems: [{}] });
  });
});

test("registers are shown in every way in which makers mean them", () => {
  expect(registerTable("holding", 100, [0xfffb, 0x41c8, 0x0000, 0x4142])).toEqual([
    "address  hex     u16    s16    f32 high-low  f32 low-high  text",
    "100      0xFFFB  65531  -5     NaN           25.125        ..",
    "101      0x41C8  16840  16840  25            2.35979e-41   A.",
    "102      0x0000  0      0      2.34101e-41   12.125        ..",
    "103      0x4142  16706  16706                              AB",
  ]);
});

test("bytes are shown in pairs, and silence as a dash", () => {
  expect(tableOf({ kind: "frame", sent: "7e32", heard: "" })).toEqual(["> 7E 32", "< -"]);
});
