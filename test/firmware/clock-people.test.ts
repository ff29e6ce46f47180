import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { isCode } from "../../firmware/people/codes.ts";
import { peopleFile } from "../../firmware/people/people-file.ts";
import { openSessions, PERSON_ABSOLUTE_MS, PERSON_IDLE_MS } from "../../firmware/people/sessions.ts";
import { addUser, firstCode, restampCodes } from "../../firmware/people/users.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { clockFile, commandClock } from "../../firmware/timekeeping/memory.ts";

const YEAR_MS = 365 * 86_400_000;
const BEGAN_MS = Date.UTC(2026, 8, 1);

let folder: string;
let passedMs: number;
let wallOffsetMs: number;
const clock = {
  ...systemClock,
  monotonicMs: () => passedMs as MonotonicMs,
  wallMs: () => (BEGAN_MS + passedMs + wallOffsetMs) as WallMs,
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-"));
  passedMs = 1_000;
  wallOffsetMs = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const open = () => openSessions(folder, clock, () => undefined);
const person = { owner: "u1", kind: "person" as const, stamp: "", from: "10.0.0.7" };

test.each([-YEAR_MS, -3_600_000, 3_600_000, 3 * YEAR_MS])(
  "a clock that is set by %i ms signs nobody out, and lets nobody stay longer",
  async (stepMs) => {
    const sessions = await open();
    const secret = await sessions.open(person);
    wallOffsetMs = stepMs;
    expect(sessions.find(secret)).not.toBeNull();
    // Times are shown as the clock tells them now: nobody is signed in since 1970.
    expect(sessions.find(secret)?.openedAtMs).toBe(clock.wallMs());
    passedMs += PERSON_IDLE_MS - 1;
    expect(sessions.find(secret)).not.toBeNull();
    passedMs += 1;
    expect(sessions.find(secret)).toBeNull();
  },
);

test("ages go on over a restart, and a busy shift ends all the same", async () => {
  const sessions = await open();
  const secret = await sessions.open(person);
  const touchUntil = async (ms: number, book = sessions) => {
    for (let at = passedMs; at < ms; at += PERSON_IDLE_MS / 2) {
      passedMs = at;
      book.touch(book.find(secret)?.sha256 ?? "");
    }
  };
  await touchUntil(PERSON_ABSOLUTE_MS / 2);
  await sessions.close();
  const goneMs = passedMs;
  passedMs = 5;
  wallOffsetMs = goneMs;
  const again = await open();
  expect(again.find(secret)).not.toBeNull();
  await touchUntil(PERSON_ABSOLUTE_MS / 2 + PERSON_IDLE_MS, again);
  expect(again.find(secret)).toBeNull();
});

test("the code that a new box prints is good for a day, also when the time becomes known meanwhile", async () => {
  const first = (await firstCode(folder, clock)) as string;
  const made = await addUser(folder, "li", "operator", clock);
  if ("problem" in made) throw new Error(made.problem.en);
  wallOffsetMs = 3 * YEAR_MS;
  expect(await restampCodes(folder, { beganMs: BEGAN_MS, offsetMs: wallOffsetMs }, clock)).toBeNull();
  const found = await peopleFile(folder, clock).read();
  const people = found.outcome === "read" ? found.data : null;
  expect(isCode(first, people?.firstCode ?? null, clock.wallMs())).toBe(true);
  expect(isCode(made.code, people?.users[0]?.code ?? null, clock.wallMs())).toBe(true);
  expect(isCode(made.code, people?.users[0]?.code ?? null, clock.wallMs() + 86_400_000)).toBe(false);
});

test("a command beside a box without a clock goes by what the gateway told last", async () => {
  const told = { trustedMs: BEGAN_MS, toldMs: BEGAN_MS + 5_000, refusedOffsetMs: null, repeatUntilMs: 0 };
  expect(await clockFile(folder, systemClock).write(told)).toBeNull();
  const at = async (wallMs: number) => (await commandClock(folder, { ...systemClock, wallMs: () => wallMs as WallMs })).wallMs();
  expect(await at(40_000)).toBe(BEGAN_MS + 5_000);
  expect(await at(BEGAN_MS + 20 * YEAR_MS)).toBe(BEGAN_MS + 5_000);
  expect(await at(BEGAN_MS + YEAR_MS)).toBe(BEGAN_MS + YEAR_MS);
});
