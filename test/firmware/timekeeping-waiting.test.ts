import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ClockNote, SettleOutcome } from "../../firmware/journal/journal.ts";
import { openBoxClock } from "../../firmware/platform/box-clock.ts";
import { keepTime } from "../../firmware/timekeeping/open.ts";
import { ManualClock } from "./manual-clock.ts";

class StillClock extends ManualClock {
  override every(): () => void {
    return () => {};
  }
}

const folder = mkdtempSync(join(tmpdir(), "roomward-time-"));
afterEach(() => rmSync(folder, { recursive: true }));

test("a journal that is slow with one note loses no newer one, however often the clock is set meanwhile", async () => {
  const system = new StillClock();
  const memory = { trustedMs: system.wallMs(), toldMs: system.wallMs(), refusedOffsetMs: null, repeatUntilMs: 0 };
  const clock = await openBoxClock(system, { ask: async () => ({ source: "ntp", errorMs: 1, by: "chrony", server: "s" }) }, memory);
  const recorded: number[] = [];
  const slow = Promise.withResolvers<void>();
  let end = (): void => {};
  const time = keepTime({
    ...{ clock, system, dataFolder: folder, bootId: "b", before: null, log: () => {}, codes: async () => {} },
    journal: {
      async recordClock({ step }: ClockNote): Promise<SettleOutcome> {
        if (step.cause === "set") await slow.promise;
        recorded.push(step.toMs);
        if (step.toMs === lastMs) end();
        return { ok: true };
      },
      clockMemory: async () => ({ trustedMs: null, steps: [], before: null }),
    },
    room: { restamp: () => {}, restamped: async () => {}, boxAlarm: () => {} },
    doors: { restamp: () => {} },
    history: { restamp: () => {} },
  });
  const begunMs = clock.wallMs();
  const lastMs = begunMs + 250 * 60_000;
  const lastIsRecorded = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (let minute = 1; minute <= 250; minute += 1) {
    clock.set(begunMs + minute * 60_000);
    // The first is on its way before the others come.
    await Promise.resolve();
  }
  slow.resolve();
  await lastIsRecorded;
  await time.close();
  expect(recorded.at(-1)).toBe(lastMs);
  expect(recorded.slice(1)).toEqual(recorded.slice(1).toSorted((a, b) => a - b));
});
