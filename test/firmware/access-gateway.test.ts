import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type OpenAccess, openAccess } from "../../firmware/access/open.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { openPress } from "../../firmware/report/press.ts";
import type { Listening } from "../room/wire/listen.ts";
import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import { siteOf } from "./access-site.ts";
import { journalHere } from "./journal-entries.ts";

/** Registers of the reader as its maker prints them: sequence number first, the card right-aligned in the last of nineteen. */
const registers = new Map<number, number>();
const CARD_LAST = 18;
let doorOpen: boolean;
let folder: string;
let wire: Listening;
let journal: Journal;
let access: OpenAccess;
let gateway: Gateway;
/** What the history was given, by point. */
let remembered: Map<number, number[]>;

beforeEach(async () => {
  registers.clear();
  doorOpen = false;
  remembered = new Map();
  folder = await mkdtemp(join(tmpdir(), "access-gateway-"));
  wire = await startModbusTcp(
    0,
    new Map([
      [
        1,
        {
          silent: () => false,
          read: (_table, address, count) => Array.from({ length: count }, (_, at) => registers.get(address + at) ?? 0),
        },
      ],
      [2, { silent: () => false, read: (_table, _address, count) => Array.from({ length: count }, () => (doorOpen ? 0 : 1)) }],
    ]),
  );
  const site = siteOf(`site: { id: sz1, name: Shenzhen }
areas: [{ id: room, name: Room }]
buses: [{ id: wire, kind: modbus-tcp, host: 127.0.0.1, port: ${wire.port} }]
devices:
  - { id: reader, area: room, bus: wire, unit: 1, profile: door/rfideas-modbus-tcp, every: 100ms }
  - { id: contact, area: room, bus: wire, unit: 2, profile: door/wellpro-di, every: 100ms }
access:
  doors: [{ id: main, name: Main door, area: room, contact: contact, readers: [{ device: reader, direction: in }], refusals: { count: 1 } }]
`);
  journal = journalHere(join(folder, "journal"));
  access = await openAccess({
    press: openPress(systemClock),
    ...{ site, dataFolder: folder, journal, live: [], clock: systemClock },
    alarm: (key, active) => gateway.desk.condition(key, active),
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  gateway = new Gateway({
    ...{ site, journal, live: [], deliveries: {}, clock: systemClock, version: "0", doors: access.room },
    lastIncidentNumber: 0,
    subject: subjectsOf(site, () => null, systemClock),
    wakeUpstream: () => undefined,
    log: () => undefined,
    minutes: {
      tick: () => undefined,
      take: (first, values) => {
        values.forEach((value, index) => {
          remembered.set(first + index, [...(remembered.get(first + index) ?? []), value]);
        });
      },
    },
  });
  await gateway.start();
});
afterEach(async () => {
  await gateway.stop();
  await access.close();
  await journal.close();
  await wire.stop();
  await rm(folder, { recursive: true });
});

async function eventually<T>(ask: () => T | Promise<T>, good: (answer: T) => boolean): Promise<T> {
  for (const untilMs = performance.now() + 10_000; ; ) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (performance.now() > untilMs) throw new Error(`it did not happen: ${JSON.stringify(answer)}`);
    await systemClock.sleep(20);
  }
}
const log = () => journal.accessLog({ limit: 100 });
const alarmOf = (type: string) => (): AlarmRecord | undefined => gateway.desk.alarms().find((alarm) => alarm.type === type);
const seesDoor = () =>
  eventually(
    () => access.room.view().doors[0]?.state,
    (state) => state === "closed",
  );

test("a card at the wire becomes a line, and its number stays nowhere else: not on the page, not in the history", async () => {
  await seesDoor();
  registers.set(0, 1);
  registers.set(CARD_LAST, 5_607);
  const [line] = await eventually(log, (lines) => lines.length > 0);
  expect(line).toMatchObject({ kind: "denied", card: "5607", reason: "unknownCard", door: "main", direction: "in", device: "reader" });
  expect(gateway.pointValues().find(({ id }) => id === "reader/access.changes")?.value).toBe(1);
  expect(JSON.stringify(gateway.pointValues())).not.toContain("5607");
  expect([...remembered.values()].flat()).not.toContain(5_607);
});

test("a refused card and a door opened without one are alarms in the room, kept in the journal", async () => {
  await seesDoor();
  registers.set(0, 1);
  registers.set(CARD_LAST, 5_607);
  expect(await eventually(alarmOf("denied"), (alarm) => alarm !== undefined)).toMatchObject({ severity: "minor", device: "contact" });
  doorOpen = true;
  expect(await eventually(alarmOf("forced"), (alarm) => alarm !== undefined)).toMatchObject({ severity: "critical", state: "B" });
  doorOpen = false;
  await eventually(alarmOf("forced"), (alarm) => alarm?.state === "D");
  const kept = await eventually(
    () => journal.liveAlarms(),
    (alarms) => alarms.length === 2,
  );
  expect(kept.map(({ type }) => type).toSorted()).toEqual(["denied", "forced"]);
});
