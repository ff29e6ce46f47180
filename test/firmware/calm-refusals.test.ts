import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmDesk } from "../../firmware/alarm-desk.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { type Problem, problemSchema } from "../../firmware/contract/site.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { journalIn, temporaryFolder } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { openStage, type Stage } from "./serve-stage.ts";

const HOUR_MS = 3_600_000;
const CHINESE = /\p{Script=Han}/u;

describe("what may not be set aside is refused with its place and the reason, in both languages, and changes nothing", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  const window = (more: object) => ({
    ...{ scope: { areas: ["room"] }, untilMs: Date.now() + HOUR_MS, change: "CHG-1", requester: "wang", reason: "batteries", ...more },
  });
  const send = (path: string, body: object): Promise<Response> =>
    stage.fetch(path, {
      method: "POST",
      as: "engineer",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
  const planned = async (): Promise<readonly MaintenanceWindow[]> =>
    (await (await stage.fetch("/api/v1/maintenance", { as: "engineer" })).json()).windows;

  const nowMs = Date.now();
  test.each<readonly [what: string, path: string, body: object, at: readonly string[], why: RegExp]>([
    [
      "ends before it begins",
      "maintenance",
      window({ fromMs: nowMs + HOUR_MS, untilMs: nowMs + 60_000 }),
      ["untilMs"],
      /an end after the start/,
    ],
    [
      "ends as it begins",
      "maintenance",
      window({ fromMs: nowMs + HOUR_MS, untilMs: nowMs + HOUR_MS }),
      ["untilMs"],
      /an end after the start/,
    ],
    ["began long ago", "maintenance", window({ fromMs: nowMs - HOUR_MS }), ["fromMs"], /not before now/],
    ["lasts for weeks", "maintenance", window({ untilMs: nowMs + 15 * 24 * HOUR_MS }), ["untilMs"], /seven days at most/],
    [
      "is about a device that is not there",
      "maintenance",
      window({ scope: { devices: ["ups-z"] } }),
      ["scope.devices[0]"],
      /device of this site/,
    ],
    [
      "is about an area that is not there",
      "maintenance",
      window({ scope: { areas: ["room", "attic"] } }),
      ["scope.areas[1]"],
      /area of this site/,
    ],
    ["is about nothing", "maintenance", window({ scope: {} }), ["scope"], /an area or a device/],
    ["has no reason", "maintenance", window({ reason: "  " }), ["reason"], /./],
    ["has no change number", "maintenance", window({ change: "" }), ["change"], /./],
    ["has two faults", "maintenance", window({ scope: { devices: ["ups-z"] }, untilMs: 1 }), ["scope.devices[0]", "untilMs"], /device/],
    [
      "takes out what is not there",
      "devices/out-of-service",
      { devices: ["ups-z"], reason: "broken" },
      ["devices[0]"],
      /device of this site/,
    ],
    ["takes out without a reason", "devices/out-of-service", { devices: ["ups-a"], reason: "" }, ["reason"], /./],
    ["shelves without a reason", "alarms/shelve", { keys: ["a"], reason: " ", forMs: HOUR_MS }, ["reason"], /./],
    ["shelves for longer than a day", "alarms/shelve", { keys: ["a"], reason: "x", forMs: 25 * HOUR_MS }, ["forMs"], /86400000/],
    ["silences for longer than an hour", "alarms/silence", { keys: ["a"], forMs: 2 * HOUR_MS }, ["forMs"], /3600000/],
  ])("what %s", async (_, path, body, at, why) => {
    const before = await planned();
    const answer = await send(`/api/v1/${path}`, body);
    expect(answer.status).toBe(400);
    const { faults = [] }: Problem = problemSchema.parse(await answer.json());
    expect(faults.map((fault) => fault.path)).toEqual(at);
    expect(faults[0]?.expected.en).toMatch(why);
    for (const { expected } of faults) expect(expected.zh).toMatch(CHINESE);
    expect(await planned()).toEqual(before);
  });

  test("after all that a window that is right is planned", async () => {
    expect((await send("/api/v1/maintenance", window({}))).status).toBe(200);
    expect(await planned()).toMatchObject([{ change: "CHG-1", endedAtMs: null }]);
  });
});

test("leak, smoke and fire go on no shelf and into no window; the sound of water is off for five minutes at most", async () => {
  const folder = temporaryFolder();
  const journal = await journalIn(`${folder.path}/data`);
  const site = loadedSite(`site: { id: s, name: S }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 9 }]
devices: [{ id: leak-1, area: room, bus: line, unit: 1, profile: leak/rle-ld1500 }]
rules: [{ points: ["leak-1/leak.detected"], on: 0s }]
`);
  const desk = new AlarmDesk({
    ...{ site, journal, live: [], deliveries: {}, lastIncidentNumber: 0, clock, subject: subjectsOf(site, () => null, clock) },
    ...{ wakeUpstream: () => undefined, log: () => undefined },
  });
  try {
    const point = site.points.findIndex(({ id }) => id === "leak-1/leak.detected");
    const wet = site.rules.find(({ pointId, kind }) => pointId === "leak-1/leak.detected" && kind === "state");
    if (wet?.kind !== "state") throw new Error("no rule for water");
    const latest = { values: new Float64Array(site.points.length), qualities: new Uint8Array(site.points.length).fill(QUALITY.good) };
    latest.values[point] = wet.state;
    desk.heard(0);
    desk.tick(latest, desk.now());
    desk.judge(point, 1, latest, desk.now());
    const doer = { by: "wang", from: "test" };
    for (const forMs of [HOUR_MS, null]) {
      const shelved = await desk.shelve([wet.key], doer, "only a drop", forMs);
      expect(shelved).toMatchObject({ done: [], refused: [{ key: wet.key, why: { zh: expect.stringMatching(CHINESE) } }] });
    }
    const asked = {
      scope: { all: true, areas: [], devices: [] },
      untilMs: clock.wallMs() + HOUR_MS,
      change: "C",
      requester: "w",
      reason: "r",
    };
    expect(await desk.maintenance.plan(asked, doer)).toHaveProperty("window");
    expect(desk.alarms()).toMatchObject([{ key: wet.key, state: "B", emergency: true }]);
    await desk.silence([wet.key], doer, HOUR_MS);
    const [quiet] = desk.alarms();
    expect(quiet).toMatchObject({ state: "B", acknowledgement: null });
    expect((quiet?.soundOff?.untilMs ?? 0) - clock.wallMs()).toBeLessThanOrEqual(5 * 60_000);
  } finally {
    await desk.close();
    await journal.close();
    folder.remove();
  }
});

const SITE = `site: { id: s, name: S }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 9 }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, parents: [th-2] }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md02 }
rules: [{ points: ["th-1/ambient.temperature"], high: { major: 30 }, low: { minor: 15 } }]
`;
test.each([
  ["a rule on a point that is not there", SITE.replace("th-1/ambient.temperature", "th-9/ambient.temperature"), "rules[0].points[0]", 7],
  ["a deadband wider than its limits", SITE.replace("low: {", "deadband: 20, low: {"), "rules[0]", 7],
  ["a loop of parents", SITE.replace("unit: 2,", "unit: 2, parents: [th-1],"), "devices[0].parents", 5],
])("%s is refused with its place, line and reason in both languages", (_, text, path, line) => {
  expect(loadSite(SITE)).toHaveProperty("site");
  const loaded = loadSite(text);
  const problems = "problems" in loaded ? loaded.problems : [];
  expect(problems).toMatchObject([{ path: expect.stringContaining(path), line }]);
  expect(problems[0]?.message.zh).toMatch(CHINESE);
  expect(problems[0]?.message.en).toMatch(/matches|deadband|loop/);
});
