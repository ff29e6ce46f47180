import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Debounce, type Level, sampled, untold } from "../../drivers/contact/debounce.ts";

const DEBOUNCE_MS = 50;

interface Sample {
  readonly level: Level;
  readonly afterMs: number;
}

/** All states of a contact whose line is sampled so, and the levels that settled in turn. */
function played(samples: readonly Sample[]): {
  readonly states: readonly (Debounce & { readonly nowMs: number })[];
  readonly settled: Level[];
} {
  const states: (Debounce & { readonly nowMs: number })[] = [];
  const settled: Level[] = [];
  let state: Debounce | null = null;
  let nowMs = 0;
  for (const { level, afterMs } of samples) {
    nowMs += afterMs;
    state = sampled(state, level, nowMs, DEBOUNCE_MS);
    if (state.settled !== null && state.settled !== settled.at(-1)) settled.push(state.settled);
    states.push({ ...state, nowMs });
  }
  return { states, settled };
}

const level = fc.constantFrom<Level>(0, 1);
const sample = fc.record({ level, afterMs: fc.integer({ min: 0, max: 30 }) });
/** A line that is held long enough to count. */
const held = (at: Level): readonly Sample[] => Array.from({ length: 11 }, () => ({ level: at, afterMs: 5 }));

describe("a contact", () => {
  test("that bounces shorter than the debounce time never changes", () => {
    // Every excursion ends before it has lasted that long, however many follow.
    const bounce = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(level, bounce, (rest, excursions) => {
        const other: Level = rest === 0 ? 1 : 0;
        const samples = excursions.flatMap((gaps) => [
          ...gaps.map((afterMs): Sample => ({ level: other, afterMs })),
          { level: rest, afterMs: 1 },
        ]);
        expect(played([...held(rest), ...samples]).settled).toEqual([rest]);
      }),
    );
  });

  test("that holds a level has changed within the debounce time, whatever came before", () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 40 }),
        level,
        fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1 }),
        (before, at, gaps) => {
          const { states } = played([...before, { level: at, afterMs: 1 }, ...gaps.map((afterMs) => ({ level: at, afterMs }))]);
          const heldMs = gaps.reduce((sum, gap) => sum + gap, 0);
          const last = states.at(-1);
          if (heldMs >= DEBOUNCE_MS) expect(last).toMatchObject({ settled: at, restlessSinceMs: null });
        },
      ),
    );
  });

  test("only ever has a level that it was seen at for the whole debounce time", () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), (samples) => {
        const { states } = played(samples);
        states.forEach(({ settled, nowMs }, index) => {
          if (settled === null || settled === states[index - 1]?.settled) return;
          const span = states.slice(0, index + 1).filter((state) => state.nowMs > nowMs - DEBOUNCE_MS);
          expect(span.every((state) => state.level === settled)).toBe(true);
        });
      }),
    );
  });

  test("that never holds still says since when", () => {
    const chatter = Array.from({ length: 400 }, (_, index): Sample => ({ level: index % 2 === 0 ? 1 : 0, afterMs: 10 }));
    const { states, settled } = played([...held(0), ...chatter]);
    expect(settled).toEqual([0]);
    expect(states.at(-1)).toMatchObject({ settled: 0, restlessSinceMs: 65 });
    expect(played([...held(0), ...chatter, ...held(1)]).states.at(-1)).toMatchObject({ settled: 1, restlessSinceMs: null });
  });
});

test("what nobody has been told is at most one push, and always ends with what holds now", () => {
  fc.assert(
    fc.property(level, fc.integer({ min: 1, max: 50 }), (told, changes) => {
      let levels: readonly Level[] = [];
      let now = told;
      for (let change = 0; change < changes; change += 1) {
        now = now === 0 ? 1 : 0;
        levels = untold(levels, now);
      }
      expect(levels.at(-1)).toBe(now);
      expect(levels[0]).not.toBe(told);
      expect(levels.length).toBeLessThanOrEqual(2);
    }),
  );
});
