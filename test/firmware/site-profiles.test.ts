import { describe, expect, test } from "vitest";
import type { LimitRule, StateRule } from "../../firmware/alarms/rule.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

const head = (devices: string, more = ""): string => `
site: { id: demo, name: Demo, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses:
  - { id: line, kind: modbus-tcp, host: 10.0.0.4 }
  - { id: card, kind: snmp, host: 10.0.0.5, version: 2c, community: public }
devices:
${devices}
${more}`;

const OWN = `profiles:
  sensor/acme-x:
    protocol: modbus
    class: sensor
    maker: Acme
    family: X
    label: { zh: 艾克米探头, en: Acme probe }
    source: ["Acme X manual, page 7"]
    points:
      ambient.temperature: { table: input, address: 4, type: s16, scale: 0.1 }
`;

function siteOf(text: string): Site {
  return loadedSite(text);
}
const told = (text: string): readonly string[] => {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en}`) : [];
};

describe("profiles in the site file", () => {
  const device = "  - { id: p-1, area: room, bus: line, unit: 1, profile: sensor/acme-x }";

  test("are used by its devices", () => {
    const site = siteOf(head(device, OWN));
    expect(site.devices[0]?.profile).toMatchObject({ id: "sensor/acme-x", maker: "Acme" });
    expect(site.points.map(({ id }) => id)).toEqual(["p-1/ambient.temperature"]);
  });

  test("hold over the product's of the same id", () => {
    const site = siteOf(head(device.replace("acme-x", "xy-md02"), OWN.replace("sensor/acme-x", "sensor/xy-md02")));
    expect(site.devices[0]?.profile.maker).toBe("Acme");
  });

  test("are explained where they stand, and their devices do not complain again", () => {
    const wrong = OWN.replace("table: input", "table: inputs").replace("class: sensor", "class: sensr");
    expect(told(head(device, wrong))).toEqual([
      expect.stringContaining("12 profiles.sensor/acme-x.class: expected one of ups, pdu"),
      "18 profiles.sensor/acme-x.points.ambient.temperature.table: expected one of coil, discrete, input, holding, found `inputs`",
    ]);
  });

  test("need an id of the usual form", () => {
    expect(told(head(device, OWN.replace("sensor/acme-x", "../acme"))).join()).toContain("a profile id is `<class>/<maker>-<family>`");
  });
});

describe("rows of a profile", () => {
  const stulz = (rows: string): string => head(`  - { id: ac-1, area: room, bus: card, profile: cooling/stulz-wib8000${rows} }`);

  test("where a row is the device, its points have plain names", () => {
    const site = siteOf(stulz(', rows: { unit: ["1.3.1"] }'));
    expect(site.points.map(({ id }) => id)).toContain("ac-1/return.temperature");
    expect(site.devices[0]?.points.find(({ name }) => name === "return.temperature")?.row).toBe("1.3.1");
  });

  test("more than one of them is a mistake", () => {
    expect(told(stulz(', rows: { unit: ["1.1.1", "1.2.1"] }'))).toEqual([
      expect.stringContaining("a device of cooling/stulz-wib8000 is one row of unit (Unit): expected one, found 2"),
    ]);
    expect(told(stulz(""))).toEqual([]);
  });
});

describe("rules that a maker suggests", () => {
  const ats = (more = ""): readonly (LimitRule | StateRule)[] =>
    siteOf(head("  - { id: ats, area: room, bus: card, profile: ats/apc-ats }", more)).rules.flatMap((rule) =>
      rule.kind === "silence" || rule.device !== "ats" ? [] : [rule as LimitRule | StateRule],
    );

  test("hold where neither the site nor the house has one", () => {
    const rules = ats().filter(({ pointId }) => pointId === "ats/ats.redundancy");
    expect(rules).toMatchObject([{ kind: "state", severity: "major", onDelayMs: 30_000 }]);
  });

  test("give way to the site's, which may change one thing only", () => {
    const rules = ats('rules: [{ points: ["ats/ats.redundancy"], on: 5s }]').filter(({ pointId }) => pointId === "ats/ats.redundancy");
    expect(rules).toMatchObject([{ kind: "state", severity: "major", onDelayMs: 5_000 }]);
    const own = ats('rules: [{ points: ["ats/ats.redundancy"], state: { lost: minor } }]').filter(
      ({ pointId }) => pointId === "ats/ats.redundancy",
    );
    expect(own).toMatchObject([{ severity: "minor" }]);
  });

  test("give way to the house's: two devices of different makers are judged alike", () => {
    const text = head(
      "  - { id: p-1, area: room, bus: line, unit: 1, profile: sensor/acme-x }",
      `${OWN}    rules: { ambient.temperature: { high: { minor: 90 } } }\n`,
    );
    const limits = siteOf(text).rules.filter(
      (rule) => rule.kind === "limit" && rule.pointId === "p-1/ambient.temperature" && rule.type === "high",
    );
    expect(limits).toMatchObject([
      {
        levels: [
          { severity: "major", limit: 27 },
          { severity: "critical", limit: 32 },
        ],
      },
    ]);
  });

  test("hold for each row by its profile's name", () => {
    const text = head('  - { id: nas, area: room, bus: card, profile: storage/synology-dsm, rows: { disk: ["0", "1"] } }');
    const rules = siteOf(text).rules.filter((rule) => rule.kind === "state" && rule.pointId?.startsWith("nas/storage.disk."));
    expect(rules.map((rule) => rule.pointId)).toEqual(["nas/storage.disk.0.status", "nas/storage.disk.1.status"]);
    expect(rules[0]?.text.en).toBe("nas disk 0: fault");
  });
});
