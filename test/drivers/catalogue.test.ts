import { describe, expect, test } from "vitest";
import { loadProfile, parseProfile, profileIds } from "../../drivers/catalogue.ts";
import { decodeBlock } from "../../drivers/modbus/decode.ts";
import { planReads } from "../../drivers/modbus/plan.ts";
import type { ModbusField, ModbusProfile } from "../../drivers/modbus/profile.ts";
import { type Profile, profilePoints } from "../../drivers/profile.ts";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";

const profileOf = (id: string): Profile => {
  const answer = loadProfile(id);
  if ("problems" in answer) throw new Error(JSON.stringify(answer.problems, null, 2));
  return answer.profile;
};

describe("the catalogue", () => {
  test("has the families that a machine room begins with", () => {
    expect(profileIds()).toEqual(
      expect.arrayContaining(["sensor/xy-md02", "meter/eastron-sdm630", "cooling/stulz-c7000", "door/wellpro-di", "leak/wellpro-di"]),
    );
  });

  test("parses a profile once", () => {
    expect(loadProfile("sensor/xy-md02")).toBe(loadProfile("sensor/xy-md02"));
  });
});

describe.each(profileIds())("profile %s", (id) => {
  test("loads, and says where its facts come from", () => {
    const profile = profileOf(id);
    expect(profile.id).toBe(id);
    expect(id.startsWith(`${profile.class}/`)).toBe(true);
    expect(profile.source.length).toBeGreaterThan(0);
    expect(profile.notes?.zh).toBeTruthy();
    expect(profile.notes?.en).toBeTruthy();
  });

  test("has only points that people can read, in Chinese and in English", () => {
    for (const { name } of profilePoints(profileOf(id))) {
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
    for (const [name, field] of Object.entries(profileOf(id).points)) {
      expect(Number.isFinite(field.scale) && field.scale !== 0, name).toBe(true);
    }
  });
});

const modbusProfiles = profileIds()
  .map(profileOf)
  .filter((profile): profile is ModbusProfile => profile.protocol === "modbus");

describe.each(modbusProfiles.map((profile) => [profile.id, profile] as const))("registers of %s", (_, profile) => {
  test("each point yields the value that was put into its registers, and only that", () => {
    const names = Object.keys(profile.points);
    const plan = planReads(profile, 0);
    for (const block of plan.blocks) {
      for (const { column } of block.columns) {
        const name = names[column] ?? "";
        const field = profile.points[name];
        if (field === undefined) throw new Error(`${name}: no field`);
        for (const [raw, expected] of samples(name, field)) {
          const data = Buffer.alloc(block.bytes);
          encode(field, field.address - block.address, raw, data);
          const readings = emptyReadings(names.length);
          decodeBlock(block.columns, data, readings);
          expect(readings.qualities[column], `${name} = ${raw}`).toBe(QUALITY.good);
          expect(readings.values[column], `${name} = ${raw}`).toBe(expected);
        }
      }
    }
  });

  test("has types that fit its tables", () => {
    for (const [name, field] of Object.entries(profile.points)) {
      const bits = field.table === "coil" || field.table === "discrete";
      expect(bits, name).toBe(field.type === "bit");
      if (field.bit !== undefined) expect(field.type, name).toBe("u16");
    }
  });
});

/** Raw values with what they must become: every state, or a few numbers inside the range of the point. */
function samples(name: string, field: ModbusField): readonly (readonly [raw: number, expected: number])[] {
  const definition = findPoint(name);
  if (definition?.kind === "state")
    return Object.entries(field.states ?? {}).map(([raw, state]) => [
      Number(raw),
      definition.states.findIndex((word) => word.name === state),
    ]);
  const [low, high] = field.range ?? definition?.range ?? [0, 0];
  return [1, 235]
    .map((raw) => [raw, Number((raw * field.scale + field.offset).toPrecision(12))] as const)
    .filter(([, value]) => value >= low && value <= high);
}

/** Puts a raw value where the profile says it is; only what the profiles of the tree use. */
function encode(field: ModbusField, at: number, raw: number, data: Buffer): void {
  const swap = field.words === "low-first";
  switch (field.type) {
    case "bit":
      data[at >> 3] = (data[at >> 3] ?? 0) | (raw << (at & 7));
      return;
    case "u16":
    case "s16":
      data.writeUInt16BE(((field.bit === undefined ? raw : raw << field.bit) + 0x1_0000) % 0x1_0000, at * 2);
      return;
    case "u32":
    case "s32":
    case "f32": {
      const value = Buffer.alloc(4);
      if (field.type === "f32") value.writeFloatBE(raw);
      else value.writeInt32BE(raw);
      if (swap) value.swap32().swap16();
      value.copy(data, at * 2);
      return;
    }
    default:
      throw new Error(`${field.type}: teach this test to encode it`);
  }
}

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
    for (const id of ["../../package", "x".repeat(100_000), "", "/etc/passwd"]) expect("problems" in loadProfile(id)).toBe(true);
  });

  const HEAD = "protocol: modbus\nclass: sensor\nmaker: m\nfamily: f\nlabel: { zh: 中, en: e }\nsource: [s]\n";
  const faultsOf = (text: string) => {
    const answer = parseProfile("sensor/x", "sensor/x.yaml", text);
    return "problems" in answer ? answer.problems : [];
  };

  test("is said with file, line and path", () => {
    const faults = faultsOf(`${HEAD}points:\n  ambient.temperature:\n    table: inputs\n    address: 1\n`);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ file: "sensor/x.yaml", line: 9, path: "points.ambient.temperature.table" });
  });

  test("is said for a point that the vocabulary does not know, and for a state without codes", () => {
    const faults = faultsOf(
      `${HEAD}points:\n  ambient.temprature: { table: input, address: 1 }\n  door.contact: { table: input, address: 2 }\n`,
    );
    expect(faults.map(({ line, message }) => [line, message.en])).toEqual([
      [8, "not a name of the vocabulary (drivers/vocabulary.ts)"],
      [9, "a state point needs `states`: raw code → state name"],
    ]);
  });

  test("is said for text that is no YAML, and for too much of it", () => {
    expect(faultsOf(`${HEAD}points: { a: [\n`)[0]?.line).toBeGreaterThan(6);
    expect(faultsOf("#".repeat(300 * 1_024))[0]?.message.en).toContain("256 KiB");
  });
});
