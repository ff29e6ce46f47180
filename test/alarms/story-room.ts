import type { ReadReport } from "../../drivers/driver.ts";
import { QUALITY } from "../../drivers/reading.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";
import type { OpenBus } from "../../firmware/acquire/sessions.ts";
import type { AlarmDesk } from "../../firmware/alarm-desk.ts";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import type { Site } from "../../firmware/site/model.ts";
import { eventOf, later, taken } from "../../firmware/upstream/body.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { journalHere, temporaryFolder } from "../firmware/journal-entries.ts";
import { loadedSite } from "../firmware/loaded-site.ts";
import type { Expected, Happening, Story } from "./story.ts";
import { StoryClock } from "./story-clock.ts";

/** What is read of a device at present. */
type Said = "silent" | Map<string, number | "bad">;

/** A transition that the journal took, or what a target said yes to. */
export interface Seen extends Expected {
  readonly key: string;
  readonly cause: AlarmChange["cause"];
  readonly record: Pick<AlarmRecord, "state" | "severity" | "incident">;
  /** Null for a transition. */
  readonly target: string | null;
}

/** A simulated month beats slower: nothing in it depends on half a second. */
export interface StoryOptions {
  readonly beatMs?: number;
}

/**
 * The room of a story: the gateway as it runs on a box, with its real journal and outbox. Only the wires, the time and the targets are
 * the story's.
 */
export class StoryRoom {
  readonly happened: Seen[] = [];
  /** What the points of the room were, from when on. */
  readonly was: { readonly atMs: number; readonly point: string; readonly value: number | "bad" }[] = [];
  readonly #site: Site;
  readonly #beatMs: number;
  readonly #clock: StoryClock;
  readonly #folder = temporaryFolder();
  readonly #said = new Map<string, Said>();
  readonly #keys = new Map<string, string>();
  #adapterIsThere = true;
  #diskIsFull = false;
  /** Devices that are not heard while their points go on. */
  readonly #mute = new Set<string>();
  readonly #unreachable = new Set<string>();
  #boots = 0;
  #journal: Journal | null = null;
  #gateway: Gateway | null = null;
  #dispatcher: Dispatcher | null = null;

  constructor({ site }: Story, { beatMs = 0 }: StoryOptions = {}) {
    this.#beatMs = beatMs;
    this.#clock = new StoryClock(beatMs);
    this.#site = loadedSite(site);
    this.#clock.nowMs = 0;
    for (const { key } of this.#site.rules) this.#keys.set(key.split("/").slice(2).join("/"), key);
    for (const { id, points } of this.#site.devices) this.#said.set(id, new Map(points.map(({ name }) => [name, NORMAL[name] ?? 0])));
  }

  async open(): Promise<void> {
    this.#boots += 1;
    const boot = this.#boots;
    const clock = this.#clock;
    clock.bootMs = clock.nowMs;
    const real = journalHere(this.#folder.path, `boot-${this.#boots}`, undefined, clock);
    const journal: Journal = {
      ...real,
      commit: async (entry) => {
        if (this.#boots !== boot) return new Promise(() => {});
        if (this.#diskIsFull) return { ok: false, reason: "diskFull", message: { zh: "磁盘已满", en: "the disk is full" } };
        const outcome = await real.commit(entry);
        if (outcome.ok) for (const change of entry.changes) this.#saw(change);
        return outcome;
      },
      settle: async (results) => (this.#boots === boot ? real.settle(results) : new Promise(() => {})),
      dueDeliveries: async (query) => (this.#boots === boot ? real.dueDeliveries(query) : new Promise(() => {})),
      deliveriesOf: async (incidents) => (this.#boots === boot ? real.deliveriesOf(incidents) : new Promise(() => {})),
    };
    this.#journal = journal;
    const live = await journal.liveAlarms();
    const gateway = new Gateway({
      ...{ site: this.#site, journal, live, clock, version: "story" },
      ...(this.#beatMs === 0 ? {} : { tickMs: this.#beatMs }),
      deliveries: await journal.deliveriesOf(live.map(({ incident }) => incident)),
      windows: await journal.maintenance(),
      lastIncidentNumber: await journal.lastIncidentNumber(),
      minutes: { take: () => {}, tick: () => {} },
      subject: subjectsOf(this.#site, () => null, clock),
      wakeUpstream: () => this.#dispatcher?.wake(),
      log: () => {},
      openBus: async () => this.#bus(),
    });
    this.#gateway = gateway;
    await gateway.start();
    this.#dispatcher = startDispatcher({
      ...{ journal, clock },
      dialects: new Map(this.#site.targets.map(({ id }) => [id, this.#target(id)])),
      onTarget: (target, { state }) => gateway.desk.targetHealth(target, state === "ok"),
      onDelivery: (incidents) => void gateway.desk.deliveriesChanged(incidents),
      onTrouble: ({ en }) => {
        throw new Error(en);
      },
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher?.stop();
    await this.#gateway?.stop();
    await this.#journal?.close();
  }

  async play(story: Story): Promise<void> {
    for (const happening of story.does) {
      await this.#clock.goTo(happening.atMs);
      await this.#do(happening);
    }
    await this.#clock.goTo(story.endsMs + LATE_MS);
  }

  remove(): void {
    this.#folder.remove();
  }

  async #do({ words, line }: Happening): Promise<void> {
    const [first = "", second = "", third = ""] = words;
    const device = first.split("/")[0] ?? "";
    switch (true) {
      case first === "acknowledge" && second === "everything":
        await this.#gateway?.desk.acknowledge(this.#waiting(), { by: words.at(-1) ?? "", from: "story" }, "");
        return;
      case first === "acknowledge":
        return this.#acknowledge(this.#key(second), words.at(-1) ?? third);
      case first === "shelve":
        return this.#done(
          await this.#gateway?.desk.shelve([this.#key(second)], STAFF, words.at(-1) ?? "", third === "once" ? null : durationMs(third)),
        );
      case first === "unshelve":
        return this.#done(await this.#gateway?.desk.unshelve([this.#key(second)], STAFF));
      case first === "silence":
        return this.#done(await this.#gateway?.desk.silence([this.#key(second)], STAFF, durationMs(third)));
      case first === "maintenance":
        return this.#maintain(second, durationMs(third));
      case first === "restart":
        await this.close();
        // As long as it takes to come up again.
        await this.#clock.goTo(this.#clock.nowMs + (second === "after" ? durationMs(third) : 1_000));
        return this.open();
      case first === "cut":
        await this.#cut();
        await this.#clock.goTo(this.#clock.nowMs + (second === "for" ? durationMs(third) : 1_000));
        return this.open();
      case first === "stands":
        // "stands still for 20s": nothing in the box runs, and outside time goes on.
        this.#clock.nowMs += durationMs(words[3] ?? "");
        return;
      case first === "target":
        if (third === "down") this.#unreachable.add(second);
        else this.#unreachable.delete(second);
        return;
      case first === "disk":
        this.#diskIsFull = second === "full";
        return;
      case first === "clock":
        this.#clock.stepMs += durationMs(second);
        return;
      case first === "adapter":
        this.#adapterIsThere = second === "back";
        return;
      case !this.#said.has(device):
        throw new Error(`what does this mean: ${line}`);
      case second === "silent":
        this.#said.set(device, "silent");
        return;
      case second === "mute":
        this.#mute.add(device);
        return;
      case second === "speaks":
        this.#mute.delete(device);
        return;
      default:
        return this.#say(device, first.slice(device.length + 1), second);
    }
  }

  #say(device: string, point: string, value: string): void {
    const before = this.#said.get(device);
    const values = before instanceof Map ? before : this.#normal(device);
    this.#said.set(device, values);
    // `ups-1 answers`
    if (point === "") return;
    const definition = findPoint(point);
    if (definition === undefined || !values.has(point)) throw new Error(`${device} has no ${point}`);
    const state = definition.kind === "state" ? stateIndex(definition, value) : undefined;
    const now = value === "bad" ? "bad" : (state ?? Number(value));
    values.set(point, now);
    this.was.push({ atMs: this.#clock.nowMs, point: `${device}/${point}`, value: now });
  }

  #normal(device: string): Map<string, number | "bad"> {
    const points = this.#site.devices.find(({ id }) => id === device)?.points ?? [];
    return new Map(points.map(({ name }) => [name, NORMAL[name] ?? 0]));
  }

  async #acknowledge(key: string, by: string): Promise<void> {
    const reply = await this.#gateway?.desk.acknowledge([key], { by, from: "story" }, "");
    if (reply === undefined || "problem" in reply || reply.acknowledged.length === 0) throw new Error(`not acknowledged: ${key}`);
  }

  /** Power is cut: what was on its way to the disk never arrives, and nobody says goodbye. */
  async #cut(): Promise<void> {
    this.#boots += 1;
    void this.#dispatcher?.stop();
    void this.#gateway?.stop();
    this.#dispatcher = null;
    await this.#clock.settle();
    await this.#journal?.close();
  }

  #waiting(): readonly string[] {
    return (this.#gateway?.desk.alarms() ?? []).filter(({ state }) => state === "B" || state === "D").map(({ key }) => key);
  }

  #done(reply: Awaited<ReturnType<AlarmDesk["shelve"]>> | undefined): void {
    if (reply === undefined || "problem" in reply || reply.done.length === 0) throw new Error(`not done: ${JSON.stringify(reply)}`);
  }

  /** From now on, of one area. */
  async #maintain(area: string, forMs: number): Promise<void> {
    const scope = { all: false, areas: [area], devices: [] };
    const asked = { scope, untilMs: this.#clock.wallMs() + forMs, change: "CHG-1", requester: "wang", reason: "story" };
    const outcome = await this.#gateway?.desk.maintenance.plan(asked, STAFF);
    if (outcome === undefined || !("window" in outcome)) throw new Error(JSON.stringify(outcome));
  }

  #key(short: string): string {
    const key = this.#keys.get(short);
    if (key === undefined) throw new Error(`no rule ${short}; there are: ${[...this.#keys.keys()].join(", ")}`);
    return key;
  }

  #saw({ cause, record }: AlarmChange): void {
    const what = `${shortKey(record.key)} ${cause} ${record.state} ${record.severity}`;
    this.happened.push({ atMs: this.#clock.nowMs, kind: "transition", what, key: record.key, cause, record, target: null });
  }

  /** What is live, as the room shows it and as its journal has it. */
  async live(): Promise<{ readonly shown: readonly AlarmRecord[]; readonly kept: readonly AlarmRecord[] }> {
    return { shown: this.#gateway?.desk.alarms() ?? [], kept: (await this.#journal?.liveAlarms()) ?? [] };
  }

  #target(target: string): Dialect {
    return {
      send: async (row) => {
        const event = eventOf(row);
        if (event === null) throw new Error("an event that cannot be read");
        if (this.#unreachable.has(target)) return later("nobody there");
        const { key, state: cause, severity, incident } = event;
        const what = `${target} ${cause} ${shortKey(key)} ${severity}`;
        this.happened.push({ atMs: this.#clock.nowMs, kind: "told", what, key, cause, record: { state: "B", severity, incident }, target });
        return taken("ok");
      },
      close: () => {},
    };
  }

  #bus(): OpenBus {
    return {
      release: async () => {},
      close: async () => {},
      reader: (device) => ({
        pointNames: device.points.map(({ name }) => name),
        read: async (into): Promise<ReadReport> => {
          const said = this.#said.get(device.id);
          const reason = !this.#adapterIsThere ? "adapterMissing" : said === "silent" || this.#mute.has(device.id) ? "timeout" : null;
          if (reason !== null || !(said instanceof Map)) {
            into.values.fill(Number.NaN);
            into.qualities.fill(QUALITY[reason ?? "timeout"]);
            return { answered: false, transactions: 1, faults: [{ reason: reason ?? "timeout", detail: "as the story says" }] };
          }
          device.points.forEach(({ name }, index) => {
            const value = said.get(name) ?? "bad";
            into.values[index] = value === "bad" ? Number.NaN : value;
            into.qualities[index] = value === "bad" ? QUALITY.outOfRange : QUALITY.good;
          });
          return { answered: true, transactions: 1, faults: [] };
        },
      }),
    };
  }
}

const STAFF = { by: "wang", from: "story" };

/** A poll and a beat may pass between what happens and what comes of it. */
export const LATE_MS = 2_000;

/** What points are at while nothing is wrong. */
const NORMAL: Readonly<Record<string, number>> = {
  "ambient.temperature": 22,
  "ambient.humidity": 50,
  "input.voltage": 230,
  "battery.charge": 100,
  "battery.runtime": 40,
};

/** `site/area/device/point/type` as people say it: `device/point/type`. */
function shortKey(key: string): string {
  return key.split("/").slice(2).join("/");
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

export function durationMs(text: string): number {
  const [, number = "", unit = ""] = /^([+-]?\d+)(s|min|h|d)$/.exec(text) ?? [];
  const unitMs = UNITS[unit];
  if (unitMs === undefined) throw new Error(`no duration: ${text}`);
  return Number(number) * unitMs;
}
