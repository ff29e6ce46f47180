import fc from "fast-check";
import { expect, test } from "vitest";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import { AUDIT_DAYS_MIN, AUDIT_RESERVE_BYTES } from "../../firmware/journal/retention.ts";
import { Allowance } from "../../firmware/people/allowance.ts";

const DAY_MS = 86_400_000;

function withTime(limits: { readonly perMinute: number; readonly perDay: number }) {
  const now = { ms: 0 };
  return { now, allowance: new Allowance({ monotonicMs: () => now.ms as MonotonicMs }, limits) };
}

test("law: strangers get so many lines a minute and a day, one an hour beyond, and every one that is left out is told of later", () => {
  const waits = fc.array(fc.integer({ min: 0, max: 2_000_000 }), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(waits, (steps) => {
      const { now, allowance } = withTime({ perMinute: 3, perDay: 10 });
      const written: number[] = [];
      let told = 0;
      let sinceLast = 0;
      for (const step of steps) {
        now.ms += step;
        const note = allowance.take();
        if (note === null) {
          sinceLast += 1;
          continue;
        }
        written.push(now.ms);
        expect(note).toBe(sinceLast === 0 ? "" : `; ${sinceLast} more were not written down`);
        told += sinceLast;
        sinceLast = 0;
      }
      expect(written.length + told + sinceLast).toBe(steps.length);
      const most = (periodMs: number): number =>
        Math.max(
          ...Map.groupBy(written, (ms) => Math.floor(ms / periodMs))
            .values()
            .map((group) => group.length),
        );
      expect(most(60_000)).toBeLessThanOrEqual(3);
      expect(most(DAY_MS)).toBeLessThanOrEqual(10 + 24);
    }),
  );
});

test("guessing day and night for half a year does not push anything older out of the audit log", () => {
  const { now, allowance } = withTime({ perMinute: 30, perDay: 400 });
  let lines = 0;
  for (let day = 0; day < 30; day += 1)
    for (let n = 0; n < 2_000; n += 1) {
      now.ms += DAY_MS / 2_000;
      if (allowance.take() !== null) lines += 1;
    }
  const networkToo = 30 * (100 + 24);
  const lineBytes = 400;
  expect(((lines + networkToo) / 30) * AUDIT_DAYS_MIN * lineBytes).toBeLessThan(AUDIT_RESERVE_BYTES);
});
