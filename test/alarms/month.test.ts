import { expect, test } from "vitest";
import { expectOneLifePerAlarm, expectTheTruth, expectToldWhatIsKept } from "./laws.ts";
import { randomStory } from "./random-story.ts";
import { StoryRoom } from "./story-room.ts";

/** Days of simulated work: a month by itself, a year in `make soak`. */
const DAYS = process.env["SOAK"] === "year" ? 365 : 30;
const SEED = Number(process.env["SEED"] ?? 20_261_126);

test(`${DAYS} days of sensors, people, faults, restarts and clock steps by chance (seed ${SEED}): nothing is missed, made up or told twice`, {
  timeout: DAYS * 60_000,
}, async () => {
  const story = randomStory(SEED, DAYS);
  const room = new StoryRoom(story, { beatMs: 20_000 });
  try {
    await room.open();
    await room.play(story);
    const transitions = room.happened.filter(({ target }) => target === null);
    expectOneLifePerAlarm(transitions);
    expectToldWhatIsKept(story, room.happened, ["itsm", "wall"]);
    const judged = expectTheTruth(room, story, transitions);
    // Otherwise it would prove nothing.
    expect(judged).toBeGreaterThan(DAYS * 2);
    const { shown, kept } = await room.live();
    expect(shown.filter(({ clearedAtMs }) => clearedAtMs === null)).toEqual([]);
    expect(new Map(kept.map((record) => [record.key, record.state]))).toEqual(new Map(shown.map((record) => [record.key, record.state])));
  } finally {
    await room.close();
    room.remove();
  }
});
