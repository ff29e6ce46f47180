import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Counting,
  cardNumber,
  countingShown,
  hearReader,
  type ReaderMemory,
  STEPS_MAX,
  seeReader,
} from "../../firmware/access/reader-watch.ts";

const MODULUS = 65_536;
const see = (before: ReaderMemory | null, counter: number, blank = false, counting: Counting = "events") =>
  seeReader(before, { counter, blank }, counting, MODULUS);

describe("a reader that counts cards", () => {
  test("the first reading ever is remembered and nobody is said to have come", () => {
    expect(see(null, 812)).toEqual({ fresh: false, missed: 0, memory: { counter: 812, blank: false } });
  });

  test("the same count again is not the same card again", () => {
    expect(see({ counter: 812, blank: false }, 812)).toMatchObject({ fresh: false, missed: 0 });
  });

  test("one step more is one new card", () => {
    expect(see({ counter: 812, blank: false }, 813)).toEqual({ fresh: true, missed: 0, memory: { counter: 813, blank: false } });
  });

  test("of five steps the last card is seen and four are said to be missed", () => {
    expect(see({ counter: 812, blank: false }, 817)).toMatchObject({ fresh: true, missed: 4 });
  });

  test("the counter begins again at 65536 without losing or inventing anybody", () => {
    expect(see({ counter: 65_535, blank: false }, 0)).toMatchObject({ fresh: true, missed: 0 });
    expect(see({ counter: 65_534, blank: false }, 1)).toMatchObject({ fresh: true, missed: 2 });
  });

  test("a reader that was switched off counts anew: nobody can say how many were missed", () => {
    expect(see({ counter: 812, blank: false }, 3)).toEqual({ fresh: true, missed: null, memory: { counter: 3, blank: false } });
    expect(see({ counter: 812, blank: false }, 0, true)).toMatchObject({ fresh: false, missed: null });
  });

  test("what was remembered before a restart of the box is not told twice, what came meanwhile is", () => {
    const beforeRestart = see({ counter: 10, blank: false }, 11).memory;
    expect(see(beforeRestart, 11)).toMatchObject({ fresh: false, missed: 0 });
    expect(see(beforeRestart, 13)).toMatchObject({ fresh: true, missed: 1 });
  });

  test("law: every event is either told or counted as missed, whatever the rhythm of reading", () => {
    fc.assert(
      fc.property(fc.nat(MODULUS - 1), fc.array(fc.nat(40), { maxLength: 50 }), (start, steps) => {
        let memory = see(null, start).memory;
        let told = 0;
        let missed = 0;
        let counter = start;
        for (const step of steps) {
          counter = (counter + step) % MODULUS;
          const seen = see(memory, counter);
          told += seen.fresh ? 1 : 0;
          missed += seen.missed ?? Number.NaN;
          memory = seen.memory;
        }
        expect(told + missed).toBe(steps.reduce((sum, step) => sum + step, 0));
      }),
    );
  });

  test("a reader that was switched off just before its counter was full is not taken for hundreds of cards", () => {
    expect(see({ counter: 65_000, blank: false }, 0, true)).toMatchObject({ fresh: false, missed: null });
    expect(see({ counter: 65_534, blank: false }, 0, true, "changes")).toMatchObject({ fresh: false, missed: 1 });
  });

  test("a jump that no people make is a reader that was restarted", () => {
    expect(see({ counter: 0, blank: false }, STEPS_MAX)).toMatchObject({ missed: STEPS_MAX - 1 });
    expect(see({ counter: 0, blank: false }, STEPS_MAX + 1)).toMatchObject({ missed: null });
  });
});

describe("a reader that shows a card as long as it is there", () => {
  const changes = (before: ReaderMemory | null, counter: number, blank: boolean) => see(before, counter, blank, "changes");

  test("a card that comes is news, the same card going is not", () => {
    const there = changes({ counter: 4, blank: true }, 5, false);
    expect(there).toMatchObject({ fresh: true, missed: 0 });
    expect(changes(there.memory, 6, true)).toMatchObject({ fresh: false, missed: 0 });
  });

  test("a card that came and went between two readings is missed, not forgotten", () => {
    expect(changes({ counter: 4, blank: true }, 6, true)).toMatchObject({ fresh: false, missed: 1 });
    expect(changes({ counter: 4, blank: true }, 8, true)).toMatchObject({ fresh: false, missed: 2 });
    expect(changes({ counter: 4, blank: true }, 7, false)).toMatchObject({ fresh: true, missed: 1 });
  });

  test("the next card after one that was seen: one is new and none is missed", () => {
    expect(changes({ counter: 5, blank: false }, 7, false)).toMatchObject({ fresh: true, missed: 0 });
  });

  test("law: people who come one after the other are all told or missed", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }), (readAt) => {
        let memory: ReaderMemory = { counter: 0, blank: true };
        let told = 0;
        let missed = 0;
        readAt.forEach((read, index) => {
          if (!read) return;
          const seen = changes(memory, index + 1, index % 2 === 1);
          told += seen.fresh ? 1 : 0;
          missed += seen.missed ?? Number.NaN;
          memory = seen.memory;
        });
        expect(told + missed).toBe(Math.ceil(memory.counter / 2));
      }),
    );
  });
});

describe("a reader that tells each card once", () => {
  test("the first reading ever is nobody missed; a card in it is news", () => {
    expect(hearReader(null, { counter: 0, blank: true }, true)).toMatchObject({ fresh: false, missed: 0 });
    expect(hearReader(null, { counter: 1, blank: false }, true)).toMatchObject({ fresh: true, missed: 0 });
  });

  test("a step without a card is a card that could not be read", () => {
    expect(hearReader({ counter: 4, blank: true }, { counter: 5, blank: false }, false)).toMatchObject({ fresh: true, missed: 0 });
    expect(hearReader({ counter: 4, blank: false }, { counter: 5, blank: true }, false)).toMatchObject({ fresh: false, missed: 1 });
  });

  test("when it may have told cards to nobody, nobody can say how many, whatever the count", () => {
    for (const counter of [0, 1, 57])
      expect(hearReader({ counter: 0, blank: true }, { counter, blank: true }, true)).toMatchObject({ fresh: false, missed: null });
  });

  test("does not turn into another kind of reader when its card is gone at the same count", () => {
    expect(countingShown({ counter: 1, blank: false }, { counter: 1, blank: true }, "told")).toBe("told");
  });
});

test("a reader that takes the card away at the same count has shown that it counts cards only", () => {
  const there: ReaderMemory = { counter: 5, blank: false };
  expect(countingShown(there, { counter: 5, blank: true }, "changes")).toBe("events");
  expect(countingShown(there, { counter: 6, blank: true }, "changes")).toBe("changes");
  expect(countingShown({ counter: 5, blank: true }, { counter: 5, blank: true }, "changes")).toBe("changes");
  expect(countingShown(null, { counter: 5, blank: true }, "changes")).toBe("changes");
});

test("a card number of more than 32 bits is whole, and nothing is no card", () => {
  expect(cardNumber(0x00_b7_74_8a, 0)).toBe("12022922");
  expect(cardNumber(0xff_ff_ff_ff, 0xff_ff_ff_ff)).toBe("18446744073709551615");
  expect(cardNumber(0, 0)).toBeNull();
});
