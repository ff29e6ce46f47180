import { beforeEach, describe, expect, test } from "vitest";
import { emptyReadings, QUALITY } from "../../drivers/reading.ts";
import { type AccessParts, AccessRoom } from "../../firmware/access/room.ts";
import type { AccessEntry, Holder, NewAccessEntry } from "../../firmware/contract/access.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { AccessMemory, AccessReader } from "../../firmware/journal/journal.ts";
import type { Site } from "../../firmware/site/model.ts";
import { DOOR_SITE } from "./access-site.ts";

const WALL_MS = Date.UTC(2026, 2, 1);
const LI: Holder = { card: "12345", name: "Li Lei", company: "Vertiv", validUntil: null };
const NOTHING: AccessMemory = { readers: [], contacts: [], recent: [] };

/** The room of `DOOR_SITE`, told readings by hand. Time moves with every reading. */
class Scene {
  readonly entries: NewAccessEntry[] = [];
  readonly readers = new Map<string, AccessReader>();
  readonly alarms: [key: string, active: boolean][] = [];
  readonly room: AccessRoom;
  readonly #site: Site;
  atMs = 0;

  constructor(memory: AccessMemory = NOTHING, active: readonly string[] = [], site: Site = DOOR_SITE) {
    this.#site = site;
    const known = (card: string) => (card === LI.card ? { holder: LI, reason: null } : { holder: null, reason: "unknownCard" as const });
    const parts: AccessParts = {
      ...{ site, memory, active: new Set(active), holders: { verdict: known } },
      clock: {
        monotonicMs: () => this.atMs as MonotonicMs,
        wallMs: () => (WALL_MS + this.atMs) as WallMs,
        wallTrusted: () => true,
      },
      write: (entries, readers) => {
        this.entries.push(...entries);
        for (const reader of readers) this.readers.set(reader.device, reader);
      },
      alarm: (key, active) => this.alarms.push([key, active]),
    };
    this.room = new AccessRoom(parts);
  }

  /** One reading of a device. States by their place in the vocabulary; what is left out is not good. */
  read(device: string, values: Readonly<Record<string, number>>, answered = true): ReturnType<typeof emptyReadings> {
    const place = this.#site.devices.findIndex(({ id }) => id === device);
    const points = this.#site.devices[place]?.points ?? [];
    const readings = emptyReadings(points.length);
    points.forEach(({ name }, column) => {
      const value = values[name];
      readings.values[column] = value ?? Number.NaN;
      readings.qualities[column] = value === undefined ? QUALITY.timeout : QUALITY.good;
    });
    this.room.take(place, readings, { answered }, this.#now());
    return readings;
  }

  pass(ms: number): void {
    this.atMs += ms;
    this.room.tick(this.#now());
  }

  door(open: boolean): void {
    this.read("contact-1", { "door.contact": open ? 1 : 0 });
  }
  /** The reader at the way in shows the card as long as it is there. */
  cardIn(changes: number, card: number): void {
    this.read("reader-in", { "access.changes": changes, "access.card": card, "access.card.high": 0 });
  }
  /** The controller at the way out tells verdict and direction itself. */
  cardOut(events: number, card: number, granted: boolean, direction: "in" | "out" = "out"): void {
    const told = { "access.result": granted ? 0 : 1, "access.direction": direction === "in" ? 0 : 1 };
    this.read("reader-out", { "access.events": events, "access.card": card, "access.card.high": 0, ...told });
  }
  kinds(): readonly string[] {
    return this.entries.map(({ kind }) => kind);
  }
  inside(): readonly (string | null)[] {
    return this.room.view().inside.map(({ person, card }) => person ?? card);
  }
  remembered(): AccessMemory {
    const recent = this.entries.map((entry, index): AccessEntry => ({ ...entry, number: index + 1, toldMs: null }));
    const contacts = recent.filter(({ kind }) => ["opened", "closed", "leftOpen"].includes(kind)).slice(-1);
    return { readers: [...this.readers.values()], contacts, recent };
  }

  #now() {
    return { monotonicMs: this.atMs as MonotonicMs, wallMs: (WALL_MS + this.atMs) as WallMs };
  }
}

let scene: Scene;
/** Everything was read once: the door is closed, nobody has come. */
beforeEach(() => {
  scene = new Scene();
  scene.door(false);
  scene.cardIn(0, 0);
  scene.cardOut(0, 0, true);
  scene.read("button-1", { "door.exit": 0 });
  scene.pass(500);
});

const FORCED = "sz1/room/contact-1/-/forced";
const DENIED = "sz1/room/contact-1/-/denied";

describe("somebody comes and goes", () => {
  test("by card through the door: granted by the register, opened by the same person, closed, out by the controller's word", () => {
    scene.cardIn(1, 12_345);
    scene.pass(1_000);
    scene.door(true);
    scene.pass(5_000);
    scene.door(false);
    expect(scene.inside()).toEqual(["Li Lei"]);
    scene.cardIn(2, 0);
    scene.pass(60_000);
    scene.cardOut(1, 12_345, true);
    expect(scene.inside()).toEqual([]);
    expect(scene.entries.map(({ kind, person, direction, source }) => [kind, person, direction, source])).toEqual([
      ["granted", "Li Lei", "in", "register"],
      ["opened", "Li Lei", "in", "contact"],
      ["closed", null, null, "contact"],
      ["granted", "Li Lei", "out", "controller"],
    ]);
    expect(scene.entries[2]?.durationMs).toBe(5_000);
    expect(scene.alarms).toEqual([]);
  });

  test("a strange card is refused by the register; the controller's verdict stands over it", () => {
    scene.cardIn(1, 999);
    scene.cardOut(1, 999, true, "in");
    scene.cardOut(2, 12_345, false);
    expect(scene.entries.map(({ kind, card, reason, person }) => [kind, card, reason, person])).toEqual([
      ["denied", "999", "unknownCard", null],
      ["granted", "999", null, null],
      ["denied", "12345", null, "Li Lei"],
    ]);
    expect(scene.inside()).toEqual(["999"]);
  });

  test("a verdict that nobody understands lets nobody in, and says so", () => {
    scene.read("reader-out", { "access.events": 1, "access.card": 12_345, "access.card.high": 0, "access.direction": 0 });
    expect(scene.entries).toMatchObject([{ kind: "denied", reason: "verdictUnreadable" }]);
    expect(scene.inside()).toEqual([]);
  });

  test("cards that came between two readings are counted, and those inside are in doubt", () => {
    scene.cardIn(1, 12_345);
    scene.cardOut(4, 999, false);
    expect(scene.entries.slice(1)).toMatchObject([{ kind: "missed", count: 3 }, { kind: "denied" }]);
    expect(scene.room.view()).toMatchObject({ missed: 3, inside: [{ doubt: "eventsMissed" }] });
  });

  test("a card that is read twice at the same count is one event", () => {
    scene.cardIn(1, 12_345);
    scene.cardIn(1, 12_345);
    scene.read("reader-in", {}, false);
    scene.cardIn(1, 12_345);
    expect(scene.kinds()).toEqual(["granted"]);
  });

  test("a reader that does not count the going of a card: of two steps one card was missed", () => {
    scene.cardIn(1, 12_345);
    scene.cardIn(1, 0);
    scene.cardIn(2, 999);
    scene.cardIn(2, 0);
    scene.cardIn(4, 12_345);
    expect(scene.entries.map(({ kind, count }) => (kind === "missed" ? `${kind} ${count}` : kind))).toEqual([
      "granted",
      "denied",
      "missed 1",
      "granted",
    ]);
  });

  test("a door with a contact alone tells that somebody went in or out, and never force", () => {
    scene.read("contact-2", { "door.contact": 0 });
    scene.pass(1_000);
    scene.read("contact-2", { "door.contact": 1 });
    scene.pass(5_000);
    scene.read("contact-2", { "door.contact": 0 });
    expect(scene.entries).toMatchObject([
      { kind: "opened", door: "store", area: "store", person: null },
      { kind: "closed", door: "store", durationMs: 5_000 },
    ]);
    expect(scene.alarms).toEqual([]);
  });
});

describe("alarms of a door", () => {
  test("opened without a card: forced, until it is closed", () => {
    scene.door(true);
    scene.pass(3_000);
    expect(scene.alarms).toEqual([[FORCED, true]]);
    expect(scene.room.view().doors[0]).toMatchObject({ id: "main", state: "open", forced: true });
    scene.door(false);
    expect(scene.alarms.at(-1)).toEqual([FORCED, false]);
    expect(scene.kinds()).toEqual(["opened", "forced", "closed"]);
  });

  test.each(["reader-in", "reader-out", "button-1"])("while %s is not heard, an opening proves nothing", (silent) => {
    for (let second = 0; second < 12; second += 1) {
      scene.pass(1_000);
      scene.door(false);
      if (silent !== "reader-in") scene.cardIn(0, 0);
      if (silent !== "reader-out") scene.cardOut(0, 0, true);
      if (silent !== "button-1") scene.read("button-1", { "door.exit": 0 });
    }
    scene.door(true);
    scene.pass(5_000);
    expect(scene.kinds()).toEqual(["opened"]);
    expect(scene.alarms).toEqual([]);
  });

  test("a refused card opens nothing", () => {
    scene.cardIn(1, 999);
    scene.pass(500);
    scene.door(true);
    scene.pass(3_000);
    expect(scene.alarms).toEqual([[FORCED, true]]);
  });

  test("the exit button lets somebody out", () => {
    scene.read("button-1", { "door.exit": 1 });
    scene.pass(1_000);
    scene.door(true);
    scene.pass(5_000);
    expect(scene.alarms).toEqual([]);
  });

  test("three strangers in a row", () => {
    for (const [index, card] of [991, 992, 993].entries()) {
      scene.cardIn(index * 2 + 1, card);
      scene.cardIn(index * 2 + 2, 0);
      scene.pass(10_000);
    }
    expect(scene.alarms).toEqual([[DENIED, true]]);
  });

  test("left open is in the log after its time", () => {
    scene.cardIn(1, 12_345);
    scene.door(true);
    scene.pass(59_000);
    expect(scene.room.view().doors[0]?.leftOpen).toBe(false);
    scene.pass(1_000);
    expect(scene.kinds()).toEqual(["granted", "opened", "leftOpen"]);
  });
});

describe("after a restart", () => {
  test("nobody comes a second time, who is inside is still known, and what came meanwhile is told with its span of time", () => {
    scene.cardIn(1, 12_345);
    const again = new Scene(scene.remembered());
    again.atMs = 600_000;
    expect(again.inside()).toEqual(["Li Lei"]);
    again.cardIn(1, 12_345);
    expect(again.entries).toEqual([]);
    again.cardOut(2, 12_345, true);
    expect(again.entries).toMatchObject([
      { kind: "missed", count: 1, sinceMs: WALL_MS },
      { kind: "granted", direction: "out", sinceMs: WALL_MS },
    ]);
    expect(again.inside()).toEqual([]);
  });

  test("a reader that was only read and had no card yet is remembered too", () => {
    const again = new Scene(scene.remembered());
    again.cardOut(1, 12_345, true, "in");
    expect(again.kinds()).toEqual(["granted"]);
  });

  test("a door that stands open is not opened again", () => {
    scene.cardIn(1, 12_345);
    scene.door(true);
    const again = new Scene(scene.remembered());
    again.atMs = 30_000;
    expect(again.room.view().doors[0]?.state).toBe("unknown");
    again.door(true);
    expect(again.kinds()).toEqual([]);
    expect(again.room.view().doors[0]).toMatchObject({ state: "open", sinceMs: WALL_MS + 500 });
  });

  test("force of before ends when the door is read closed", () => {
    const again = new Scene(NOTHING, [FORCED]);
    again.door(false);
    expect(again.alarms).toEqual([[FORCED, false]]);
  });
});

test("card numbers do not stay among the readings of any device", () => {
  const readings = scene.read("reader-in", { "access.changes": 3, "access.card": 12_345, "access.card.high": 1 });
  const points = DOOR_SITE.devices.find(({ id }) => id === "reader-in")?.points ?? [];
  points.forEach(({ name }, column) => {
    const hidden = name.startsWith("access.card");
    expect([name, readings.qualities[column]]).toEqual([name, hidden ? QUALITY.sentinel : QUALITY.good]);
    if (hidden) expect(readings.values[column]).toBeNaN();
  });
});
