import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyReadings, type QualityName, qualityName } from "../../drivers/reading.ts";
import { decodeInto, decoderFor, rowNameOf, TAG } from "../../drivers/snmp/decode.ts";

const plain = { scale: 1, offset: 0, absent: [] as number[] };

interface Said {
  readonly value: number;
  readonly quality: QualityName;
}

function say(name: string, field: Partial<Parameters<typeof decoderFor>[1]>, type: number, value: unknown): Said {
  const readings = emptyReadings(1);
  decodeInto({ oid: "1.3.6.1.4.1.1.0", type, value }, decoderFor(name, { ...plain, ...field }), readings, 0);
  return { value: readings.values[0] ?? Number.NaN, quality: qualityName(readings.qualities[0] ?? 255) };
}
const text = (words: string): Buffer => Buffer.from(words);
const nothing = (quality: QualityName): Said => ({ value: Number.NaN, quality });

describe("numbers in the house unit", () => {
  test.each([
    ["tenths of a volt", "battery.voltage", { scale: 0.1 }, TAG.integer, 2_723, 272.3],
    ["minutes as seconds", "battery.runtime", { scale: 60 }, TAG.integer, 452, 27_120],
    ["TimeTicks as seconds", "battery.runtime", { scale: 0.01 }, TAG.timeTicks, 1_637_400, 16_374],
    ["idle as used", "host.cpu.load", { scale: -1, offset: 100 }, TAG.integer, 93, 7],
    ["a negative active power", "output.L1.realpower", {}, TAG.integer, -26, -26],
    ["Gauge32", "battery.charge", { scale: 0.1 }, TAG.gauge32, 1_000, 100],
    ["Counter64 of nine bytes", "interface.eth0.in.octets", {}, TAG.counter64, Buffer.from([0, 0, 0, 0, 1, 0, 0, 0, 0]), 4_294_967_296],
    ["a number in text", "host.load.1m", {}, TAG.octetString, text("0.42"), 0.42],
    ["a padded number in text", "host.load.1m", {}, TAG.octetString, text(" 12 \0"), 12],
    ["a net-snmp float in an Opaque", "host.load.1m", {}, TAG.opaque, Buffer.from([0x9f, 0x78, 4, 0x3e, 0xd7, 0x0a, 0x3d]), 0.42],
  ] as const)("%s", (_what, name, field, type, raw, value) => {
    expect(say(name, { ...field }, type, raw)).toEqual({ value, quality: "good" });
  });

  test("leave no dust behind the decimals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(0.1, 0.01, 0.001), (raw, scale) => {
        const { value } = say("battery.voltage", { scale, range: [0, 1_000] }, TAG.integer, raw);
        expect(String(value).length).toBeLessThanOrEqual(6);
        expect(Math.round(value / scale)).toBe(raw);
      }),
    );
  });

  test("a state is the index of its word, never the raw code", () => {
    const states = { "3": "normal", "5": "battery" };
    expect(say("output.source", { states }, TAG.integer, 5)).toEqual({ value: 4, quality: "good" });
    expect(say("output.source", { states }, TAG.integer, 6)).toEqual(nothing("unknownState"));
  });
});

describe("what is no number", () => {
  test.each([
    ["noSuchObject", TAG.noSuchObject, null, "noSuchObject"],
    ["noSuchInstance", TAG.noSuchInstance, null, "noSuchObject"],
    ["endOfMibView", TAG.endOfMibView, null, "noSuchObject"],
    ["the documented code", TAG.integer, 65_535, "sentinel"],
    ["empty text", TAG.octetString, text(""), "sentinel"],
    ["UNKNOWN", TAG.octetString, text("UNKNOWN"), "sentinel"],
    ["NaN in text", TAG.octetString, text("nan"), "notANumber"],
    ["words", TAG.octetString, text("abc"), "wrongType"],
    ["a number with a unit", TAG.octetString, text("23.5 C"), "wrongType"],
    ["a novel", TAG.octetString, text("1".repeat(500)), "wrongType"],
    ["an OID", 6, "1.3.6.1", "wrongType"],
    ["an address", 64, "10.0.0.1", "wrongType"],
    ["NULL", 5, null, "wrongType"],
    ["an Opaque of another kind", TAG.opaque, Buffer.from([1, 2, 3]), "wrongType"],
    ["a NaN float", TAG.opaque, Buffer.from([0x9f, 0x78, 4, 0x7f, 0xc0, 0, 0]), "notANumber"],
    ["more than physics allows", TAG.integer, 2_313, "outOfRange"],
  ] as const)("%s", (_what, type, raw, quality) => {
    expect(say("input.voltage", { absent: [65_535] }, type, raw)).toEqual(nothing(quality));
  });

  test("more than the maker states", () => {
    expect(say("input.voltage", { range: [0, 300] }, TAG.integer, 301)).toEqual(nothing("outOfRange"));
    expect(say("input.voltage", {}, TAG.integer, 301).quality).toBe("good");
  });

  test("whatever arrives, only a good reading carries a number, and it lies in the range", () => {
    const anything = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.constant(null),
      fc.string(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), anything, (type, raw) => {
        const { value, quality } = say("battery.charge", { scale: 0.1, absent: [0] }, type, raw);
        expect(Number.isNaN(value)).toBe(quality !== "good");
        if (quality === "good") expect(value >= 0 && value <= 100).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

test("a row's name is its text without padding", () => {
  expect(rowNameOf({ oid: "1.3", type: TAG.octetString, value: text("eth0\0\0") })).toBe("eth0");
  expect(rowNameOf({ oid: "1.3", type: TAG.integer, value: 7 })).toBeNull();
});
