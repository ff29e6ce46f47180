import { beforeEach, describe, expect, test } from "vitest";
import { characterMs } from "../../drivers/line/wire.ts";
import { openOsdp } from "../../drivers/osdp/session.ts";
import { emptyReadings, isGood } from "../../drivers/reading.ts";
import { AccessRoom } from "../../firmware/access/room.ts";
import type { Holder, NewAccessEntry } from "../../firmware/contract/access.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import type { AccessMemory, AccessReader } from "../../firmware/journal/journal.ts";
import { profileOf } from "../drivers/wire/reading.ts";
import { simulatedLine } from "../drivers/wire/simulated-line.ts";
import { VirtualTime } from "../drivers/wire/virtual-time.ts";
import { osdpTalker, SimulatedReader, wiegand } from "../peers/line/osdp-reader.ts";
import { siteOf } from "./access-site.ts";

const WALL_MS = Date.UTC(2026, 2, 1);
const LI: Holder = { card: "12345678", name: "Li Lei", company: "Vertiv", validUntil: null };
const LINE = { baudRate: 9_600, parity: "none", stopBits: 1 } as const;

const SITE = siteOf(`site: { id: sz1, name: Shenzhen 1, timezone: Asia/Shanghai }
areas: [{ id: room, name: Main room }]
buses: [{ id: readers, kind: osdp, path: /dev/ttyS0 }]
devices: [{ id: reader, area: room, bus: readers, unit: 5, profile: door/osdp-reader-inputs }]
access: { doors: [{ id: main, area: room, contact: reader, readers: [{ device: reader, direction: in }], exitButton: reader }] }
`);

/** The driver, a reader with its physics and the room together. `memory` is what an earlier start left in the journal. */
class Scene {
  readonly reader: SimulatedReader;
  readonly entries: NewAccessEntry[] = [];
  readonly alarms: string[] = [];
  readonly time: VirtualTime;
  #memory: AccessMemory = { readers: [], contacts: [], recent: [] };
  readonly #readers = new Map<string, AccessReader>();
  #room!: AccessRoom;
  #round!: () => Promise<void>;

  constructor() {
    this.time = new VirtualTime();
    this.reader = new SimulatedReader(5, () => this.time.nowMs);
    this.start();
  }

  /** The box is started, with what the one before remembered. */
  start(): void {
    const now = () => ({ monotonicMs: this.time.nowMs as MonotonicMs, wallMs: (WALL_MS + this.time.nowMs) as WallMs });
    this.#memory = { ...this.#memory, readers: [...this.#readers.values()] };
    this.#room = new AccessRoom({
      ...{ site: SITE, memory: this.#memory, active: new Set<string>() },
      holders: { verdict: (card) => (card === LI.card ? { holder: LI, reason: null } : { holder: null, reason: "unknownCard" }) },
      clock: { monotonicMs: () => now().monotonicMs, wallMs: () => now().wallMs, wallTrusted: () => true },
      write: (entries, readers) => {
        this.entries.push(...entries);
        for (const reader of readers) this.#readers.set(reader.device, reader);
      },
      alarm: (key, active) => this.alarms.push(`${key} ${active}`),
    });
    const { opens } = simulatedLine(this.time, osdpTalker([this.reader]), characterMs(LINE));
    const profile = profileOf("door/osdp-reader-inputs", "osdp");
    const device = openOsdp({ ...LINE, path: "/dev/ttyS0", timeoutMs: 200 }, this.time, { opens }).device({ profile, unit: 5 });
    const readings = emptyReadings(device.pointNames.length);
    this.#round = async () => {
      const report = await this.time.run(device.read(readings));
      this.#room.take(0, readings, report, now());
      const cards = device.pointNames.filter((name, column) => name.startsWith("access.card") && isGood(readings.qualities[column] ?? 255));
      expect(cards).toEqual([]);
      this.#room.tick(now());
    };
  }

  async pass(ms: number): Promise<void> {
    for (const endMs = this.time.nowMs + ms; this.time.nowMs < endMs; ) {
      await this.#round();
      await this.time.run(this.time.sleep(200));
    }
  }

  lines(): readonly (readonly [kind: string, who: string | number | null])[] {
    return this.entries.map(({ kind, person, card, count }) => [kind, person ?? card ?? count]);
  }
}

let scene: Scene;
beforeEach(async () => {
  scene = new Scene();
  await scene.pass(400);
});

describe("a door with an OSDP reader that has its contact and button wired to it", () => {
  test("nobody has come when the box sees the reader for the first time", () => {
    expect(scene.entries).toEqual([]);
  });

  test("a known card, the door open and closed: lines with the holder's name, and no alarm", async () => {
    scene.reader.card(wiegand(26, 12_345_678));
    await scene.pass(1_000);
    scene.reader.inputs = [0, 0];
    await scene.pass(5_000);
    scene.reader.inputs = [1, 0];
    await scene.pass(3_000);
    expect(scene.lines()).toEqual([
      ["granted", "Li Lei"],
      ["opened", "Li Lei"],
      ["closed", null],
    ]);
    expect(scene.entries[0]).toMatchObject({ card: "12345678", source: "register", direction: "in", sinceMs: null, reason: null });
    expect(scene.alarms).toEqual([]);
  });

  test("cards that follow each other closely are each a line, in order", async () => {
    for (const card of [7, 12_345_678, 8]) scene.reader.card(wiegand(26, card));
    await scene.pass(1_500);
    expect(scene.lines()).toEqual([
      ["denied", "7"],
      ["granted", "Li Lei"],
      ["denied", "8"],
    ]);
  });

  test("a card that could not be read is one event that was not, and no card", async () => {
    const right = wiegand(26, 12_345_678);
    scene.reader.card(`${right.startsWith("1") ? "0" : "1"}${right.slice(1)}`);
    await scene.pass(1_000);
    expect(scene.lines()).toEqual([["missed", 1]]);
  });

  test("the exit button lets somebody out, and an opening without it or a card is force", async () => {
    scene.reader.tell(0x49, [1, 1]);
    scene.reader.tell(0x49, [0, 0]);
    await scene.pass(6_000);
    scene.reader.inputs = [1, 0];
    await scene.pass(15_000);
    scene.reader.inputs = [0, 0];
    await scene.pass(6_000);
    expect(scene.lines().map(([kind]) => kind)).toEqual(["opened", "closed", "opened", "forced"]);
  });

  test("after a restart of the box nobody comes twice, and that nobody listened meanwhile is said", async () => {
    scene.reader.card(wiegand(26, 12_345_678));
    await scene.pass(1_000);
    scene.start();
    await scene.pass(1_000);
    expect(scene.lines()).toEqual([
      ["granted", "Li Lei"],
      ["missed", null],
    ]);
    scene.start();
    await scene.pass(1_000);
    expect(scene.lines().slice(2)).toEqual([["missed", null]]);
  });

  test("a reader that was away says that it may have forgotten cards, and the next card is a line again", async () => {
    await scene.time.run(scene.time.sleep(60_000));
    scene.reader.card(wiegand(26, 9));
    await scene.pass(1_000);
    scene.reader.card(wiegand(26, 12_345_678));
    await scene.pass(1_000);
    expect(scene.lines()).toEqual([
      ["missed", null],
      ["granted", "Li Lei"],
    ]);
    expect(scene.entries[0]?.sinceMs).toBeLessThan(WALL_MS + 2_000);
  });
});
