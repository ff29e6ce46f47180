import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inspectionTemplateSchema } from "../../firmware/contract/inspection.ts";
import { templatesOf } from "../../firmware/inspection/templates.ts";
import { siteView } from "../../firmware/site/view.ts";
import { problemsOf, SITE, siteOf } from "./inspection-forms.ts";

function templates(section = "") {
  const site = siteOf(SITE + section);
  return templatesOf(site, siteView(site, { version: "0", revision: "r", demo: false }));
}
const items = (section: string) => templates(section)[0]?.items ?? [];
const of = (item: string) => `inspection:\n  - { id: daily, name: Daily, items: [${item}] }\n`;

describe("a round in the site file", () => {
  test("has measured items with label, unit, limits and abnormal states, and items for eyes and ears", () => {
    const [daily] = templates(`inspection:
  - id: night
    name: { zh: 夜班, en: Night }
    at: 21:30
    who: { zh: 值班员, en: Duty staff }
    items:
      - { kind: measured, point: th-1/ambient.temperature, weight: 3 }
      - { kind: measured, device: door-1, point: door.contact }
      - { kind: choice, id: lamps, name: Lamps, device: ups-a, choices: [{ id: ok, name: OK }, { id: lit, name: Lit, abnormal: true }] }
      - { kind: number, id: bar, name: Pressure, unit: MPa, min: 1, max: 1.4 }
      - { kind: text, id: notes, name: { zh: 备注, en: Notes }, optional: true, weight: 0 }
`);
    expect(inspectionTemplateSchema.parse(daily)).toEqual(daily);
    expect(daily).toMatchObject({ id: "night", at: "21:30", who: { zh: "值班员", en: "Duty staff" } });
    expect(daily?.items).toMatchObject([
      {
        ...{ id: "th-1/ambient.temperature", name: { zh: "温度" }, where: { zh: "1 号温湿度", en: "Probe 1" }, unit: "°C", weight: 3 },
        limits: expect.arrayContaining([{ type: "high", severity: "major", limit: 27 }]),
      },
      { id: "door-1/door.contact", states: [{ name: "closed" }, { name: "open" }], abnormalStates: [{ state: 1, severity: "minor" }] },
      { kind: "choice", device: "ups-a", where: { en: "UPS A" }, choices: [{ abnormal: false }, { abnormal: true }], weight: 1 },
      { kind: "number", unit: "MPa", min: 1, max: 1.4, device: null },
      { kind: "text", optional: true, weight: 0 },
    ]);
  });

  test("stands in the README as it can be written", () => {
    const block = /^inspection:\n[\s\S]*?(?=```)/m.exec(readFileSync("README.md", "utf8"))?.[0] ?? "";
    expect(templates(block)[0]?.items.map(({ id }) => id)).toEqual([
      ...["th-1/ambient.temperature", "th-2/ambient.temperature", "ups-lamps", "extinguisher", "remarks"],
    ]);
  });

  test("a pattern stands for every point that fits, a device alone for its most telling ones; the first to name a point says its weight", () => {
    const found = items(
      of(
        '{ kind: measured, point: th-1/ambient.temperature, weight: 5 }, { kind: measured, point: "th-*/*" }, { kind: measured, device: door-1 }',
      ),
    );
    expect(found.map(({ id, weight }) => [id, weight])).toEqual([
      ["th-1/ambient.temperature", 5],
      ["th-1/ambient.humidity", 1],
      ["th-2/ambient.temperature", 1],
      ["th-2/ambient.humidity", 1],
      ["door-1/door.contact", 1],
    ]);
  });

  test("without the section the house makes one: key points of each device, and what a machine room wants looked at", () => {
    const [daily, ...others] = templates();
    expect(others).toEqual([]);
    expect(inspectionTemplateSchema.parse(daily)).toEqual(daily);
    const ids = daily?.items.map(({ id }) => id) ?? [];
    expect(ids.slice(0, 4)).toEqual([
      "th-1/ambient.temperature",
      "th-1/ambient.humidity",
      "th-2/ambient.temperature",
      "th-2/ambient.humidity",
    ]);
    expect(ids).toEqual(expect.arrayContaining(["ups-a/output.source", "ups-a/battery.charge", "door-1/door.contact", "ups-a-panel"]));
    expect(ids).toEqual(expect.arrayContaining(["room-lamps", "room-noise-smell", "room-water", "room-clean", "room-extinguisher"]));
    expect(new Set(ids).size).toBe(ids.length);
    expect(daily?.items.filter((item) => item.kind !== "measured" && item.optional).map(({ id }) => id)).toEqual(["room-remarks"]);
  });

  test.each([
    [
      "{ kind: measured, point: th-9/ambient.temperature }",
      "inspection[0].items[0].point: no point matches th-9/ambient.temperature; expected `device/point-name`, of the devices, e.g. th-1, th-2, ups-a, door-1",
    ],
    [
      "{ kind: measured, point: th-1/ambient.temprature }",
      "inspection[0].items[0].point: no point matches th-1/ambient.temprature; expected a point of th-1, e.g. ambient.temperature, ambient.humidity",
    ],
    [
      "{ kind: measured, device: th-7, point: ambient.temperature }",
      "inspection[0].items[0].device: there is no th-7 in devices; there are: th-1, th-2, ups-a, door-1",
    ],
    ["{ kind: measured, weight: 1 }", "inspection[0].items[0]: measured needs point or device"],
    [
      "{ kind: measured, point: th-1/ambient.humidity }, { kind: measured, device: th-1, point: ambient.humidity }",
      "inspection[0].items[1].point: th-1/ambient.humidity is already used by items[0]",
    ],
    ["{ kind: text, id: a, name: A }, { kind: text, id: a, name: B }", "inspection[0].items[1].id: a is already used by items[0]"],
    [
      "{ kind: text, id: a, name: A, device: ups-z }",
      "inspection[0].items[0].device: there is no ups-z in devices; there are: th-1, th-2, ups-a, door-1",
    ],
    [
      "{ kind: number, id: a, name: A, min: 3, max: 2 }",
      "inspection[0].items[0].max: max 2 is below min 3: every number would be abnormal",
    ],
    [
      "{ kind: choice, id: a, name: A, choices: [{ id: x, name: X }] }",
      "inspection[0].items[0].choices: expected 2 to 12 choices { id, name, abnormal }",
    ],
    [
      "{ kind: choice, id: a, name: A, choices: [{ id: x, name: X }, { id: x, name: Y }] }",
      "inspection[0].items[0].choices[1].id: choice id x is used twice",
    ],
    [
      "{ kind: choice, id: a, name: A, choices: [{ id: x, name: X, abnormal: true }, { id: y, name: Y, abnormal: true }] }",
      "inspection[0].items[0].choices: at least one choice must be normal",
    ],
    ["{ kind: smell, id: a, name: A }", /inspection\[0\]\.items\[0\]\.kind: .*measured.*choice.*number.*text/],
    ["{ kind: text, id: a, name: A, wieght: 2 }", "inspection[0].items[0].wieght: unknown key `wieght`; check the spelling"],
    ["", "inspection[0].items: expected a list of 1 to 300 items"],
  ])("%s is a problem with its place", (item, message) => {
    const found = problemsOf(SITE + of(item)).map((problem) => problem.replace(/^\d+ /, ""));
    expect(found).toEqual([typeof message === "string" ? message : expect.stringMatching(message)]);
  });

  test("a doubled template, a bad time and a wrong id are said with their lines, together", () => {
    expect(
      problemsOf(`${SITE}inspection:
  - { id: daily, name: A, at: "24:10", items: [{ kind: text, id: a, name: A }] }
  - { id: daily, name: B, items: [{ kind: text, id: Not Good, name: A }] }
  - { id: daily, name: C, items: [{ kind: text, id: a, name: A }] }
`),
    ).toEqual([
      "13 inspection[0].at: expected a time of day of the site's time zone, HH:MM, e.g. `18:00`, found `24:10`",
      "14 inspection[1].items[0].id: expected lower-case letters, digits and hyphens, at most 32, e.g. `ups-a`, found `Not Good`",
    ]);
  });

  test("two templates of one name are one too many", () => {
    const one = "{ id: daily, name: A, items: [{ kind: text, id: a, name: A }] }";
    expect(problemsOf(`${SITE}inspection: [${one}, ${one}]\n`)).toEqual(["12 inspection[1].id: id daily is already used by inspection[0]"]);
  });

  test("a pattern that makes a sheet nobody can read is refused", () => {
    const many = Array.from({ length: 301 }, (_, n) => `{ kind: text, id: n-${n}, name: A }`).join(", ");
    expect(problemsOf(SITE + of(many))).toEqual([expect.stringContaining("expected a list of 1 to 300 items")]);
  });
});
