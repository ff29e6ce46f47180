import { join } from "node:path";
import * as z from "zod";
import type { BookTime, LatestReadings } from "./alarms/book.ts";
import { ExpectedWatch, type Seen } from "./alarms/expected.ts";
import type { Words } from "./contract/alarm.ts";
import { durableJson, type OnDamage } from "./platform/durable-json.ts";
import type { FileClock } from "./platform/durable-writers.ts";
import type { Site } from "./site/model.ts";

/** What happens again and again is written at most so often: a door that people walk through all day wears no card out. */
const WRITE_EVERY_MS = 60_000;
const EXPECTED_FILE = "expected-events.json";
const fileSchema = z.object({ format: z.literal(1), seen: z.record(z.string(), z.number()) });

export interface ExpectedOptions {
  readonly site: Pick<Site, "expected" | "timezone">;
  readonly dataFolder: string;
  readonly clock: FileClock;
  /** Rings, or ends, the alarm of what did not come. */
  readonly alarm: (key: string, missing: boolean, now: BookTime) => void;
  readonly onTrouble: (words: Words) => void;
  readonly onDamage?: OnDamage | undefined;
}

/** What is expected of a running room: sees points and sheets, remembers over a restart when it saw them, and rings what is late. */
export interface ExpectedRoom {
  take(first: number, count: number, latest: LatestReadings, now: BookTime): void;
  tick(now: BookTime): void;
  /** An inspection sheet of this round was signed; `atMs` is a time of the sheet's own day. */
  signed(round: string, atMs: number, now: BookTime): void;
  close(): Promise<void>;
}

export async function openExpected(options: ExpectedOptions): Promise<ExpectedRoom> {
  const { site, dataFolder, clock, alarm, onTrouble, onDamage } = options;
  if (site.expected.length === 0) return NOTHING_EXPECTED;
  const file = durableJson(join(dataFolder, EXPECTED_FILE), fileSchema, { format: 1, seen: {} }, clock, { onDamage });
  const problem = await file.setAsideLost();
  if (problem !== null) onTrouble(problem);
  const found = await file.read();
  const watch = new ExpectedWatch(site.expected, site.timezone, found.outcome === "read" ? found.data.seen : {});
  let written = found.outcome === "read" ? found.data.seen : {};
  let writtenMs = Number.NEGATIVE_INFINITY;
  let writing: Promise<void> = Promise.resolve();
  const write = (now: { readonly monotonicMs: number }): void => {
    const seen = watch.seen;
    if (now.monotonicMs - writtenMs < WRITE_EVERY_MS || isSame(seen, written)) return;
    written = seen;
    writtenMs = now.monotonicMs;
    writing = writing.then(async () => {
      // What another configuration waits for stays: it may come back.
      const done = await file.update((data) => ({ next: { ...data, seen: { ...data.seen, ...seen } } }));
      if (done.outcome === "refused") onTrouble(done.problem);
    });
  };
  const look = (now: BookTime): void => {
    for (const { key, missing } of watch.look(now.wallMs, now.certain !== false)) alarm(key, missing, now);
  };
  return {
    take(first, count, latest, now) {
      if (!watch.take(first, count, latest, now.wallMs, now.certain !== false)) return;
      look(now);
      write(now);
    },
    signed(round, atMs, now) {
      if (!watch.signed(round, atMs)) return;
      look(now);
      write(now);
    },
    tick(now) {
      if (watch.isDue(now.wallMs)) look(now);
      write(now);
    },
    async close() {
      write({ monotonicMs: Number.POSITIVE_INFINITY });
      await writing;
    },
  };
}

const NOTHING_EXPECTED: ExpectedRoom = { take: () => {}, tick: () => {}, signed: () => {}, close: async () => {} };

function isSame(one: Seen, other: Seen): boolean {
  const keys = Object.keys(one);
  return keys.every((key) => one[key] === other[key]);
}
