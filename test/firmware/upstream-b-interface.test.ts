import { expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { previewOf } from "../../firmware/upstream/preview.ts";
import { xmlTexts } from "../../firmware/upstream/xml.ts";
import { HttpReceiver } from "../upstream/http-receiver.ts";
import { loadedSite } from "./loaded-site.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";

const siteWith = (target: string): string => `site: { id: s, name: S, timezone: Asia/Shanghai }
areas: [{ id: r1, name: Hall }]
buses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, area: r1, bus: b, unit: 1, profile: sensor/xy-md02 }]
targets: [{ id: sc, kind: b-interface, url: "http://10.0.0.5:8080/services/SCService", fsu: "00-44-12-0001", ${target} }]
`;

test("the dry run shows the message, by the codes of the site file, without the password", () => {
  const signals = 'signals: { ambient.temperature=high: { id: "0430101001" } }';
  const site = loadedSite(siteWith(`edition: cmcc, user: fsu, password: hunter2hunter2, devices: { th-3: "110101101000001" }, ${signals}`));
  const shown = previewOf(site.targets[0] as (typeof site.targets)[number], site, eventFor());
  expect(shown).toMatch(/^POST http:\/\/10\.0\.0\.5:8080\/services\/SCService\ninvoke\(xmlData\) <\?xml /);
  expect(shown).not.toContain("hunter2");
  const message = shown.slice(shown.indexOf("<?xml"));
  expect(xmlTexts(message, ["FSUID", "DeviceID", "ID", "SignalNumber", "AlarmTime", "nothing"])).toEqual({
    ...{ FSUID: "00-44-12-0001", DeviceID: "110101101000001", ID: "0430101001", SignalNumber: "000" },
    ...{ AlarmTime: "2026-09-20 11:12:45", nothing: null },
  });
});

test("the target of a site file registers first", async () => {
  const receiver = new HttpReceiver();
  const url = await receiver.listen();
  const site = loadedSite(siteWith("edition: cmcc, user: fsu, password: hunter2hunter2").replace("http://10.0.0.5:8080", url));
  const dialect = await dialectOf(site.targets[0] as (typeof site.targets)[number], site, systemClock, {} as never);
  expect(await dialect.send(rowFor(), new AbortController().signal)).toMatchObject({ outcome: "unavailable" });
  expect(xmlTexts(xmlTexts(receiver.asked[0]?.body ?? "", ["xmlData"]).xmlData ?? "", ["Name", "UserName", "FSUID"])).toEqual({
    ...{ Name: "LOGIN", UserName: "fsu", FSUID: "00-44-12-0001" },
  });
  dialect.close();
  await receiver.close();
});

test.each([
  ["edition: tower, user: u, password: p", "targets[0].user", "China Tower's edition registers without user"],
  ["edition: cmcc, user: u", "targets[0]", "user needs password"],
  ["edition: unicom", "targets[0].edition", "expected whose fields: `cmcc` (China Mobile) or `tower` (China Tower), found `unicom`"],
  ['edition: cmcc, devices: { th-3: "1 2" }', "targets[0].devices.th-3", "expected a code in quotes, at most 26"],
  ["edition: cmcc, parameter: <x>", "targets[0].parameter", "expected the name of an XML element"],
])("%s is refused with place and reason", (target, path, words) => {
  const loaded = loadSite(siteWith(target));
  const problems = "problems" in loaded ? loaded.problems : [];
  expect(problems.map((problem) => [problem.path, problem.message.en])).toEqual([[path, expect.stringContaining(words)]]);
});

test.each([
  ["<a><b>x</b>", null],
  ["", null],
  ["{}", null],
  ["<n:a xmlns:n='u'><n:b> 1 &lt; 2 &#20013; </n:b></n:a>", "1 < 2 中"],
  ["<a><b><![CDATA[<c>1</c>]]></b></a>", "<c>1</c>"],
  ['<!DOCTYPE a [<!ENTITY e "boom">]><a><b>&e;</b></a>', null],
])("of %j the text is %j", (xml, text) => {
  expect(xmlTexts(xml, ["b"])).toEqual({ b: text });
});
