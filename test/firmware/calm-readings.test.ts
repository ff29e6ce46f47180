import fc from "fast-check";
import { expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { LimitRule, ProcessRule, StateRule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";

/** Readings that nothing depends on cost two comparisons; whoever looks at each of them must say the same. */

const head = { device: "th-1", pointId: "th-1/ambient.temperature", unit: "°C", latched: false, offDelayMs: 10_000 };
const words = { zh: "测试", en: "Test" };
const text = { text: words, action: words };

const night: LimitRule = {
  ...{ ...head, ...text, key: "high", point: 0, kind: "limit", type: "high", deadband: 1, onDelayMs: 10_000 },
  levels: [
    { severity: "major", limit: 24 },
    { severity: "critical", limit: 32 },
  ],
};
const NIGHT_FROM_MS = 300_000;
const high: LimitRule = {
  ...night,
  levels: [
    { severity: "major", limit: 27 },
    { severity: "critical", limit: 32 },
  ],
  variants: [{ isOn: (wallMs) => wallMs >= NIGHT_FROM_MS && wallMs < 2 * NIGHT_FROM_MS, rule: night }],
};
const low: LimitRule = { ...night, key: "low", type: "low", levels: [{ severity: "minor", limit: 15 }], onDelayMs: 0, latched: true };
const state: StateRule = {
  ...{ ...head, ...text, key: "state", point: 1, kind: "state", type: "leak", state: 1, severity: "critical" },
  ...{ onDelayMs: 0, latched: true },
};
const rules: readonly ProcessRule[] = [high, low, state];
/** Never rings, and needs every reading of its point. */
const attentive = [0, 1].map(
  (point): LimitRule => ({
    ...{ ...night, key: `attentive-${point}`, point, type: "high-rate-1min", levels: [{ severity: "minor", limit: 1e9 }] },
    derivation: { kind: "rate", windowMs: 60_000 },
  }),
);

const VALUES = [
  [20, 24, 24.5, 26, 27, 27.1, 33, 15, 14.9, 16, Number.NaN],
  [0, 1, 2, Number.NaN],
] as const;

type Deed =
  | { readonly do: "read"; readonly point: number; readonly pick: number }
  | { readonly do: "miss"; readonly point: number }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "acknowledge" | "acknowledgeInVain" };
const point = fc.nat(1);
const deeds = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("read" as const), point, pick: fc.nat(10) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("miss" as const), point }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.constantFrom(1, 4, 9, 60, 120) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("acknowledge" as const, "acknowledgeInVain" as const) }) },
  ),
  { maxLength: 80, size: "max" },
);

function told(script: readonly Deed[], of: readonly ProcessRule[]): readonly unknown[] {
  let incident = 0;
  const book = new AlarmBook(of, [], () => `incident-${++incident}`);
  const latest = { values: new Float64Array(2).fill(Number.NaN), qualities: new Uint8Array(2).fill(QUALITY.never) };
  const log: unknown[] = [];
  let ms = 0;
  let inVain: { readonly changes: readonly AlarmChange[]; readonly before: readonly AlarmRecord[] } | null = null;
  for (const deed of script) {
    const now = { monotonicMs: ms, wallMs: ms };
    // The journal says no only after the next reading.
    const failed = inVain;
    inVain = null;
    switch (deed.do) {
      case "read": {
        const value = VALUES[deed.point]?.[deed.pick % (VALUES[deed.point]?.length ?? 1)] as number;
        latest.values[deed.point] = value;
        latest.qualities[deed.point] = Number.isNaN(value) ? QUALITY.sentinel : QUALITY.good;
        log.push(book.judge(deed.point, 1, latest, now));
        break;
      }
      case "miss":
        book.pause(deed.point, 1, now);
        break;
      case "wait":
        ms += deed.seconds * 1_000;
        log.push(book.tick(latest, { monotonicMs: ms, wallMs: ms }));
        break;
      default: {
        const before = book.live;
        const { changes } = book.act(
          before.map(({ key }) => key),
          () => ({ kind: "acknowledge", by: "lin", note: "" }),
          now,
        );
        log.push(changes);
        if (deed.do === "acknowledgeInVain") inVain = { changes, before };
      }
    }
    if (failed !== null) book.rescind(failed.changes, failed.before, now);
    log.push(book.live);
  }
  return log;
}

test("law: a book that looks at each reading says the same", () => {
  fc.assert(
    fc.property(deeds, (script) => {
      // Incidents are numbered as they are asked for, also in vain.
      const plain = (log: readonly unknown[]) => JSON.stringify(log).replaceAll(/"incident-\d+"/g, '"incident"');
      expect(plain(told(script, rules))).toBe(plain(told(script, [...rules, ...attentive])));
    }),
    { numRuns: 1_000 },
  );
});
