import { describe, expect, test } from "vitest";
import { type DoorBefore, type DoorTimes, DoorWatch, GRACE_MS } from "../../firmware/access/door-watch.ts";

const TIMES: DoorTimes = { openTooLongMs: 60_000, allowedMs: 10_000, denials: { count: 3, withinMs: 300_000 }, judgesForce: true };
const QUIET = { forced: false, denied: false };

/** A door that was seen closed at 0 and is read every second from there. */
function closedDoor(times: Partial<DoorTimes> = {}): DoorWatch {
  const door = new DoorWatch({ ...TIMES, ...times }, null, QUIET, 0);
  door.contact(false, 0, false);
  return door;
}

/** Reads the contact once a second and lets time pass; returns what happened. */
function hold(door: DoorWatch, open: boolean, fromMs: number, toMs: number) {
  const events = [];
  const alarms = [];
  for (let atMs = fromMs; atMs <= toMs; atMs += 1_000) {
    for (const verdict of [door.contact(open, atMs, false), door.tick(atMs)]) {
      events.push(...verdict.events);
      alarms.push(...verdict.alarms);
    }
  }
  return { events, alarms };
}

describe("a door with cards", () => {
  test("a granted card, then the door: opened and closed, nothing else", () => {
    const door = closedDoor();
    door.allow(1_000);
    expect(hold(door, true, 2_000, 9_000)).toEqual({ events: [{ kind: "opened", watched: true }], alarms: [] });
    expect(hold(door, false, 10_000, 20_000)).toEqual({ events: [{ kind: "closed", watched: true, openMs: 8_000 }], alarms: [] });
  });

  test("the card may be heard of a moment after the opening: contact and reader are read one after the other", () => {
    const door = closedDoor();
    door.contact(true, 1_000, false);
    door.allow(1_000 + GRACE_MS - 100);
    expect(hold(door, true, 5_000, 12_000).alarms).toEqual([]);
  });

  test("opened without a card is force, told after the grace and ended by closing", () => {
    const door = closedDoor();
    const seen = hold(door, true, 1_000, 10_000);
    expect(seen).toEqual({ events: [{ kind: "opened", watched: true }, { kind: "forced" }], alarms: [{ type: "forced", active: true }] });
    expect(hold(door, false, 11_000, 20_000).alarms).toEqual([{ type: "forced", active: false }]);
  });

  test("a door that is pushed open and shut again at once was forced all the same", () => {
    const door = closedDoor();
    hold(door, true, 1_000, 1_000);
    expect(hold(door, false, 2_000, 10_000)).toMatchObject({
      events: [{ kind: "closed" }, { kind: "forced" }],
      alarms: [{ active: true }, { active: false }],
    });
  });

  test("a card of a minute ago opens nothing", () => {
    const door = closedDoor();
    door.allow(0);
    hold(door, false, 1_000, 60_000);
    expect(hold(door, true, 61_000, 70_000).alarms).toEqual([{ type: "forced", active: true }]);
  });

  test("where there is a way that the box does not see, an opening is only an opening", () => {
    expect(hold(closedDoor({ judgesForce: false }), true, 1_000, 30_000)).toEqual({
      events: [{ kind: "opened", watched: true }],
      alarms: [],
    });
  });

  test("a door that changed while nobody looked is not judged", () => {
    const door = closedDoor();
    expect(door.contact(true, 60_000, false).events).toEqual([{ kind: "opened", watched: false }]);
    expect(door.tick(60_000 + GRACE_MS).alarms).toEqual([]);
  });

  test("left open is told once, after its time, and again at the next opening", () => {
    const door = closedDoor({ judgesForce: false });
    const kinds = hold(door, true, 1_000, 200_000).events.map(({ kind }) => kind);
    expect(kinds).toEqual(["opened", "leftOpen"]);
    expect(door.leftOpen).toBe(true);
    hold(door, false, 201_000, 202_000);
    expect(door.leftOpen).toBe(false);
    expect(hold(door, true, 203_000, 264_000).events.map(({ kind }) => kind)).toEqual(["opened", "leftOpen"]);
  });

  test("three refusals within five minutes are an alarm that ends when five minutes pass without one", () => {
    const door = closedDoor();
    const at = [1_000, 100_000, 200_000];
    expect(at.map((atMs) => door.deny(atMs).alarms)).toEqual([[], [], [{ type: "denied", active: true }]]);
    expect(door.tick(310_000).alarms).toEqual([]);
    expect(door.tick(500_001).alarms).toEqual([{ type: "denied", active: false }]);
  });

  test("refusals far apart are no alarm", () => {
    const door = closedDoor();
    expect([0, 200_000, 400_000, 600_000].flatMap((atMs) => door.deny(atMs).alarms)).toEqual([]);
  });
});

describe("after a restart", () => {
  const restarted = (before: DoorBefore | null, live = QUIET): DoorWatch => new DoorWatch(TIMES, before, live, 0);

  test("nothing is known until the contact was read", () => {
    expect(restarted({ open: true, openMs: 5_000, leftOpenTold: false }).open).toBeNull();
  });

  test("a door that stood open before goes on standing open: not opened twice, and its time counts", () => {
    const door = restarted({ open: true, openMs: 50_000, leftOpenTold: false });
    const seen = hold(door, true, 0, 12_000);
    expect(seen.events).toEqual([{ kind: "leftOpen" }]);
    expect(door.contact(false, 13_000, false).events).toMatchObject([{ kind: "closed", openMs: 63_000 }]);
  });

  test("a door closed meanwhile is told as closed while nobody watched, and its alarm of force ends", () => {
    const door = restarted({ open: true, openMs: 50_000, leftOpenTold: true }, { forced: true, denied: false });
    expect(door.contact(false, 500, false)).toMatchObject({
      events: [{ kind: "closed", watched: false }],
      alarms: [{ type: "forced", active: false }],
    });
  });

  test("an alarm of force ends also where the log has lost the opening", () => {
    const door = restarted({ open: false, openMs: 0, leftOpenTold: false }, { forced: true, denied: false });
    expect(door.contact(false, 500, false)).toEqual({ events: [], alarms: [{ type: "forced", active: false }] });
  });

  test("an alarm of refusals ends when nobody is refused any more", () => {
    const door = restarted(null, { forced: false, denied: true });
    expect(door.tick(500).alarms).toEqual([{ type: "denied", active: false }]);
  });
});
