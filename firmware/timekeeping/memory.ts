import { join } from "node:path";
import * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import type { WallMs } from "../contract/time.ts";
import type { Clock } from "../platform/clock.ts";
import { durableJson } from "../platform/durable-json.ts";
import { isPlausible, type TimeMemory } from "../platform/timekeeper.ts";
import { BUILT_MS } from "../version.ts";

const memorySchema = z.object({
  trustedMs: z.number(),
  toldMs: z.number(),
  refusedOffsetMs: z.number().nullable(),
  repeatUntilMs: z.number(),
});
const NOTHING: TimeMemory = { trustedMs: BUILT_MS, toldMs: BUILT_MS, refusedOffsetMs: null, repeatUntilMs: 0 };

/** What the box knows of time from one start to the next: a small file, written once an hour. */
export function clockFile(dataFolder: string, clock: Clock) {
  const file = durableJson(join(dataFolder, "clock.json"), memorySchema, NOTHING, clock);
  return {
    /** What is lost or damaged is made up for by the journal, and by the time of the build. */
    async read(): Promise<TimeMemory> {
      const found = await file.read();
      const { trustedMs, toldMs, ...rest } = found.outcome === "read" ? found.data : NOTHING;
      return { ...rest, trustedMs: Math.max(trustedMs, BUILT_MS), toldMs: Math.max(toldMs, BUILT_MS) };
    },
    /** Why it could not; null when it is on the disk. */
    async write(memory: TimeMemory): Promise<Words | null> {
      const written = await file.update(() => ({ next: memory }));
      return written.outcome === "refused" ? written.problem : null;
    },
  };
}

/** The clock of a command beside the gateway: where the system's time cannot be true, the last that the gateway told. */
export async function commandClock(dataFolder: string, system: Clock): Promise<Clock> {
  const memory = await clockFile(dataFolder, system).read();
  const lastMs = Math.max(memory.toldMs, memory.trustedMs) as WallMs;
  return { ...system, wallMs: () => (isPlausible(system.wallMs(), memory) ? system.wallMs() : lastMs) };
}
