import { expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import { loadedSite } from "./loaded-site.ts";

const site = (forecasts: string): string => `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/not-there }]
devices:
  - { id: th-1, name: { zh: 探头, en: Probe }, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md02 }
rules:
  - { points: ["th-2/ambient.humidity"], high: {}, low: {} }
${forecasts}
`;
const problemsOf = (forecasts: string) => {
  const loaded = loadSite(site(forecasts));
  return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.en}`) : [];
};

test("an early warning is an alarm of its own, for every point with a limit that is asked for; the last entry that fits counts", () => {
  const { warnings, rules } = loadedSite(
    site(`forecasts: { warn: [{ points: ["*"], within: 20min }, { points: ["th-1/ambient.temperature"] }] }`),
  );
  expect(warnings.map(({ rule, withinMs }) => [rule.key, withinMs / 60_000])).toEqual([
    ["t/room/th-1/ambient.temperature/ahead", 30],
    ["t/room/th-1/ambient.humidity/ahead", 20],
    ["t/room/th-2/ambient.temperature/ahead", 20],
  ]);
  const rule = rules.find(({ key }) => key === "t/room/th-1/ambient.temperature/ahead");
  expect(rule).toMatchObject({ kind: "silence", severity: "warning", pointId: "th-1/ambient.temperature", device: "th-1" });
  expect(rule?.text).toEqual({ zh: "探头 温度 预计将到达限值", en: "Probe temperature is heading for its limit" });
  warnings[0]?.say({ zh: "约 20 分钟后", en: "27 °C in 20 min" });
  expect(rule?.text.en).toBe("27 °C in 20 min");
});

test("without the section nothing rings", () => {
  const { warnings, rules } = loadedSite(site(""));
  expect(warnings).toEqual([]);
  expect(rules.filter(({ type }) => type === "ahead")).toEqual([]);
});

test.each([
  [
    `forecasts: { warn: [{ points: ["th-9/*"] }] }`,
    "forecasts.warn[0].points[0]: no numeric point matches th-9/*; expected `device/point-name`",
  ],
  [
    `forecasts: { warn: [{ points: ["th-1/*"], within: 1min }] }`,
    "forecasts.warn[0].within: expected a duration with its unit, 5min to 2h",
  ],
  [`forecasts: { warn: [{ points: [] }] }`, "forecasts.warn[0].points: "],
  ["forecasts: { ring: true }", "forecasts"],
])("%s is refused with its place", (text, problem) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});
