import { assert, asyncProperty, constantFrom, integer, record, array as someOf } from "fast-check";
import { describe, expect, test } from "vitest";
import type { WhatIfReply, WhatIfRequest } from "../../firmware/contract/review.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { changedSite } from "../../firmware/review/changed-site.ts";
import { ReviewDesk } from "../../firmware/review/desk.ts";
import type { ReadingSource } from "../../firmware/review/lead.ts";
import { ruleSetsOf } from "../../firmware/review/rules.ts";
import { whatIf } from "../../firmware/review/what-if.ts";
import { loadedSite } from "./loaded-site.ts";
import { journalOf } from "./review-events.ts";
import { type Course, HOUR_MS, NO_PACING, probeSite, probeYaml, script, sourceOf, T0, TEMPERATURE } from "./review-readings.ts";

const RULE = `  - { points: ["${TEMPERATURE}"], high: { major: 27 }, deadband: 1, on: 10s, off: 20s }`;

function course(text: string, point = TEMPERATURE): Course {
  return { point, fromMs: T0, stepMs: 5_000, values: script(text) };
}

type Replayed = Omit<WhatIfReply, "yaml">;

async function asked(rule: string | Record<string, unknown>, courses: readonly Course[], rules = RULE): Promise<Replayed> {
  const site = probeSite(rules);
  const changed = changedSite(probeYaml(rules), { rule });
  if ("problems" in changed) throw new Error(JSON.stringify(changed.problems));
  const sets = ruleSetsOf(site, changed.site, changed.patterns);
  return whatIf(sourceOf(courses), sets, { fromMs: T0, toMs: T0 + 2 * HOUR_MS }, NO_PACING);
}

/** `+10 … +60`: seconds from the start. */
function told({ differences }: Replayed): readonly string[] {
  const seconds = (atMs: number | null): string => (atMs === null ? "…" : `+${(atMs - T0) / 1_000}`);
  const list = (episodes: WhatIfReply["timeline"]["before"]) =>
    episodes.map(({ fromMs, toMs }) => `${seconds(fromMs)}–${seconds(toMs)}`).join(" ");
  return differences.map(({ kind, before, after }) => `${kind}: ${list(before)} → ${list(after)}`);
}

describe("a changed rule on stored readings", () => {
  // Hot for half a minute, then for five minutes, then a short dip below the limit.
  const hot = course("25*12 28*7 25*30 28*60 26.5*2 28*10 25*60");

  test("what it loses, and what it moves", async () => {
    const found = await asked(`points: ["${TEMPERATURE}"]\nhigh: { major: 27 }\ndeadband: 1\non: 60s\noff: 20s`, [hot]);
    expect(told(found)).toEqual(["lost: +70–+115 → ", "moved: +255–+625 → +305–+625"]);
    expect(found).toMatchObject({ gained: 0, lost: 1, moved: 1, same: 0, before: { alarms: 2, rings: 2 }, after: { alarms: 1, rings: 1 } });
    expect(found.differences[1]).toMatchObject({ raiseShiftMs: 60_000 - 10_000, clearShiftMs: 0 });
  });

  test("what it gains", async () => {
    const found = await asked({ points: [TEMPERATURE], high: { major: 27, minor: 24.5 }, deadband: 0.1, on: "10s", off: "20s" }, [
      course("24*24 24.8*24 24*24"),
    ]);
    expect(told(found)).toEqual(["gained:  → +130–+260"]);
  });

  test("what only ends at another time, or is only told as worse, has moved too", async () => {
    const heat = course("25*12 28*24 25*60");
    const longer = await asked({ points: [TEMPERATURE], high: { major: 27 }, deadband: 1, on: "10s", off: "60s" }, [heat]);
    expect(longer).toMatchObject({ gained: 0, lost: 0, moved: 1, differences: [{ raiseShiftMs: 0, clearShiftMs: 40_000 }] });
    const worse = await asked({ points: [TEMPERATURE], high: { critical: 27 }, deadband: 1, on: "10s", off: "20s" }, [heat]);
    expect(worse).toMatchObject({ moved: 1, differences: [{ raiseShiftMs: 0, clearShiftMs: 0, after: [{ severity: "critical" }] }] });
  });

  test("a wider deadband makes one alarm of many", async () => {
    const restless = course(`25*12 ${"28*5 26*6 ".repeat(6)}25*60`);
    const found = await asked(`points: ["${TEMPERATURE}"]\nhigh: { major: 27 }\ndeadband: 1.5\non: 10s\noff: 20s`, [restless]);
    expect(found.before.rings).toBe(6);
    expect(found.after.rings).toBe(1);
    expect(found).toMatchObject({ gained: 0, lost: 0, moved: 1 });
  });

  test("a reading that does not come stops the delays, as in the room", async () => {
    const found = await asked(`points: ["${TEMPERATURE}"]\nhigh: { major: 27 }\ndeadband: 1\non: 60s\noff: 20s`, [
      course("25*12 28*6 ?*200 28*8 25*60"),
    ]);
    // 30 s of heat, then nothing for a quarter of an hour: the rest of the minute runs when it is heard again.
    expect(found.timeline.after).toHaveLength(1);
    const [alarm] = found.timeline.after;
    expect((alarm?.fromMs ?? 0) - T0).toBeGreaterThanOrEqual((12 + 6 + 200) * 5_000 + 20_000);
  });

  test("an alarm that began before the period is there when it begins, and one that goes on has no end", async () => {
    const site = probeSite(RULE);
    const sets = ruleSetsOf(site, site, [TEMPERATURE]);
    const early: Course = { ...course("28*360 25*360 28*720"), fromMs: T0 - 1_800_000 };
    const found = await whatIf(sourceOf([early]), sets, { fromMs: T0 - 600_000, toMs: T0 + HOUR_MS }, NO_PACING);
    expect(found.timeline.before.map(({ fromMs, toMs }) => [fromMs - T0, toMs === null ? null : toMs - T0])).toEqual([
      [-1_790_000, 20_000],
      [1_810_000, null],
    ]);
    expect(found.before.activeMs).toBe(620_000 + HOUR_MS - 1_810_000);
  });

  test("it says what it was made of: every reading, or the last of each minute", async () => {
    const site = probeSite(RULE);
    const sets = ruleSetsOf(site, site, [TEMPERATURE, "th-2/ambient.temperature"]);
    const span = { fromMs: T0, toMs: T0 + 2 * HOUR_MS };
    const source = sourceOf([course("28*1440")], (hour) => hour * HOUR_MS > T0);
    const { basis, timeline } = await whatIf(source, sets, span, NO_PACING);
    expect(basis).toMatchObject({ fullHours: 1, minuteHours: 1, samples: 60 + 720, silent: ["th-2/ambient.temperature"] });
    expect(timeline.before).toMatchObject([{ fromMs: T0 + 59_900 + 10_100, toMs: null }]);
  });
});

describe("the law of identity", () => {
  const stretch = record({
    value: constantFrom(24, 25.9, 26, 26.1, 26.9, 27, 27.1, 31.9, 32.1, Number.NaN),
    times: integer({ min: 1, max: 40 }),
  });
  const courses = someOf(stretch, { minLength: 1, maxLength: 40 }).map(
    (all): Course => ({
      ...{ point: TEMPERATURE, fromMs: T0, stepMs: 5_000 },
      values: all.flatMap(({ value, times }) => new Array<number>(times).fill(value)),
    }),
  );

  test("rules that did not change gain, lose and move nothing, whatever the readings", async () => {
    let alarms = 0;
    await assert(
      asyncProperty(courses, async (one) => {
        const found = await asked(
          { points: [TEMPERATURE], high: { major: 27, critical: 32 }, deadband: 1, on: "10s", off: "20s" },
          [one],
          `  - { points: ["${TEMPERATURE}"], high: { major: 27, critical: 32 }, deadband: 1, on: 10s, off: 20s }`,
        );
        expect(found).toMatchObject({ gained: 0, lost: 0, moved: 0, differences: [] });
        expect(found.after).toEqual(found.before);
        expect(found.same).toBe(found.before.alarms);
        alarms += found.same;
      }),
      { numRuns: 60 },
    );
    // A law that nothing was tried on is no law.
    expect(alarms).toBeGreaterThan(20);
  });

  test("what one change gains the way back loses", async () => {
    await assert(
      asyncProperty(courses, async (one) => {
        const [tight, wide] = [probeSite(RULE), probeSite(RULE.replace("deadband: 1, on: 10s", "deadband: 3, on: 40s"))];
        const span = { fromMs: T0, toMs: T0 + 2 * HOUR_MS };
        const there = await whatIf(sourceOf([one]), ruleSetsOf(tight, wide, null), span, NO_PACING);
        const back = await whatIf(sourceOf([one]), ruleSetsOf(wide, tight, null), span, NO_PACING);
        expect([back.lost, back.gained, back.moved, back.same]).toEqual([there.gained, there.lost, there.moved, there.same]);
      }),
      { numRuns: 40 },
    );
  });
});

describe("rules that read several points", () => {
  const OTHER = "th-2/ambient.temperature";
  const DEVIATION = `  - { points: ["${TEMPERATURE}"], deviation: { from: "${OTHER}", above: { minor: 2 } }, on: 0s, off: 0s }`;
  const conditions = (limit: number): string => `${probeYaml(RULE)}conditions:
  - id: both
    device: th-1
    when: "min(th-*/ambient.temperature) > ${limit}"
    severity: critical
    on: 0s
    off: 0s
    text: { zh: 都热, en: both hot }
`;
  const replayed = async (before: string, after: string, courses: readonly Course[]): Promise<Replayed> => {
    const sets = ruleSetsOf(loadedSite(before), loadedSite(after), null);
    return whatIf(sourceOf(courses), sets, { fromMs: T0, toMs: T0 + 2 * HOUR_MS }, NO_PACING);
  };

  test("are led through the readings of all of them", async () => {
    const found = await asked(
      { points: [TEMPERATURE], deviation: { from: OTHER, above: { minor: 4 } } },
      [course("24*24 27*24 24*24"), course("24*36 20*12 24*24", OTHER)],
      DEVIATION,
    );
    expect(told(found)).toEqual(["moved: +120–+240 → +180–+240"]);
    expect(found.basis?.points).toEqual([TEMPERATURE, OTHER]);
  });

  test("of a device are told under its name", async () => {
    const found = await replayed(conditions(30), conditions(26), [course("24*24 27*24 24*24"), course("24*36 28*24", OTHER)]);
    expect(told(found)).toEqual(["gained:  → +180–+240"]);
    expect(found.differences).toMatchObject([{ point: "th-1", type: "when-both" }]);
  });

  test("that say the same are not replayed, however the site is laid out", async () => {
    const moved = conditions(30).replace(
      "devices:\n",
      "devices:\n  - { id: a, area: room, bus: line, unit: 3, profile: sensor/xy-md02, every: 5s }\n",
    );
    const aside = (text: string): string =>
      text.replaceAll("min(th-*/ambient.temperature)", "min(th-1/ambient.temperature, th-2/ambient.temperature)");
    const found = await replayed(aside(conditions(30)), aside(moved), [course("31*24")]);
    expect(found.basis?.points).not.toContain(OTHER);
  });

  test("know nothing while one of the points is not heard: that neither raises nor clears", async () => {
    const found = await replayed(conditions(30), conditions(26), [course("27*24 24*24"), course("27*12 ?*24 27*12", OTHER)]);
    expect(told(found)).toEqual(["gained:  → +0–+180"]);
  });
});

describe("the desk", () => {
  const fastSite = (rules: string) => loadedSite(probeYaml(rules).replaceAll("every: 5s", "every: 100ms"));
  function desk(history: ReadingSource = sourceOf([course("25*12 28*60 25*60")])): ReviewDesk {
    return new ReviewDesk({
      ...{ site: probeSite(RULE), siteText: probeYaml(RULE), journal: journalOf([]), history, live: () => [] },
      clock: { ...systemClock, wallMs: () => (T0 + 24 * HOUR_MS) as WallMs },
      turn: () => new Promise((resolve) => setImmediate(resolve)),
    });
  }
  const span = { fromMs: T0, toMs: T0 + HOUR_MS };
  const replayed = async (request: Partial<WhatIfRequest>, at = desk()): Promise<WhatIfReply> => {
    const answer = await at.whatIf({ ...span, ...request });
    if ("problem" in answer) throw new Error(answer.problem.en);
    return answer;
  };

  test("what is wrong with a rule is told by its place in what was sent, and nothing is replayed", async () => {
    const found = await replayed({ rule: `points: ["${TEMPERATURE}"]\nhigh: { major: hot }\ndeadbnd: 1` });
    expect(found.problems.map(({ line, column, path }) => [line, column, path])).toEqual([
      [2, 16, "high.major"],
      [3, 10, "deadbnd"],
    ]);
    expect(found.basis).toBeNull();
    const listed = await replayed({ rule: `- { points: [nobody], high: { major: 1 } }` });
    expect(listed.problems).toMatchObject([{ line: 1, path: "[0].points[0]" }]);
    expect((await replayed({ rule: "points: [" })).problems[0]?.message.en).toContain("YAML");
  });

  test("a piece of a site file is taken as well, and a whole one: then what is judged differently is replayed", async () => {
    const piece = await replayed({ rule: `rules:\n  - { points: ["${TEMPERATURE}"], high: { major: 30 } }` });
    expect(piece).toMatchObject({ lost: 1, basis: { points: [TEMPERATURE] } });
    const whole = await replayed({ site: probeYaml(RULE.replace("27", "30")) });
    expect(whole).toMatchObject({ lost: 1, basis: { points: [TEMPERATURE] } });
    const masked = await replayed({ site: probeYaml(RULE).replace("a-secret-that-nobody-sees", "••••••") });
    expect(masked).toMatchObject({ problems: [], lost: 0, basis: { points: [] } });
  });

  test("what an entry does not say stays as it is today, and what was tried is given back as YAML", async () => {
    const found = await replayed({ rule: { points: [TEMPERATURE], deadband: 2 } });
    expect(found).toMatchObject({ differences: [], same: 1 });
    expect(found.yaml).toBe(`- points:\n    - ${TEMPERATURE}\n  deadband: 2\n`);
  });

  test("too much is refused with what would do; the same of minutes alone is not", async () => {
    const often = RULE.replace("27", "28");
    const at = new ReviewDesk({
      ...{
        site: fastSite(RULE),
        siteText: probeYaml(RULE).replaceAll("every: 5s", "every: 100ms"),
        journal: journalOf([]),
        live: () => [],
      },
      ...{ history: sourceOf([]), clock: { ...systemClock, wallMs: () => T0 as WallMs }, turn: async () => undefined },
    });
    const month = 30 * 24 * HOUR_MS;
    const refused = await at.whatIf({ fromMs: T0 - month, toMs: T0, rule: often.slice(2) });
    expect(refused).toMatchObject({ problem: { en: expect.stringContaining("38 %") } });
    expect(await at.whatIf({ fromMs: T0 - 3 * month, toMs: T0 - month, rule: often.slice(2) })).toMatchObject({
      problems: [],
    });
  });

  test("one at a time, with its progress, and a stop ends it", async () => {
    let go = (): void => undefined;
    const waits = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = sourceOf([course("28*10")]);
    const at = desk({
      async piece(query) {
        await waits;
        return slow.piece(query);
      },
    });
    const first = at.whatIf({ ...span, rule: { points: [TEMPERATURE], deadband: 2 } });
    expect(at.state().running).toBe(true);
    expect(await at.whatIf({ ...span, rule: { points: [TEMPERATURE] } })).toMatchObject({
      problem: { en: expect.stringContaining("running") },
    });
    at.stop();
    go();
    expect(await first).toMatchObject({ problem: { en: expect.stringContaining("stopping") } });
    expect(at.state().running).toBe(false);
  });

  test("others have their turn while it works", async () => {
    let turns = 0;
    let nowMs = 0;
    const long = Array.from({ length: 24 }, (_, n) => ({ ...course("28*720"), fromMs: T0 + n * HOUR_MS }));
    const at = new ReviewDesk({
      ...{ site: probeSite(RULE), siteText: probeYaml(RULE), journal: journalOf([]), history: sourceOf(long), live: () => [] },
      clock: {
        ...systemClock,
        wallMs: () => (T0 + 24 * HOUR_MS) as WallMs,
        monotonicMs() {
          nowMs += 1;
          return nowMs as MonotonicMs;
        },
      },
      turn: async () => {
        turns += 1;
      },
    });
    await at.whatIf({ fromMs: T0, toMs: T0 + 24 * HOUR_MS, rule: { points: [TEMPERATURE], deadband: 2 } });
    expect(turns).toBeGreaterThan(10);
  });
});
