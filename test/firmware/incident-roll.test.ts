import { describe, expect, test } from "vitest";
import { NAMED_MAX, type Roll, rollWith, withCompany } from "../../firmware/incidents/roll.ts";
import { alarm } from "./journal-entries.ts";

const words = (text: string) => ({ zh: `${text}（中）`, en: text });
const named = (key: string, abnormalAtMs?: number) =>
  alarm({ key, text: words(key), ...(abnormalAtMs === undefined ? {} : { abnormalAtMs }) });
const roll = (...alarms: readonly ReturnType<typeof named>[]): Roll =>
  alarms.reduce<Roll | undefined>((before, one, index) => rollWith(before, one, index + 1), undefined) as Roll;

describe("who belongs to an incident", () => {
  test("are those that came, each once, and the one that was abnormal first", () => {
    expect(roll(named("b", 20), named("a", 10), named("c", 10), named("b", 20))).toEqual({
      count: 4,
      first: { key: "a", text: words("a"), atMs: 10 },
      named: [
        { key: "b", text: words("b") },
        { key: "a", text: words("a") },
        { key: "c", text: words("c") },
      ],
    });
  });

  test("is no heading, though it is counted", () => {
    expect(roll(named("heading"))).toEqual({ count: 1, first: null, named: [] });
    expect(roll(named("a", 10), named("heading"))).toEqual({
      count: 2,
      first: { key: "a", text: words("a"), atMs: 10 },
      named: [{ key: "a", text: words("a") }],
    });
  });

  test("are named up to a number, the first always", () => {
    const all = Array.from({ length: NAMED_MAX + 1 }, (_, n) => named(`k${n}`, 100 - n));
    expect(roll(...all)).toMatchObject({ count: NAMED_MAX + 1, first: { key: `k${NAMED_MAX}` } });
    expect(roll(...all).named.map(({ key }) => key)).toEqual(all.slice(0, NAMED_MAX).map(({ key }) => key));
  });
});

describe("a text", () => {
  const says = (...alarms: readonly ReturnType<typeof named>[]) => withCompany(words("a"), roll(...alarms));

  test("alone stays as it is", () => {
    expect([withCompany(words("a"), undefined), says(named("a", 1))]).toEqual([words("a"), words("a")]);
  });

  test("says how many there are, which was first and which others", () => {
    expect(says(named("a", 20), named("b", 10), named("c", 30), named("d", 40))).toEqual({
      zh: "a（中）（共 4 条告警；首发：b（中）；另有：c（中）、d（中））",
      en: "a (4 alarms; first: b; also: c, d)",
    });
  });

  test("leaves out what there is not", () => {
    expect(says(named("a", 20), named("b", 10))).toEqual({ zh: "a（中）（共 2 条告警；首发：b（中））", en: "a (2 alarms; first: b)" });
    expect(says(named("heading"), named("heading"))).toEqual({ zh: "a（中）（共 2 条告警）", en: "a (2 alarms)" });
  });
});
