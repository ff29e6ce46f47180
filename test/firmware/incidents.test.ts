import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { type AlarmInput, step } from "../../firmware/alarms/lifecycle.ts";
import type { Rule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import { incidentEvent, isTold } from "../../firmware/incidents/event.ts";
import { type IncidentRecord, incidentState, stepIncident } from "../../firmware/incidents/incident.ts";
import { acknowledged, alarm, cleared, raised } from "./journal-entries.ts";

const play = (...changes: readonly AlarmChange[]): IncidentRecord => {
  let incident: IncidentRecord | null = null;
  for (const change of changes) incident = stepIncident(incident, change);
  if (incident === null) throw new Error("nothing happened");
  return incident;
};

describe("an incident", () => {
  test("is opened by the first raise with the words of that moment", () => {
    const incident = play(raised());
    expect(incident).toMatchObject({ id: "incident-1", key: alarm().key, severity: "major", resolvedAtMs: null, acknowledgement: null });
    expect(incidentState(incident)).toBe("open");
  });

  test("is acknowledged, then resolved when the alarm returns to normal", () => {
    const seen = play(raised(), acknowledged());
    expect(incidentState(seen)).toBe("acknowledged");
    const over = stepIncident(seen, cleared({ state: "A", acknowledgement: acknowledged().record.acknowledgement }));
    expect(incidentState(over)).toBe("resolved");
    expect(over.resolvedAtMs).toBe(cleared().record.clearedAtMs);
  });

  test("is open again when the alarm comes back before anybody looked", () => {
    const incident = play(raised(), cleared(), raised({ raiseCount: 2 }));
    expect(incidentState(incident)).toBe("open");
    expect(incident.resolvedAtMs).toBeNull();
  });

  test("keeps when it was resolved if it is acknowledged later", () => {
    const late = acknowledged({ state: "A", clearedAtMs: cleared().record.clearedAtMs, changedAtMs: 9e12 });
    const incident = play(raised(), cleared(), late);
    expect(incidentState(incident)).toBe("resolved");
    expect(incident.resolvedAtMs).toBe(cleared().record.clearedAtMs);
    expect(incident.acknowledgement?.by).toBe("wang");
  });

  test("needs attention again when its alarm gets worse, and remembers the worst", () => {
    const worse = raised({ severity: "critical", text: { zh: "很热", en: "Very hot" } });
    const incident = play(raised(), acknowledged(), worse, { cause: "update", record: alarm({ severity: "minor" }) });
    expect(incidentState(incident)).toBe("open");
    expect(incident).toMatchObject({ severity: "critical", text: { en: "Very hot" } });
  });

  test("of several alarms is resolved by the last of them and acknowledged when all that stand are", () => {
    const second = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4" };
    const both = play(raised(), raised(second), acknowledged());
    expect(incidentState(both)).toBe("open");
    expect(incidentState(stepIncident(both, acknowledged(second)))).toBe("acknowledged");
    const one = stepIncident(both, cleared(second));
    expect(incidentState(one)).toBe("acknowledged");
    const over = stepIncident(one, cleared({ clearedAtMs: 9e12, changedAtMs: 9e12 }));
    expect(incidentState(over)).toBe("resolved");
    const late = acknowledged({ ...second, state: "A", clearedAtMs: cleared().record.clearedAtMs });
    expect(stepIncident(over, late).resolvedAtMs).toBe(9e12);
  });

  test("refuses a change of another incident", () => {
    expect(() => stepIncident(play(raised()), raised({ incident: "other" }))).toThrow(/other/);
  });
});

const rule: Rule = {
  kind: "limit",
  point: 0,
  pointId: "th-3/ambient.temperature",
  device: "th-3",
  type: "high",
  key: alarm().key,
  text: alarm().text,
  action: alarm().action,
  unit: "°C",
  levels: [
    { limit: 27, severity: "minor" },
    { limit: 32, severity: "critical" },
  ],
  deadband: 1,
  onDelayMs: 0,
  offDelayMs: 0,
  latched: false,
};

const inputs = fc.array(
  fc.oneof(
    fc.integer({ min: -1, max: 1 }).map((level): AlarmInput => ({ kind: "condition", level, value: 30, incident: "incident-1" })),
    fc.constant<AlarmInput>({ kind: "acknowledge", by: "wang", note: "" }),
  ),
  { maxLength: 40 },
);

test("whatever happens to its alarm, the incident says the same as the alarm", () =>
  fc.assert(
    fc.property(inputs, (all) => {
      let record: AlarmRecord | null = null;
      let incident: IncidentRecord | null = null;
      let worst: number = SEVERITIES.length;
      for (const [index, input] of all.entries()) {
        const change = step(rule, record, input, 1_000 + index);
        if (change === null || change.cause === "hold") continue;
        if (record === null) {
          incident = null; // a new life is a new incident
          worst = SEVERITIES.length;
        }
        incident = stepIncident(incident, change);
        record = change.record.state === "A" ? null : change.record;
        worst = Math.min(worst, SEVERITIES.indexOf(change.record.severity));
        const active = change.record.clearedAtMs === null;
        expect(incident.resolvedAtMs === null).toBe(active);
        expect(incident.acknowledgement === null).toBe(change.record.acknowledgement === null);
        expect(SEVERITIES.indexOf(incident.severity)).toBe(worst);
        expect(incident.openedAtMs).toBe(change.record.raisedAtMs);
      }
    }),
  ));

describe("the targets hear", () => {
  test("raise, acknowledge and clear, but not that somebody looked at what is over", () => {
    expect([raised(), acknowledged(), cleared(), cleared({ state: "A" })].map(isTold)).toEqual([true, true, true, true]);
    expect(isTold(acknowledged({ state: "A" }))).toBe(false);
  });

  test.each(["E", "F", "G"] as const)("nothing of an alarm in state %s", (state) => {
    expect(isTold(raised({ state }))).toBe(false);
  });

  test("who, where, what and what to do, in both languages", () => {
    const event = incidentEvent(acknowledged(), { id: "e", sequence: 7, bootId: "b", atMs: Date.UTC(2026, 0, 2), clockTrusted: false });
    expect(event).toMatchObject({
      id: "e",
      sequence: 7,
      at: "2026-01-02T00:00:00.000Z",
      clockTrusted: false,
      state: "acknowledge",
      resource: { site: "sz1", area: "r1", device: "th-3", point: "th-3/ambient.temperature" },
      textZh: "冷通道温度高 31.2 °C",
      actionEn: "Check CRAC 2",
      firstAt: "2026-09-20T03:12:45.000Z",
      by: "wang",
      note: "on my way",
    });
  });
});
