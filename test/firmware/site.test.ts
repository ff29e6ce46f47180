import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TextProblem } from "../../drivers/source-text.ts";
import { siteJsonSchema } from "../../firmware/site/json-schema.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { fitsPattern } from "../../firmware/site/rules.ts";
import { siteView } from "../../firmware/site/view.ts";
import { VERSION } from "../../firmware/version.ts";
import { loadedSite } from "./loaded-site.ts";

const GOOD = `
site: { id: demo, name: { zh: 演示机房, en: Demo room }, timezone: Asia/Shanghai }
areas:
  - { id: room, name: Room }
  - { id: cold-aisle, name: { zh: 冷通道, en: Cold aisle }, parent: room }
buses:
  - { id: line, kind: modbus-rtu, path: /dev/ttyUSB0, baudRate: 9600 }
  - { id: card, kind: snmp, host: 10.0.0.5, version: 2c, community: public, timeout: 5s }
devices:
  - { id: th-1, name: Probe 1, area: cold-aisle, bus: line, unit: 1, profile: sensor/xy-md02, every: 2s, parents: [ups-a] }
  - { id: th-2, name: Probe 2, area: cold-aisle, bus: line, unit: 2, profile: sensor/xy-md02 }
  - { id: ups-a, name: UPS A, area: room, bus: card, profile: ups/ietf-rfc1628 }
`;

function problemsOf(text: string): readonly TextProblem[] {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems : [];
}

function siteOf(text: string): Site {
  return loadedSite(text);
}

describe("a site file with ten different mistakes", () => {
  const TEN = `site: { id: demo, name: Demo, timezone: Asia/Shanghi }
areas:
  - { id: room, name: Room, parent: cellar }
buses:
  - { id: line, kind: modbus-rtu, path: ttyUSB0 }
  - { id: line, kind: modbus-tcp, host: 10.0.0.9, port: 150200 }
  - { id: card, kind: snmp, host: 10.0.0.5, timeout: 5 }
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: fast }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md20 }
  - { id: ups-a, area: room, bus: card, profile: ups/ietf-rfc1628, adress: 5 }
targets:
  - { id: itsm, kind: webhook, url: "https://itsm.example/hook", secret: hunter2 }
`;

  test("gives ten messages, each with its line and what was expected", () => {
    const said = problemsOf(TEN).map(({ line, path, message }) => `${line} ${path}: ${message.en}`);
    expect(said).toEqual([
      "1 site.timezone: expected an IANA time zone, e.g. `Asia/Shanghai`, found `Asia/Shanghi`",
      "3 areas[0].parent: there is no cellar in areas; there are: room",
      "5 buses[0].path: expected a device file, best one below /dev/serial/by-id; or a list of 1 to 4 names of the port, most telling first, found `ttyUSB0`",
      "6 buses[1].id: id line is already used by buses[0]",
      "6 buses[1].port: expected a port number, 1–65535, found `150200`",
      "7 buses[2].timeout: expected a duration with its unit, 10ms to 60s, e.g. `500ms`, found `5`",
      "9 devices[0].every: expected a poll period with its unit, 100ms to 24h, e.g. `2s`; the profile's when left out, found `fast`",
      expect.stringMatching(/^10 devices\[1\]\.profile: .*sensor\/xy-md02/),
      "11 devices[2].adress: unknown key `adress`; check the spelling",
      "13 targets[0].secret: expected a secret of at least 16 characters; it signs every delivery",
    ]);
  });

  test("says the same in Chinese, and never repeats a secret", () => {
    const said = problemsOf(TEN).map(({ message }) => message.zh);
    expect(said.every((text) => /[一-鿿]/.test(text))).toBe(true);
    expect(JSON.stringify(problemsOf(TEN))).not.toContain("hunter2");
  });
});

describe("a target", () => {
  const withTarget = (entry: string): readonly string[] => problemsOf(`${GOOD}targets: [${entry}]\n`).map(({ message }) => message.en);

  test.each([
    "{ id: t, kind: webhook, url: 'https://itsm.example/', secret: 0123456789abcdef }",
    "{ id: t, kind: request-tracker, url: 'https://rt.example/', token: abc, queue: General }",
    "{ id: t, kind: request-tracker, url: 'http://rt.example/rt', user: u, password: p, queue: General, language: en }",
    "{ id: t, kind: syslog, host: 10.0.0.1 }",
    "{ id: t, kind: syslog, host: log.example, transport: tls }",
    "{ id: t, kind: snmp-trap, host: 10.0.0.1, version: 3, user: u, authKey: 12345678a, privKey: 12345678b }",
    "{ id: t, kind: mail, host: mail.example, from: a@example.com, to: [b@example.com] }",
    "{ id: t, kind: pagerduty, routingKey: 0123456789abcdefghijabcdefghij98 }",
    "{ id: t, kind: jira-service-management, apiKey: 0123-4567-89ab, url: 'https://api.opsgenie.com/v2', teams: [ops] }",
    "{ id: t, kind: servicenow-events, url: 'http://10.0.0.5:8097/api/mid/em/jsonv2', apiKey: k, node: assetNumber }",
    "{ id: t, kind: servicenow-incident, url: 'https://x.service-now.com', user: u, password: p, fields: { caller_id: roomward } }",
    "{ id: t, kind: service-manager, url: 'https://sm.example/SM/9/rest', user: u, password: p, markField: mark, statuses: { open: 处理中 } }",
    "{ id: t, kind: sms, path: /dev/ttyUSB2, to: ['+8613912345678'], simPin: '0123', call: true, ring: 20s }",
    "{ id: t, kind: b-interface, url: 'http://10.0.0.5:8080/services/SCService', edition: cmcc, fsu: '00-44-12-0001', user: u, password: p }",
    "{ id: t, kind: b-interface, url: 'http://sc.example/', edition: tower, fsu: '43010143800001', signals: { door.state=open: { id: '0417003001' } } }",
    "{ id: t, kind: wecom, url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k' }",
    "{ id: t, kind: dingtalk, url: 'https://oapi.dingtalk.com/robot/send?access_token=t', secret: SEC1, language: zh }",
    "{ id: t, kind: feishu, url: 'https://open.feishu.cn/open-apis/bot/v2/hook/h', language: en }",
    "{ id: t, kind: alertmanager, urls: ['http://am-1:9093', 'http://am-2:9093/am'], user: u, password: p }",
    "{ id: t, kind: mqtt, host: broker.example, user: u, password: p, topic: plant/rooms }",
    "{ id: t, kind: sparkplug, host: broker.example, security: none, group: Plant 1, edge: Room 3 }",
  ])("%s is understood", (entry) => {
    expect(withTarget(entry)).toEqual([]);
  });

  test.each([
    ["{ id: t, kind: carrier-pigeon }", /webhook.*request-tracker.*syslog.*snmp-trap.*mail/],
    ["{ id: t, kind: request-tracker, url: 'https://rt.example/', queue: General }", /needs token, or user and password/],
    ["{ id: t, kind: mail, host: m, from: a@example.com, to: [b@example.com], user: u }", /user needs password/],
    ["{ id: t, kind: mail, host: m, from: a@example.com, to: [nobody] }", /a mail address.*found `nobody`/],
    ["{ id: t, kind: alertmanager, urls: ['http://am'], user: u }", /user needs password/],
    ["{ id: t, kind: pagerduty, routingKey: short }", /integration key of the service/],
    ["{ id: t, kind: servicenow-incident, url: 'https://x.service-now.com' }", /servicenow-incident needs apiKey, or user and password/],
    ["{ id: t, kind: servicenow-events, url: 'https://x.service-now.com/', user: u }", /user needs password/],
    ["{ id: t, kind: wecom, url: nowhere }", /the whole webhook address of the robot/],
    ["{ id: t, kind: alertmanager, urls: [] }", /every replica/],
    ["{ id: t, kind: snmp-trap, host: m, version: 3, user: u }", /SNMPv3 authPriv needs authKey/],
    ["{ id: t, kind: sparkplug, host: m, user: u }", /user needs password/],
    ["{ id: t, kind: sparkplug, host: m, edge: a/b }", /without `\/`, `\+` and `#`.*found `a\/b`/],
    ["{ id: t, kind: mqtt, host: m, user: u }", /user needs password/],
    ["{ id: t, kind: mqtt, host: m, topic: 'a/#' }", /without `\+` and `#`.*found `a\/#`/],
    ["{ id: t, kind: mqtt, host: m, security: starttls }", /`tls` or `none`.*found `starttls`/],
    ["{ id: t, kind: mqtt, host: m, clientId: 'a b' }", /letters, digits.*found `a b`/],
    ["{ id: t, kind: syslog, host: m, transport: pigeon }", /octet counting.*`tls`.*found `pigeon`/],
  ])("%s is explained", (entry, words) => {
    expect(withTarget(entry).join("\n")).toMatch(words);
  });

  test("never has its secrets repeated", () => {
    const secrets = "token: [hunter2], password: [hunter2]";
    expect(
      JSON.stringify(problemsOf(`${GOOD}targets: [{ id: t, kind: request-tracker, url: 'https://rt/', queue: q, ${secrets} }]\n`)),
    ).not.toContain("hunter2");
  });
});

describe("mistakes between entries", () => {
  test.each<[string, string, string, RegExp]>([
    ["a loop of parents", "parents: [ups-a]", "parents: [th-1]", /loop: th-1 → th-1/],
    ["a profile on the wrong kind of bus", "bus: card", "bus: line", /speaks snmp, but bus line is modbus-rtu/],
    ["a Modbus device without a unit", "unit: 1, ", "", /th-1 lacks unit/],
    ["an SNMP device with a unit", "bus: card, ", "bus: card, unit: 3, ", /an SNMP device has no unit/],
    ["rows that the profile does not have", "ups-a, name", "ups-a, rows: { fan: [one] }, name", /has no rows fan/],
    ["a poll period of nothing", "every: 2s", "every: 0s", /expected a poll period with its unit, 100ms to 24h/],
    ["a poll period beyond all timers", "every: 2s", "every: 2000h", /100ms to 24h/],
    ["the broadcast address", "unit: 2,", "unit: 0,", /broadcast address/],
    ["one device twice", "unit: 2,", "unit: 1,", /the same device as th-1/],
    ["SNMPv3 without user and keys", "version: 2c", "version: 3", /needs authKey/],
  ])("%s", (_name, from, to, message) => {
    expect(problemsOf(GOOD.replace(from, to)).map((problem) => problem.message.en)).toContainEqual(expect.stringMatching(message));
  });

  test.each<[string, string, RegExp]>([
    ["a pattern that matches nothing", '{ points: ["th-9/*"], high: { major: 30 } }', /no point matches th-9/],
    ["limits in the wrong order", '{ points: ["th-*/ambient.temperature"], high: { major: 32, critical: 27 } }', /out of order/],
    ["a state rule on a number", '{ points: ["th-*/ambient.temperature"], state: { open: minor } }', /use high or low/],
    ["a state that does not exist", '{ points: ["ups-a/output.source"], state: { burning: critical } }', /has no state burning/],
    [
      "limits that could never clear",
      '{ points: ["th-*/ambient.temperature"], high: { major: 20 }, low: { major: 30 } }',
      /could never clear/,
    ],
    ["a limit on a state", '{ points: ["ups-a/output.source"], high: { major: 3 } }', /use state/],
  ])("%s in a rule", (_name, rule, message) => {
    expect(problemsOf(`${GOOD}rules:\n  - ${rule}\n`).map((problem) => problem.message.en)).toContainEqual(expect.stringMatching(message));
  });
});

describe("text that is not a site at all", () => {
  test.each([
    ["empty", ""],
    ["a list", "- 1\n- 2"],
    ["broken YAML", "site: { id: demo"],
    ["a key twice", `${GOOD}site: { id: again, name: X }`],
    ["an alias bomb", `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(9)}]\nc: &c [${"*b,".repeat(9)}]\nd: [${"*c,".repeat(9)}]`],
    ["a megabyte of comments", `${GOOD}${"# x\n".repeat(300_000)}`],
  ])("%s is refused with a place", (_name, text) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
  });

  test("law: no text makes the reader throw", () => {
    const lines = GOOD.trim().split("\n");
    const mangled = fc.array(fc.tuple(fc.nat(lines.length - 1), fc.string({ maxLength: 12 }), fc.nat(60)), { maxLength: 4 });
    fc.assert(
      fc.property(mangled, (edits) => {
        const copy = [...lines];
        for (const [line, insert, at] of edits) copy[line] = `${copy[line]?.slice(0, at)}${insert}${copy[line]?.slice(at)}`;
        loadSite(copy.join("\n"));
      }),
    );
  });
});

describe("a good site", () => {
  const site = siteOf(GOOD);

  test("numbers its points by device, each device's points side by side", () => {
    expect(site.spans[0]).toEqual({ first: 0, count: 2 });
    expect(site.points[0]?.staleAfterMs).toBe(15_000);
    expect(site.points.slice(0, 2).map(({ id }) => id)).toEqual(["th-1/ambient.temperature", "th-1/ambient.humidity"]);
    expect(site.points.length).toBe(site.spans.reduce((sum, { count }) => sum + count, 0));
  });

  test("has the rules of the house where nothing is said", () => {
    const rule = site.rules.find(({ key }) => key === "demo/cold-aisle/th-1/ambient.temperature/high");
    expect(rule).toMatchObject({
      levels: [
        { severity: "major", limit: 27 },
        { severity: "critical", limit: 32 },
      ],
      deadband: 1,
      onDelayMs: 60_000,
    });
    expect(site.rules.filter(({ device }) => device === "ups-a").map(({ type }) => type)).toEqual(
      expect.arrayContaining(["battery", "lost", "stale"]),
    );
  });

  test("lets the rule for one point win over that for many, and both over the house; what nobody says otherwise stays", () => {
    const said = siteOf(`${GOOD}rules:
  - { points: ["th-2/ambient.temperature"], high: { minor: 40 }, on: 0s }
  - { points: ["th-*/ambient.temperature"], high: { major: 35 }, low: { warning: 10 } }
`);
    const limits = (device: string) =>
      said.rules.flatMap((rule) =>
        rule.kind === "limit" && rule.pointId === `${device}/ambient.temperature` ? [[rule.type, rule.levels]] : [],
      );
    expect(limits("th-1")).toEqual([
      ["high", [{ severity: "major", limit: 35 }]],
      ["low", [{ severity: "warning", limit: 10 }]],
    ]);
    expect(limits("th-2")).toEqual([
      ["high", [{ severity: "minor", limit: 40 }]],
      ["low", [{ severity: "warning", limit: 10 }]],
    ]);
    expect(said.rules.find(({ key }) => key === "demo/cold-aisle/th-2/ambient.temperature/high")).toMatchObject({
      onDelayMs: 0,
      offDelayMs: 60_000,
      deadband: 1,
    });
  });

  test("has no two alarms with one key", () => {
    expect(new Set(site.rules.map(({ key }) => key)).size).toBe(site.rules.length);
  });

  test("shows people devices, places and limits", () => {
    const view = siteView(site, { version: VERSION, revision: "r", demo: false });
    expect(view.devices[0]).toMatchObject({ id: "th-1", address: "/dev/ttyUSB0 · unit 1", periodMs: 2_000, parents: ["ups-a"] });
    expect(view.points[0]).toMatchObject({
      id: "th-1/ambient.temperature",
      unit: "°C",
      digits: 1,
      limits: [{ type: "high", severity: "major", limit: 27 }, {}, {}],
    });
  });
});

test("two buses on one wire are refused", () => {
  const twice = GOOD.replace("devices:", "  - { id: line-2, kind: modbus-rtu, path: /dev/ttyUSB0, baudRate: 19200 }\ndevices:");
  expect(problemsOf(twice).map(({ message }) => message.en)).toEqual(["/dev/ttyUSB0 belongs to bus line already; a wire is one bus"]);
});

test("a rule that changes a delay keeps the latch of the house", () => {
  const leak = GOOD.replace(
    "parents: [ups-a] }",
    "parents: [ups-a] }\n  - { id: leak-1, area: room, bus: line, unit: 9, profile: leak/wellpro-di }",
  );
  const site = siteOf(`${leak}rules:\n  - { points: ["leak-1/leak.detected"], on: 5s }\n`);
  expect(site.rules.find(({ type }) => type === "leak")).toMatchObject({
    onDelayMs: 5_000,
    offDelayMs: 300_000,
    latched: true,
    severity: "critical",
  });
});

test("law: a pattern with stars fits what its pieces fit, in time that does not explode", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[ab/]{0,4}$/), { minLength: 1, maxLength: 4 }),
      fc.stringMatching(/^[ab/]{0,16}$/),
      (pieces, id) => {
        const pattern = pieces.join("*");
        expect(fitsPattern(pattern, id)).toBe(new RegExp(`^${pieces.map(RegExp.escape).join(".*")}$`).test(id));
      },
    ),
  );
  expect(fitsPattern(`${"*a".repeat(200)}!`, "a".repeat(400))).toBe(false);
});

test("the JSON Schema for editors in the repository is today's", () => {
  expect(JSON.parse(readFileSync("provisioning/site.schema.json", "utf8"))).toEqual(siteJsonSchema());
});

test("the version is package.json's", () => {
  expect(JSON.parse(readFileSync("package.json", "utf8"))).toMatchObject({ version: VERSION });
});

describe("what is kept", () => {
  test("has the house's own times and limits, and the site's where it says so", () => {
    const MIB = 1024 * 1024;
    expect(siteOf(GOOD).storage).toEqual({
      ...{ events: 400, audit: 400, access: 400, sheets: 1_830, fullRate: 30, minutes: 400 },
      ...{ journalMax: 512 * MIB, historyMax: 4_096 * MIB },
    });
    const { storage } = siteOf(`${GOOD}storage: { events: 90d, audit: 184d, journalMax: 1.5GiB }\n`);
    expect(storage).toMatchObject({ events: 90, audit: 184, access: 400, journalMax: 1_536 * MIB });
  });

  test("says what was expected, in both languages", () => {
    const found = problemsOf(`${GOOD}storage: { audit: 100d, events: 5, journalMax: 512MB, minutes: 30d, fullRate: 0d, sheet: 1d }\n`);
    expect(found.map(({ path }) => path).toSorted()).toEqual(
      ["audit", "events", "fullRate", "journalMax", "minutes", "sheet"].map((key) => `storage.${key}`),
    );
    const audit = found.find(({ path }) => path === "storage.audit");
    expect(audit?.message.en).toBe(
      "expected days with their unit, 184d to 3653d, e.g. `400d`: how long the audit log is kept; six months are the law, found `100d`",
    );
    expect(audit?.message.zh).toBe("应为带单位的天数，184d 到 3653d，如 `400d`：审计日志保留多久，法规要求至少 184 天，实际为 `100d`");
  });
});
