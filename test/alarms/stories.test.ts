import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Expected, readStory } from "./story.ts";
import { LATE_MS, StoryRoom } from "./story-room.ts";

const FOLDER = join(import.meta.dirname, "stories");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

test("there are stories", () => {
  expect(files.length).toBeGreaterThan(5);
});

test.each(files.map((file) => [readStory(readFileSync(join(FOLDER, file), "utf8")).says, file]))("%s (%s)", async (_, file) => {
  const story = readStory(readFileSync(join(FOLDER, file), "utf8"));
  const room = new StoryRoom(story);
  try {
    await room.open();
    await room.play(story);
    await room.close();
    for (const kind of ["transition", "told"] as const) {
      const wanted = story.expects.filter((one) => one.kind === kind);
      const happened = room.happened.filter((one) => one.kind === kind);
      expect(onTime(happened, wanted)).toEqual(wanted.map(shown));
    }
  } finally {
    room.remove();
  }
});

/** What happened, with the expected time where it came in time for it. */
function onTime(happened: readonly Expected[], wanted: readonly Expected[]): readonly string[] {
  return happened.map((one, index) => {
    const atMs = wanted[index]?.atMs;
    return shown(atMs !== undefined && one.atMs >= atMs && one.atMs <= atMs + LATE_MS ? { ...one, atMs } : one);
  });
}

function shown({ atMs, what }: Expected): string {
  const seconds = Math.floor(atMs / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} ${what}`;
}
