import { expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { EscalationNote } from "../../firmware/contract/escalation.ts";
import { letterOf, subjectOf } from "../../firmware/upstream/dialects/letter.ts";
import { mailOf } from "../../firmware/upstream/dialects/mail.ts";
import { notificationOf } from "../../firmware/upstream/dialects/snmp-notification.ts";
import { syslogMessage } from "../../firmware/upstream/dialects/syslog.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { alarm, entry, journalHere, temporaryFolder } from "./journal-entries.ts";
import { eventFor } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const NOTE: EscalationNote = {
  ...{ plan: "night", step: 2, steps: 3, round: 1 },
  onCall: [{ name: { zh: "王工", en: "Wang" }, phone: "13800000001" }],
  why: { zh: "sms 送不到，改用后备通道", en: "sms takes nothing at present; another channel is used" },
};

/** A step of a plan as the escalator hands it to the recorder. */
function escalated(note: Partial<EscalationNote> = {}, to: Readonly<Record<string, readonly string[]>> = {}): AlarmChange {
  const targets = ["post", "itsm"];
  return { cause: "escalate", record: alarm(), escalation: { id: "incident-1", running: null, targets, note: { ...NOTE, ...note }, to } };
}

const event = eventFor(escalated());
const places = placesOf(PLACES_SITE);
const zh = { language: "zh", timezone: "Asia/Shanghai" } as const;
const en = { language: "en", timezone: "Asia/Shanghai" } as const;

test("a letter says which step it is, who is on call, and why it comes this way", () => {
  expect(subjectOf(event, zh)).toBe("[重要 · 升级 2/3] 冷通道温度高 31.2 °C");
  expect(subjectOf(event, en)).toBe("[MAJOR · step 2/3] Cold aisle too hot, 31.2 °C");
  expect(subjectOf(eventFor(escalated({ step: 1, round: 0 })), en)).toBe("[MAJOR] Cold aisle too hot, 31.2 °C");
  const text = letterOf(event, places(event), zh);
  expect(text).toContain(
    "状态：无人确认，升级通知\n升级：night：第 2 步，共 3 步，第 1 次重复\n值班：王工 13800000001\n通道：sms 送不到，改用后备通道\n",
  );
  expect(letterOf(event, places(event), en)).toContain("Escalation: night: step 2 of 3, repeat 1\nOn call: Wang 13800000001\n");
});

test("a mail of a step is one of the incident's thread", () => {
  const options = { ...en, from: "room@example.com", to: ["wang@example.com"], places };
  expect(mailOf(event, options)).toMatchObject({ to: ["wang@example.com"], thread: mailOf(eventFor(), options).thread, urgent: false });
});

test("syslog carries the step beside the alarm, and is as severe as that", () => {
  const said = syslogMessage(event, { facility: 20, language: "en", hostname: "box" }).toString("utf8");
  expect(said).toMatch(/^<162>1 .* ALARM_ESCALATE /);
  expect(said).toContain('[escalation@32473 plan="night" step="2" steps="3" repeat="1" onCall="Wang 13800000001"]');
});

test("a notification has its own number and its objects behind all the others", () => {
  const { oid, objects } = notificationOf(event, places(event));
  expect(oid).toBe("1.3.6.1.4.1.32473.1.0.5");
  expect(objects.slice(-4).map((object) => [object.oid.split(".").at(-2), String(object.value)])).toEqual([
    ["41", "2"],
    ["42", "3"],
    ["43", "1"],
    ["44", "Wang 13800000001"],
  ]);
  expect(notificationOf(eventFor(), places(event)).objects).toHaveLength(objects.length - 4);
});

test("the journal tells a step to its targets alone, keeps its recipients, and forgets the escalation with the incident", async () => {
  const folder = temporaryFolder();
  const journal = journalHere(folder.path);
  const running = {
    id: "incident-1",
    plan: "night",
    severity: "major",
    phase: "ringing",
    ranMs: 0,
    cursor: null,
    calls: [],
    told: {},
    log: [],
  } as const;
  const kept = { ...running, at: { boot: "b", uptimeMs: 1, wallMs: 2, certain: true } };
  const step = escalated({}, { post: ["wang@example.com"] });
  await journal.commit(
    entry([{ ...step, escalation: { ...step.escalation, id: "incident-1", targets: ["post"], running: kept } }], {
      targets: ["itsm", "post"],
    }),
  );
  expect(await journal.escalations()).toEqual([kept]);
  const { rows } = await journal.dueDeliveries({ target: "post", nowMs: 1, limit: 9 });
  expect(rows).toMatchObject([{ to: ["wang@example.com"], event: "escalate" }]);
  expect(JSON.parse(rows[0]?.body ?? "{}")).toMatchObject({ state: "escalate", escalation: NOTE });
  expect((await journal.dueDeliveries({ target: "itsm", nowMs: 1, limit: 9 })).rows).toEqual([]);
  await journal.commit(
    entry([{ cause: "clear", record: alarm({ state: "A" }), escalation: { id: "incident-1", running: null, targets: ["post"] } }], {
      targets: ["post"],
    }),
  );
  expect(await journal.escalations()).toEqual([]);
  await journal.close();
  folder.remove();
});
