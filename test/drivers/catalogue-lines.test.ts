import { describe, expect, test } from "vitest";
import { loadProfile, profileIds } from "../../drivers/catalogue.ts";
import { decodeValues } from "../../drivers/dlt645/decode.ts";
import { planMeter } from "../../drivers/dlt645/plan.ts";
import type { Profile } from "../../drivers/profile.ts";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import { decodeText } from "../../drivers/text/decode.ts";
import { planText, type TextQuery } from "../../drivers/text/plan.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { decodeInfo } from "../../drivers/yd1363/decode.ts";
import { planCommands } from "../../drivers/yd1363/plan.ts";
import type { LayoutItem } from "../../drivers/yd1363/profile.ts";
import { packed } from "../peers/line/meter.ts";

const profiles = profileIds().flatMap((id): Profile[] => {
  const loaded = loadProfile(id);
  return "profile" in loaded ? [loaded.profile] : [];
});
const speaking = <Protocol extends Profile["protocol"]>(...protocols: readonly Protocol[]) =>
  profiles
    .filter((profile): profile is Extract<Profile, { readonly protocol: Protocol }> => protocols.some((one) => one === profile.protocol))
    .map((profile) => [profile.id, profile] as const);

const indexOf = (name: string, state: string): number => {
  const definition = findPoint(name);
  return definition?.kind === "state" ? definition.states.findIndex((word) => word.name === state) : -1;
};

test("there is a profile for every protocol on serial lines", () => {
  expect(speaking("megatec").length).toBeGreaterThanOrEqual(8);
  expect(speaking("upslink").length).toBeGreaterThanOrEqual(1);
  expect(speaking("yd1363").length).toBeGreaterThanOrEqual(3);
  expect(speaking("dlt645").map(([, { edition }]) => edition)).toEqual(expect.arrayContaining(["2007", "1997"]));
  expect(speaking("osdp").length).toBeGreaterThanOrEqual(2);
});

/** An answer of the right shape with the given signs at the given places; of an answer in hexadecimal, its bits. */
function answerWith(shape: string, { bits }: TextQuery, signs: readonly number[], code: string): string {
  const blank = shape.replaceAll("9", "1").replaceAll(/[bh]/g, "0").replaceAll("?", "x");
  const text = [...(bits ? "0".repeat(blank.length * 4) : blank)];
  signs.forEach((place, index) => {
    text[place] = code.charAt(index) === "." ? (text[place] ?? "0") : code.charAt(index);
  });
  const whole = text.join("");
  return bits ? whole.replaceAll(/[01]{4}/g, (four) => Number.parseInt(four, 2).toString(16).toUpperCase()) : whole;
}

describe.each(speaking("megatec", "upslink"))("answers of %s", (_, profile) => {
  const plan = planText(profile);

  test("every question is needed, and every state of every point is found in an answer of its shape", () => {
    expect(plan.queries.map(({ where }) => where)).toEqual(Object.keys(profile.queries));
    for (const [name, { query: asked, signs, states }] of Object.entries(profile.points)) {
      const query = plan.queries.find(({ where }) => where === asked);
      const column = plan.pointNames.indexOf(name);
      if (query === undefined) throw new Error(`${name}: no question`);
      for (const [code, state] of Object.entries(states ?? {})) {
        const answer = answerWith(profile.queries[asked]?.shape ?? "", query, signs ?? [], code);
        expect(query.shape.fits(answer), `${name} ${code}: ${answer}`).toBe(true);
        const into = emptyReadings(plan.pointNames.length);
        decodeText(query, answer, into);
        expect(into.values[column], `${name} ${code}`).toBe(indexOf(name, state));
      }
    }
  });
});

describe.each(speaking("dlt645"))("data of %s", (_, profile) => {
  test("each quantity is the one that was packed at its place, in a block and alone", () => {
    const { pointNames, queries } = planMeter(profile, "000000000001");
    for (const query of queries.flatMap((one) => [one, ...one.parts()])) {
      const length = Math.max(...query.columns.map(({ at, bytes }) => at + bytes));
      for (const { column, at, bytes } of query.columns) {
        const name = pointNames[column] ?? "";
        const values = Buffer.alloc(length);
        packed(123, bytes).copy(values, at);
        const into = emptyReadings(pointNames.length);
        decodeValues(query.columns, values, into);
        expect(into.values[column], `${name} in ${query.di}`).toBe(Number((123 * (profile.points[name]?.scale ?? 1)).toPrecision(12)));
      }
    }
  });
});

/** INFO in which every count is sixteen and every byte a one. */
function fullInfo(layout: readonly LayoutItem[]): Buffer {
  const COUNT = 16;
  const BYTES = { u8: 1, u16: 2, s16: 2, u24: 3, u32: 4, f32: 4 } as const;
  return Buffer.concat(
    layout.map((part) => {
      if ("count" in part) return Buffer.from([COUNT]);
      if ("of" in part) return Buffer.concat(Array<Buffer>(typeof part.times === "number" ? part.times : COUNT).fill(fullInfo(part.of)));
      return Buffer.alloc("skip" in part ? part.skip : BYTES[part.as], 1);
    }),
  );
}

describe.each(speaking("osdp"))("what %s tells", (_, profile) => {
  test("is a count and a whole number of cards, and states of the vocabulary", () => {
    const sources = Object.values(profile.points).map(({ from }) => from);
    expect(sources).toEqual(expect.arrayContaining(["cards", "cardLow", "cardHigh"]));
    for (const [name, { states }] of Object.entries(profile.points))
      for (const state of Object.values(states ?? {})) expect(indexOf(name, state), `${name} ${state}`).toBeGreaterThanOrEqual(0);
  });
});

describe.each(speaking("yd1363"))("INFO of %s", (_, profile) => {
  test("has a place for every point, and is too short for some when a byte is missing", () => {
    const { pointNames, commands } = planCommands(profile, 1);
    expect(commands).toHaveLength(Object.keys(profile.commands).length);
    for (const command of commands) {
      const info = fullInfo(command.layout);
      const into = emptyReadings(pointNames.length);
      expect(decodeInfo(command, info, into).outcome).toBe("data");
      for (const { column } of command.columns)
        expect([QUALITY.noSuchObject, QUALITY.short, QUALITY.never], pointNames[column]).not.toContain(into.qualities[column]);
      decodeInfo(command, info.subarray(0, -1), into);
      expect(command.columns.some(({ column }) => into.qualities[column] === QUALITY.short) || command.columns.length === 1).toBe(true);
    }
  });

  test("states have codes of the vocabulary", () => {
    for (const [name, { states }] of Object.entries(profile.points))
      for (const state of Object.values(states ?? {})) expect(indexOf(name, state), `${name} ${state}`).toBeGreaterThanOrEqual(0);
  });
});
