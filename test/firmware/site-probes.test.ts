import { describe, expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { siteView } from "../../firmware/site/view.ts";
import { loadedSite } from "./loaded-site.ts";

const HEAD = "site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\n";
const HOST = "id: db-1-net, kind: probe, host: 10.0.0.5";
const file = (buses: readonly string[], devices: readonly string[], more = ""): string =>
  `${HEAD}buses:\n${buses.map((bus) => `  - { ${bus} }\n`).join("")}devices:\n${devices.map((device, index) => `  - { area: room, id: d-${index + 1}, bus: db-1-net, ${device} }\n`).join("")}${more}`;
function site(devices: readonly string[], bus = HOST, more = ""): Site {
  return loadedSite(file([bus], devices, more));
}
/** In English; each has its Chinese. */
function problems(devices: readonly string[], ...buses: readonly string[]): readonly string[] {
  const loaded = loadSite(file(buses.length === 0 ? [HOST] : buses, devices));
  if (!("problems" in loaded)) return [];
  for (const { message } of loaded.problems) expect(message.zh).toMatch(/[\u4e00-\u9fff]/);
  return loaded.problems.map(({ path, message }) => `${path}: ${message.en}`);
}

describe("a probed host in the site file", () => {
  test("needs an address; what is asked has the port of its kind, and what the site says holds over it", () => {
    const found = site([
      "profile: host/ping",
      "profile: database/redis",
      "profile: database/mysql, probe: { port: 3307 }",
      "profile: application/https, probe: { serverName: oa.example, path: /health, status: 200, text: 正常, verify: false }",
      "profile: application/http",
    ]);
    expect(found.buses[0]).toEqual({ kind: "probe", id: "db-1-net", host: "10.0.0.5", timeout: 2_000 });
    expect(found.devices[3]?.probe).toMatchObject({ serverName: "oa.example", status: [200], verify: false });
    const view = siteView(found, { version: "", revision: "", demo: false });
    expect(view.devices.map(({ class: kind, address }) => [kind, address])).toEqual([
      ["host", "10.0.0.5"],
      ["database", "10.0.0.5:6379"],
      ["database", "10.0.0.5:3307"],
      ["application", "https://oa.example:443/health"],
      ["application", "http://10.0.0.5:80/"],
    ]);
  });

  test("is judged by the rules of the house: down, slow, losing packets, a certificate that runs out", () => {
    const rules = site(["profile: application/https", "profile: host/ping"]).rules.flatMap((rule) =>
      rule.kind === "silence" ? [] : [`${rule.pointId} ${rule.type}`],
    );
    expect(rules.filter((rule) => !/warranty|contract/.test(rule)).toSorted()).toEqual([
      "d-1/certificate.days low",
      "d-1/response.time high",
      "d-1/service.state down",
      "d-2/packet.loss high",
      "d-2/response.time high",
      "d-2/service.state down",
    ]);
  });

  test("is judged otherwise where the site says so", () => {
    const more = "rules:\n  - { points: [d-1/response.time], high: { minor: 200 }, on: 10s }\n";
    const rule = site(["profile: host/ping"], HOST, more).rules.find((one) => one.kind === "limit" && one.pointId === "d-1/response.time");
    expect(rule).toMatchObject({ levels: [{ severity: "minor", limit: 200 }], onDelayMs: 10_000 });
  });

  test.each(["10.0.0.5", "fd00::5", "db-1", "db-1.example.com", "db_1.local", "xn--fiqs8s.example"])("may be called %s", (host) =>
    expect(problems(["profile: host/ping"], `id: db-1-net, kind: probe, host: "${host}"`)).toEqual([]),
  );
  test.each(["-c", "--help", "10.0.0.256", "10.0.0", "db 1", "db;reboot", "$(id)", "http://db-1", "db..example", ""])(
    "may not be called %s",
    (host) =>
      expect(problems(["profile: host/ping"], `id: db-1-net, kind: probe, host: "${host}"`)[0]).toMatch(
        /^buses\[0\]\.host: expected an IP address or a host name/,
      ),
  );

  test("is one bus: its probes are asked one after another", () => {
    expect(problems(["profile: host/ping"], HOST, HOST.replace("db-1-net", "db-1-again"))).toEqual([
      "buses[1]: 10.0.0.5 belongs to bus db-1-net already; a wire is one bus",
    ]);
  });

  test("is asked the same thing once", () => {
    expect(problems(["profile: database/redis", "profile: database/redis, probe: { port: 6379 }"])).toEqual([
      "devices[1]: this is the same probe as d-1 (same bus, profile, port and path)",
    ]);
    expect(problems(["profile: application/http", "profile: application/http, probe: { path: /login }"])).toEqual([]);
  });

  test.each([
    [
      "a port where the profile has none",
      "profile: application/tcp-port",
      "devices[0]: d-1 lacks probe: { port: … } (profile application/tcp-port has no port of its own)",
    ],
    [
      "what the kind of probe knows",
      "profile: host/ping, probe: { port: 7 }",
      "devices[0].probe.port: profile host/ping (ping) has no use for port; it knows: nothing",
    ],
    [
      "no certificate without TLS",
      "profile: application/http, probe: { verify: false }",
      "devices[0].probe.verify: profile application/http (http) has no use for verify; it knows: port, path, serverName, status, text",
    ],
    [
      "one word about the certificate",
      'profile: application/https, probe: { verify: false, ca: "-----BEGIN CERTIFICATE-----" }',
      "devices[0].probe.ca: with verify: false no certificate is checked, so ca does nothing: one of them",
    ],
    [
      "a path that is one",
      'profile: application/http, probe: { path: "/a b" }',
      "devices[0].probe.path: expected a path from `/` on, without blanks, e.g. `/health?db=1`, found `/a b`",
    ],
    [
      "a status that HTTP has",
      "profile: application/http, probe: { status: 20 }",
      "devices[0].probe.status: expected the expected HTTP status, or a list of them",
    ],
    ["no unit", "profile: host/ping, unit: 1", "devices[0].unit: a probed device has no unit"],
    ["keys that exist", "profile: database/redis, probe: { prot: 1 }", "devices[0].probe.prot: unknown key `prot`; check the spelling"],
    [
      "a device that speaks it",
      "profile: ups/ietf-rfc1628",
      "devices[0].bus: profile ups/ietf-rfc1628 speaks snmp, but bus db-1-net is probe",
    ],
  ])("needs %s", (_, device, problem) => expect(problems([device])[0]).toContain(problem));

  test("other devices have no probe settings", () => {
    const snmp = "id: db-1-net, kind: snmp, host: 10.0.0.5";
    expect(problems(["profile: ups/ietf-rfc1628, probe: { port: 1 }"], snmp)).toEqual([
      "devices[0].probe: profile ups/ietf-rfc1628 is no probe: it has no probe settings",
    ]);
  });
});
