import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import type { LatestReadings } from "../../firmware/alarms/book.ts";
import { AlarmBook, type BookTime } from "../../firmware/alarms/book.ts";
import { Calm } from "../../firmware/alarms/calm.ts";
import { type AlarmStep, isRecorded } from "../../firmware/alarms/change.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { MaintenanceWindow } from "../../firmware/contract/maintenance.ts";
import { type IncidentRecord, stepIncident } from "../../firmware/incidents/incident.ts";
import { tellingOf } from "../../firmware/incidents/telling.ts";
import { loadedSite } from "./loaded-site.ts";

/** Two power feeds, a CRAC, sensors in two rows, and a leak detector: small, and every kind of link is in it. */
const site = loadedSite(`
site: { id: s, name: Laws }
areas: [{ id: room, name: Room }, { id: row-a, name: A, parent: room }, { id: row-b, name: B, parent: room }, { id: far, name: Far }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/laws }, { id: card, kind: snmp, host: 10.0.0.1 }, { id: card-b, kind: snmp, host: 10.0.0.2 }]
devices:
  - { id: ups-a, area: room, bus: card, profile: ups/ietf-rfc1628 }
  - { id: ups-b, area: room, bus: card-b, profile: ups/ietf-rfc1628 }
  - { id: th-1, area: row-a, bus: line, unit: 1, profile: sensor/xy-md02, parents: [ups-a, ups-b] }
  - { id: th-2, area: row-b, bus: line, unit: 2, profile: sensor/xy-md02 }
  - { id: leak-1, area: far, bus: line, unit: 3, profile: leak/wellpro-di, parents: [ups-a] }
rules: [{ points: ["*"], on: 0s, off: 0s }]
alarms: { flood: { opensAbove: 6, endsBelow: 3, within: 2min } }
`);

const process = site.rules.flatMap((rule) => (rule.kind === "silence" ? [] : [rule]));
const silences = site.rules.flatMap((rule) => (rule.kind === "silence" && /lost|busSilent|adapterMissing/.test(rule.type) ? [rule] : []));
const everything: MaintenanceWindow = {
  ...{ id: "w", kind: "maintenance", scope: { all: true, areas: [], devices: [] }, change: "C", requester: "r", reason: "x", by: "wang" },
  ...{ fromMs: 0, untilMs: null, startedAtMs: 0, endedAtMs: null },
};

type Deed =
  | { readonly do: "process"; readonly rule: number; readonly on: boolean }
  | { readonly do: "silent"; readonly rule: number; readonly on: boolean }
  | { readonly do: "acknowledge" | "unshelve" | "silence"; readonly pick: number }
  | { readonly do: "shelve"; readonly pick: number; readonly forS: number | null }
  | { readonly do: "window"; readonly on: boolean }
  | { readonly do: "wait"; readonly seconds: number }
  | { readonly do: "settled" }
  | { readonly do: "restart" };

const pick = fc.nat(30);
const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("process" as const), rule: fc.nat(process.length - 1), on: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("silent" as const), rule: fc.nat(silences.length - 1), on: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("acknowledge" as const, "unshelve" as const, "silence" as const), pick }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("shelve" as const), pick, forS: fc.option(fc.integer({ min: 1, max: 300 })) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("window" as const), on: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 700 }) }) },
    { weight: 1, arbitrary: fc.constant<Deed>({ do: "settled" }) },
    { weight: 1, arbitrary: fc.constant<Deed>({ do: "restart" }) },
  ),
  { maxLength: 60 },
);

interface Told {
  readonly cause: string;
  readonly record: AlarmRecord;
  readonly incident: string;
}

/** The book with the journal's half of telling, and a world that knows which conditions are there. */
class World {
  readonly told: Told[] = [];
  readonly journal = new Map<string, AlarmRecord>();
  readonly incidents = new Map<string, IncidentRecord>();
  readonly there = new Set<string>();
  readonly #latest: { values: Float64Array; qualities: Uint8Array };
  #book: AlarmBook;
  #windows: readonly MaintenanceWindow[] = [];
  #ids = 0;
  #nowMs = 1_000;

  constructor() {
    const count = site.points.length + site.computed.length;
    this.#latest = { values: new Float64Array(count).fill(Number.NaN), qualities: new Uint8Array(count).fill(QUALITY.good) };
    this.#book = this.#opened();
  }

  get live(): readonly AlarmRecord[] {
    return this.#book.live;
  }

  do(deed: Deed): void {
    const now = this.#now();
    switch (deed.do) {
      case "process": {
        const rule = process[deed.rule];
        if (rule === undefined) return;
        const abnormal = rule.kind === "state" ? rule.state : (rule.levels.at(-1)?.limit ?? 0) + (rule.type === "high" ? 1e6 : -1e6);
        const mildest = rule.kind === "state" ? 0 : (rule.levels[0]?.limit ?? 0);
        const normal = rule.kind === "state" ? rule.state + 1 : mildest + (rule.type === "high" ? -1 : 1) * (rule.deadband + 0.001);
        this.#latest.values[rule.point] = deed.on ? abnormal : normal;
        this.#take(this.#book.judge(rule.point, 1, this.#latest as LatestReadings, now));
        return;
      }
      case "silent":
        this.#take(this.#book.silence(silences[deed.rule]?.key ?? "", deed.on, now));
        return;
      case "acknowledge":
        this.#take(this.#book.act(this.#key(deed.pick), () => ({ kind: "acknowledge", by: "wang", note: "" }), now).changes);
        return;
      case "silence":
        this.#take(
          this.#book.act(this.#key(deed.pick), () => ({ kind: "silence", by: "wang", untilMs: now.wallMs + 60_000 }), now).changes,
        );
        return;
      case "unshelve":
        this.#take(this.#book.act(this.#key(deed.pick), () => ({ kind: "shelve", shelf: null }), now).changes);
        return;
      case "shelve": {
        const untilMs = deed.forS === null ? null : now.wallMs + deed.forS * 1_000;
        const shelf = { atMs: now.wallMs, by: "wang", reason: "x", untilMs };
        this.#take(this.#book.act(this.#key(deed.pick), () => ({ kind: "shelve", shelf }), now).changes);
        return;
      }
      case "window":
        this.#windows = deed.on ? [everything] : [];
        this.#take(this.#book.setWindows(this.#windows, now));
        return;
      case "wait":
        for (let passed = 0; passed < deed.seconds; passed += 10) {
          this.#nowMs += 10_000;
          this.tick();
        }
        return;
      case "settled":
        this.#take(this.#book.settled(now));
        return;
      case "restart":
        this.#book = this.#opened();
        this.#take(this.#book.retire(now));
        return;
    }
  }

  tick(): void {
    this.#take(this.#book.tick(this.#latest as LatestReadings, this.#now()));
  }

  #opened(): AlarmBook {
    const live = [...this.journal.values()];
    const calm = new Calm({ site, rules: site.rules, live, windows: this.#windows, settings: site.calm, settling: true });
    const named = (): string => {
      this.#ids += 1;
      return `i-${this.#ids}`;
    };
    return new AlarmBook(site.rules, live, named, () => undefined, undefined, calm);
  }

  #now(): BookTime {
    this.#nowMs += 1;
    return { monotonicMs: this.#nowMs, wallMs: this.#nowMs };
  }

  #key(at: number): readonly string[] {
    const live = this.#book.live;
    const record = live[at % Math.max(1, live.length)];
    return record === undefined ? [] : [record.key];
  }

  #take(steps: readonly AlarmStep[]): void {
    for (const change of steps.filter(isRecorded)) {
      const { record } = change;
      if (record.state === "A") this.journal.delete(record.key);
      else this.journal.set(record.key, record);
      const before = this.incidents.get(record.incident) ?? null;
      if (before === null && change.cause === "aside") continue;
      const after = stepIncident(before, change);
      const { isTold, told } = tellingOf(before, after, change);
      this.incidents.set(record.incident, { ...after, told });
      if (isTold) this.told.push({ cause: change.cause, record, incident: record.incident });
    }
  }
}

const asideStates = new Set(["E", "F", "G"]);

describe("laws of the calm room, whatever happens in it", () => {
  const law = (
    check: (world: World, deed: Deed, before: readonly AlarmRecord[]) => void,
    atEnd: (world: World) => void = () => {},
  ): void => {
    fc.assert(
      fc.property(deeds, (all) => {
        const world = new World();
        for (const deed of all) {
          const before = world.live;
          world.do(deed);
          check(world, deed, before);
        }
        atEnd(world);
      }),
      { numRuns: 150 },
    );
  };

  test("every raise that a target was told gets one clear, and nothing is cleared that was not told", () =>
    law(
      () => {},
      (world) => {
        const open = new Map<string, boolean>();
        for (const { cause, incident } of world.told) {
          const isOpen = open.get(incident) === true;
          if (cause === "raise") open.set(incident, true);
          else {
            expect(`${cause} of an incident that is ${isOpen ? "open" : "over"}`).toBe(`${cause} of an incident that is open`);
            if (cause === "clear") open.set(incident, false);
          }
        }
        for (const [incident, isOpen] of open)
          expect([incident, isOpen]).toEqual([
            incident,
            world.live.some((record) => record.incident === incident && record.clearedAtMs === null),
          ]);
      },
    ));

  test("what is set aside is never told, but for the end of what had been told before", () =>
    law(
      () => {},
      (world) => {
        for (const { cause, record } of world.told) if (asideStates.has(record.state)) expect(cause).toBe("clear");
      },
    ));

  test("an emergency rings and is told at once, and is never set aside", () =>
    law((world, deed, before) => {
      const emergencies = world.live.filter(({ emergency }) => emergency === true);
      for (const record of emergencies) {
        expect(asideStates.has(record.state)).toBe(false);
        const isNew = before.every(({ key, clearedAtMs }) => key !== record.key || clearedAtMs !== null);
        if (isNew && record.clearedAtMs === null)
          expect(world.told.at(-1) ?? deed).toMatchObject({ cause: "raise", record: { key: record.key } });
      }
    }));

  test("switching a sound off clears nothing and acknowledges nothing", () =>
    law((world, deed, before) => {
      if (deed.do !== "silence") return;
      const plain = (records: readonly AlarmRecord[]) => records.map(({ soundOff: _, ...rest }) => rest);
      expect(plain(world.live)).toEqual(plain(before));
    }));

  test("there is one live record per key, and the journal has the same ones", () =>
    law((world) => {
      const keys = world.live.map(({ key }) => key).sort();
      expect(new Set(keys).size).toBe(keys.length);
      expect([...world.journal.keys()].sort()).toEqual(keys);
    }));

  test("when nothing sets alarms aside any more, those still there ring and the others are gone", () =>
    law(
      () => {},
      (world) => {
        const asideBefore = world.live.filter(({ state }) => asideStates.has(state));
        world.do({ do: "window", on: false });
        world.do({ do: "settled" });
        for (const [rule] of silences.entries()) world.do({ do: "silent", rule, on: false });
        for (const [rule, { key }] of process.entries())
          if (/output\.source|input|battery/.test(key)) world.do({ do: "process", rule, on: false });
        for (let at = 0; at < 40; at += 1) world.do({ do: "unshelve", pick: at });
        world.do({ do: "wait", seconds: 120 });
        for (const { key } of asideBefore) {
          const now = world.live.find((record) => record.key === key);
          if (now !== undefined)
            expect([key, now.state, now.clearedAtMs === null || now.state === "D"]).toEqual([
              key,
              now.clearedAtMs === null ? "B" : "D",
              true,
            ]);
        }
      },
    ));
});
