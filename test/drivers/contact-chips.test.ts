import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findLine, parseChips } from "../../drivers/contact/chips.ts";

/** Chips as boards list them: label, base and count of lines. */
const chips = (...list: readonly (readonly [label: string, base: number, lines: number])[]) =>
  parseChips(list.map(([label, base, ngpio]) => ({ label: `${label}\n`, base: `${base}\n`, ngpio: `${ngpio}\n` })));

const PI_3_OLD = chips(["pinctrl-bcm2835", 0, 54], ["raspberrypi-exp-gpio", 504, 8]);
const PI_4_OLD = chips(["pinctrl-bcm2711", 0, 58], ["raspberrypi-exp-gpio", 504, 8]);
const PI_4_NEW = chips(["pinctrl-bcm2711", 512, 58], ["raspberrypi-exp-gpio", 570, 8]);
const PI_5_OLD = chips(["gpio-brcmstb@107d508500", 512, 32], ["gpio-brcmstb@107d508520", 544, 4], ["pinctrl-rp1", 399, 54]);
const PI_5_NEW = chips(["pinctrl-rp1", 571, 54], ["gpio-brcmstb@107d508500", 512, 32], ["gpio-brcmstb@107d517c00", 625, 17]);

describe("a line of a chip", () => {
  test.each([
    ["a Pi 3 before Linux 6.6", PI_3_OLD, 17],
    ["a Pi 4 before Linux 6.6", PI_4_OLD, 17],
    ["a Pi 4 since Linux 6.6", PI_4_NEW, 529],
    ["a Pi 5 with Linux 6.1", PI_5_OLD, 416],
    ["a Pi 5 with Linux 6.6", PI_5_NEW, 588],
  ])("is found at the header of %s by its BCM number", (_, board, number) => {
    expect(findLine(board, undefined, 17)).toEqual({ number });
  });

  test("is found on the chip that the site names", () => {
    expect(findLine(PI_4_NEW, "raspberrypi-exp-gpio", 2)).toEqual({ number: 572 });
  });

  test("that the chip does not have is said, with those that it has", () => {
    expect(findLine(PI_5_NEW, undefined, 54)).toEqual({ trouble: { kind: "noLine", line: 54, label: "pinctrl-rp1", lines: 54 } });
  });

  test("of a chip that is not there is said, with the chips that are", () => {
    const labels = ["pinctrl-bcm2711", "raspberrypi-exp-gpio"];
    expect(findLine(PI_4_NEW, "pinctrl-rp1", 17)).toEqual({ trouble: { kind: "noChip", label: "pinctrl-rp1", labels } });
    expect(findLine(chips(["INT33FC:00", 512, 102]), undefined, 17)).toEqual({ trouble: { kind: "noHeader", labels: ["INT33FC:00"] } });
    expect(findLine([], undefined, 17)).toEqual({ trouble: { kind: "noHeader", labels: [] } });
  });

  test("is not guessed when two chips have one label", () => {
    const twins = chips(["pcf8574", 600, 8], ["pcf8574", 608, 8]);
    expect(findLine(twins, "pcf8574", 1)).toEqual({ trouble: { kind: "twoChips", label: "pcf8574" } });
  });

  test("lies within its chip, wherever the kernel puts the chips", () => {
    fc.assert(
      fc.property(fc.nat(4_000), fc.integer({ min: 1, max: 64 }), fc.nat(63), (base, lines, line) => {
        const found = findLine(chips(["other", base + lines, 8], ["pinctrl-rp1", base, lines]), undefined, line);
        expect(found).toEqual(line < lines ? { number: base + line } : { trouble: { kind: "noLine", line, label: "pinctrl-rp1", lines } });
      }),
    );
  });
});

test("what is no chip yet or any more is passed over", () => {
  const half = { label: "pinctrl-bcm2711\n", base: "", ngpio: "58\n" };
  const odd = { label: "x", base: "-1", ngpio: "many" };
  expect(parseChips([half, odd, { label: "a\n", base: "512\n", ngpio: "8\n" }])).toEqual([{ label: "a", base: 512, lines: 8 }]);
});
