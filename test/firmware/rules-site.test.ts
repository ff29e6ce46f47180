import { describe, expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import { ruleViews } from "../../firmware/site/rule-view.ts";
import { ruleLines } from "../../firmware/site/rule-words.ts";
import { siteView } from "../../firmware/site/view.ts";
import { loadedSite } from "./loaded-site.ts";

const site = (more: string, area = ""): string => `
site: { id: s, name: S, timezone: Asia/Shanghai }
areas:
  - { id: hall, name: Hall${area} }
  - { id: aisle, name: Aisle, parent: hall }
buses:
  - { id: line, kind: modbus-rtu, path: /dev/ttyUSB0 }
  - { id: card, kind: snmp, host: 10.0.0.5 }
devices:
  - { id: th-1, area: aisle, bus: line, unit: 1, profile: sensor/xy-md02, every: 10s }
  - { id: th-2, area: aisle, bus: line, unit: 2, profile: sensor/xy-md02, every: 10s }
  - { id: ups-a, area: hall, bus: card, profile: ups/ietf-rfc1628 }
${more}`;
const viewsOf = (text: string, point: string) => ruleViews(loadedSite(text), { point });
const problemsOf = (text: string): readonly string[] => {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en}`) : [];
};

describe("who says how a point is judged", () => {
  test("the house where nobody says otherwise, and each part of it by the one who spoke last", () => {
    const text = site(`rules:
  - { points: ["th-1/ambient.temperature"], on: 5s }
  - { points: ["th-1/*"], reAlarm: 2h }
  - { points: ["*/ambient.temperature"], high: { minor: 26 }, on: 90s }
`);
    const [, high] = viewsOf(text, "th-1/ambient.temperature");
    expect(high).toMatchObject({
      ...{ type: "high", judges: "value", limits: [{ severity: "minor", limit: 26 }] },
      limitsFrom: { layer: "site", place: "rules[2]" },
      deadband: { value: 1, from: { layer: "house", place: "ambient.temperature" } },
      onDelayMs: { value: 5_000, from: { layer: "point", place: "rules[0]" } },
      offDelayMs: { value: 60_000, from: { layer: "house" } },
      reAlarmMs: { value: 7_200_000, from: { layer: "device", place: "rules[1]" } },
    });
    expect(viewsOf(text, "th-2/ambient.temperature")[1]).toMatchObject({
      onDelayMs: { value: 90_000, from: { layer: "site", place: "rules[2]" } },
      reAlarmMs: null,
    });
  });

  test("the standard of an area holds for all areas inside it, with its clause, and gives way to a rule", () => {
    const text = site('rules:\n  - { points: ["th-2/ambient.temperature"], high: { major: 30 } }\n', ", limits: gb50174-2017-cold-aisle");
    const clause = { zh: expect.stringContaining("附录 A"), en: expect.stringContaining("appendix A") };
    expect(viewsOf(text, "th-1/ambient.temperature").slice(1)).toMatchObject([
      { type: "high", limits: [{ limit: 27 }], limitsFrom: { layer: "standard", place: "gb50174-2017-cold-aisle", clause } },
      { type: "low", limits: [{ limit: 18 }], limitsFrom: { layer: "standard" } },
      { type: "high-rate-1h", limits: [{ limit: 20 }], unit: "°C/1h", limitsFrom: { clause } },
      { type: "low-rate-1h", limits: [{ limit: -20 }] },
    ]);
    expect(viewsOf(text, "th-2/ambient.temperature")[1]).toMatchObject({ limits: [{ limit: 30 }], limitsFrom: { layer: "point" } });
    expect(viewsOf(text, "th-1/ambient.humidity").slice(1)).toMatchObject([{ type: "high", limits: [{ limit: 60 }] }]);
  });

  test("the dew point that a standard limits is worked out where the device does not tell it", () => {
    const loaded = loadedSite(site("", ", limits: gb50174-2017-cold-aisle"));
    expect(loaded.formulas.map(({ id, text, number }) => [id, text, loaded.points[number]?.id])).toEqual([
      ["th-1/ambient.dewpoint", "dewpoint(ambient.temperature, ambient.humidity)", "th-1/ambient.dewpoint"],
      ["th-2/ambient.dewpoint", "dewpoint(ambient.temperature, ambient.humidity)", "th-2/ambient.dewpoint"],
    ]);
    expect(ruleViews(loaded, { point: "th-1/ambient.dewpoint" })).toMatchObject([
      { type: "high", limits: [{ limit: 15 }] },
      { type: "low", limits: [{ limit: 5.5 }] },
    ]);
    const view = siteView(loaded, { version: "v", revision: "r", demo: false });
    expect(view.points.map(({ id }) => id)).toEqual(loaded.points.map(({ id }) => id));
    expect(view.points.at(-1)).toMatchObject({
      device: "th-2",
      unit: "°C",
      formula: expect.stringContaining("dewpoint"),
      limits: [{}, {}],
    });
    expect(loadedSite(site("")).formulas).toEqual([]);
  });

  test("numbers that were not read in the standard itself are marked", () => {
    const lines = viewsOf(
      site('rules:\n  - { points: ["th-1/ambient.temperature"], limits: ashrae-2021-a2 }\n'),
      "th-1/ambient.temperature",
    );
    expect(lines[1]).toMatchObject({ limits: [{ limit: 35 }], limitsFrom: { layer: "standard", unverified: true } });
    const said = lines.flatMap(ruleLines);
    expect(said.map(({ en }) => en).join("\n")).toContain("ASHRAE TC9.9 2021: allowable range of class A2, unverified");
    expect(said.map(({ zh }) => zh).join("\n")).toContain("未核对原文");
  });

  test("all kinds of rules at once have keys of their own, and a schedule is told with its limits", () => {
    const text = site(`schedules:
  - { id: nights, from: "22:00", to: "06:00" }
  - { id: weekend, days: [sat, sun] }
rules:
  - points: ["th-*/ambient.temperature"]
    rate: [{ within: 15min, rise: { major: 5 } }, { within: 1h, rise: { major: 20 }, fall: { minor: 20 } }]
    deviation: { from: median(siblings), above: { minor: 4 }, below: { minor: 4 }, deadband: 1 }
    flat: { for: 6h, tolerance: 0.05 }
  - { points: ["th-1/ambient.temperature"], during: [nights, weekend], high: { critical: 25 } }
conditions:
  - { id: hot, device: ups-a, when: "ups-a/output.source is battery and max(th-*/ambient.temperature) > 27", severity: critical, text: { zh: 断电且高温, en: hot on battery } }
expected:
  - { id: battery-test, event: { point: ups-a/output.source, becomes: battery }, every: 31d, text: { zh: 31 天没有电池测试, en: no battery test in 31 days } }
  - { id: round, event: { sheet: daily }, by: "20:00", text: 今天没有巡检 }
`);
    const loaded = loadedSite(text);
    expect(new Set(loaded.rules.map(({ key }) => key)).size).toBe(loaded.rules.length);
    const views = ruleViews(loaded, { point: "th-1/ambient.temperature" });
    expect(views.map(({ type, judges }) => `${type} ${judges}`)).toEqual([
      "stale silence",
      "high value",
      "low value",
      "high-rate-15min rate",
      "high-rate-1h rate",
      "low-rate-1h rate",
      "high-deviation deviation",
      "low-deviation deviation",
      "flat-6h flat",
    ]);
    expect(views[1]).toMatchObject({
      limits: [
        { severity: "major", limit: 27 },
        { severity: "critical", limit: 32 },
      ],
      scheduled: [{ schedules: ["nights", "weekend"], limits: [{ severity: "critical", limit: 25 }], from: { place: "rules[1]" } }],
    });
    expect(views[6]).toMatchObject({ formula: "median(siblings)", deadband: { value: 1 } });
    expect(ruleViews(loaded, { device: "ups-a" }).filter(({ judges }) => judges === "formula" || judges === "missing")).toMatchObject([
      { key: "s/hall/ups-a/-/when-hot", point: null, severity: "critical", limitsFrom: { layer: "device", place: "conditions[0]" } },
      { key: "s/hall/ups-a/-/missing-battery-test", judges: "missing" },
    ]);
    expect(ruleViews(loaded, { device: "daily" })).toMatchObject([{ key: "s/inspection/daily/-/missing-round" }]);
  });
});

describe("computed points", () => {
  test("stand behind the points of the wires, those first that others are made of; of many devices those get one that can have it", () => {
    const loaded = loadedSite(
      site('computed: [{ point: "*/ambient.dewpoint", formula: "dewpoint(ambient.temperature, ambient.humidity)" }]\n'),
    );
    expect(loaded.formulas.map(({ id }) => id)).toEqual(["th-1/ambient.dewpoint", "th-2/ambient.dewpoint"]);
    const chained = loadedSite(
      site(`computed:
  - { point: th-1/ambient.dewpoint, formula: "th-2/ambient.dewpoint - 1" }
  - { point: th-2/ambient.dewpoint, formula: "dewpoint(ambient.temperature, ambient.humidity)" }
`),
    );
    expect(chained.formulas.map(({ id }) => id)).toEqual(["th-2/ambient.dewpoint", "th-1/ambient.dewpoint"]);
    expect(chained.points.slice(-2).map(({ id }) => id)).toEqual(["th-1/ambient.dewpoint", "th-2/ambient.dewpoint"]);
  });
});

describe("what does not make sense is refused with its place and the reason", () => {
  test.each<[string, string, string]>([
    [
      "an unknown point",
      'rules: [{ points: ["th-9/ambient.temperature"], high: { major: 1 } }]',
      "rules[0].points[0]: no point matches th-9/ambient.temperature",
    ],
    [
      "a deadband wider than its limits",
      'rules: [{ points: ["th-1/ambient.temperature"], deadband: 20 }]',
      "rules[0]: th-1/ambient.temperature: high 27 less the deadband 20 is not above low 15",
    ],
    [
      "a deadband wider than a rate",
      'rules: [{ points: ["th-1/ambient.temperature"], rate: { within: 15min, rise: { major: 5 }, deadband: 5 } }]',
      "rules[0].rate.deadband: the deadband 5 is not below the 5 of rise",
    ],
    [
      "a rate of nothing",
      'rules: [{ points: ["th-1/ambient.temperature"], rate: { within: 15min } }]',
      "rules[0].rate: expected rise or fall",
    ],
    [
      "a window of fewer than two readings",
      'rules: [{ points: ["th-1/ambient.temperature"], rate: { within: 1min, rise: { major: 5 } } }]',
      "",
    ],
    [
      "a rate of a state",
      'rules: [{ points: ["ups-a/output.source"], rate: { within: 15min, rise: { major: 5 } } }]',
      "rules[0].rate: output.source is a state: it has no rate",
    ],
    [
      "the increase of what does not count",
      'rules: [{ points: ["th-1/ambient.temperature"], increase: { within: 1h, high: { minor: 1 } } }]',
      "rules[0].increase: ambient.temperature is no counter",
    ],
    [
      "a reference that is not there",
      'rules: [{ points: ["th-1/ambient.temperature"], deviation: { from: return.temperature, above: { minor: 3 } } }]',
      "rules[0].deviation.from: th-1/ambient.temperature: no point matches return.temperature",
    ],
    [
      "a standard that says nothing of the point",
      'rules: [{ points: ["ups-a/battery.charge"], limits: gb50174-2017-off }]',
      "rules[0].limits: gb50174-2017-off says nothing of these points",
    ],
    [
      "a standard that nobody knows",
      'rules: [{ points: ["th-1/*"], limits: din-1 }]',
      "rules[0].limits: expected limits of a standard, one of gb50174-2017-cold-aisle",
    ],
    [
      "an unknown schedule",
      'rules: [{ points: ["th-1/ambient.temperature"], during: nights, high: { major: 1 } }]',
      "rules[0].during: there is no nights in schedules; there are: none",
    ],
    [
      "a schedule that is never on",
      'schedules: [{ id: n, from: "22:00", to: "22:00" }]',
      "schedules[0].to: from 22:00 to 22:00 is no time at all",
    ],
    ["half a schedule", 'schedules: [{ id: n, from: "22:00" }]', "schedules[0]: from and to belong together"],
    ["a schedule without days", "schedules: [{ id: n, days: [] }]", "schedules[0].days: expected days"],
    [
      "a latch at night only",
      'schedules: [{ id: n }]\nrules: [{ points: ["th-1/ambient.temperature"], during: n, latched: true }]',
      "rules[0].latched: a rule with during has no latched",
    ],
    [
      "computed points in a loop",
      'computed: [{ point: th-1/ambient.dewpoint, formula: "th-2/ambient.dewpoint" }, { point: th-2/ambient.dewpoint, formula: "th-1/ambient.dewpoint" }]',
      "computed[0].formula: computed points form a loop: th-1/ambient.dewpoint → th-2/ambient.dewpoint → th-1/ambient.dewpoint",
    ],
    [
      "a computed point of itself",
      'computed: [{ point: th-1/ambient.dewpoint, formula: "ambient.dewpoint + 1" }]',
      "form a loop: th-1/ambient.dewpoint → th-1/ambient.dewpoint",
    ],
    [
      "computing what is read",
      'computed: [{ point: th-1/ambient.temperature, formula: "1" }]',
      "computed[0].point: th-1/ambient.temperature is read from the device",
    ],
    [
      "a computed name that nobody knows",
      'computed: [{ point: th-1/warmth, formula: "1" }]',
      "computed[0].point: there is no point warmth in the vocabulary",
    ],
    [
      "a formula that cannot be read",
      'computed: [{ point: th-1/ambient.dewpoint, formula: "1 +" }]',
      "computed[0].formula: character 4: expected a point, a number or a function",
    ],
    [
      "a condition of an unknown state",
      'conditions: [{ id: c, device: ups-a, severity: major, text: x, when: "ups-a/output.source is asleep" }]',
      "conditions[0].when: ups-a/output.source has no state asleep",
    ],
    [
      "a condition that never changes",
      'conditions: [{ id: c, device: ups-a, severity: major, text: x, when: "1 < 2" }]',
      "conditions[0].when: there is no point in this condition",
    ],
    [
      "a condition that is a number",
      'conditions: [{ id: c, device: ups-a, severity: major, text: x, when: "th-1/ambient.temperature" }]',
      "conditions[0].when: expected a condition",
    ],
    [
      "something expected without a time",
      "expected: [{ id: e, text: x, event: { sheet: daily } }]",
      "expected[0]: expected every (the longest time between two) or by",
    ],
    [
      "a round that there is not",
      'expected: [{ id: e, text: x, by: "18:00", event: { sheet: weekly } }]',
      "expected[0].event.sheet: there is no round weekly; there are: daily",
    ],
    [
      "an event at an unknown point",
      "expected: [{ id: e, text: x, every: 1d, event: { point: th-9/x, becomes: open } }]",
      "expected[0].event.point: there is no point th-9/x",
    ],
    [
      "a movement of what is no counter",
      "expected: [{ id: e, text: x, every: 1d, event: { point: th-1/ambient.temperature, moves: true } }]",
      "expected[0].event.moves: th-1/ambient.temperature is no counter",
    ],
  ])("%s", (_, more, problem) => {
    const text = site(more).replace(/every: 10s/g, problem === "" ? "every: 40s" : "every: 10s");
    const found = problemsOf(text);
    expect(found.join("\n")).toContain(
      problem === ""
        ? "rules[0].rate.within: the window holds fewer than two readings: th-1/ambient.temperature is read every 40 s"
        : problem,
    );
    expect(Number(found[0]?.split(" ")[0])).toBeGreaterThan(12);
    const chinese = loadSite(text);
    for (const { message } of "problems" in chinese ? chinese.problems : []) expect(message.zh).toMatch(/[一-鿿]/);
  });
});
