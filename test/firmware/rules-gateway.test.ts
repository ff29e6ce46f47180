import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { openExpected } from "../../firmware/expected-room.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Site } from "../../firmware/site/model.ts";
import type { Listening } from "../room/wire/listen.ts";
import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import { journalHere } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";

/** Tenths of °C and of % at a probe on a real wire. */
let air: [temperature: number, humidity: number];
let folder: string;
let wire: Listening;
let journal: Journal;
let gateway: Gateway | null;
let remembered: Map<number, number[]>;

beforeEach(async () => {
  air = [250, 500];
  gateway = null;
  remembered = new Map();
  folder = mkdtempSync(join(tmpdir(), "rules-gateway-"));
  journal = journalHere(join(folder, "journal"));
  // Input registers 1 and 2 of the XY-MD02.
  const read = (_table: string, address: number, count: number) =>
    Array.from({ length: count }, (_, at) => (address + at === 1 ? air[0] : address + at === 2 ? air[1] : 0));
  wire = await startModbusTcp(0, new Map([[1, { silent: () => false, read }]]));
});
afterEach(async () => {
  await gateway?.stop();
  await journal.close();
  await wire.stop();
  rmSync(folder, { recursive: true });
});

const siteOf = (more: string): Site =>
  loadedSite(`site: { id: s, name: S }
areas: [{ id: room, name: Room, limits: gb50174-2017-cold-aisle }]
buses: [{ id: wire, kind: modbus-tcp, host: 127.0.0.1, port: ${wire.port}, timeout: 200ms }]
devices: [{ id: th, area: room, bus: wire, unit: 1, profile: sensor/xy-md02, every: 100ms }]
${more}`);

async function start(site: Site, parts: Partial<ConstructorParameters<typeof Gateway>[0]> = {}): Promise<Gateway> {
  gateway = new Gateway({
    ...{ site, journal, live: await journal.liveAlarms(), deliveries: {}, clock: systemClock, version: "0", lastIncidentNumber: 0 },
    ...{ subject: subjectsOf(site, () => null, systemClock), wakeUpstream: () => undefined, log: () => undefined },
    minutes: {
      tick: () => undefined,
      take: (first, values) => {
        values.forEach((value, index) => {
          remembered.set(first + index, [...(remembered.get(first + index) ?? []), value]);
        });
      },
    },
    ...parts,
  });
  await gateway.start();
  return gateway;
}
const until = (holds: () => boolean): Promise<unknown> => vi.waitUntil(holds, { timeout: 60_000, interval: 20 });
const alarm = (room: Gateway, type: string, point = "th/ambient.dewpoint") =>
  room.desk.alarms().find((record) => record.point === point && record.type === type);

test("a computed point has a value, a quality, a history and alarms like one that is read", { timeout: 60_000 }, async () => {
  const site = siteOf('rules: [{ points: ["th/ambient.dewpoint"], on: 0s, off: 0s }]');
  const room = await start(site);
  const dewPoint = () => room.pointValues().find(({ id }) => id === "th/ambient.dewpoint");
  await until(() => dewPoint()?.quality === "good");
  expect(dewPoint()?.value).toBeCloseTo(13.9, 1);
  expect(alarm(room, "high")).toBeUndefined();
  air = [270, 600];
  // Not before watching has settled: half a second after every device was heard.
  await until(() => alarm(room, "high")?.state === "B");
  expect(alarm(room, "high")).toMatchObject({ key: "s/room/th/ambient.dewpoint/high", severity: "minor", limit: 15, unit: "°C" });
  expect(alarm(room, "high")?.value).toBeCloseTo(18.6, 1);
  const history = room.history(["th/ambient.temperature", "th/ambient.dewpoint"], 60);
  if ("unknown" in history) throw new Error("the dew point has no history");
  expect(history.series[1]?.values.at(-1)).toBeCloseTo(18.6, 1);
  const minutes = remembered.get(site.formulas[0]?.number ?? -1) ?? [];
  expect([minutes[0], minutes.at(-1)].map((value) => value?.toFixed(1))).toEqual(["13.9", "18.6"]);

  // The humidity cell breaks: what is made of it is unknown for the same reason, and its alarm is held, not over.
  air = [200, 9_999];
  await until(() => dewPoint()?.quality !== "good");
  expect(dewPoint()).toMatchObject({ value: null, quality: "outOfRange" });
  expect(alarm(room, "high")).toMatchObject({ state: "B", held: true, clearedAtMs: null });
});

test("editing the rules at run time loses no alarm: what was acknowledged stays so, what moved out of its limits is over", {
  timeout: 60_000,
}, async () => {
  air = [290, 700];
  const first = await start(siteOf('rules: [{ points: ["th/ambient.*"], on: 0s, off: 0s }]'));
  const raised = () => first.desk.alarms().filter(({ type, state }) => type === "high" && state === "B").length;
  await until(() => raised() === 3);
  const before = { dew: alarm(first, "high"), warm: alarm(first, "high", "th/ambient.temperature") };
  const seen = await first.desk.acknowledge([before.dew?.key ?? "", before.warm?.key ?? ""], { by: "lin", from: "test" }, "on my way");
  expect(seen).toMatchObject({ acknowledged: [before.dew?.key, before.warm?.key] });
  await first.stop();

  // A stricter limit, another severity for the same one, a limit that the value is within, and a rule that is gone.
  const second = await start(
    siteOf(`rules:
  - { points: ["th/ambient.*"], on: 0s, off: 0s }
  - { points: ["th/ambient.dewpoint"], high: { minor: 12 } }
  - { points: ["th/ambient.temperature"], high: { major: 35 } }
  - { points: ["th/ambient.humidity"], high: {} }
`),
  );
  await until(() => alarm(second, "high", "th/ambient.temperature") === undefined);
  await until(() => alarm(second, "high")?.state === "C");
  expect(alarm(second, "high")).toMatchObject({
    ...{ severity: "minor", state: "C", raisedAtMs: before.dew?.raisedAtMs, incident: before.dew?.incident },
    acknowledgement: { by: "lin", note: "on my way" },
  });
  expect(alarm(second, "high", "th/ambient.humidity")).toBeUndefined();
  await second.stop();
  gateway = null;
  const kept = (await journal.liveAlarms()).filter(({ device }) => device === "th");
  expect(kept.map(({ key, state }) => [key, state])).toEqual([["s/room/th/ambient.dewpoint/high", "C"]]);
});

test("editing the rules at run time keeps what people set aside: the shelf with its end, the silence, the window", {
  timeout: 60_000,
}, async () => {
  air = [290, 700];
  const first = await start(siteOf('rules: [{ points: ["th/ambient.*"], on: 0s, off: 0s }]'));
  await until(() => first.desk.alarms().filter(({ type, state }) => type === "high" && state === "B").length === 3);
  const [dew, humid] = [alarm(first, "high"), alarm(first, "high", "th/ambient.humidity")];
  const doer = { by: "lin", from: "test" };
  expect(await first.desk.shelve([dew?.key ?? ""], doer, "humidifier is set", 3_600_000)).toMatchObject({ done: [dew?.key] });
  expect(await first.desk.silence([humid?.key ?? ""], doer, 600_000)).toMatchObject({ done: [humid?.key] });
  const before = { shelf: alarm(first, "high")?.shelf, soundOff: alarm(first, "high", "th/ambient.humidity")?.soundOff };
  expect(before).toMatchObject({ shelf: { by: "lin", reason: "humidifier is set" }, soundOff: { by: "lin" } });
  await first.stop();

  // Stricter, and worse at the same value: the shelf is the person's, until its time is over.
  const text = 'rules: [{ points: ["th/ambient.*"], on: 0s, off: 0s }, { points: ["th/ambient.dewpoint"], high: { critical: 12 } }]';
  const second = await start(siteOf(text));
  await until(() => alarm(second, "high")?.severity === "critical");
  expect(alarm(second, "high")).toMatchObject({ state: "E", shelf: before.shelf, raisedAtMs: dew?.raisedAtMs });
  expect(alarm(second, "high", "th/ambient.humidity")).toMatchObject({ state: "B", soundOff: before.soundOff, acknowledgement: null });
  const asked = { untilMs: systemClock.wallMs() + 3_600_000, change: "CHG-1", requester: "lin", reason: "probe" };
  const scope = { all: false, areas: [], devices: ["th"] };
  expect(await second.desk.maintenance.plan({ scope, ...asked }, doer)).toHaveProperty("window");
  await until(() => alarm(second, "high", "th/ambient.humidity")?.state === "G");
  await second.stop();

  const third = await start(siteOf('rules: [{ points: ["th/ambient.*"], on: 0s, off: 0s }]'), { windows: await journal.maintenance() });
  await until(() => alarm(third, "high")?.severity === dew?.severity);
  expect(alarm(third, "high")).toMatchObject({ state: "G", shelf: before.shelf });
  expect(alarm(third, "high", "th/ambient.humidity")).toMatchObject({ state: "G", incident: humid?.incident });
});

test("what is expected and does not come rings, and what was seen is known after a restart", { timeout: 60_000 }, async () => {
  const site = siteOf(`expected:
  - { id: round, event: { sheet: daily }, every: 1h, text: { zh: 没有巡检, en: no round } }
`);
  const told: string[] = [];
  const parts = {
    ...{ site, dataFolder: folder, clock: systemClock },
    onTrouble: (words: { readonly en: string }) => {
      throw new Error(words.en);
    },
    alarm: (key: string, missing: boolean) => void told.push(`${key} ${missing}`),
  };
  const hour = 3_600_000;
  const at = (hours: number, certain = true) => ({ monotonicMs: hours * hour, wallMs: Date.UTC(2026, 0, 5) + hours * hour, certain });
  const one = await openExpected(parts);
  one.tick(at(0));
  one.tick(at(0.9));
  expect(told).toEqual(["s/inspection/daily/-/missing-round false"]);
  one.signed("daily", at(0.9).wallMs, at(0.9));
  one.tick(at(1.8));
  expect(told).toHaveLength(1);
  await one.close();

  const two = await openExpected(parts);
  two.tick(at(3, false));
  expect(told).toHaveLength(1);
  two.tick(at(3.1));
  expect(told.slice(1)).toEqual(["s/inspection/daily/-/missing-round true"]);
  two.signed("other", at(3.2).wallMs, at(3.2));
  two.signed("daily", at(3.2).wallMs, at(3.2));
  expect(told.slice(2)).toEqual(["s/inspection/daily/-/missing-round false"]);
  await two.close();
});
