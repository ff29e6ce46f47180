import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterEntry, insideNow, NOBODY_INSIDE, type Presence, STAY_WITHOUT_READER_OUT_MS } from "../../firmware/access/presence.ts";
import { EMPTY_ENTRY } from "../../firmware/access/room.ts";
import type { NewAccessEntry } from "../../firmware/contract/access.ts";

const entry = (kind: NewAccessEntry["kind"], rest: Partial<NewAccessEntry> = {}): NewAccessEntry => ({
  ...EMPTY_ENTRY,
  atMs: 1_000,
  clockTrusted: true,
  kind,
  area: "room",
  ...rest,
});
const card = (number: number, direction: "in" | "out", atMs = 1_000): NewAccessEntry =>
  entry("granted", { card: String(number), person: `P${number}`, direction, atMs });
const read = (entries: readonly NewAccessEntry[], out = true, from: Presence = NOBODY_INSIDE): Presence =>
  entries.reduce((presence, one) => afterEntry(presence, one, () => out), from);
const names = (presence: Presence): readonly (string | null)[] => insideNow(presence, 2_000).map(({ person }) => person);

describe("who is inside", () => {
  test("in and out again", () => {
    expect(names(read([card(1, "in"), card(2, "in"), card(1, "out")]))).toEqual(["P2"]);
  });

  test("a refused card lets nobody in", () => {
    expect(names(read([entry("denied", { card: "1", direction: "in" })]))).toEqual([]);
  });

  test("out without having come in is counted as doubt and never as less than nobody", () => {
    const presence = read([card(1, "out"), card(2, "in")]);
    expect(presence.unknownExits).toBe(1);
    expect(names(presence)).toEqual(["P2"]);
  });

  test("in twice is one person, with a doubt and the later time", () => {
    const [one, ...more] = insideNow(read([card(1, "in", 1_000), card(1, "in", 1_500)]), 2_000);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ doubt: "cameTwice", sinceMs: 1_500 });
  });

  test("after events that nobody read, those with cards are in doubt; a visitor who signs out by hand is not", () => {
    const presence = read([card(1, "in"), entry("visitorIn", { subject: "v", person: "Wang" }), entry("missed", { count: 2 })]);
    expect(insideNow(presence, 2_000).map(({ person, doubt }) => [person, doubt])).toEqual([
      ["P1", "eventsMissed"],
      ["Wang", "none"],
    ]);
    expect(presence.missed).toBe(2);
  });

  test("a visitor leaves by hand", () => {
    expect(names(read([entry("visitorIn", { subject: "v", person: "Wang" }), entry("visitorOut", { subject: "v" })]))).toEqual([]);
  });

  test("without a reader at the way out one is inside in doubt, and for a day at most", () => {
    const presence = read([card(1, "in", 0)], false);
    expect(insideNow(presence, STAY_WITHOUT_READER_OUT_MS - 1)).toMatchObject([{ doubt: "noReaderOut" }]);
    expect(insideNow(presence, STAY_WITHOUT_READER_OUT_MS)).toEqual([]);
  });

  test("a person takes one, or everybody, off the list", () => {
    const all = [card(1, "in"), card(2, "in"), card(9, "out"), entry("missed", { count: null })];
    expect(names(read([...all, entry("reset", { subject: "card:1" })]))).toEqual(["P2"]);
    expect(read([...all, entry("reset", { subject: null })])).toEqual(NOBODY_INSIDE);
  });

  test("law: nobody is inside twice, counts never fall below zero, and everybody's out empties the room", () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("in" as const, "out" as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const presence = read(steps.map(([number, direction]) => card(number, direction)));
        const keys = insideNow(presence, 2_000).map(({ key }) => key);
        expect(new Set(keys).size).toBe(keys.length);
        expect(presence.unknownExits).toBeGreaterThanOrEqual(0);
        const last = new Map(steps);
        expect(keys.toSorted()).toEqual(
          [...last].flatMap(([number, direction]) => (direction === "in" ? [`card:${number}`] : [])).toSorted(),
        );
        expect(
          read(
            [1, 2, 3, 4, 5, 6].map((number) => card(number, "out")),
            true,
            presence,
          ).inside.size,
        ).toBe(0);
      }),
    );
  });
});
