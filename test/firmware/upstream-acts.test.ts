import { describe, expect, test } from "vitest";
import { incidentEvent } from "../../firmware/incidents/event.ts";
import { stepIncident } from "../../firmware/incidents/incident.ts";
import { actOnIncident, type WorkAct } from "../../firmware/incidents/work.ts";
import { actLine, isMailed } from "../../firmware/upstream/act-words.ts";
import { letterOf, subjectOf } from "../../firmware/upstream/dialects/letter.ts";
import { syslogMessage } from "../../firmware/upstream/dialects/syslog.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { raised } from "./journal-entries.ts";
import { SUBJECT } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const zh = { language: "zh", timezone: "Asia/Shanghai" } as const;
const en = { language: "en", timezone: "UTC" } as const;
const breach: WorkAct = { kind: "serviceLevel", clock: "resolve", reached: "breach" };

/** The event of an act, as the journal would write it. */
function told(act: WorkAct, by: string) {
  const done = actOnIncident(stepIncident(null, raised()), act, by, { boot: 1, uptimeMs: 1, atMs: 1 });
  if ("refused" in done) throw new Error(done.refused);
  const change = { ...raised({ incidentNumber: "RW-000007" }), cause: "update" } as const;
  const facts = { id: "e", sequence: 8, bootId: "b", atMs: Date.UTC(2026, 8, 20), clockTrusted: true, subject: SUBJECT };
  return incidentEvent(change, { ...facts, work: done.work, act: { act, by } });
}

describe("an act is told", () => {
  test("with its word in the subject, and what was written by whom in the letter", () => {
    const event = told({ kind: "note", text: "filter is\ndirty" }, "li");
    expect(subjectOf(event, en)).toBe("[Note] RW-000007 Cold aisle too hot, 31.2 °C");
    expect(letterOf(event, placesOf(PLACES_SITE)(event), en)).toContain("Done: Note · filter is dirty · li\n");
  });

  test("with who has it now and what state the work is in", () => {
    const event = told({ kind: "assign", to: { kind: "person", name: "wang" } }, "li");
    const letter = letterOf(event, placesOf(PLACES_SITE)(event), zh);
    expect(letter).toContain("处理记录：已指派 · wang · li\n处理人：wang\n处理状态：处理中\n");
  });

  test("with the priority that a person set", () => {
    const event = told({ kind: "priority", priority: 1, reason: "guests" }, "li");
    expect(letterOf(event, placesOf(PLACES_SITE)(event), en)).toContain("Priority: P1 (urgency 2 × impact 1)");
  });

  test("a breach in words of its own, by nobody", () => {
    expect([actLine(told(breach, "roomward"), "en"), actLine(told(breach, "roomward"), "zh")]).toEqual([
      "Not resolved in time",
      "解决超时",
    ]);
  });

  test("by mail when somebody should know at once, not for every note", () => {
    expect(isMailed(told(breach, "roomward"))).toBe(true);
    expect(isMailed(told({ kind: "note", text: "x" }, "li"))).toBe(false);
  });

  test("by syslog before the alarm's text", () => {
    const message = syslogMessage(told(breach, "roomward"), { facility: 20, language: "en", hostname: "box" }).toString("utf8");
    expect(message).toContain("ALARM_UPDATE");
    expect(message).toContain("Not resolved in time: Cold aisle too hot");
  });
});
