import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { QUALITY } from "../../drivers/reading.ts";
import { AlarmDesk } from "../../firmware/alarm-desk.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { DutyDesk } from "../../firmware/escalation/duty-desk.ts";
import { openEscalation } from "../../firmware/escalation/open.ts";
import type { IncidentEvent } from "../../firmware/incidents/event.ts";
import type { Journal, OutboxRow } from "../../firmware/journal/journal.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";
import { loadedSite } from "./loaded-site.ts";
import { ManualClock } from "./manual-clock.ts";

const SITE = loadedSite(`site: { id: berlin, name: Berlin, timezone: Europe/Berlin }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
rules: [{ points: [th-1/ambient.temperature], high: { major: 30, critical: 40 }, deadband: 0, on: 0s, off: 0s }]
targets:
  - { id: itsm, kind: webhook, url: "http://127.0.0.1/hook", secret: "0123456789abcdef" }
  - { id: sms, kind: webhook, url: "http://127.0.0.1/sms", secret: "0123456789abcdef" }
  - { id: boss, kind: webhook, url: "http://127.0.0.1/boss", secret: "0123456789abcdef" }
  - { id: post, kind: mail, host: mail.example.com, from: room@example.com, to: [team@example.com] }
rotas:
  - id: duty
    name: Duty
    people:
      - { id: wang, name: 王工, phone: "138", mail: wang@example.com }
      - { id: li, name: 李工, phone: "139", mail: li@example.com }
    handOver: { at: ["02:30"] }
    starts: "2026-10-24"
escalation:
  - id: night
    when: { severity: [critical, major], classes: [sensor] }
    steps:
      - { onCall: [duty], fallback: [sms], repeat: { every: 5min, times: 2 } }
      - { targets: [sms] }
      - { targets: [boss], repeat: { every: 60min, times: 2 } }
`);
const MINUTE_MS = 60_000;
/** Midnight in Berlin; at three it is two again, and the hand-over at half past two comes once all the same. */
const EVENING_MS = Date.parse("2026-10-24T22:00:00Z");
const HOT = 35;
const FIRE = 45;
const COOL = 20;

/** Its monotonic time begins anew with every start, as a machine's does. */
class NightClock extends ManualClock {
  bootMs = 0;
  trusted = true;
  /** A box without network and battery goes on from the last time that it knew. */
  behindMs = 0;
  override monotonicMs = (): MonotonicMs => (this.nowMs - this.bootMs) as MonotonicMs;
  override wallMs = (): WallMs => (EVENING_MS + this.nowMs - (this.trusted ? 0 : this.behindMs)) as WallMs;
  override wallTrusted = (): boolean => this.trusted;
  override quality = () => ({ source: this.trusted ? ("ntp" as const) : ("unsynced" as const), errorMs: null });
  override every = (): (() => void) => () => {};
}

const yes: SendOutcome = { outcome: "accepted", answer: "ok", ticket: null, ticketUrl: null };
const down: SendOutcome = { outcome: "unavailable", answer: "no route", retryAfterMs: null };

/** A box through a night: real journal, real outbox, targets that answer as the test says. */
class Night {
  readonly clock = new NightClock();
  readonly folder = temporaryFolder();
  /** What arrived at a target, in order. */
  readonly heard: string[] = [];
  readonly rows: OutboxRow[] = [];
  readonly down = new Set<string>();
  /** Targets that take a message and then say nothing. */
  readonly hanging = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  journal: Journal = journalHere(this.folder.path, "boot-0", undefined, this.clock);
  boots = 0;
  desk!: AlarmDesk;
  duty!: DutyDesk;
  dispatcher!: Dispatcher;

  async start(): Promise<void> {
    const { clock, journal } = this;
    const live = await journal.liveAlarms();
    const { rotas, plans, timezone } = SITE;
    this.duty = new DutyDesk({
      ...{ rotas, plans, timezone, journal, clock },
      room: { alarms: () => this.desk.alarms(), escalations: () => this.desk.escalations() },
      onTrouble: ({ en }) => expect.fail(en),
    });
    await this.duty.open();
    const escalator = await openEscalation({ site: SITE, journal, live, clock, onCall: (rota) => this.duty.onCall(rota) });
    this.desk = new AlarmDesk({
      ...{ site: SITE, journal, live, clock, escalator, bootId: `boot-${this.boots}` },
      deliveries: await journal.deliveriesOf(live.map(({ incident }) => incident)),
      lastIncidentNumber: await journal.lastIncidentNumber(),
      subject: subjectsOf(SITE, () => null, clock),
      wakeUpstream: () => this.dispatcher.wake(),
      log: () => undefined,
    });
    const dialects = SITE.targets.map(
      ({ id }) => [id, { send: async (row: OutboxRow) => this.#take(id, row), close: () => undefined }] as const,
    );
    this.dispatcher = startDispatcher({
      ...{ journal, clock, dialects: new Map(dialects) },
      onTarget: (target, { state }) => this.desk.targetHealth(target, state === "ok"),
      onDelivery: (incidents) => void this.desk.deliveriesChanged(incidents),
      onTrouble: ({ en }) => expect.fail(en),
    });
    this.desk.begin();
    // Nothing rings before every device has spoken since the start.
    for (const [index] of SITE.devices.entries()) this.desk.heard(index);
    this.desk.tick({ values: new Float64Array(0), qualities: new Uint8Array(0) }, this.desk.now());
    await clock.settle();
  }

  async stop(): Promise<void> {
    const closing = [this.dispatcher.stop(), this.desk.close()];
    await this.clock.wakeDue();
    await Promise.all(closing);
    await this.journal.close();
  }

  /** Off for a while; nothing of the memory is left. */
  async restart(offMs: number): Promise<void> {
    await this.stop();
    this.clock.nowMs += offMs;
    this.clock.behindMs += offMs;
    this.clock.bootMs = this.clock.nowMs;
    this.boots += 1;
    this.journal = journalHere(this.folder.path, `boot-${this.boots}`, undefined, this.clock);
    await this.start();
  }

  async measure(value: number): Promise<void> {
    const count = SITE.points.length;
    const latest = { values: new Float64Array(count).fill(value), qualities: new Uint8Array(count).fill(QUALITY.good) };
    this.desk.judge(0, 1, latest, this.desk.now());
    await this.clock.settle();
  }

  async pass(minutes: number): Promise<void> {
    const untilMs = this.clock.nowMs + minutes * MINUTE_MS;
    const nothing = { values: new Float64Array(0), qualities: new Uint8Array(0) };
    while (this.clock.nowMs < untilMs) {
      this.clock.nowMs = Math.min(untilMs, this.clock.nowMs + 10_000);
      await this.clock.wakeDue();
      this.desk.tick(nothing, this.desk.now());
    }
    await this.clock.settle();
  }

  get key(): string {
    return this.desk.alarms().find(({ device }) => device === "th-1")?.key ?? "";
  }

  /** Those that hang answer after all. */
  letGo(): void {
    this.hanging.clear();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  lastTold(): IncidentEvent {
    return JSON.parse(this.rows.at(-1)?.body ?? "{}") as IncidentEvent;
  }

  /** Whether the room has an alarm that nothing gets through to this target. */
  troubled(target: string): boolean {
    return this.desk.alarms().some(({ key, clearedAtMs }) => key === `berlin/target/${target}/-/delivery` && clearedAtMs === null);
  }

  async #take(target: string, row: OutboxRow): Promise<SendOutcome> {
    if (this.down.has(target)) return down;
    if (this.hanging.has(target)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const event = JSON.parse(row.body) as IncidentEvent;
    if (event.resource.device !== "th-1") return yes;
    this.rows.push(row);
    const minute = Math.round((this.clock.nowMs - 1_000) / MINUTE_MS);
    const { step, round } = event.escalation ?? { step: 0, round: 0 };
    const what = event.state === "escalate" ? `step ${step}.${round}` : event.state;
    this.heard.push(`${minute} ${target}${row.to == null ? "" : `(${row.to.join()})`} ${what}`);
    return yes;
  }
}

let night: Night;
beforeEach(async () => {
  night = new Night();
  await night.start();
});
afterEach(async () => {
  await night.stop();
  night.folder.remove();
});

const ofPlan = (): readonly string[] => night.heard.filter((line) => line.includes("step"));

describe("a night with a plan", () => {
  test("whoever is on call is told at once and again, then the next, then the boss every hour; after the last nobody", async () => {
    await night.measure(HOT);
    await night.pass(8 * 60);
    expect(night.heard.slice(0, 2).sort()).toEqual(["0 itsm raise", "0 post raise"]);
    expect(night.heard.slice(2)).toEqual([
      "0 post(wang@example.com) step 1.0",
      "5 post(wang@example.com) step 1.1",
      "10 post(wang@example.com) step 1.2",
      "20 sms step 2.0",
      "90 boss step 3.0",
      "150 boss step 3.1",
      "210 boss step 3.2",
    ]);
  });

  test("ends when somebody acknowledges; those who were told hear of it, and that it is over", async () => {
    await night.measure(HOT);
    await night.pass(30);
    await night.desk.acknowledge([night.key], { by: "wang", from: "desk" }, "");
    await night.pass(300);
    await night.measure(COOL);
    await night.pass(1);
    const over = night.heard.filter((line) => /acknowledge|clear/.test(line)).sort();
    expect(over).toEqual([
      "30 itsm acknowledge",
      "30 post(team@example.com,wang@example.com) acknowledge",
      "30 sms acknowledge",
      "330 itsm clear",
      "330 post(team@example.com,wang@example.com) clear",
      "330 sms clear",
    ]);
    expect(ofPlan()).toHaveLength(4);
    expect(await night.journal.escalations()).toEqual([]);
  });

  test("goes on when the journal could not take the acknowledgement", async () => {
    await night.measure(HOT);
    await night.pass(12);
    const { commit } = night.journal;
    Object.assign(night.journal, { commit: async () => ({ ok: false, reason: "diskFull", message: { zh: "满", en: "full" } }) });
    expect(await night.desk.acknowledge([night.key], { by: "wang", from: "desk" }, "")).toEqual({ problem: { zh: "满", en: "full" } });
    Object.assign(night.journal, { commit });
    await night.pass(10);
    expect(ofPlan().at(-1)).toBe("20 sms step 2.0");
  });

  test("goes on after a restart where it was: no step again, none left out", async () => {
    await night.measure(HOT);
    await night.pass(12);
    await night.restart(5 * MINUTE_MS);
    await night.pass(3);
    expect(ofPlan().at(-1)).toBe("20 sms step 2.0");
    await night.restart(80 * MINUTE_MS);
    await night.pass(60);
    expect(ofPlan().slice(4)).toEqual(["100 boss step 3.0", "150 boss step 3.1"]);
  });

  test("of a box that lost the time of day counts on from its start", async () => {
    await night.measure(HOT);
    await night.pass(12);
    night.clock.trusted = false;
    await night.restart(240 * MINUTE_MS);
    await night.pass(9);
    expect(ofPlan()).toHaveLength(3);
    await night.pass(2);
    expect(ofPlan().at(-1)).toMatch(/sms step 2\.0$/);
  });

  test("that begins anew when it becomes worse tells those on call again, and no ticket twice", async () => {
    await night.measure(HOT);
    await night.pass(40);
    await night.measure(FIRE);
    await night.pass(21);
    expect(ofPlan().slice(4)).toEqual([
      "40 post(wang@example.com) step 1.0",
      "45 post(wang@example.com) step 1.1",
      "50 post(wang@example.com) step 1.2",
      "60 sms step 2.0",
    ]);
  });

  test("calls whoever has taken over meanwhile", async () => {
    const atMs = EVENING_MS + 1_000;
    await night.duty.swap(
      { rota: "duty", fromMs: atMs + 3 * MINUTE_MS, toMs: atMs + 7 * MINUTE_MS, who: "li", note: "dentist" },
      { by: "wang", from: "" },
    );
    await night.measure(HOT);
    await night.pass(12);
    expect(ofPlan()).toEqual([
      "0 post(wang@example.com) step 1.0",
      "5 post(li@example.com) step 1.1",
      "10 post(wang@example.com) step 1.2",
    ]);
    await night.measure(COOL);
    await night.pass(1);
    expect(night.heard.at(-1)).toMatch(/^12 (itsm|post\(team@example.com,wang@example.com,li@example.com\)) clear$/);
  });
});

describe("a channel that is dead", () => {
  test("is gone around as soon as nothing gets through, with the reason; it is told all the same once it works again", async () => {
    night.down.add("post");
    await night.measure(HOT);
    await night.pass(2);
    expect(ofPlan()).toEqual(["1 sms step 1.0"]);
    expect(night.troubled("post")).toBe(true);
    expect(night.lastTold().escalation?.why?.en).toBe("post takes nothing at present; another channel is used");
    night.down.clear();
    await night.pass(6);
    expect(night.troubled("post")).toBe(false);
    expect(ofPlan().filter((line) => line.includes("post"))).toEqual([
      "3 post(wang@example.com) step 1.0",
      "5 post(wang@example.com) step 1.1",
    ]);
  });

  test("that takes a step and does not answer is an alarm in the room after two minutes", async () => {
    night.hanging.add("post");
    await night.measure(HOT);
    await night.pass(1.5);
    expect(night.troubled("post")).toBe(false);
    await night.pass(1);
    expect(night.troubled("post")).toBe(true);
    expect(ofPlan()).toEqual(["2 sms step 1.0"]);
    expect(night.lastTold().escalation?.why?.en).toBe("post did not take it within 2 minutes; another channel is used");
    night.letGo();
    await night.pass(1);
    expect(night.troubled("post")).toBe(false);
  });
});

test("what is told by no plan goes as before, and planned targets hear nothing of it", async () => {
  night.desk.condition("berlin/bus/line/-/adapterMissing", true);
  await night.pass(120);
  expect(night.desk.alarms()).toHaveLength(1);
  expect(night.desk.escalations()).toMatchObject([{ plan: null, next: null, told: [] }]);
  const [{ incident = "" } = {}] = night.desk.alarms();
  const deliveries = (await night.journal.deliveriesOf([incident]))[incident] ?? [];
  expect(deliveries.map(({ target, event }) => `${target} ${event}`).sort()).toEqual(["itsm raise", "post raise"]);
});
