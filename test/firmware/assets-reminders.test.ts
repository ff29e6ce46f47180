import { expect, test } from "vitest";
import { AlarmBook } from "../../firmware/alarms/book.ts";
import { isRecorded } from "../../firmware/alarms/change.ts";
import { REMINDERS_PER_DAY_MAX, Reminders } from "../../firmware/assets/reminders.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { byField } from "../../firmware/contract/asset-fields.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { siteWith } from "./assets-stage.ts";

/** A room whose calendar and dates the test turns; the alarms are judged by the site's own rules. */
class Calendar {
  today: string | null = "2026-01-01";
  readonly until = new Map<string, string>();
  readonly told: string[] = [];
  readonly #book: AlarmBook;
  readonly #site;
  #reminders: Reminders;

  constructor(count = 1, site = siteWith("", count), live: readonly AlarmRecord[] = []) {
    this.#site = site;
    this.#book = new AlarmBook(site.rules, live, () => "i");
    this.#reminders = this.restarted();
  }

  restarted(): Reminders {
    this.#reminders = new Reminders({
      site: this.#site,
      assetOf: (device) => byField((field) => (field === "warrantyUntil" ? (this.until.get(device) ?? "") : "")),
      today: () => this.today,
      alarms: () => this.#book.live,
      judge: (point, value) => {
        const count = this.#site.points.length + this.#site.computed.length;
        const values = new Float64Array(count).fill(value);
        const steps = this.#book.judge(point, 1, { values, qualities: new Uint8Array(count) }, { monotonicMs: 1, wallMs: 1 });
        for (const { cause, record } of steps.filter(isRecorded)) this.told.push(`${record.device} ${cause} ${record.severity}`);
        return steps.some(({ cause }) => cause === "raise");
      },
    });
    return this.#reminders;
  }

  /** What is told on a day, looked at three times. */
  on(day: string | null): readonly string[] {
    this.today = day;
    for (let n = 0; n < 3; n += 1) this.#reminders.look();
    return this.told.splice(0);
  }

  get live(): readonly AlarmRecord[] {
    return this.#book.live;
  }
}

test("a warranty rings at 90 and 30 days and on the day after its last, once each, and a new date ends it", () => {
  const room = new Calendar();
  room.until.set("th-1", "2026-12-31");
  expect(room.on("2026-10-02")).toEqual([]);
  expect(room.on("2026-10-03")).toEqual(["th-1 raise warning"]);
  expect(room.on("2026-12-01")).toEqual([]);
  expect(room.on("2026-12-02")).toEqual(["th-1 raise minor"]);
  expect(room.on("2026-12-31")).toEqual([]);
  expect(room.on("2027-01-01")).toEqual(["th-1 raise major"]);
  expect(room.live[0]).toMatchObject({
    key: "sz1/r1/th-1/warranty.remaining/low",
    unit: "d",
    text: { zh: "1 号温湿度 保修即将到期或已过期" },
  });
  room.until.set("th-1", "2029-12-31");
  expect(room.on("2027-01-01")).toEqual(["th-1 clear major"]);
});

test("a date that is taken away ends the reminder, and what ended over a year ago is none", () => {
  const room = new Calendar(2);
  room.until.set("th-1", "2026-12-31").set("th-2", "2020-01-01");
  expect(room.on("2026-12-31")).toEqual(["th-1 raise minor"]);
  room.until.delete("th-1");
  expect(room.on("2026-12-31")).toEqual(["th-1 clear minor"]);
});

test("a box that does not know the time of day raises and ends nothing", () => {
  const room = new Calendar();
  room.until.set("th-1", "2026-12-31");
  expect(room.on(null)).toEqual([]);
  expect(room.on("2026-12-31")).toEqual(["th-1 raise minor"]);
  room.until.delete("th-1");
  expect(room.on(null)).toEqual([]);
});

test("a room that was bought on one day does not become a storm: some a day, the soonest first, and each once", () => {
  const room = new Calendar(50);
  for (let n = 1; n <= 50; n += 1) room.until.set(`th-${n}`, n === 33 ? "2026-12-05" : "2026-12-31");
  const first = room.on("2026-11-01");
  expect(first).toHaveLength(REMINDERS_PER_DAY_MAX);
  expect(first[0]).toBe("th-33 raise warning");
  const rest = [...room.on("2026-11-02"), ...room.on("2026-11-03"), ...room.on("2026-11-04")];
  expect(new Set([...first, ...rest].map((told) => told.split(" ")[0])).size).toBe(50);
  expect(rest.filter((told) => told.startsWith("th-33 "))).toHaveLength(0);
  // All of them cross the next step on one day, and even so it is no storm.
  expect(room.on("2026-12-10")).toHaveLength(REMINDERS_PER_DAY_MAX);
});

test("a restart rings nothing again", () => {
  const room = new Calendar();
  room.until.set("th-1", "2026-12-31");
  room.on("2026-12-31");
  const again = new Calendar(1, siteWith("", 1), room.live);
  again.until.set("th-1", "2026-12-31");
  expect(again.on("2026-12-31")).toEqual([]);
});

test("a rule of the site file says when, and a rule that names no device is told", () => {
  const text = (rule: string): string => `
site: { id: sz1, name: s, timezone: Asia/Shanghai }
areas: [{ id: r1, name: r }]
buses: [{ id: line, kind: modbus-tcp, host: h }]
devices: [{ id: th-1, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
rules: [${rule}]`;
  const loaded = loadSite(text('{ points: ["*/warranty.remaining"], low: { minor: 10 } }'));
  if ("problems" in loaded) throw new Error(loaded.problems[0]?.message.en);
  const room = new Calendar(1, loaded.site);
  room.until.set("th-1", "2026-12-31");
  expect([room.on("2026-12-21"), room.on("2026-12-22")]).toEqual([[], ["th-1 raise minor"]]);
  expect(loadSite(text('{ points: ["th-2/warranty.remaining"], low: { minor: 10 } }'))).toMatchObject({ problems: [{}] });
});
