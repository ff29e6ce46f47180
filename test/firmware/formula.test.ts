import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { FORMULA_MAX, parseFormula } from "../../firmware/points/formula.ts";
import { type Columns, compileFormula, dewPoint, type Scope, worstQuality } from "../../firmware/points/formula-value.ts";

/** Three temperatures, a state and a counter: a, b, c are numbers, `ups/output.source` is a state. */
const NAMES = ["a/ambient.temperature", "b/ambient.temperature", "c/ambient.temperature", "ups/output.source", "a/ambient.humidity"];
const SCOPE: Scope = {
  find: (name) =>
    NAMES.flatMap((id, number) => {
      const definition = findPoint(id.split("/")[1] ?? "");
      const fits = name.startsWith("*/") ? id.endsWith(name.slice(1)) : id === name;
      return definition === undefined || !fits ? [] : [{ id, number, definition }];
    }),
};
const ON_BATTERY = findPoint("output.source");
const battery = ON_BATTERY?.kind === "state" ? ON_BATTERY.states.findIndex(({ name }) => name === "battery") : -1;

/** `null` is a reading that is not good. */
function resultOf(text: string, readings: readonly (number | null)[] = [20, 24, 28, battery, 50]): number | string {
  const parsed = parseFormula(text);
  if ("fault" in parsed) return `${parsed.fault.at}: ${parsed.fault.message.en}`;
  const compiled = compileFormula(parsed.tree, SCOPE);
  if ("problems" in compiled) return compiled.problems.map(({ en }) => en).join("; ");
  return compiled.formula.value(columnsOf(readings));
}

function columnsOf(readings: readonly (number | null)[]): Columns {
  return {
    values: Float64Array.from(readings, (value) => value ?? Number.NaN),
    qualities: Uint8Array.from(readings, (value) => (value === null ? QUALITY.timeout : QUALITY.good)),
  };
}

describe("a formula", () => {
  test.each<[string, number]>([
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["10 - 4 - 3", 3],
    ["- 2 * 3", -6],
    ["a/ambient.temperature + b/ambient.temperature", 44],
    ["sum(*/ambient.temperature)", 72],
    ["mean(*/ambient.temperature)", 24],
    ["median(a/ambient.temperature, 99, 7)", 20],
    ["max(*/ambient.temperature) - min(*/ambient.temperature)", 8],
    ["imbalance(9, 10, 11)", 10],
    ["imbalance(0, 0, 0)", 0],
    ["bits(13, 0x0c)", 12],
    ["abs(3 - 5)", 2],
    ["ups/output.source is battery", 1],
    ["ups/output.source is not battery", 0],
    ["ups/output.source is battery and a/ambient.temperature > 27", 0],
    ["not a/ambient.temperature > 27 or 1 = 2", 1],
    ["a/ambient.temperature >= 20 and a/ambient.temperature != 21", 1],
  ])("%s is %s", (text, value) => {
    expect(resultOf(text)).toBeCloseTo(value, 9);
  });

  test.each<[string, string]>([
    ["a/ambient.temperature >", "24: expected a point, a number or a function"],
    ["27 < (ups/output.source is battery)", "expected a number here, not a condition"],
    ["a/ambient.temperature and 1 = 1", "expected a condition here"],
    ["process.exit(1)", "there is no function process.exit"],
    ["constructor(1)", "there is no function constructor"],
    ["a/ambient.temperature; 1", "22: unknown character ;"],
    ["dewpoint(20)", "dewpoint takes 2 values, found 1"],
    ["sum(1", "6: expected )"],
    ["is battery", "expected a point, a number or a function"],
    ["x/ambient.temperature > 1", "no point matches x/ambient.temperature"],
    ["ups/output.source > 1", "is a state: write"],
    ["ups/output.source is asleep", "has no state asleep; it has: "],
    ["a/ambient.temperature is hot", "is a number: compare it with one"],
    ["*/ambient.temperature > 27", "is 3 points: take their sum"],
    ["1 2", "expected and, or, or a sign between blanks"],
  ])("%s is refused", (text, why) => {
    expect(String(resultOf(text))).toContain(why);
  });

  test("is small: neither long, nor deep, nor of many terms", () => {
    expect(String(resultOf(`${"(".repeat(FORMULA_MAX.depth + 1)}1`))).toContain(`nests at most ${FORMULA_MAX.depth} deep`);
    expect(String(resultOf(Array.from({ length: FORMULA_MAX.terms }, () => "1").join(" + ")))).toContain("terms");
    expect(String(resultOf("1".repeat(FORMULA_MAX.characters + 1)))).toContain("characters");
    expect(String(resultOf("not ".repeat(FORMULA_MAX.depth + 1)))).toContain("deep");
  });

  test("law: no text makes the reader throw", () => {
    const word = fc.constantFrom(
      "and",
      "or",
      "not",
      "is",
      "(",
      ")",
      ",",
      "<",
      "=",
      "+",
      "-",
      "*",
      "1",
      "sum",
      "a/ambient.temperature",
      "é",
    );
    fc.assert(fc.property(fc.array(word, { maxLength: 40 }), (words) => typeof resultOf(words.join(" ")) !== "undefined"));
    fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => typeof resultOf(text) !== "undefined"));
  });
});

describe("what is unknown", () => {
  test.each<[string, readonly (number | null)[], number]>([
    ["sum(*/ambient.temperature)", [20, null, 28], Number.NaN],
    ["median(*/ambient.temperature)", [20, null, 28], 24],
    ["median(*/ambient.temperature)", [20, null, null], Number.NaN],
    ["a/ambient.temperature > 10 or b/ambient.temperature > 10", [20, null], 1],
    ["a/ambient.temperature > 30 or b/ambient.temperature > 10", [20, null], Number.NaN],
    ["a/ambient.temperature > 30 and b/ambient.temperature > 10", [20, null], 0],
    ["a/ambient.temperature > 10 and b/ambient.temperature > 10", [20, null], Number.NaN],
    ["not b/ambient.temperature > 10", [20, null], Number.NaN],
    ["ups/output.source is not battery", [20, 24, 28, null], Number.NaN],
    ["a/ambient.temperature / (b/ambient.temperature - 24)", [20, 24], Number.NaN],
  ])("%s of %j is %s", (text, readings, value) => {
    expect(resultOf(text, readings)).toBe(value);
  });

  test("law: a condition that is known does not depend on what is unknown", () => {
    const reading = fc.option(fc.double({ min: 0, max: 40, noNaN: true }), { nil: null });
    const text = "a/ambient.temperature > 20 and b/ambient.temperature > 20 or not c/ambient.temperature > 20";
    fc.assert(
      fc.property(fc.tuple(reading, reading, reading), fc.double({ min: 0, max: 40, noNaN: true }), (readings, any) => {
        const known = resultOf(text, readings);
        if (Number.isNaN(known)) return;
        expect(
          resultOf(
            text,
            readings.map((value) => value ?? any),
          ),
        ).toBe(known);
      }),
    );
  });

  test("says the worst reason among the points that were used", () => {
    const parsed = parseFormula("sum(*/ambient.temperature)");
    if ("fault" in parsed) throw new Error(parsed.fault.message.en);
    const compiled = compileFormula(parsed.tree, SCOPE);
    if ("problems" in compiled) throw new Error("no formula");
    const qualities = Uint8Array.of(QUALITY.good, QUALITY.sentinel, QUALITY.timeout, QUALITY.never, QUALITY.never);
    expect(worstQuality(compiled.formula, { values: new Float64Array(5), qualities })).toBe(QUALITY.timeout);
  });
});

describe("the dew point after Magnus", () => {
  // Psychrometric tables: 25 °C at 50 % is 13.9 °C, 20 °C at 60 % is 12.0 °C, saturated air is at its dew point.
  test.each<[number, number, number]>([
    [25, 50, 13.9],
    [20, 60, 12],
    [27, 60, 18.6],
    [18, 100, 18],
    [18, 40, 4.2],
  ])("of %s °C at %s %% is %s °C", (temperature, humidity, expected) => {
    expect(dewPoint(temperature, humidity)).toBeCloseTo(expected, 1);
  });

  test("law: never above the temperature, and the higher the damper", () => {
    const air = fc.tuple(fc.double({ min: -20, max: 60, noNaN: true }), fc.double({ min: 1, max: 99, noNaN: true }));
    fc.assert(
      fc.property(air, ([temperature, humidity]) => {
        expect(dewPoint(temperature, humidity)).toBeLessThan(temperature);
        expect(dewPoint(temperature, humidity + 1)).toBeGreaterThan(dewPoint(temperature, humidity));
      }),
    );
  });

  test("is unknown of air that has no water at all", () => {
    expect(dewPoint(20, 0)).toBeNaN();
  });
});
