import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { DutyDesk } from "../../firmware/escalation/duty-desk.ts";
import { handOverCsv } from "../../firmware/escalation/hand-over-csv.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { alarm, journalHere, temporaryFolder } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { ManualClock } from "./manual-clock.ts";

const SITE = loadedSite(`site: { id: s, name: S, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
rotas:
  - id: duty
    name: { zh: 值班, en: Duty }
    people: [{ id: wang, name: 王工, phone: "138" }, { id: li, name: 李工 }]
    handOver: { at: ["08:00", "20:00"] }
    starts: "2026-11-23"
`);
const at = (local: string): number => Temporal.PlainDateTime.from(local).toZonedDateTime("Asia/Shanghai").epochMilliseconds;
const WANG = { by: "wang", from: "10.0.0.7" };
const LI = { by: "li", from: "10.0.0.8" };

class WallClock extends ManualClock {
  local = "2026-11-25T19:30";
  trusted = true;
  override wallMs = (): WallMs => at(this.local) as WallMs;
  override monotonicMs = (): MonotonicMs => this.nowMs as MonotonicMs;
  override wallTrusted = (): boolean => this.trusted;
  override every = (): (() => void) => () => {};
}

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;
let clock: WallClock;
let alarms: AlarmRecord[];
let desk: DutyDesk;

const deskHere = async (): Promise<DutyDesk> => {
  const { rotas, plans, timezone } = SITE;
  const room = { alarms: () => alarms, escalations: () => [] };
  const opened = new DutyDesk({ rotas, plans, timezone, journal, clock, room, onTrouble: ({ en }) => expect.fail(en) });
  await opened.open();
  return opened;
};
beforeEach(async () => {
  folder = temporaryFolder();
  clock = new WallClock();
  journal = journalHere(folder.path, "boot-1", undefined, clock);
  alarms = [alarm({ key: "a", severity: "minor" }), alarm({ key: "b", severity: "critical", incidentNumber: "RW-000007" })];
  desk = await deskHere();
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

const CHANGE_MS = at("2026-11-25T20:00");
const handOver = (text = "2 号空调在修") => desk.writeHandOver({ rota: "duty", changeMs: CHANGE_MS, text }, WANG);
const audited = async (): Promise<readonly string[]> =>
  (await journal.audit(20)).map(({ by, action, subject }) => `${by} ${action} ${subject}`).toReversed();

test("people see who is on call now and next, with phone numbers, and the two weeks to come", () => {
  const [rota] = desk.view().rotas;
  expect(rota).toMatchObject({
    now: { who: "wang", planned: "wang", sinceMs: at("2026-11-25T08:00") },
    next: { who: "li", atMs: CHANGE_MS },
    people: [{ id: "wang", phone: "138" }, { id: "li" }],
    handOver: { changeMs: CHANGE_MS, outgoing: "wang", incoming: "li", state: "due" },
  });
  expect(rota?.upcoming[0]).toEqual({ fromMs: at("2026-11-25T08:00"), toMs: CHANGE_MS, who: "wang", planned: "wang" });
  expect(rota?.upcoming.length).toBeGreaterThanOrEqual(27);
});

describe("a swap", () => {
  const night = { rota: "duty", fromMs: CHANGE_MS, toMs: at("2026-11-26T08:00"), note: "dentist" };

  test("holds at once and after a restart, and stands in the audit log", async () => {
    expect(await desk.swap({ ...night, who: "wang" }, LI)).toBeNull();
    clock.local = "2026-11-25T21:00";
    expect(desk.onCall("duty")?.id).toBe("wang");
    desk = await deskHere();
    expect(desk.view().rotas[0]).toMatchObject({
      now: { who: "wang", planned: "li" },
      swaps: [{ who: "wang", by: "li", note: "dentist" }],
    });
    expect(await audited()).toEqual(["li onCall.swap duty"]);
    expect((await journal.audit(1))[0]).toMatchObject({ before: "li", after: "wang", from: "10.0.0.8" });
    expect(await desk.swap({ ...night, who: null }, LI)).toBeNull();
    expect(desk.onCall("duty")?.id).toBe("li");
  });

  test.each([
    ["a rota that is not there", { rota: "none", who: "wang" }, "This site has no rota none"],
    ["a person who is not in it", { who: "zhao" }, "There is no zhao in rota duty"],
    ["a time that is over", { who: "wang", fromMs: at("2026-11-24T08:00"), toMs: at("2026-11-25T08:00") }, "A swap begins before it ends"],
    ["an end before the beginning", { who: "wang", toMs: CHANGE_MS }, "A swap begins before it ends"],
    ["more than a month", { who: "wang", toMs: CHANGE_MS + 32 * 86_400_000 }, "A swap begins before it ends"],
  ])("of %s is refused, and nothing is written", async (_, change, words) => {
    expect(await desk.swap({ ...night, ...change }, LI)).toEqual({
      refused: { zh: expect.anything(), en: expect.stringContaining(words) },
    });
    expect(await audited()).toEqual([]);
  });
});

describe("a hand-over", () => {
  test("is written with what is open, the worst first, and confirmed by somebody else", async () => {
    expect(await handOver()).toBeNull();
    const { handOvers } = await desk.handOvers({ limit: 10 });
    expect(handOvers).toMatchObject([
      {
        kind: "note",
        by: "wang",
        outgoing: "wang",
        incoming: "li",
        text: "2 号空调在修",
        open: [{ key: "b", incidentNumber: "RW-000007" }, { key: "a" }],
      },
    ]);
    const { id = "" } = handOvers[0] ?? {};
    expect(desk.view().rotas[0]?.handOver?.state).toBe("written");
    expect(await desk.confirmHandOver({ id, note: "" }, WANG)).toMatchObject({
      refused: { en: expect.stringContaining("Nobody confirms") },
    });
    expect(await desk.confirmHandOver({ id, note: "read" }, LI)).toBeNull();
    expect(await desk.confirmHandOver({ id, note: "" }, { by: "chen", from: "" })).toMatchObject({
      refused: { en: "li has confirmed it already." },
    });
    desk = await deskHere();
    expect((await desk.handOvers({ limit: 10 })).handOvers[0]?.confirmed).toMatchObject({ by: "li", note: "read" });
    expect(desk.view().rotas[0]?.handOver?.state).toBe("confirmed");
    expect(await audited()).toEqual(["wang handOver.write duty", "li handOver.confirm duty"]);
  });

  test("is for a change of shifts that has come, or comes within the hour", async () => {
    expect(await desk.writeHandOver({ rota: "duty", changeMs: at("2026-11-26T08:00"), text: "x" }, WANG)).toMatchObject({ refused: {} });
    expect(await desk.writeHandOver({ rota: "duty", changeMs: CHANGE_MS + 1, text: "x" }, WANG)).toMatchObject({ refused: {} });
    expect(await desk.writeHandOver({ rota: "duty", changeMs: at("2026-11-25T08:00"), text: "late" }, LI)).toBeNull();
  });

  test("that nobody wrote is missing half an hour after the change: shown, and audited once", async () => {
    clock.local = "2026-11-25T20:29";
    await desk.lookForMissing();
    expect(await audited()).toEqual([]);
    clock.local = "2026-11-25T20:30";
    await desk.lookForMissing();
    await desk.lookForMissing();
    desk = await deskHere();
    await desk.lookForMissing();
    expect(await audited()).toEqual(["gateway handOver.missing duty"]);
    expect(desk.view().rotas[0]?.handOver?.state).toBe("missing");
    expect((await desk.handOvers({ limit: 10 })).handOvers).toMatchObject([
      { kind: "missing", outgoing: "wang", incoming: "li", text: "" },
    ]);
    expect(await handOver("late")).toBeNull();
    expect(desk.view().rotas[0]?.handOver?.state).toBe("written");
  });

  test("that was written is not missing", async () => {
    await handOver();
    clock.local = "2026-11-25T23:00";
    await desk.lookForMissing();
    expect(await audited()).toEqual(["wang handOver.write duty"]);
  });

  test("is not missed by a box that was not in use then, or that does not know the time", async () => {
    clock.local = "2026-11-25T21:00";
    desk = await deskHere();
    await desk.lookForMissing();
    clock.local = "2026-11-26T09:00";
    clock.trusted = false;
    await desk.lookForMissing();
    expect(await audited()).toEqual([]);
  });

  test("is found by its rota and its time, a page at a time", async () => {
    for (const text of ["one", "two", "three"]) await handOver(text);
    const first = await desk.handOvers({ limit: 2 });
    expect(first).toMatchObject({ more: true, handOvers: [{ text: "three" }, { text: "two" }] });
    expect(await desk.handOvers({ limit: 2, before: first.handOvers[1]?.number ?? 0 })).toMatchObject({
      more: false,
      handOvers: [{ text: "one" }],
    });
    expect((await desk.handOvers({ limit: 9, rota: "other" })).handOvers).toEqual([]);
    expect((await desk.handOvers({ limit: 9, fromMs: CHANGE_MS + 1 })).handOvers).toEqual([]);
    expect((await desk.handOvers({ limit: 9, fromMs: CHANGE_MS, toMs: CHANGE_MS + 1 })).handOvers).toHaveLength(3);
  });

  test("goes into a spreadsheet by names and local times, and no cell is calculated", async () => {
    await handOver("=1+1");
    const { handOvers } = await desk.handOvers({ limit: 10 });
    const [head, line] = handOverCsv(handOvers, SITE.rotas, "Asia/Shanghai", "en").split("\r\n");
    expect(head).toMatch(/^\uFEFFChange,Rota,Outgoing/);
    expect(line).toMatch(/^2026-11-25 20:00,Duty,王工,李工,written,2026-11-25 19:30,wang,'=1\+1,"RW-000007 /);
  });
});

test("a journal that takes nothing is said, and nothing has changed", async () => {
  const full = { ok: false, reason: "diskFull", message: { zh: "满", en: "full" } } as const;
  desk = new DutyDesk({
    ...{ rotas: SITE.rotas, plans: [], timezone: "Asia/Shanghai", clock, onTrouble: () => undefined },
    journal: { recordOnCall: async () => full, onCall: async () => [] },
    room: { alarms: () => [], escalations: () => [] },
  });
  expect(await desk.swap({ rota: "duty", fromMs: CHANGE_MS, toMs: CHANGE_MS + 1, who: "wang", note: "" }, LI)).toEqual({
    failed: full.message,
  });
  expect(desk.view().rotas[0]?.swaps).toEqual([]);
});
