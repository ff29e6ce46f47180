import { seeded } from "../faults/seeded.ts";
import type { Happening, Story } from "./story.ts";
import { readStory } from "./story.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** From then to then a device was not heard, or all of them. */
interface Span {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface RandomStory extends Story {
  /** When the box itself was away, or could not write. */
  readonly away: readonly Span[];
}

const ROOM = `
says: a random room
devices:
  - { id: th-1, profile: sensor/xy-md02, every: 30s }
  - { id: th-2, profile: sensor/xy-md02, every: 30s }
  - { id: leak-1, profile: leak/rle-ld1500, every: 30s }
targets: [itsm, wall]
story: |
  0:00 th-1 answers
`;

/** How often a thing happens on average, and how long it lasts. */
const HABITS = {
  hot: { everyMs: 14 * HOUR_MS, forMs: [3 * MINUTE_MS, 3 * HOUR_MS] },
  humid: { everyMs: 30 * HOUR_MS, forMs: [5 * MINUTE_MS, 2 * HOUR_MS] },
  leak: { everyMs: 4 * DAY_MS, forMs: [20_000, HOUR_MS] },
  silent: { everyMs: 30 * HOUR_MS, forMs: [5_000, 40 * MINUTE_MS] },
  adapter: { everyMs: 6 * DAY_MS, forMs: [2_000, 20 * MINUTE_MS] },
  target: { everyMs: 2 * DAY_MS, forMs: [MINUTE_MS, 6 * HOUR_MS] },
  disk: { everyMs: 5 * DAY_MS, forMs: [MINUTE_MS, HOUR_MS] },
  restart: { everyMs: 20 * HOUR_MS, forMs: [2_000, 10 * MINUTE_MS] },
  cut: { everyMs: 2 * DAY_MS, forMs: [2_000, 8 * HOUR_MS] },
  clock: { everyMs: 5 * DAY_MS, forMs: [0, 0] },
  person: { everyMs: 5 * HOUR_MS, forMs: [0, 0] },
} as const;
type Habit = keyof typeof HABITS;

/** The last day is quiet, so that all ends and all is delivered. */
export const QUIET_MS = DAY_MS;

/** Days of a room in which everything goes wrong by chance, at the same time too. The same seed tells the same story. */
export function randomStory(seed: number, days: number): RandomStory {
  const chance = seeded(seed);
  const base = readStory(ROOM);
  const happenings: Happening[] = [];
  const away: Span[] = [];
  const endMs = days * DAY_MS;
  const add = (atMs: number, ...words: string[]): void => {
    happenings.push({ atMs: Math.round(atMs), words, line: words.join(" ") });
  };
  const spans = (habit: Habit, tell: (fromMs: number, toMs: number) => void): void => {
    const { everyMs, forMs } = HABITS[habit];
    for (let atMs = 10 * MINUTE_MS; ; ) {
      atMs += -Math.log(1 - chance.next()) * everyMs;
      // Short ones are as many as long ones.
      const lasts = forMs[0] * (forMs[1] / Math.max(1, forMs[0])) ** chance.next();
      if (atMs + lasts > endMs) return;
      tell(Math.round(atMs), Math.round(atMs + lasts));
      atMs += lasts;
    }
  };
  const from = (fromMs: number, toMs: number, point: string, value: string, normal: string): void => {
    add(fromMs, point, value);
    add(toMs, point, normal);
  };
  for (const device of ["th-1", "th-2"]) {
    const point = `${device}/ambient.temperature`;
    spans("hot", (fromMs, toMs) => from(fromMs, toMs, point, chance.of(["27.5", "29", "31.5", "33", "40"]), "22"));
    const humidity = `${device}/ambient.humidity`;
    spans("humid", (fromMs, toMs) => from(fromMs, toMs, humidity, "80", "50"));
  }
  spans("leak", (fromMs, toMs) => from(fromMs, toMs, "leak-1/leak.detected", "leak", "dry"));
  spans("silent", (fromMs, toMs) => {
    const device = chance.of(["th-1", "th-2", "leak-1"]);
    away.push({ what: device, fromMs, toMs });
    add(fromMs, device, "mute");
    add(toMs, device, "speaks");
  });
  spans("adapter", (fromMs, toMs) => {
    away.push({ what: "all", fromMs, toMs });
    add(fromMs, "adapter", "gone");
    add(toMs, "adapter", "back");
  });
  for (const target of ["itsm", "wall"])
    spans("target", (fromMs, toMs) => {
      add(fromMs, "target", target, "down");
      add(toMs, "target", target, "up");
    });
  spans("disk", (fromMs, toMs) => {
    away.push({ what: "all", fromMs, toMs });
    add(fromMs, "disk", "full");
    add(toMs, "disk", "free");
  });
  for (const [habit, verb] of [
    ["restart", "after"],
    ["cut", "for"],
  ] as const)
    spans(habit, (fromMs, toMs) => {
      away.push({ what: "all", fromMs, toMs });
      add(fromMs, habit, verb, `${Math.ceil((toMs - fromMs) / 1_000)}s`);
    });
  spans("clock", (fromMs) => add(fromMs, "clock", chance.of(["+1h", "-1h", "+40d", "-40d", "+365d", "-365d"])));
  spans("person", (fromMs) => add(fromMs, "acknowledge", "everything", "by", chance.of(["wang", "li", "zhao"])));
  return {
    ...base,
    says: `seed ${seed}, ${days} days`,
    does: happenings.toSorted((a, b) => a.atMs - b.atMs),
    expects: [],
    endsMs: endMs + QUIET_MS,
    away,
  };
}
