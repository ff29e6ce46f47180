import { expect, test } from "vitest";
import type { Words } from "../../firmware/contract/alarm.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { targetsCommand } from "../../firmware/upstream/command.ts";
import { loadedSite } from "./loaded-site.ts";
import { ManualClock } from "./manual-clock.ts";

const SITE = `site: { id: s, name: { zh: 机房, en: Room }, timezone: Asia/Shanghai }
areas: [{ id: room, name: Hall }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, tags: [tenant-a], asset: { serial: "S-1", phone: "400-100" } }
`;
const TARGETS = `targets:
  - id: itsm
    kind: request-tracker
    url: "http://127.0.0.1/rt"
    token: secret-token
    queue: Room
    language: en
    subject: "{severity} {number} {device} SN {serial}"
    text: "{text}\\nphone {servicePhone}\\nwarranty {warranty}\\ndo: {action}"
  - { id: tenant, kind: mail, host: mail.example.com, from: room@example.com, to: [t@example.com], only: { tags: [tenant-a], severity: [major] } }
  - { id: day, kind: syslog, host: 127.0.0.1, only: { schedule: [{ days: [thu], from: "08:00", to: "18:00" }] } }
  - { id: boss, kind: webhook, url: "http://127.0.0.1/hook", secret: "0123456789abcdef" }
escalation: [{ id: hot, when: { severity: [critical] }, steps: [{ after: 0s, targets: [boss] }] }]
`;

function said(about: string, at: string): readonly string[] {
  const lines: string[] = [];
  const terminal = {
    clock: new ManualClock(),
    print: (line: string) => void lines.push(line),
    inTongue: ({ en }: Words) => en,
    fail: ({ en }: Words) => void lines.push(`! ${en}`),
  };
  targetsCommand(["try", about], { site: loadedSite(SITE + TARGETS), at }, terminal);
  return lines;
}

test("before anything is sent one can read who would be told, why, and exactly what", () => {
  const lines = said("th-1/ambient.temperature/high", "2026-11-26T09:00");
  expect(lines[0]).toBe("s/room/th-1/ambient.temperature/high · critical · th-1 temperature too high");
  expect(lines.filter((line) => /^ {2}[→✗]/.test(line))).toEqual([
    "  → itsm: it is told everything",
    "  ✗ tenant: it is not in its only",
    "  → day: it is in its only",
    "  → boss: step 1 of plan hot, after 0 min if nobody acknowledges",
  ]);
  expect(lines.find((line) => line.includes('"Subject"'))).toMatch(
    /"CRITICAL RW-000000 th-1 · XY-MD02 .* · th-1 SN S-1 \[rw-[0-9a-f]{16}\]"/,
  );
  // A line that would say nothing, of a warranty that nobody has entered, is left out.
  expect(lines.find((line) => line.includes('"Content"'))).toContain('"th-1 temperature too high\\nphone 400-100\\ndo: Check that');
  expect(lines.join("\n")).not.toMatch(/secret-token|0123456789abcdef/);
});

test("the time of day decides, too", () => {
  expect(said("th-1/ambient.temperature/high", "2026-11-26T19:00")).toContain("  ✗ day: it is not in its only");
});

test("what no rule is about, and a time that is none, are said", () => {
  expect(said("th-9", "2026-11-26T19:00")).toEqual(["! No rule makes an alarm about th-9. roomward rules --site lists them all."]);
  expect(said("th-1", "3 o'clock")).toEqual(["! --at 3 o'clock is no time; write 2026-11-26T03:00."]);
});

test("a template that asks for what nobody knows is refused", () => {
  const loaded = loadSite(`${SITE}${TARGETS.replace("{serial}", "{serialNumber}")}`);
  expect("problems" in loaded ? loaded.problems.map(({ path }) => path) : []).toEqual(["targets[0].subject"]);
});
