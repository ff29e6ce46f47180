import { describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { AlarmRecord, Severity } from "../../firmware/contract/alarm.ts";
import { type IncidentRecord, stepIncident } from "../../firmware/incidents/incident.ts";
import { tellingOf } from "../../firmware/incidents/telling.ts";
import { acknowledged, alarm, cleared, raised } from "./journal-entries.ts";

const OTHER = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4" };
const incidentOf = (...changes: readonly AlarmChange[]): IncidentRecord => {
  const incident = changes.reduce<IncidentRecord | null>(stepIncident, null);
  if (incident === null) throw new Error("nothing happened");
  return incident;
};
/** What is told of a change when targets hold the incident for so bad. */
const telling = (before: IncidentRecord | null, told: Severity | null | "of old", change: AlarmChange) => {
  const known = before === null || told === "of old" ? before : { ...before, told };
  return tellingOf(known, stepIncident(known, change), change);
};
const aside = (change: Partial<AlarmRecord> = {}): AlarmChange => ({
  cause: "aside",
  record: alarm({ state: "F", suppressedBy: "x", ...change }),
});
const update = (change: Partial<AlarmRecord> = {}): AlarmChange => ({ cause: "update", record: alarm(change) });
const one = incidentOf(raised());
const two = incidentOf(raised(), raised(OTHER));

describe("targets that hold the incident for so bad", () => {
  test.each<[string, IncidentRecord | null, Severity | null, AlarmChange, boolean, Severity | null]>([
    ["nothing hear of a raise", null, null, raised(), true, "major"],
    ["over hear of a raise", one, null, raised({ severity: "minor" }), true, "minor"],
    ["major hear that it is critical", two, "major", raised({ severity: "critical" }), true, "critical"],
    ["critical do not hear of one more that is as bad", two, "critical", raised({ severity: "critical" }), false, "critical"],
    ["major do not hear of one more that is milder", two, "major", raised({ severity: "minor" }), false, "major"],
    ["major hear that the only one is back, and how bad it is now", one, "major", raised({ severity: "minor" }), true, "minor"],
    [
      "critical hear of an emergency, and hold it for critical still",
      two,
      "critical",
      raised({ severity: "major", emergency: true }),
      true,
      "critical",
    ],
    ["critical hear that the only one is milder", one, "critical", update({ severity: "minor" }), true, "minor"],
    ["critical do not hear that one of several is milder", two, "critical", update({ severity: "minor" }), false, "critical"],
    ["critical hear how many there are by now", two, "critical", { ...update({ severity: "minor" }), digest: true }, true, "critical"],
    [
      "critical hear that it is one, and hold it for critical",
      one,
      "critical",
      { ...update({ severity: "minor" }), digest: true },
      true,
      "critical",
    ],
    ["over hear of no update", one, null, update({ severity: "minor" }), false, null],
    ["major hear that all is seen", one, "major", acknowledged(), true, "major"],
    ["major do not hear that one of several is seen", two, "major", acknowledged(), false, "major"],
    ["over do not hear that it is seen", one, null, acknowledged(), false, null],
    ["major do not hear it again", incidentOf(raised(), acknowledged()), "major", acknowledged(), false, "major"],
    [
      "major do not hear that what is over was seen",
      incidentOf(raised(), cleared()),
      "major",
      acknowledged({ state: "A", clearedAtMs: 1 }),
      false,
      "major",
    ],
    ["major hear that the last is over", one, "major", cleared(), true, null],
    ["major do not hear that one of several is over", two, "major", cleared(), false, "major"],
    ["over do not hear that it is over", one, null, cleared(), false, null],
    ["over hear a step of the plan, and know again", one, null, { cause: "escalate", record: alarm() }, true, "major"],
    ["critical hear a step of the plan", one, "critical", { cause: "escalate", record: alarm() }, true, "critical"],
    ["major do not hear that it is set aside", one, "major", aside(), false, "major"],
    ["major do not hear that its sound is off", one, "major", { cause: "silence", record: alarm() }, false, "major"],
  ])("%s", (_, before, told, change, isTold, after) => {
    expect(telling(before, told, change)).toEqual({ isTold, told: after });
  });
});

describe("where nobody wrote down what targets know", () => {
  test("an incident was told as long as it lasts", () => {
    expect(telling(one, "of old", cleared())).toEqual({ isTold: true, told: null });
    expect(telling(incidentOf(raised(), cleared()), "of old", { cause: "silence", record: alarm() }).told).toBe(null);
  });

  test("what is first heard of as more than a raise was told, unless it was set aside", () => {
    expect(telling(null, null, cleared())).toEqual({ isTold: true, told: null });
    expect(telling(null, null, aside())).toEqual({ isTold: false, told: null });
    expect(telling(null, null, cleared({ suppressedBy: "x" }))).toEqual({ isTold: false, told: null });
    expect(telling(null, null, acknowledged())).toEqual({ isTold: true, told: "major" });
  });
});
