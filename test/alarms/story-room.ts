import type { ReadReport } from "../../drivers/driver.ts";
import { QUALITY } from "../../drivers/reading.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";
import type { OpenBus } from "../../firmware/acquire/sessions.ts";
import { subjectsOf } from "../../firmware/assets/subject.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import type { Site } from "../../firmware/site/model.ts";
import { eventOf, taken } from "../../firmware/upstream/body.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { journalHere, temporaryFolder } from "../firmware/journal-entries.ts";
import { loadedSite } from "../firmware/loaded-site.ts";
import type { Expected, Happening, Story } from "./story.ts";
import { StoryClock } from "./story-clock.ts";

/** What is read of a device at present. */
type Said = "silent" | Map<string, number | "bad">;

/**
 * The room of a story: the gateway as it runs on a box, with its real journal and outbox. Only the wires, the time and the targets are
 * the story's.
 */
export class StoryRoom {
  readonly happened: Expected[] = [];
  readonly #site: Site;
  readonly #clock = new StoryClock();
  readonly #folder = temporaryFolder();
  readonly #said = new Map<string, Said>();
  readonly #keys = new Map<string, string>();
  #adapterIsThere = true;
  #boots = 0;
  #journal: Journal | null = null;
  #gateway: Gateway | null = null;
  #dispatcher: Dispatcher | null = null;

  constructor({ site }: Story) {
    this.#site = loadedSite(site);
    this.#clock.nowMs = 0;
    for (const { key } of this.#site.rules) this.#keys.set(key.split("/").slice(2).join("/"), key);
    for (const { id, points } of this.#site.devices) this.#said.set(id, new Map(points.map(({ name }) => [name, NORMAL[name] ?? 0])));
  }

  async open(): Promise<void> {
    this.#boots += 1;
    const clock = this.#clock;
    clock.bootMs = clock.nowMs;
    const real = journalHere(this.#folder.path, `boot-${this.#boots}`, undefined, clock);
    const journal: Journal = {
      ...real,
      commit: async (entry) => {
        const outcome = await real.commit(entry);
        if (outcome.ok)
          for (const { cause, record } of entry.changes)
            this.#note("transition", `${shortKey(record.key)} ${cause} ${record.state} ${record.severity}`);
        return outcome;
      },
    };
    this.#journal = journal;
    const live = await journal.liveAlarms();
    const gateway = new Gateway({
      ...{ site: this.#site, journal, live, clock, version: "story" },
      deliveries: await journal.deliveriesOf(live.map(({ incident }) => incident)),
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
      onDelivery: (incident) => void gateway.desk.deliveriesChanged([incident]),
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
      case first === "acknowledge":
        return this.#acknowledge(this.#key(second), words.at(-1) ?? third);
      case first === "restart":
        await this.close();
        // As long as it takes to come up again.
        await this.#clock.goTo(this.#clock.nowMs + (second === "after" ? durationMs(third) : 1_000));
        return this.open();
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
    if (value === "bad") values.set(point, "bad");
    else values.set(point, state ?? Number(value));
  }

  #normal(device: string): Map<string, number | "bad"> {
    const points = this.#site.devices.find(({ id }) => id === device)?.points ?? [];
    return new Map(points.map(({ name }) => [name, NORMAL[name] ?? 0]));
  }

  async #acknowledge(key: string, by: string): Promise<void> {
    const reply = await this.#gateway?.desk.acknowledge([key], { by, from: "story" }, "");
    if (reply === undefined || "problem" in reply || reply.acknowledged.length === 0) throw new Error(`not acknowledged: ${key}`);
  }

  #key(short: string): string {
    const key = this.#keys.get(short);
    if (key === undefined) throw new Error(`no rule ${short}; there are: ${[...this.#keys.keys()].join(", ")}`);
    return key;
  }

  #note(kind: Expected["kind"], what: string): void {
    this.happened.push({ atMs: this.#clock.nowMs, kind, what });
  }

  #target(target: string): Dialect {
    return {
      send: async (row) => {
        const event = eventOf(row);
        if (event === null) throw new Error("an event that cannot be read");
        this.#note("told", `${target} ${event.state} ${shortKey(event.key)} ${event.severity}`);
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
          const reason = !this.#adapterIsThere ? "adapterMissing" : said === "silent" ? "timeout" : null;
          if (reason !== null || !(said instanceof Map)) {
            into.values.fill(Number.NaN);
            into.qualities.fill(QUALITY[reason ?? "timeout"]);
            return { answered: false, transactions: 1, faults: [{ reason: reason ?? "timeout", detail: "as the story says" }] };
          }
          device.points.forEach(({ name }, index) => {
            const value = said.get(name) ?? "bad";
            into.values[index] = value === "bad" ? Number.NaN : value;
            into.qualities[index] = value === "bad" ? QUALITY.sensorFault : QUALITY.good;
          });
          return { answered: true, transactions: 1, faults: [] };
        },
      }),
    };
  }
}

/** A poll and a beat may pass between what happens and what comes of it. */
export const LATE_MS = 2_000;

/** What points are at while nothing is wrong. */
const NORMAL: Readonly<Record<string, number>> = {
  "ambient.temperature": 22,
  "ambient.humidity": 50,
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
