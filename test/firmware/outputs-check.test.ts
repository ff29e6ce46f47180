import { expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import { BEACON, LEAK_VALVE, outputsText, SIREN, VALVE } from "./outputs-site.ts";

/** What is wrong with the sections of a room, as `path: message`; both languages have words for it. */
function faults(rest: string): readonly string[] {
  const loaded = loadSite(outputsText(rest));
  if ("site" in loaded) return [];
  for (const { message, line } of loaded.problems) {
    expect(message.zh).toMatch(/\p{Script=Han}/u);
    expect(line).toBeGreaterThan(8);
  }
  return loaded.problems.map(({ path, message }) => `${path}: ${message.en}`);
}
const outputs = (...those: readonly string[]): string => `outputs: [${those.join(", ")}]\n`;
const linked = (...those: readonly string[]): string => `${outputs(SIREN, BEACON, VALVE)}linkages: [${those.join(", ")}]\n`;
const linkage = (when: string, set: string, unless: string, id = "l"): string =>
  `{ id: ${id}, when: ${when}, set: ${set}, unless: ${unless} }`;
const WET = "{ point: leak/leak.detected, state: leak }";

test("a room with outputs and a linkage is right", () => {
  expect(faults(linked(LEAK_VALVE))).toEqual([]);
});

test.each([
  [
    "two outputs at one coil",
    outputs(SIREN, SIREN.replace("id: siren", "id: horn")),
    /^outputs\[1\]\.at: .*unit 3 coil 0 is output siren already/,
  ],
  [
    "an output on the line of a contact",
    outputs(SIREN.replace("{ bus: do, unit: 3, coil: 0 }", "{ bus: di, line: 22 }")),
    /line: GPIO 22 of bus di is the input of contact leak/,
  ],
  ["a line on a module", outputs(SIREN.replace("coil: 0", "coil: 0, line: 3")), /at\.line: bus do is modbus-tcp: it has no line/],
  ["neither coil nor register", outputs(SIREN.replace(", coil: 0", "")), /at: expected coil or register, one of them/],
  ["a bus that is not there", outputs(SIREN.replace("bus: do", "bus: nowhere")), /at\.bus: there is no nowhere in buses/],
  ["a relay without a safe state", outputs(VALVE.replace(", safe: asItIs", "")), /relay valve lacks safe/],
  [
    "a register that is the same on and off",
    outputs(VALVE.replace("coil: 2", "register: 2, on: 4, off: 4")),
    /on and off have the same value/,
  ],
  [
    "an alarm type that cannot come",
    outputs(SIREN.replace("severities: [critical, major]", "types: [leek]")),
    /when\.types\[0\]: no alarm of this site is of type leek/,
  ],
  [
    "an area that is not there",
    outputs(SIREN.replace("severities: [critical, major]", "areas: [attic]")),
    /when\.areas\[0\]: there is no attic in areas/,
  ],
  [
    "a linkage on an unknown point",
    linked(linkage("{ point: leak/leek, state: leak }", "{ output: valve, is: on }", "none")),
    /linkages\[0\]\.when\.point: there is no point leak\/leek/,
  ],
  [
    "a linkage on an unknown state",
    linked(linkage("{ point: leak/leak.detected, state: damp }", "{ output: valve, is: on }", "none")),
    /has no state damp; it has: dry, leak/,
  ],
  [
    "a linkage on an unknown output",
    linked(linkage(WET, "{ output: tap, is: on }", "none")),
    /set\.output: there is no tap in outputs; there are: siren, beacon, valve/,
  ],
  ["a linkage without interlocks", linked(LEAK_VALVE.replace(/, unless.*\]/, "")), /linkages\[0\]\.unless: expected its interlocks/],
  [
    "an interlock without a condition",
    linked(linkage(WET, "{ output: valve, is: on }", "[{}]")),
    /unless\[0\]: a condition has one of alarms, point and output/,
  ],
  [
    "an interlock by what it switches",
    linked(linkage(WET, "{ output: valve, is: on }", "[{ output: valve, is: on }]")),
    /would lock itself/,
  ],
  [
    "a loop of linkages",
    linked(
      linkage("{ output: beacon, is: on }", "{ output: valve, is: on }", "none", "a"),
      linkage("{ output: valve, is: on }", "{ output: beacon, is: off }", "none", "b"),
    ),
    /linkages form a loop: beacon → valve → beacon/,
  ],
] as const)("%s is refused with place and reason", (_, rest, expected) => {
  const found = faults(rest);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(expected);
});
