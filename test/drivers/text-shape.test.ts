import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseProfile } from "../../drivers/catalogue.ts";
import { emptyReadings } from "../../drivers/reading.ts";
import { decodeText } from "../../drivers/text/decode.ts";
import { planText } from "../../drivers/text/plan.ts";
import { numberIn, shapeOf } from "../../drivers/text/shape.ts";

const Q1 = "(99999 99999 99999 999 9999 9999 9999 bbbbbbbb";

describe("the shape of an answer", () => {
  test("fits the answers that units were heard to give", () => {
    const shape = shapeOf(Q1);
    expect(shape.length).toBe(46);
    expect(shape.lead).toBe("(");
    for (const answer of [
      "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000",
      "(215.0 195.0 230.0 014 49.0 2.27 30.0 00000000",
      "(226.0 195.0 226.0 014 49.0 27.5 --.- 00001000",
      "(000.0 000.0 230.0 001 00.0 13.5 30.0 10000001",
    ])
      expect(shape.fits(answer), answer).toBe(true);
  });

  test("does not fit what is cut off, shifted, or has letters where numbers are", () => {
    const shape = shapeOf(Q1);
    const answer = "(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000";
    for (let length = 0; length < answer.length; length += 1) {
      expect(shape.fits(answer.slice(0, length))).toBe(false);
      expect(shape.fits(answer.slice(answer.length - length))).toBe(false);
    }
    for (const wrong of [
      answer.replace("226.0", "22A.0"),
      answer.replace("226.0", "2.6.0"),
      `${answer}0`,
      answer.replace("00001000", "00002000"),
    ])
      expect(shape.fits(wrong), wrong).toBe(false);
  });

  test("stands for itself where it says no class, whatever the sign", () => {
    expect(shapeOf("#99999 999").fits("#220.0 014")).toBe(true);
    expect(shapeOf("BL999").fits("BL100")).toBe(true);
    expect(shapeOf("9999:").fits("0123:")).toBe(true);
    expect(shapeOf("hh").fits("0F")).toBe(true);
    expect(shapeOf("hh").fits("0g")).toBe(false);
    expect(shapeOf("(.").fits("(x")).toBe(false);
  });

  test("reads numbers as people write them, dashes as none, and nothing else", () => {
    expect([numberIn("226.0"), numberIn(" 27"), numberIn("-5.5"), numberIn(".5"), numberIn("007")]).toEqual([226, 27, -5.5, 0.5, 7]);
    expect([numberIn("---.-"), numberIn("--"), numberIn(" - ")]).toEqual([null, null, null]);
    for (const no of ["", " ", "2.2.6", "1e5", "0x1F", "22 6", "NaN", "."]) expect(numberIn(no), no).toBeUndefined();
  });

  test("a number that fits is a number; whatever the signs", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 5, maxLength: 5 }), (text) => {
        if (!shapeOf("99999").fits(text)) return;
        const number = numberIn(text);
        expect(number === null || Number.isFinite(number)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a profile in text", () => {
  const HEAD = "protocol: megatec\nclass: ups\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  const faults = (text: string): readonly string[] => {
    const answer = parseProfile("ups/x", "ups/x.yaml", `${HEAD}${text}`);
    if (!("problems" in answer)) return [];
    for (const { message } of answer.problems) expect(message.zh, message.en).toMatch(/[\u4e00-\u9fff]/);
    return answer.problems.map(({ message }) => message.en);
  };
  const queries = 'queries:\n  q: { ask: Q1, shape: "(999 bbb" }\n';
  const LOAD = "points:\n  ups.load: { query: q, at: [1, 3] }\n";

  test("is taken when its fields are where the shape has them", () => {
    expect(faults(`${queries}points:\n  ups.load: { query: q, at: [1, 3] }\n`)).toEqual([]);
  });

  test.each(["S02", "S.5R0001", "T", "TL", "C", "Q", "PSK1008", "SON", "SOFF", "BZOFF", "CT"])(
    "cannot ask %s, which changes something",
    (ask) => {
      expect(faults(`queries:\n  q: { ask: "${ask}", shape: "(999" }\n${LOAD}`)).toEqual([
        `expected a question of the Megatec family that changes nothing, found \`${ask}\``,
      ]);
    },
  );

  test.each(["K", "Z", "S", "@", "W", "U", "D", "R", "A", "-", "^", "KK", "Y"])("UPS-Link cannot ask %s", (ask) => {
    const text = `queries:\n  q: { ask: "${ask}", shape: "(999" }\n${LOAD}`;
    const answer = parseProfile("ups/x", "ups/x.yaml", HEAD.replace("megatec", "upslink") + text);
    expect("problems" in answer && answer.problems[0]?.message.en).toBe(`expected one letter of UPS-Link that only asks, found \`${ask}\``);
  });

  test("may say which state any other signs mean", () => {
    const points = "points:\n  ups.fault: { query: q, signs: [5, 6], states: { '00': normal }, otherwise: fault }\n";
    const answer = parseProfile("ups/x", "ups/x.yaml", `${HEAD}${queries}${points}`);
    if ("problems" in answer || answer.profile.protocol !== "megatec") throw new Error("no profile");
    const [query] = planText(answer.profile).queries;
    if (query === undefined) throw new Error("no question");
    const states = ["(  1 000", "(  1 010"].map((text) => {
      const into = emptyReadings(1);
      decodeText(query, text, into);
      return into.values[0];
    });
    expect(states).toEqual([0, 1]);
  });

  test("has no setting that would need a reason", () => {
    expect(faults(`quirks: { pauseMs: slow }\n${queries}${LOAD}`)).toEqual(["megatec has no setting to explain"]);
  });

  test("is refused with what is wrong with it", () => {
    expect(faults(`${queries}points:\n  ups.load: { query: other, at: [1, 3] }\n`)).toEqual(["there is no query `other`"]);
    expect(faults(`${queries}points:\n  ups.load: { query: q, at: [1, 4] }\n`)).toEqual(["`at` must be a number of the shape (`9`)"]);
    expect(faults(`${queries}points:\n  ups.load: { query: q, at: [1, 30] }\n`)).toEqual(["the answer has no sign 30"]);
    expect(faults(`${queries}points:\n  ups.load: { query: q }\n`)).toEqual(["either `at` (a number) or `signs` (a state)"]);
    const state = (states: string): readonly string[] =>
      faults(`${queries}points:\n  ups.fault: { query: q, signs: [5, 6], states: ${states} }\n`);
    expect(state('{ "00": normal, "1.": fault }')).toEqual([]);
    expect(state('{ "0.": normal, ".1": fault }')).toEqual(["`0.` and `.1` fit the same signs"]);
    expect(state('{ "0": normal }')).toEqual(["`0` has not as many signs as the field"]);
    expect(state('{ "00": ill }')[0]).toContain("`ill` is not a state of ups.fault");
  });
});
