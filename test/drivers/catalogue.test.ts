import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listProfiles, loadProfile, parseProfile, profileIds, useBoxProfiles } from "../../drivers/catalogue.ts";
import { type Field, type Profile, profilePoints } from "../../drivers/profile.ts";
import { findPoint } from "../../drivers/vocabulary.ts";

const profileOf = (id: string): Profile => {
  const answer = loadProfile(id);
  if ("problems" in answer) throw new Error(JSON.stringify(answer.problems, null, 2));
  return answer.profile;
};

const all = profileIds().map(profileOf);

describe("the catalogue", () => {
  test("has sixty families and more, of every class that a machine room has", () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    const classes = new Set(all.map((profile) => profile.class));
    for (const needed of "ups pdu ats meter battery cooling sensor leak smoke door io host switch storage rectifier database middleware application".split(
      " ",
    ))
      expect(classes, needed).toContain(needed);
  });

  test("parses a profile once", () => {
    expect(loadProfile("sensor/xy-md02")).toBe(loadProfile("sensor/xy-md02"));
  });

  test("knows each family under one name", () => {
    const names = all.map(({ protocol, class: kind, maker, family }) => `${protocol} ${kind} ${maker} ${family}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

/** Words that would lead to a workplace instead of a source that others can read. */
const NO_SOURCE = /find_string|index id|corpus|\/work\/|shared\/|localhost/i;

describe.each(all.map((profile) => [profile.id, profile] as const))("profile %s", (id, profile) => {
  const fields = Object.entries<Field>(profile.points);

  test("says where its facts come from, and what an installer must know", () => {
    expect(profile.id).toBe(id);
    expect(id.startsWith(`${profile.class}/`)).toBe(true);
    expect(profile.source.length).toBeGreaterThan(0);
    for (const source of profile.source) {
      expect(source).not.toMatch(NO_SOURCE);
      expect(source.length).toBeGreaterThan(7);
    }
    expect(profile.notes?.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(profile.notes?.en).toMatch(/[a-z]/);
    expect(profile.label.zh).toBeTruthy();
    expect(profile.label.en).toMatch(/^[\x20-\x7e²µ×·–]+$/);
  });

  test("has only points that people can read, in Chinese and in English", () => {
    for (const { name } of profilePoints(profile)) {
      const definition = findPoint(name);
      expect(definition?.label.zh, name).toMatch(/[\u4e00-\u9fff]/);
      expect(definition?.label.en, name).toMatch(/^[\x20-\x7e]+$/);
      for (const state of definition?.kind === "state" ? definition.states : []) {
        expect(state.zh).toBeTruthy();
        expect(state.en).toBeTruthy();
      }
    }
  });

  test("has no scale that turns every answer into nothing", () => {
    for (const [name, field] of fields) expect(Number.isFinite(field.scale) && field.scale !== 0, name).toBe(true);
  });

  test("suggests rules for points that the house does not judge by itself, each with a limit or a state", () => {
    for (const [name, rule] of Object.entries(profile.rules)) expect(rule.high ?? rule.low ?? rule.state, name).toBeDefined();
  });
});

describe("what is wrong with a profile", () => {
  test.each([
    ["sensor/xymd02", "sensor/xy-md02"],
    ["sensors/xy-md02", "sensor/xy-md02"],
    ["cooling/stulz", "cooling/stulz-c7000"],
    ["meter/sdm630", "meter/eastron-sdm630"],
  ])("an unknown name, %s, is answered with the near one", (asked, near) => {
    const answer = loadProfile(asked);
    expect("problems" in answer && answer.problems[0]?.message.en).toContain(near);
    expect("problems" in answer && answer.problems[0]?.message.zh).toContain(near);
  });

  test("a name with nothing near is still an answer, not a path", () => {
    for (const id of ["../../package", "x".repeat(100_000), "", "/etc/passwd", "sensor/../host/net-snmp-linux"])
      expect("problems" in loadProfile(id)).toBe(true);
  });

  const HEAD = "protocol: modbus\nclass: sensor\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  const problemsOf = (text: string, id = "sensor/x") => {
    const answer = parseProfile(id, `${id}.yaml`, text);
    return "problems" in answer ? answer.problems : [];
  };
  const told = (text: string, id?: string) => problemsOf(text, id).map(({ line, message }) => [line, message.en] as const);

  test("is said with file, line and path", () => {
    const problems = problemsOf(`${HEAD}points:\n  ambient.temperature:\n    table: inputs\n    address: 1\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({
      file: "sensor/x.yaml",
      line: 9,
      path: "points.ambient.temperature.table",
      message: {
        en: "expected one of coil, discrete, input, holding, found `inputs`",
        zh: "应为coil、discrete、input、holding 之一，实际为 `inputs`",
      },
    });
  });

  test("is said all at once: an unknown name with those near it, a state without codes, a typo in a state, an unknown key", () => {
    const points = [
      "  ambient.temprature: { table: input, address: 1 }",
      "  door.contact: { table: input, address: 2 }",
      '  leak.detected: { table: input, address: 3, states: { "0": dry, "1": leek } }',
      "  ambient.humidity: { table: input, adress: 4 }",
    ];
    const lines = told(`${HEAD}gapMax: 3\npoints:\n${points.join("\n")}\n`);
    expect(lines.map(([line]) => line)).toEqual([7, 9, 10, 11, 12, 12]);
    const text = lines.map(([, message]) => message).join("\n");
    expect(text).toContain("gapMax is other than the usual 8: give the reason in quirks");
    expect(text).toContain("`ambient.temprature` is not a name of the vocabulary; did you mean ambient.temperature");
    expect(text).toContain("a state point needs `states` (raw code: state name) or `flags`");
    expect(text).toContain("`leek` is not a state of leak.detected; it has dry, leak; did you mean leak?");
    expect(text).toContain("unknown key `adress`; check the spelling");
  });

  test.each([
    [
      "two points on one register",
      "ambient.temperature: { table: input, address: 1, type: u32 }\n  ambient.humidity: { table: input, address: 2 }",
      "claims a register of ambient.temperature",
    ],
    [
      "a bit that the type does not have",
      'door.contact: { table: input, address: 1, bit: 16, states: { "0": closed, "1": open } }',
      "a bit outside of type u16",
    ],
    ["a bit table with words", "ambient.temperature: { table: coil, address: 1 }", "type u16 does not fit table coil"],
    [
      "a code that is also no value",
      'door.contact: { table: input, address: 1, absent: [1], states: { "0": closed, "1": open } }',
      'raw code 1 is both a state and "no value"',
    ],
    ["states of a number", 'ambient.temperature: { table: input, address: 1, states: { "0": dry } }', "is a number: no states"],
    [
      "a range wider than physics",
      "ambient.humidity: { table: input, address: 1, range: [0, 200] }",
      "the range exceeds the vocabulary's 0 to 100",
    ],
    ["a scale of nothing", "ambient.humidity: { table: input, address: 1, scale: 0 }", "expected a number other than 0, found `0`"],
    ["a name that every object has", "constructor: { table: input, address: 1 }", "`constructor` is not a name of the vocabulary"],
    [
      "a Modbus name with rows",
      "ambient.#.temperature: { table: input, address: 1 }",
      "only SNMP has rows: say which, e.g. `ambient.1.temperature`",
    ],
  ])("is said for %s", (_, points, message) => {
    expect(
      told(`${HEAD}points:\n  ${points}\n`)
        .map(([, text]) => text)
        .join("\n"),
    ).toContain(message);
  });

  const SNMP = "protocol: snmp\nclass: ups\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  test.each([
    ["a row set that is not declared", "outlet.#.current: { oid: 1.3.6.1, row: outlets }", "there is no `outlets` in rows"],
    [
      "a column without a place for the row",
      "output.current: { oid: 1.3.6.1, row: outlet }",
      "a column read per row needs `#` in its name",
    ],
    ["a name with a place and no rows", "outlet.#.current: { oid: 1.3.6.1.0 }", "a name with `#` needs `row`"],
    ["a column with an instance", "outlet.#.current: { oid: 1.3.6.1.0, row: outlet }", "a column's OID has no instance"],
    ["an OID in words", "output.current: { oid: upsOutput.0 }", "expected an OID in digits"],
  ])("is said for %s", (_, points, message) => {
    const rows = "rows:\n  outlet: { label: { zh: 插座, en: Outlet } }\n";
    expect(
      told(`${SNMP}${rows}points:\n  ${points}\n`, "ups/x")
        .map(([, text]) => text)
        .join("\n"),
    ).toContain(message);
  });

  const OSDP = "protocol: osdp\nclass: door\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  test.each([
    [
      "an input without its number",
      "",
      "door.contact: { from: input, states: { '0': open } }",
      "`from: input` needs input, counted from 0",
    ],
    ["a number where there is no input", "", "access.events: { from: cards, input: 1 }", "`from: cards` has no input"],
    ["something that no reader tells", "", "access.events: { from: outputs }", "expected one of cards, cardLow"],
    ["the weaker check without a reason", "check: sum8\n", "access.events: { from: cards }", "check is other than the usual crc16"],
  ])("is said for %s", (_, setting, points, message) => {
    expect(
      told(`${OSDP}${setting}points:\n  ${points}\n`, "door/x")
        .map(([, text]) => text)
        .join("\n"),
    ).toContain(message);
  });

  const HEAD_OF = (protocol: string, cls: string, more = ""): string =>
    `protocol: ${protocol}\nclass: ${cls}\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n${more}points:\n`;
  test.each([
    ["osdp", "door", "", "  access.events:\n    from: cards\n    everyMs: 5000\n", "a reader tells by itself"],
    [
      "contact",
      "door",
      "normally: closed\n",
      "  door.contact:\n    states: { '0': open, '1': closed }\n    everyMs: 5000\n",
      "read as soon as it changes",
    ],
    ["probe", "host", "ask: { what: ping }\n", "  response.time:\n    tells: milliseconds\n    everyMs: 5000\n", "the device's `every`"],
  ])("is said for an interval that %s would not keep", (protocol, cls, more, points, reason) => {
    const text = `${HEAD_OF(protocol, cls, more)}${points}`;
    const [problem] = told(text, `${cls}/x`);
    expect(problem?.[1]).toContain(reason);
    expect(text.split("\n")[(problem?.[0] ?? 0) - 1]).toContain("everyMs");
    expect(told(text.replace("    everyMs: 5000\n", ""), `${cls}/x`)).toEqual([]);
  });

  test("is said for a rule about a point or state that is not there, and for a file in the wrong folder", () => {
    const rules = "rules:\n  ambient.humidty: { high: { major: 80 } }\n  door.contact: { state: { ajar: minor } }\n";
    const points =
      'points:\n  ambient.humidity: { table: input, address: 1 }\n  door.contact: { table: input, address: 2, states: { "0": closed, "1": open } }\n';
    const text = told(`${HEAD}${rules}${points}`, "meter/x")
      .map(([, message]) => message)
      .join("\n");
    expect(text).toContain("this profile has no point `ambient.humidty`; did you mean ambient.humidity");
    expect(text).toContain("`ajar` is not a state of door.contact");
    expect(text).toContain("the file lies in folder meter: expected class meter, found `sensor`");
  });

  test("is said for text that is no YAML, for too much of it, and for something else than a profile", () => {
    expect(problemsOf(`${HEAD}points: { a: [\n`)[0]?.line).toBeGreaterThan(6);
    expect(problemsOf("#".repeat(300 * 1_024))[0]?.message.en).toContain("256 KiB");
    expect(told("- a\n- b\n")[0]?.[1]).toContain("a profile must be a mapping");
    expect(told("protocol: modbuss\n")[0]?.[1]).toContain(
      "expected one of modbus, snmp, megatec, upslink, yd1363, dlt645, osdp, contact, probe, found `modbuss`",
    );
  });
});

describe("profiles of the box's own folder", () => {
  let folder: string;
  const write = (id: string, text: string): void => {
    mkdirSync(join(folder, id, ".."), { recursive: true });
    writeFileSync(join(folder, `${id}.yaml`), text);
  };
  const PROBE = (maker: string): string =>
    `protocol: modbus\nclass: sensor\nmaker: ${maker}\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [panel]\npoints:\n  ambient.temperature: { table: input, address: 9 }\n`;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "roomward-profiles-"));
    useBoxProfiles(folder);
  });
  afterEach(() => {
    useBoxProfiles(null);
    rmSync(folder, { recursive: true });
  });

  test("are found beside the product's, also when they come while it runs", () => {
    expect("problems" in loadProfile("sensor/acme-probe")).toBe(true);
    write("sensor/acme-probe", PROBE("Acme"));
    expect(profileOf("sensor/acme-probe").maker).toBe("Acme");
    expect(profileOf("sensor/xy-md02").maker).toBe("XY");
    expect(listProfiles().filter(({ origin }) => origin !== "product")).toEqual([
      { id: "sensor/acme-probe", file: join(folder, "sensor/acme-probe.yaml"), origin: "box" },
    ]);
  });

  test("hold where the product has one of the same name, and the list says so", () => {
    write("sensor/xy-md02", PROBE("Somebody"));
    expect(profileOf("sensor/xy-md02").maker).toBe("Somebody");
    expect(listProfiles().find(({ id }) => id === "sensor/xy-md02")?.origin).toBe("replaces");
  });

  test("say what is wrong with them where they lie", () => {
    write("sensor/acme-probe", PROBE("Acme").replace("address: 9", "address: 70000"));
    const answer = loadProfile("sensor/acme-probe");
    expect("problems" in answer && answer.problems[0]).toMatchObject({ file: join(folder, "sensor/acme-probe.yaml"), line: 8 });
  });

  test("other files in the folder are nobody's profile", () => {
    write("sensor/.hidden", PROBE("Acme"));
    writeFileSync(join(folder, "README.yaml"), "notes");
    expect(listProfiles().filter(({ origin }) => origin !== "product")).toEqual([]);
  });

  test("none of the product's files is parsed before it is asked for", () => {
    write("ups/broken", "protocol: [");
    expect(profileIds()).toContain("ups/broken");
    expect(profileOf("sensor/xy-md02").maker).toBe("XY");
  });
});
