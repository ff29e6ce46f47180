import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { masked } from "../../firmware/configuration/mask.ts";
import { bodyForm, filledBody } from "../../firmware/contract/body-template.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { factsOf } from "../../firmware/upstream/dialects/letter.ts";
import { sign } from "../../firmware/upstream/dialects/webhook.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { previewOf } from "../../firmware/upstream/preview.ts";
import { type Asked, HttpReceiver } from "../upstream/http-receiver.ts";
import { raised } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";

const SECRET = "a secret of enough length";
const SITE = `site: { id: sz1, name: { zh: 深圳一号机房, en: Shenzhen 1 }, timezone: Asia/Shanghai }
areas: [{ id: r1, name: { zh: 冷通道, en: Cold aisle } }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, name: { zh: '3 号"温湿度"', en: 'Probe "3"' }, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
`;
const never = new AbortController().signal;
const noRoom = { values: () => [], onReadings: () => () => undefined } as never;

const siteWith = (keys: string, url = "http://127.0.0.1:9/hook") =>
  `${SITE}targets:\n  - id: itsm\n    kind: webhook\n    url: ${url}\n    secret: ${SECRET}\n${keys.replaceAll(/^/gm, "    ")}`;

/** Problems as `line path: message`. */
function refused(keys: string): readonly string[] {
  const loaded = loadSite(siteWith(keys));
  return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en}`) : [];
}

let receiver: HttpReceiver;
let url = "";
let dialect: Dialect;
beforeEach(async () => {
  receiver = new HttpReceiver();
  url = await receiver.listen();
});
afterEach(async () => {
  dialect.close();
  await receiver.close();
});

/** Tells an event to a target of a site file. */
async function told(keys: string, row = rowFor()): Promise<{ readonly asked: Asked; readonly preview: string }> {
  const site = loadedSite(siteWith(keys, `${url}/tickets`));
  const [target] = site.targets;
  if (target === undefined) throw new Error("no target");
  dialect = await dialectOf(target, site, systemClock, noRoom);
  expect(await dialect.send(row, never)).toMatchObject({ outcome: "accepted" });
  return { asked: receiver.asked.at(-1) as Asked, preview: previewOf(target, site, eventFor()) };
}

const DESK = `method: PUT
headers: { X-Api-Key: "key 7", Accept: application/json }
language: zh
body:
  title: "[{severity}] {text}"
  device: "{device}"
  tags: [machine room, "{category}", 3, true, null]
  detail: { limit: "{limit}", serial: "{serial}", who: "serial {serial}\\npoint {point}" }
`;

describe("a body of the receiver's own form", () => {
  test("is what the template says, in the language of the target, by its method, with its headers", async () => {
    const { asked } = await told(DESK);
    expect(asked).toMatchObject({ method: "PUT", url: "/tickets" });
    expect(asked.headers).toMatchObject({
      ...{ "x-api-key": "key 7", accept: "application/json", "content-type": "application/json; charset=utf-8" },
      ...{ "x-roomward-event": "raise", "idempotency-key": rowFor().id, "x-roomward-delivery": rowFor().id },
    });
    expect(JSON.parse(asked.body)).toEqual({
      title: "[重要] 冷通道温度高 31.2 °C",
      device: expect.stringContaining('3 号"温湿度" · '),
      tags: ["machine room", "sensor", 3, true, null],
      // What nobody knows is empty; of several lines, one that would say nothing is left out.
      detail: { limit: "27 °C", serial: "", who: "point th-3/ambient.temperature" },
    });
  });

  test("is signed over its very bytes and the same at every attempt", async () => {
    const { asked } = await told(DESK);
    const timestamp = String(asked.headers["x-roomward-timestamp"]);
    expect(asked.headers["x-roomward-signature"]).toBe(sign(SECRET, timestamp, Buffer.from(asked.body)));
    receiver.answer = () => ({ status: 503 });
    expect(await dialect.send(rowFor(), never)).toMatchObject({ outcome: "unavailable" });
    expect(receiver.asked.at(-1)?.body).toBe(asked.body);
    expect(receiver.asked.at(-1)?.headers["idempotency-key"]).toBe(asked.headers["idempotency-key"]);
  });

  test("is exactly what the dry run shows", async () => {
    const { asked, preview } = await told(DESK);
    expect(preview).toBe(`PUT ${url}/…\nContent-Type: application/json; charset=utf-8\n\n${asked.body}`);
    expect(preview).not.toContain("key 7");
  });

  test("a ticket in the answer is on the card", async () => {
    receiver.answer = () => ({ status: 201, body: { ticket: "T-7" } });
    await told(DESK);
    expect(await dialect.send(rowFor(), never)).toMatchObject({ ticket: "T-7" });
  });

  test("a record that is damaged is never sent", async () => {
    await told(DESK);
    expect(await dialect.send({ ...rowFor(), body: "{" }, never)).toMatchObject({ outcome: "refused" });
    expect(receiver.asked).toHaveLength(1);
  });

  test("without a template the recorded bytes go, whatever else is set", async () => {
    const { asked, preview } = await told("method: PUT\nheaders: { X-Api-Key: k }\n");
    expect(asked).toMatchObject({ method: "PUT", body: rowFor().body });
    expect(JSON.parse(preview.slice(preview.indexOf("\n")))).toEqual(JSON.parse(asked.body));
  });

  test("of a form is its pairs, of XML its text with every value escaped, of plain text its lines", async () => {
    const row = rowFor(raised({ text: { zh: '温度 <31 & "热"', en: "x" } }));
    const form = await told('contentType: application/x-www-form-urlencoded\nbody: { mobile: "139", content: "{text} 50%&=" }\n', row);
    expect([...new URLSearchParams(form.asked.body)]).toEqual([
      ["mobile", "139"],
      ["content", '温度 <31 & "热" 50%&='],
    ]);
    dialect.close();
    const xml = await told("contentType: text/xml; charset=utf-8\nbody: |\n  <a t='{text}'>{serial}\n  </a>\n", row);
    expect(xml.asked.body).toBe("<a t='温度 &lt;31 &amp; &quot;热&quot;'>\n</a>\n");
    expect(xml.asked.headers["content-type"]).toBe("text/xml; charset=utf-8");
    dialect.close();
    const text = await told("contentType: text/plain\nbody: |-\n  {text}\n  serial {serial}\n  since {since}\n", row);
    expect(text.asked.body).toBe('温度 <31 & "热"\nsince 2026-09-20 11:12:45 +08:00');
  });
});

test("no value can break the JSON, and every value arrives as it is", () => {
  // Halves of a character, too.
  const anyText = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units));
  const style = { language: "en", timezone: "Asia/Shanghai" } as const;
  const place = placesOf(loadedSite(SITE))(eventFor());
  const facts = factsOf(eventFor(), place, style);
  const template = { text: "{text}", list: ["a {note} {device}"], "key {text}": { deep: "{text}{text}" } };
  fc.assert(
    fc.property(anyText, anyText, (text, device) => {
      // A line of which nothing is known is left out.
      fc.pre(text !== "" && device !== "" && !/\n/.test(text + device));
      const body = JSON.parse(filledBody("json", template, { ...facts, text, device })) as typeof template;
      expect(body).toEqual({ text, list: [`a  ${device}`], "key {text}": { deep: text + text } });
    }),
  );
});

test.each([
  ["application/json", "json"],
  ["application/vnd.api+json; charset=utf-8", "json"],
  ["application/soap+xml", "xml"],
  ["TEXT/XML", "xml"],
  ["text/plain;charset=utf-8", "text"],
  ["application/x-www-form-urlencoded", "form"],
  ["application/json; charset=gbk", null],
  ["text/html", null],
  ["json", null],
  ["text/plain\r\nx: y", null],
])("%j is written as %s", (type, form) => {
  expect(bodyForm(type)).toBe(form);
});

describe("the site file refuses with place and what there is", () => {
  test.each([
    [
      "body: { a: { b: ['{serialNumber}'] } }",
      "10 targets[0].body.a.b[0]: there is no field {serialNumber}; there are: number, reporter, ",
    ],
    ["body: { title: {text} }", '10 targets[0].body.title.text: put it in quotes: "{text}"'],
    ["body: '{text}'", "10 targets[0].body: the body of a JSON type is a mapping or a list, not a text"],
    ["contentType: text/plain\nbody: { a: b }", "11 targets[0].body: the body of this contentType is a text"],
    ["contentType: application/x-www-form-urlencoded\nbody: { a: { b: c } }", "11 targets[0].body: the body of a form is a mapping"],
    ["contentType: text/html\nbody: a", "10 targets[0].contentType: expected the type of body: a JSON type"],
    ["contentType: text/plain", "10 targets[0].contentType: contentType needs a body"],
    ["heartbeat: 60s\nbody: { a: b }", "10 targets[0].heartbeat: the sign of life has our own form"],
    ["headers: { Idempotency-Key: x }", "10 targets[0].headers.Idempotency-Key: Idempotency-Key is set by the box itself"],
    ["headers: { 'a b': x }", "10 targets[0].headers.a b: no name of a header"],
    ["headers: { a: x, A: y }", "10 targets[0].headers.A: A is there twice"],
    ['headers: { a: "x\\ny" }', "10 targets[0].headers.a: expected 1 to 1024 printable ASCII characters"],
    ["method: GET", "10 targets[0].method: expected `POST` or `PUT`, found `GET`"],
    [`body: { a: ${"[".repeat(9)}1${"]".repeat(9)} }`, "10 targets[0].body.a[0][0][0][0][0][0][0]: the body is nested deeper than 8"],
    [`body: { a: ${"x".repeat(16_384)} }`, "10 targets[0].body: the body is longer than 16384 characters"],
  ])("%.60s", (keys, problem) => {
    expect(refused(keys)).toEqual([expect.stringContaining(problem)]);
  });

  test("and shows no value of a header", () => {
    const text = siteWith('headers: { Authorization: "Bearer abc-def-ghi" }\n');
    expect(masked(text)).not.toContain("abc-def-ghi");
    expect(JSON.stringify(refused('headers: { Authorization: "Bearer abc\\u0007-def-ghi" }'))).not.toContain("def-ghi");
  });
});
