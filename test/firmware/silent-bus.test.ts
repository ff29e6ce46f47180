import { afterEach, beforeEach, expect, test } from "vitest";
import type { ReadReport } from "../../drivers/driver.ts";
import { QUALITY } from "../../drivers/reading.ts";
import type { OpenBus } from "../../firmware/acquire/sessions.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const SITE = `site: { id: demo, name: Demo }
areas: [{ id: room, name: Room }]
buses:
  - { id: pair, kind: modbus-rtu, path: /dev/ttyUSB0 }
  - { id: alone, kind: modbus-tcp, host: 10.0.0.9 }
devices:
  - { id: th-1, area: room, bus: pair, unit: 1, profile: sensor/xy-md02, every: 5s }
  - { id: th-2, area: room, bus: pair, unit: 2, profile: sensor/xy-md02, every: 5s }
  - { id: th-3, area: room, bus: alone, unit: 1, profile: sensor/xy-md02, every: 5s }
`;
const MINUTE_MS = 60_000;

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;
let clock: ManualClock;
let gateway: Gateway;
/** Why a device, or all of a bus, says nothing. */
const trouble = new Map<string, "timeout" | "adapterMissing">();
const beats: (() => void)[] = [];

beforeEach(async () => {
  trouble.clear();
  folder = temporaryFolder();
  journal = journalHere(folder.path);
  const loaded = loadSite(SITE);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  clock = new ManualClock();
  clock.every = (_ms, task) => {
    beats.push(task);
    return () => beats.splice(0);
  };
  gateway = new Gateway({
    ...{ site: loaded.site, journal, live: [], deliveries: {}, clock, version: "t", lastIncidentNumber: 0 },
    minutes: { take: () => {}, tick: () => {} },
    subject: subjectsOf(loaded.site, () => null, clock),
    ...{ wakeUpstream: () => {}, log: () => {} },
    openBus: async ({ id }): Promise<OpenBus> => ({
      release: async () => {},
      close: async () => {},
      reader: (device) => ({
        pointNames: device.points.map(({ name }) => name),
        read: async (into): Promise<ReadReport> => {
          const reason = trouble.get(device.id) ?? trouble.get(id);
          into.values.fill(reason === undefined ? 21 : Number.NaN);
          into.qualities.fill(reason === undefined ? QUALITY.good : QUALITY[reason]);
          const faults = reason === undefined ? [] : [{ reason, detail: "as told by the test" }];
          return { answered: reason === undefined, transactions: 1, faults };
        },
      }),
    }),
  });
  await gateway.start();
});
afterEach(async () => {
  await gateway.stop();
  await journal.close();
  folder.remove();
});

const pass = async (ms: number): Promise<void> => {
  const untilMs = clock.nowMs + ms;
  await clock.until(() => clock.nowMs >= untilMs);
};
const beat = (): void => {
  for (const task of beats) task();
};
/** What stands, in both languages. */
const standing = (): readonly string[] =>
  gateway.desk
    .alarms()
    .filter(({ clearedAtMs }) => clearedAtMs === null)
    .map(({ text }) => `${text.zh} | ${text.en}`)
    .toSorted();

test("a silent device, a silent bus and a missing adapter are three things, each with its own words", async () => {
  await pass(MINUTE_MS);
  expect(standing()).toEqual([]);

  trouble.set("th-1", "timeout");
  await pass(MINUTE_MS);
  expect(standing()).toEqual(["th-1 通信中断 | th-1 does not answer"]);

  trouble.set("pair", "timeout");
  await pass(2 * MINUTE_MS);
  expect(standing()).toEqual([
    "th-1 通信中断 | th-1 does not answer",
    "th-2 通信中断 | th-2 does not answer",
    "总线 pair 上的设备全部无应答（/dev/ttyUSB0） | No device on bus pair answers (/dev/ttyUSB0)",
  ]);

  trouble.clear();
  await pass(MINUTE_MS);
  expect(standing()).toEqual([]);

  trouble.set("pair", "adapterMissing");
  await pass(MINUTE_MS);
  expect(standing()).toEqual(["总线 pair 的转换器或网络不通（/dev/ttyUSB0） | Adapter or network of bus pair is missing (/dev/ttyUSB0)"]);
});

test("the only device of a bus is silent by itself: there is nothing else that the bus could say", async () => {
  trouble.set("alone", "timeout");
  await pass(2 * MINUTE_MS);
  expect(standing()).toEqual(["th-3 通信中断 | th-3 does not answer"]);
});

test("how the buses are is told to whoever listens: as it is when the first comes, then each change; it is not gathered for nobody", async () => {
  const told: string[][] = [];
  let listeners = 0;
  gateway.attach({
    ...{ markPoints: () => {}, alarms: () => {}, deliveries: () => {}, maintenance: () => {} },
    clientCount: () => listeners,
    buses: (all) => told.push(all.map(({ id, state }) => `${id} ${state}`)),
  });
  await pass(MINUTE_MS);
  beat();
  expect(told).toEqual([]);

  listeners = 1;
  for (let times = 0; times < 3; times += 1) beat();
  expect(told.splice(0)).toEqual([["pair ok", "alone ok"]]);

  trouble.set("pair", "adapterMissing");
  await pass(MINUTE_MS);
  beat();
  expect(told.splice(0)).toEqual([["pair adapterMissing", "alone ok"]]);

  listeners = 0;
  trouble.clear();
  await pass(MINUTE_MS);
  beat();
  trouble.set("pair", "adapterMissing");
  await pass(MINUTE_MS);
  beat();
  expect(told).toEqual([]);

  // Nothing has changed since somebody heard it; who comes has not.
  listeners = 1;
  beat();
  expect(told).toEqual([["pair adapterMissing", "alone ok"]]);
});
