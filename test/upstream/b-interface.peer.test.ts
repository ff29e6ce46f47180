import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type BInterfaceOptions, bInterfaceDialect } from "../../firmware/upstream/dialects/b-interface.ts";
import { passwordDigest, serialNumberOf } from "../../firmware/upstream/dialects/b-interface-message.ts";
import { acknowledged, cleared, raised } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { describePeer } from "../peers/peer.ts";
import { describeAnswers } from "./every-answer.ts";
import { HttpReceiver } from "./http-receiver.ts";
import { SupervisionCentre } from "./supervision-centre-likeness.ts";
import { toldLife } from "./told-life.ts";

const never = new AbortController().signal;
const FSU = "00-44-12-0001";
const account = { user: "fsu", password: "hunter2hunter2" };
const style: Omit<BInterfaceOptions, "url"> = {
  ...{ edition: "cmcc", fsu: FSU, address: "10.0.0.7", mac: "", namespace: "http://SCService.chinatowercom.com", parameter: "xmlData" },
  ...{ devices: { "th-3": "110101101000001" }, words: {}, timezone: "Asia/Shanghai", clock: systemClock },
  signals: { "ambient.temperature=high": { id: "0430101001", alarm: "606018000001", number: "001" } },
};
const dialectAt = (url: string, change: Partial<BInterfaceOptions> = {}) => bInterfaceDialect({ ...style, url, ...account, ...change });

describePeer("a supervision centre of the B interface", ["python3"], () => {
  let centre: SupervisionCentre;
  let receiver: HttpReceiver;
  let url = "";
  let dialect: ReturnType<typeof dialectAt>;
  beforeEach(async () => {
    centre = new SupervisionCentre(account);
    receiver = new HttpReceiver(centre.answer);
    url = `${await receiver.listen()}/services/SCService`;
    dialect = dialectAt(url);
  });
  afterEach(async () => {
    dialect.close();
    await receiver.close();
  });

  test("hears one registration, and begin and end of a life under one number; what people do is not its affair", async () => {
    const deliveries = await toldLife(dialect);
    expect(deliveries.map(({ answer }) => answer)).toEqual([
      ...["SEND_ALARM_ACK 1", "the B interface knows begin and end alone", "SEND_ALARM_ACK 1"],
    ]);
    expect(centre.heard.map(({ type }) => type)).toEqual(["LOGIN", "SEND_ALARM", "SEND_ALARM"]);
    expect([...centre.alarms.keys()]).toEqual([expect.stringMatching(/^00-44-12-0001 \d{10}$/)]);
    const [alarm] = centre.alarms.values();
    expect(alarm?.begun).toMatchObject({ AlarmFlag: "BEGIN", AlarmTime: "2026-09-20 11:12:45" });
    expect(alarm?.ended).toMatchObject({ AlarmFlag: "END", AlarmTime: "2026-09-20 11:14:45" });
  });

  test("whichever answers are lost, there is one alarm and it has ended", async () => {
    let asked = 0;
    receiver.fate = () => (asked++ % 2 === 0 ? "lost after" : "answer");
    await toldLife(dialect);
    expect([...centre.alarms.values()].map(({ ended }) => ended !== null)).toEqual([true]);
  });

  test("that was restarted is registered with again, once for all who tell at the same time", async () => {
    await dialect.send(rowFor(), never);
    centre.registered = new Set();
    const outcomes = await Promise.all([1, 2, 3].map((n) => dialect.send(rowFor(raised({ incident: `i-${n}` }), n), never)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["accepted", "accepted", "accepted"]);
    expect(centre.logins).toBe(2);
    expect(centre.alarms.size).toBe(4);
  });

  test("that refuses the registration has heard no alarm: it waits", async () => {
    dialect.close();
    dialect = dialectAt(url, { password: "wrong" });
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "unavailable", answer: "LOGIN: LOGIN_ACK 0: 口令错误" });
    expect(centre.heard.map(({ type }) => type)).toEqual(["LOGIN"]);
    expect(receiver.asked.map(({ body }) => body).join()).not.toContain("wrong");
  });

  test("reads China Mobile's fields, whatever a text contains", async () => {
    await dialect.send(rowFor(raised({ text: { zh: `温度 <31> & "高" ${"热".repeat(60)}`, en: "x" } })), never);
    const { operation, parameter, code, info, alarms } = centre.heard[1] ?? {};
    expect({ operation, parameter, code, fsu: info?.["FSUID"] }).toEqual({
      ...{ operation: "{http://SCService.chinatowercom.com}invoke", parameter: "xmlData", code: null, fsu: FSU },
    });
    const description = `温度 31 & "高" ${"热".repeat(60)}`;
    expect(alarms?.[0]).toEqual([
      ["SerialNo", serialNumberOf({ number: null, incident: "incident-1" })],
      ["ID", "0430101001"],
      ["DeviceID", "110101101000001"],
      ["NMAlarmID", "606018000001"],
      ["AlarmTime", "2026-09-20 11:12:45"],
      ["AlarmLevel", "2"],
      ["AlarmFlag", "BEGIN"],
      [
        "AlarmDesc",
        Buffer.from(description)
          .subarray(0, 120)
          .toString("utf8")
          .replace(/\ufffd+$/, ""),
      ],
      ["EventValue", "31.2"],
      ["SignalNumber", "001"],
      ["AlarmRemark", ""],
    ]);
  });

  test("reads China Tower's fields without a registration, and the words of its province", async () => {
    centre = new SupervisionCentre(null);
    receiver.answer = centre.answer;
    dialect.close();
    dialect = dialectAt(url, { edition: "tower", user: undefined, words: { begin: "开始", major: "二级" }, devices: {}, signals: {} });
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "accepted" });
    const [{ type, code, alarms } = {}] = centre.heard;
    expect([type, code]).toEqual(["SEND_ALARM", "501"]);
    expect(alarms?.[0]).toEqual([
      ["SerialNo", serialNumberOf({ number: null, incident: "incident-1" })],
      ["Id", ""],
      ["FsuId", FSU],
      ["FsuCode", FSU],
      ["DeviceId", "th-3"],
      ["DeviceCode", "th-3"],
      ["AlarmTime", "2026-09-20 11:12:45"],
      ["AlarmLevel", "二级"],
      ["AlarmFlag", "开始"],
      ["AlarmDesc", "冷通道温度高 31.2 °C"],
    ]);
  });

  test("of what is in no dictionary hears China Mobile's NULL", async () => {
    dialect.close();
    dialect = dialectAt(url, { devices: {}, signals: {} });
    await dialect.send(rowFor(raised({ point: null, value: null, type: "lost" })), never);
    expect(Object.fromEntries(centre.heard[1]?.alarms[0] ?? [])).toMatchObject({
      ...{ ID: "NULL", NMAlarmID: "NULL", SignalNumber: "NULL", EventValue: "", DeviceID: "th-3" },
    });
  });

  test("an acknowledgement is not told, an end is without a registration of its own", async () => {
    expect(await dialect.send(rowFor(acknowledged()), never)).toMatchObject({ outcome: "accepted" });
    expect(centre.heard).toEqual([]);
    expect(await dialect.send(rowFor(cleared()), never)).toMatchObject({ outcome: "accepted" });
    expect(centre.logins).toBe(1);
  });
});

describe("the serial number", () => {
  test.each([
    ["RW-000123", "0000000123"],
    ["RW-12345678901", "2345678901"],
  ])("of %s is %s", (number, serial) => {
    expect(serialNumberOf({ number, incident: "i" })).toBe(serial);
  });

  test("of an incident without a number is the incident's own, above all numbers", () => {
    const of = (incident: string): string => serialNumberOf({ number: null, incident });
    expect(of("a")).toMatch(/^9\d{9}$/);
    expect(of("a")).toBe(of("a"));
    expect(of("a")).not.toBe(of("b"));
  });
});

test.each([
  ["a refusal with its cause", "<Result>0</Result><FailureCause>设备不存在</FailureCause>", "refused", "SEND_ALARM_ACK 0: 设备不存在"],
  ["no result", "", "refused", "SEND_ALARM_ACK : "],
])("%s is no yes", async (_, info, outcome, answer) => {
  const inner = `<Response><PK_Type><Name>SEND_ALARM_ACK</Name></PK_Type><Info>${info}</Info></Response>`;
  const receiver = new HttpReceiver(() => ({ status: 200, body: `<e><r><return><![CDATA[${inner}]]></return></r></e>` }));
  const dialect = dialectAt(await receiver.listen(), { user: undefined });
  expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome, answer: answer.trim() });
  dialect.close();
  await receiver.close();
});

describe("answers", () =>
  describeAnswers((url) => dialectAt(url, { user: undefined }), [account.password, passwordDigest(account.password)]));
describe("answers to a registration", () => {
  test("that are none are said, and the alarm waits", async () => {
    const receiver = new HttpReceiver(() => ({ status: 200, body: "<html>please sign in</html>" }));
    const dialect = dialectAt(await receiver.listen());
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "unavailable", answer: expect.stringMatching(/^not .*sign in/) });
    dialect.close();
    await receiver.close();
  });
});
