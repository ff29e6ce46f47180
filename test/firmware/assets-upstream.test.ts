import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import { type IncidentEvent, incidentEvent, type Subject } from "../../firmware/incidents/event.ts";
import { incidentNumberOf, printIncidentNumber } from "../../firmware/incidents/number.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { eventOf } from "../../firmware/upstream/body.ts";
import { letterOf, subjectOf } from "../../firmware/upstream/dialects/letter.ts";
import { notificationOf } from "../../firmware/upstream/dialects/snmp-notification.ts";
import { SYSLOG_BYTES_MAX, syslogMessage } from "../../firmware/upstream/dialects/syslog.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { alarm, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { rowOf, SUBJECT } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const places = placesOf(PLACES_SITE);
const facts = { id: "6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a07", sequence: 7, bootId: "b", atMs: Date.UTC(2026, 8, 20), clockTrusted: true };
const told = (subject: Partial<Subject> = {}, change = raised({ incidentNumber: "RW-000123" })): IncidentEvent =>
  incidentEvent(change, { ...facts, subject: { ...SUBJECT, ...subject } });
const zh = { language: "zh", timezone: "Asia/Shanghai" } as const;
const en = { language: "en", timezone: "UTC" } as const;

describe("a service desk is told number, reporter, urgency × impact, place, serial, asset number, warranty, action and phone", () => {
  test("in the webhook's body", () => {
    const event = eventOf(rowOf(told()));
    expect(event).toMatchObject({
      number: "RW-000123",
      actionZh: "检查 2 号空调",
      service: { ...SUBJECT, urgency: 2, impact: 1, priority: 2 },
    });
  });

  test("in a letter, Chinese and English", () => {
    const text = letterOf(told(), places(told()), zh);
    for (const line of [
      "事件编号：RW-000123",
      "报告人：机房守望 · 深圳一号机房",
      "优先级：P2 (紧急度 2 × 影响 1)",
      "类别：sensor",
      "位置：深圳一号机房 / 主机房 / 冷通道 / A 列 3 柜",
      "厂商型号：Emerson · XY-MD02",
      "序列号：SN-0012",
      "资产编号：ZC-2024-7",
      "保修：至 2027-05-01（在保）",
      "服务商：某某服务 · HT-9",
      "服务电话：400-123-4567",
      "处理：检查 2 号空调",
    ])
      expect(text.split("\n")).toContain(line);
    const english = letterOf(told({ inWarranty: false }), places(told()), en).split("\n");
    for (const line of [
      "Incident: RW-000123",
      "Serial number: SN-0012",
      "Warranty: until 2027-05-01 (has ended)",
      "Service phone: 400-123-4567",
    ])
      expect(english).toContain(line);
    expect(subjectOf(told(), zh)).toBe("[重要] RW-000123 冷通道温度高 31.2 °C");
  });

  test("in an SNMP notification, in the place that the MIB gives each", () => {
    const { objects } = notificationOf(told(), places(told()));
    const at = (number: number): unknown => {
      const value = objects.find(({ oid }) => oid === `1.3.6.1.4.1.32473.1.1.${number}.0`)?.value;
      return Buffer.isBuffer(value) ? value.toString("utf8") : value;
    };
    expect([9, 12, 24, 25, 27, 28, 33, 34, 38, 39, 40].map(at)).toEqual([
      ...[2, SUBJECT.location.en, "RW-000123", SUBJECT.reporter.zh, 2, 1, "SN-0012", "ZC-2024-7", "400-123-4567", "2027-05-01", 1],
    ]);
    const unknown = notificationOf(told({ inWarranty: null, serial: "" }), places(told())).objects;
    expect([unknown.at(-1)?.value, unknown.length]).toEqual([0, 40]);
  });

  test("in syslog's structured data", () => {
    const text = syslogMessage(told(), { facility: 20, language: "zh", hostname: "gw" }).toString("utf8");
    expect(text).toContain(
      '[service@32473 number="RW-000123" priority="2" urgency="2" impact="1" category="sensor" serial="SN-0012" assetNumber="ZC-2024-7" servicePhone="400-123-4567" location="深圳一号机房 / 主机房 / 冷通道 / A 列 3 柜" warrantyUntil="2027-05-01" inWarranty="1" action="检查 2 号空调"',
    );
    expect(text).toMatch(/\] \uFEFF冷通道温度高 31\.2 °C$/);
  });
});

test("syslog never outgrows its datagram, whatever the register holds, keeps the whole of its structure, and room for the text", () => {
  const word = fc.string({ unit: "grapheme", maxLength: 120 }).map((text) => text.toWellFormed());
  fc.assert(
    fc.property(word, word, word, word, (serial, zh, phone, owner) => {
      const subject = { serial, servicePhone: phone, owner, maker: zh, location: { zh: zh.repeat(3), en: zh } };
      const message = syslogMessage(told(subject, raised({ text: { zh: "热".repeat(300), en: "" } })), {
        facility: 20,
        language: "zh",
        hostname: "h".repeat(255),
      });
      expect(message.length).toBeLessThanOrEqual(SYSLOG_BYTES_MAX);
      expect(message.toString("utf8")).toMatch(/\] \uFEFF热{50,}$/);
    }),
  );
});

test("nobody's phone is made up, an order is not given for what is over, and events of before an update are told as they were", () => {
  const empty = { serial: "", servicePhone: "", provider: "", contract: "", warrantyUntil: "", inWarranty: null };
  const text = letterOf(told(empty, cleared()), places(told()), zh);
  expect(text).not.toMatch(/序列号|服务电话|服务商|保修|处理|undefined|null/);
  const { number: _n, service: _s, ...old } = told();
  const event = eventOf({ ...rowOf(told()), body: JSON.stringify(old) });
  if (event === null) throw new Error("damaged");
  expect(letterOf(event, places(event), zh)).toContain("位置：深圳一号机房 / 主机房 / 冷通道\n");
  expect(syslogMessage(event, { facility: 20, language: "en", hostname: "gw" }).toString()).not.toContain("service@");
});

describe("the number of an incident", () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let journal: Journal;
  beforeEach(() => {
    folder = temporaryFolder();
    journal = journalHere(folder.path);
  });
  afterEach(async () => {
    await journal.close();
    folder.remove();
  });
  const raise = (incident: string, number: number) =>
    raised({ key: `sz1/r1/${incident}`, incident, incidentNumber: `RW-${String(number).padStart(6, "0")}` });

  test("is given once per incident, in their order, and stays through all that happens to it", () => {
    const rule = PLACES_SITE.rules.filter(({ kind }) => kind === "silence").slice(0, 2);
    let next = 41;
    const book = new AlarmBook(
      rule,
      [],
      () => `i${next}`,
      () => `RW-0000${++next}`,
    );
    const now = { monotonicMs: 0, wallMs: 0 };
    const [first, second] = rule.map(({ key }) => book.silence(key, true, now)[0]?.record);
    expect([first?.incidentNumber, second?.incidentNumber]).toEqual(["RW-000042", "RW-000043"]);
    book.act([first?.key ?? ""], () => ({ kind: "acknowledge", by: "wang", note: "" }), now);
    expect(book.get(first?.key ?? "")?.incidentNumber).toBe("RW-000042");
    expect(book.silence(first?.key ?? "", false, now)[0]?.record.incidentNumber).toBe("RW-000042");
    expect(book.silence(first?.key ?? "", true, now)[0]?.record.incidentNumber).toBe("RW-000044");
  });

  test("is in the journal with the incident, goes on after a restart, and never goes back when old incidents are forgotten", async () => {
    expect(await journal.lastIncidentNumber()).toBe(0);
    await journal.commit(entry([raise("i1", 1), raise("i2", 2)]));
    expect((await journal.incidents({ limit: 5 })).map(({ number }) => number)).toEqual(["RW-000002", "RW-000001"]);
    await journal.close();
    const db = new DatabaseSync(join(folder.path, "journal.db"));
    db.exec("DELETE FROM incidents; DELETE FROM alarms");
    db.close();
    journal = journalHere(folder.path, "boot-2");
    expect(await journal.lastIncidentNumber()).toBe(2);
  });

  test("is read back as it was printed, also when it has outgrown its six digits", () => {
    for (const number of [1, 42, 999_999, 1_234_567])
      expect(incidentNumberOf({ incidentNumber: printIncidentNumber(number) })).toBe(number);
    expect([printIncidentNumber(123), incidentNumberOf({}), incidentNumberOf({ incidentNumber: "RW-x" })]).toEqual(["RW-000123", 0, 0]);
  });

  test("of an alarm from before there were numbers is missing, and nothing breaks", async () => {
    await journal.commit(entry([raised()]));
    expect(await journal.lastIncidentNumber()).toBe(0);
    expect((await journal.incidents({ limit: 5 }))[0]).not.toHaveProperty("number", expect.anything());
    expect(incidentEvent({ cause: "raise", record: alarm() }, facts).number).toBeNull();
  });

  test("and the subject reach the target in the same bytes that the journal keeps", async () => {
    await journal.commit(entry([raise("i1", 7)], { targets: ["itsm"], subjects: [SUBJECT] }));
    const { rows } = await journal.dueDeliveries({ target: "itsm", nowMs: 1, limit: 5 });
    expect(rows.map((row) => eventOf(row))).toMatchObject([{ number: "RW-000007", service: { serial: "SN-0012", priority: 2 } }]);
  });
});
