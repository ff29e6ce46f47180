import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smsRefusal } from "../../drivers/modem/errors.ts";
import { smsParts, submitPdus } from "../../drivers/modem/pdu.ts";

describe("a short message as PDU", () => {
  // From the tests of python-messaging, made with PDUspy.
  test.each([
    ["あ叶葉", "+34616585119", "0011000B914316565811F90008AA06304253F68449"],
    ["Русский", "655345678", "001100098156355476F80008AA0E0420044304410441043A04380439"],
  ])("%s to %s", (text, to, hex) => {
    expect(submitPdus(to, [text], { reference: 7, validDays: 4 })).toEqual([{ hex, length: hex.length / 2 - 1 }]);
  });

  test("of several parts has a header that puts them together", () => {
    const [first, second] = submitPdus("+8613912345678", ["一", "二"], { reference: 0x42, validDays: 1 });
    expect(first?.hex).toBe("0051000D91683119325476F80008A7080500034202014E00");
    expect(second?.hex).toBe("0051000D91683119325476F80008A7080500034202024E8C");
  });
});

describe("parts", () => {
  test.each([
    ["x".repeat(70), 2, [70]],
    ["x".repeat(71), 2, [67, 4]],
    ["x".repeat(134), 2, [67, 67]],
    ["x".repeat(135), 2, [67, 67]],
    ["x".repeat(71), 1, [70]],
    ["x".repeat(135), 3, [67, 67, 1]],
  ])("of %.3s… in at most %i", (text, max, lengths) => {
    const parts = smsParts(text, max);
    expect(parts.map(({ length }) => length)).toEqual(lengths);
    const room = lengths.reduce((sum, length) => sum + length, 0);
    expect(parts.join("")).toBe(text.length > room ? `${text.slice(0, room - 1)}…` : text);
  });

  test("law: whole characters, never too long, nothing lost but the end of what is too long", () => {
    const character = fc.constantFrom("x", "温", "🔥", "é");
    fc.assert(
      fc.property(fc.array(character, { maxLength: 400 }), fc.integer({ min: 1, max: 5 }), (characters, max) => {
        const text = characters.join("");
        const parts = smsParts(text, max);
        expect(parts.length).toBeLessThanOrEqual(max);
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(parts.length === 1 ? 70 : 67);
          expect(part.isWellFormed()).toBe(true);
        }
        const joined = parts.join("");
        expect(joined === text || (joined.endsWith("…") && text.startsWith(joined.slice(0, -1)) && joined.length > 66 * max)).toBe(true);
      }),
    );
  });
});

test.each([
  [1, true, "the number is not assigned"],
  [38, false, "the network is out of order"],
  [304, true, "the PDU is invalid"],
  [145, true, "of unknown cause"],
  [331, false, "there is no network service"],
  [8, false, "the operator has barred sending"],
  [777, false, "of unknown cause"],
])("+CMS ERROR %s is for good: %s", (code, forGood, words) => {
  expect(smsRefusal(code)).toMatchObject({ forGood, words: { en: expect.stringContaining(words) } });
});
