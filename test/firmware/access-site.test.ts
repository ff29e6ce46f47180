import { describe, expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import { DOOR_SITE, DOOR_SITE_YAML, siteOf } from "./access-site.ts";

const DEVICES = DOOR_SITE_YAML.slice(0, DOOR_SITE_YAML.indexOf("access:"));
const withDoors = (...doors: readonly string[]): string =>
  `${DEVICES}access:\n  doors:\n${doors.map((door) => `    - ${door}\n`).join("")}`;

function problemsOf(text: string): readonly (readonly [place: string, message: string])[] {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => [`${line} ${path}`, message.en] as const) : [];
}

describe("doors of a site file", () => {
  test("what is not said is as the house has it", () => {
    const [door] = siteOf(withDoors("{ id: d, area: room, contact: contact-1 }")).doors;
    expect(door).toMatchObject({
      name: { zh: "d", en: "d" },
      openTooLongMs: 60_000,
      cardOpensForMs: 10_000,
      refusals: { count: 3, withinMs: 300_000 },
    });
  });

  test("force is judged where every way through the door is known", () => {
    const judged = (door: string): boolean | undefined => siteOf(withDoors(door)).doors[0]?.judgesForce;
    const reader = "readers: [{ device: reader-in, direction: in }]";
    expect(judged(`{ id: d, area: room, contact: contact-1, ${reader} }`)).toBe(true);
    expect(judged(`{ id: d, area: room, contact: contact-1, ${reader}, exitButton: button-1 }`)).toBe(true);
    expect(judged(`{ id: d, area: room, contact: contact-1, ${reader}, exitButton: true }`)).toBe(false);
    expect(judged("{ id: d, area: room, contact: contact-1 }")).toBe(false);
    expect(judged(`{ id: d, area: room, ${reader} }`)).toBe(false);
  });

  test("a door left open is an alarm of its contact, with the door's time and severity, whatever a rule says of all contacts", () => {
    const site = siteOf(
      `${withDoors("{ id: d, area: room, contact: contact-1, openTooLong: 90s, severity: { leftOpen: major } }")}rules:\n  - { points: ["*/door.contact"], state: { open: warning }, on: 5s }\n`,
    );
    expect(site.rules.find(({ key }) => key === "sz1/room/contact-1/door.contact/open")).toMatchObject({
      severity: "major",
      onDelayMs: 90_000,
    });
    expect(site.rules.find(({ key }) => key === "sz1/store/contact-2/door.contact/open")).toMatchObject({
      severity: "warning",
      onDelayMs: 5_000,
    });
  });

  test("force and refusals are alarms with words, a next step and a severity", () => {
    const found = DOOR_SITE.rules.filter(({ type }) => type === "forced" || type === "denied");
    expect(found.map(({ key, text }) => [key, text.en])).toEqual([
      ["sz1/room/contact-1/-/forced", "Main door: opened without a card"],
      ["sz1/room/contact-1/-/denied", "Main door: cards refused again and again"],
    ]);
    for (const { action } of found) expect([action.zh, action.en].every((words) => words.length > 20)).toBe(true);
    const site = siteOf(
      withDoors("{ id: d, area: room, readers: [{ device: reader-in, direction: in }], severity: { refused: critical } }"),
    );
    expect(site.rules.filter(({ type }) => type === "forced" || type === "denied")).toMatchObject([
      { type: "denied", severity: "critical" },
    ]);
  });

  test("a site without doors has none", () => {
    expect(siteOf(DEVICES).doors).toEqual([]);
  });

  test.each([
    ["nothing wired to it", "{ id: d, area: room }", /needs a contact or readers/],
    ["an area that is not there", "{ id: d, area: cellar, contact: contact-1 }", /no cellar in areas/],
    ["a device that is not there", "{ id: d, area: room, contact: contact-9 }", /no contact-9 in devices/],
    ["a reader in place of a contact", "{ id: d, area: room, contact: reader-in }", /no door contact/],
    ["a contact in place of a reader", "{ id: d, area: room, readers: [{ device: contact-1, direction: in }] }", /no counter of cards/],
    ["a contact in place of a button", "{ id: d, area: room, contact: contact-1, exitButton: contact-2 }", /no exit button/],
    [
      "a direction that the reader does not tell",
      "{ id: d, area: room, readers: [{ device: reader-in, direction: told }] }",
      /expected in or out/,
    ],
    ["an unknown key", "{ id: d, area: room, contact: contact-1, colour: red }", /unknown key/],
    ["a time without a unit", "{ id: d, area: room, contact: contact-1, openTooLong: 60 }", /expected/],
    ["no number of refusals", "{ id: d, area: room, contact: contact-1, refusals: { count: 0 } }", /./],
  ])("%s is said at its place", (_name, door, message) => {
    const problems = problemsOf(withDoors(door));
    expect(problems.map(([, en]) => en)).toContainEqual(expect.stringMatching(message));
    expect(problems[0]?.[0]).toMatch(/^\d+ access\.doors\[0\]/);
  });

  test("a door twice, and one contact at two doors", () => {
    const problems = problemsOf(withDoors("{ id: d, area: room, contact: contact-1 }", "{ id: d, area: room, contact: contact-1 }"));
    expect(problems.map(([place, en]) => [place.replace(/^\d+ /, ""), en])).toEqual([
      ["access.doors[1].id", "door d is there already"],
      ["access.doors[1].contact", "contact-1 belongs to door d already"],
    ]);
  });

  test("one device may be reader, contact and button of one door, but is not twice the same there", () => {
    const reader = (door: string): string =>
      withDoors(door)
        .replace("buses:\n", "buses:\n  - { id: line, kind: osdp, path: /dev/ttyS0 }\n")
        .replace("devices:\n", "devices:\n  - { id: osdp-1, area: room, bus: line, unit: 0, profile: door/osdp-reader-inputs }\n");
    const all = "{ id: d, area: room, contact: osdp-1, readers: [{ device: osdp-1, direction: in }], exitButton: osdp-1 }";
    expect(problemsOf(reader(all))).toEqual([]);
    const twice = "{ id: d, area: room, readers: [{ device: osdp-1, direction: in }, { device: osdp-1, direction: out }] }";
    expect(problemsOf(reader(twice)).map(([, en]) => en)).toEqual(["osdp-1 belongs to door d already"]);
  });
});
