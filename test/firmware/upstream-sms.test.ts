import { expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { previewOf } from "../../firmware/upstream/preview.ts";
import { loadedSite } from "./loaded-site.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";

const siteWith = (targets: string): string => `site: { id: s, name: S, timezone: Asia/Shanghai }
areas: [{ id: r1, name: Hall }]
buses:
  - { id: b, kind: modbus-rtu, path: /dev/ttyUSB0 }
devices: [{ id: th-3, area: r1, bus: b, unit: 1, profile: sensor/xy-md02 }]
targets:
${targets}`;

test("the dry run shows the parts and who gets them, without the PIN", () => {
  const site = loadedSite(
    siteWith('  - { id: t, kind: sms, path: /dev/ttyUSB1, simPin: "4711", to: ["+8613900000001", "10086"], language: en, segments: 1 }\n'),
  );
  expect(site.targets[0]).toMatchObject({ baudRate: 115_200, call: false, ring: 25_000 });
  const shown = previewOf(site.targets[0] as (typeof site.targets)[number], site, eventFor());
  expect(shown).toBe("SMS +8613900000001, 10086\n1/1 [MAJOR] Cold aisle too hot, 31.2 °C\nS / Hall\nCheck CRAC 2");
});

test("a modem that is not there is said, and the message waits", async () => {
  const site = loadedSite(siteWith('  - { id: t, kind: sms, path: /dev/ttyNone, to: ["10086"] }\n'));
  const dialect = await dialectOf(site.targets[0] as (typeof site.targets)[number], site, systemClock, {} as never);
  const told = await dialect.send(rowFor(), new AbortController().signal);
  expect(told).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("/dev/ttyNone") });
  dialect.close();
});

test("its text is a template of the site", () => {
  const site = loadedSite(siteWith('  - { id: t, kind: sms, path: /dev/ttyUSB1, to: ["10086"], text: "{severity} {device} {value}" }\n'));
  expect(previewOf(site.targets[0] as (typeof site.targets)[number], site, eventFor())).toMatch(/\n1\/1 重要 .*th-3 31\.2 °C$/);
});

test.each([
  ['{ id: t, kind: sms, path: /dev/ttyUSB0, to: ["10086"] }', "targets[0].path", "/dev/ttyUSB0 belongs to b already"],
  ["{ id: t, kind: sms, path: /dev/ttyUSB1, to: [10086] }", "targets[0].to[0]", "expected a phone number in quotes"],
  ['{ id: t, kind: sms, path: /dev/ttyUSB1, to: ["+86 139"] }', "targets[0].to[0]", "expected a phone number in quotes"],
  ['{ id: t, kind: sms, path: /dev/ttyUSB1, to: ["10086"], simPin: "12" }', "targets[0].simPin", "expected the PIN of the SIM"],
  ['{ id: t, kind: sms, path: /dev/ttyUSB1, to: ["10086"], segments: 9 }', "targets[0].segments", "expected parts of one message, 1–5"],
])("%s is refused with place and reason", (target, path, words) => {
  const loaded = loadSite(siteWith(`  - ${target}\n`));
  const problems = "problems" in loaded ? loaded.problems : [];
  expect(problems.map((problem) => [problem.path, problem.message.en])).toEqual([[path, expect.stringContaining(words)]]);
});
