import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { type AlarmInput, step } from "../../firmware/alarms/lifecycle.ts";
import type { Rule } from "../../firmware/alarms/rule.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import { incidentEvent } from "../../firmware/incidents/event.ts";
import { type IncidentRecord, incidentState, showIncident, stepIncident } from "../../firmware/incidents/incident.ts";
import { tellingOf } from "../../firmware/incidents/telling.ts";
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

describe("an incident, as it is written and shown,", () => {
  const second = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4" };

  test("keeps what its opener said: number, key, device, and when", () => {
    const incident = play(
      raised({ incidentNumber: "RW-000001", raisedAtMs: 5, timeMark: "uncertain" }),
      raised({ ...second, incidentNumber: "RW-000002", raisedAtMs: 9, incidentKey: "other" }),
    );
    expect(incident).toMatchObject({ number: "RW-000001", key: alarm().key, device: "th-3", openedAtMs: 5, timeMark: "uncertain" });
    expect(play(raised(), raised({ timeMark: "uncertain", incidentNumber: "RW-000002" }))).toMatchObject({
      ...{ timeMark: undefined, number: "RW-000002" },
    });
  });

  test("is opened under the key of the heading of its first alarm", () => {
    expect(play(raised({ incidentKey: "heading" })).key).toBe("heading");
  });

  test("keeps its work and what targets know, and has none of its own", () => {
    const known = { ...play(raised()), told: null, work: { state: "new" } as IncidentRecord["work"] };
    expect(stepIncident(known, acknowledged())).toMatchObject({ told: null, work: { state: "new" } });
    expect(Object.keys(play(raised()))).not.toContain("told");
    expect(Object.keys(play(raised()))).not.toContain("work");
  });

  test("is as bad as its worst alarm, in the words of that one", () => {
    const minor = { ...second, severity: "minor", text: { zh: "温", en: "Warm" } } as const;
    expect(play(raised(), raised(minor))).toMatchObject({ severity: "major", text: alarm().text });
    expect(play(raised(), raised({ ...minor, severity: "major" }))).toMatchObject({ text: alarm().text });
  });

  test("is resolved when what was there ended without a return of its own", () => {
    const ended: AlarmChange = { cause: "aside", record: alarm({ state: "A", changedAtMs: 77 }) };
    expect(play(raised(), ended).resolvedAtMs).toBe(77);
  });

  test("goes by what its alarms did, not by what people did to them", () => {
    const late: AlarmChange = { cause: "silence", record: alarm({ state: "D", clearedAtMs: 5 }) };
    expect(play(raised(), late).resolvedAtMs).toBe(null);
    expect(play(cleared({ clearedAtMs: 5 }), { cause: "acknowledge", record: alarm() }).resolvedAtMs).toBe(5);
    expect(play(acknowledged()).resolvedAtMs).toBe(null);
    expect(play(acknowledged({ state: "A", clearedAtMs: 5 })).resolvedAtMs).toBe(5);
  });

  test("waits for no eyes on what is set aside, unless all of it is", () => {
    const aside = (state: "E" | "F" | "G"): AlarmChange => ({ cause: "aside", record: alarm({ ...second, state }) });
    for (const state of ["E", "F", "G"] as const) {
      const incident = play(raised(), aside(state), acknowledged());
      expect(incidentState(incident)).toBe("acknowledged");
      expect(incidentState(stepIncident(incident, cleared({ state: "A" })))).toBe("open");
    }
    expect(incidentState(play(raised(), raised({ ...second, state: "B" }), acknowledged()))).toBe("open");
  });

  test("names the last acknowledgement, whichever alarm had it", () => {
    const seen = (atMs: number, by: string, more: Partial<AlarmRecord> = {}) =>
      acknowledged({ ...more, acknowledgement: { atMs, by, note: "" } });
    expect(play(raised(), raised(second), seen(9, "li"), seen(5, "wu", second)).acknowledgement?.by).toBe("li");
    expect(play(raised(), raised(second), seen(5, "li"), seen(9, "wu", second)).acknowledgement?.by).toBe("wu");
    expect(play(raised(), raised(second), seen(5, "li"), seen(5, "wu", second)).acknowledgement?.by).toBe("wu");
  });

  test("is shown with how many alarms it has and which was first, and without what is nobody's business", () => {
    const { alarms, roll, ...rest } = {
      ...play(raised({ abnormalAtMs: 20 }), raised({ ...second, abnormalAtMs: 10, text: { zh: "先", en: "Earlier" } })),
      told: null,
    };
    const shown = showIncident({ ...rest, alarms, roll: roll as NonNullable<typeof roll> }, []);
    expect(shown).toMatchObject({ alarms: 2, firstOut: { en: "Earlier" }, state: "open", deliveries: [], id: "incident-1" });
    for (const name of ["roll", "told", "work"]) expect(shown).not.toHaveProperty(name);
    const { told: _, ...old } = rest;
    expect(showIncident({ ...old, alarms }, [])).toMatchObject({ alarms: 2, firstOut: alarm().text });
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
  /** Which of these changes of one incident are told. */
  const toldOf = (...changes: readonly AlarmChange[]): readonly boolean[] => {
    let incident: IncidentRecord | null = null;
    return changes.map((change) => {
      // What nobody hears opens no incident.
      if (incident === null && change.cause === "aside") return false;
      const after = stepIncident(incident, change);
      const { isTold, told } = tellingOf(incident, after, change);
      incident = { ...after, told };
      return isTold;
    });
  };
  const MARK = {
    E: { shelf: { atMs: 1, by: "wang", reason: "known", untilMs: null } },
    F: { suppressedBy: "sz1/bus/line/-/busSilent" },
    G: { window: "w-1" },
  };
  const second = { key: "sz1/r1/th-4/ambient.temperature/high", device: "th-4", incidentKey: alarm().key };

  test("raise, acknowledge and clear, but not that somebody looked at what is over", () => {
    expect(toldOf(raised(), acknowledged(), cleared())).toEqual([true, true, true]);
    expect(toldOf(raised(), cleared(), acknowledged({ state: "A", clearedAtMs: 1 }))).toEqual([true, true, false]);
  });

  test.each(["E", "F", "G"] as const)(
    "nothing of an alarm that is set aside in state %s before it rings, and its raise when it does",
    (state) => {
      const aside = (change: Partial<AlarmRecord>): AlarmChange => ({
        cause: "aside",
        record: alarm({ state, ...MARK[state], ...change }),
      });
      expect(toldOf(aside({}), cleared({ state: "A", ...MARK[state] }))).toEqual([false, false]);
      expect(toldOf(aside({}), raised(), cleared())).toEqual([false, true, true]);
    },
  );

  test("the clear of what they were told, also when it was set aside in between", () => {
    const shelved: AlarmChange = { cause: "aside", record: alarm({ state: "E" }) };
    expect(toldOf(raised(), shelved, cleared({ state: "E" }))).toEqual([true, false, true]);
  });

  test("one raise and one clear of several alarms with one cause, and one acknowledgement when all are seen", () => {
    const all = [
      raised(),
      raised(second),
      acknowledged(),
      acknowledged(second),
      cleared({ state: "A" }),
      cleared({ ...second, state: "A" }),
    ];
    expect(toldOf(...all)).toEqual([true, false, false, true, false, true]);
  });

  test("that an incident becomes worse, whichever of its alarms brings it", () => {
    expect(toldOf(raised(), raised({ ...second, severity: "critical" }), raised({ severity: "critical" }))).toEqual([true, true, false]);
  });

  test("how many alarms it has by now, and which began first", () => {
    const both = play(raised({ abnormalAtMs: 20 }), raised({ ...second, abnormalAtMs: 10, text: { zh: "先", en: "Earlier" } }));
    const digest: AlarmChange = { cause: "update", record: alarm(), digest: true };
    expect(tellingOf({ ...both, told: "major" }, both, digest)).toEqual({ isTold: true, told: "major" });
    const event = incidentEvent(digest, { id: "e", sequence: 1, bootId: "b", atMs: 0, clockTrusted: true }, both);
    expect(event).toMatchObject({ key: alarm().key, alarms: 2, firstOut: second.key });
    expect(event.textEn).toContain("(2 alarms; first: Earlier");
  });

  test("nothing new when a journal that lost its memory is told again, and then the clear", () => {
    const again: AlarmChange = { cause: "update", record: alarm() };
    expect(toldOf(again, cleared())).toEqual([true, true]);
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
