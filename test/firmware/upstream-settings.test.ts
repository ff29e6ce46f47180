import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Journal, OutboxRow } from "../../firmware/journal/journal.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import type { LaneSettings } from "../../firmware/upstream/lane.ts";
import { acknowledged, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const yes: SendOutcome = { outcome: "accepted", answer: "HTTP 200", ticket: null, ticketUrl: null };
const later: SendOutcome = { outcome: "unavailable", answer: "HTTP 503", retryAfterMs: null };
const never: SendOutcome = { outcome: "refused", answer: "HTTP 400" };
const T0 = Date.UTC(2026, 8, 20);
const elsewhere = (n: number) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` });
const over = (n: number) => cleared({ key: `a/b/${n}/p/high`, incident: `i-${n}` });

interface Sent {
  readonly target: string;
  readonly row: OutboxRow;
  readonly atMs: number;
}

/** One box with two targets whose answers the test decides; events are told to `itsm` alone. */
class Stage {
  readonly clock = new ManualClock();
  readonly folder = temporaryFolder();
  readonly sent: Sent[] = [];
  readonly busy = new Set<string>();
  twoOfOneKey = 0;
  busiest = 0;
  answer: (target: string, row: OutboxRow) => SendOutcome = () => yes;
  journal: Journal = journalHere(this.folder.path);
  dispatcher: Dispatcher;
  readonly #settings: ReadonlyMap<string, LaneSettings>;

  constructor(settings: Readonly<Record<string, LaneSettings>>) {
    this.#settings = new Map(Object.entries(settings));
    this.dispatcher = this.#start();
  }

  #start(): Dispatcher {
    const dialect = (target: string) => ({
      send: async (row: OutboxRow, signal: AbortSignal) => {
        this.sent.push({ target, row, atMs: this.clock.nowMs });
        const key = `${target} ${row.key}`;
        if (this.busy.has(key)) this.twoOfOneKey += 1;
        this.busy.add(key);
        this.busiest = Math.max(this.busiest, this.busy.size);
        await this.clock.sleep(1, signal);
        this.busy.delete(key);
        return signal.aborted ? later : this.answer(target, row);
      },
      close: () => undefined,
    });
    return startDispatcher({
      ...{ journal: this.journal, clock: this.clock, settings: this.#settings },
      dialects: new Map(["itsm", "sms"].map((target) => [target, dialect(target)])),
      onTarget: () => undefined,
      onDelivery: () => undefined,
      onTrouble: (words) => {
        throw new Error(words.en);
      },
    });
  }

  async commit(...changes: Parameters<typeof entry>[0]): Promise<void> {
    const atMs = T0 + this.clock.nowMs;
    expect(await this.journal.commit(entry(changes, { targets: ["itsm"], atMs }))).toMatchObject({ ok: true });
    this.dispatcher.wake();
    await this.clock.settle();
  }

  async restart(): Promise<void> {
    await this.dispatcher.stop();
    await this.journal.close();
    this.busy.clear();
    this.journal = journalHere(this.folder.path, "boot-2");
    this.dispatcher = this.#start();
  }

  of(target: string): readonly Sent[] {
    return this.sent.filter((one) => one.target === target);
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs + ms;
    void this.clock.sleep(ms);
    await this.clock.until(() => this.clock.nowMs >= untilMs);
  }

  async queued(target: string): Promise<number> {
    return (await this.journal.targetQueues({ targets: [target], deadMax: 0 }))[0]?.queued ?? Number.NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispatcher.stop();
    await this.journal.close();
    this.folder.remove();
  }
}

describe("rate", () => {
  test("no minute has more messages than it says, attempts counted; the rest follows in order", async () => {
    await using stage = new Stage({ itsm: { rate: 3 } });
    stage.answer = (_, { incident, attempts }) => (incident === "i-1" && attempts === 0 ? later : yes);
    await stage.commit(...Array.from({ length: 8 }, (_, n) => elsewhere(n)));
    await stage.clock.until(() => stage.sent.length === 9);
    const times = stage.sent.map(({ atMs }) => atMs);
    for (const [n, atMs] of times.entries()) if (n >= 3) expect(atMs - (times[n - 3] as number)).toBeGreaterThanOrEqual(60_000);
    expect(times[2]).toBeLessThan(2_000);
  });
});

describe("the circuit", () => {
  test("after five failures in a row one message at a time is tried, ever less often, until one works; then all go", async () => {
    await using stage = new Stage({});
    let isDead = true;
    stage.answer = () => (isDead ? later : yes);
    await stage.commit(...Array.from({ length: 40 }, (_, n) => elsewhere(n)));
    await stage.pass(1_000);
    // Four, of which each frees a place for one more until the fifth failure is in.
    expect(stage.sent.length).toBeLessThanOrEqual(8);
    const before = stage.sent.length;
    stage.busiest = 0;
    await stage.pass(600_000);
    expect(stage.busiest).toBe(1);
    expect(stage.sent.length - before).toBeGreaterThan(8);
    expect(stage.sent.length - before).toBeLessThanOrEqual(16);
    isDead = false;
    const backMs = stage.clock.nowMs;
    await stage.clock.until(() => stage.busy.size === 0 && stage.busiest === 4);
    // A new alarm never waits longer than a minute to find that the target is back.
    expect(stage.clock.nowMs - backMs).toBeLessThanOrEqual(61_000);
    await stage.clock.until(() => new Set(stage.sent.slice(before).map(({ row }) => row.id)).size === 40, 400_000);
    await stage.pass(1_000);
    expect(await stage.queued("itsm")).toBe(0);
  });
});

describe("collapse", () => {
  test("what a waiting clear has overtaken is not sent, only the clear; the delivery says why", async () => {
    await using stage = new Stage({ itsm: { collapse: true } });
    let isDead = true;
    stage.answer = () => (isDead ? later : yes);
    await stage.commit(elsewhere(1));
    await stage.pass(1_000);
    await stage.commit(raised(), acknowledged(), cleared(), elsewhere(2));
    isDead = false;
    await stage.pass(60_000);
    const told = stage.of("itsm").filter(({ row }) => row.incident === "incident-1");
    // The raise was tried at once, before its clear was there to overtake it, or not at all.
    expect(told.filter(({ row }) => row.event === "clear")).toHaveLength(1);
    expect(told.map(({ row }) => row.event)).not.toContain("acknowledge");
    expect(new Set(stage.of("itsm").map(({ row }) => row.incident))).toEqual(new Set(["i-1", "i-2", "incident-1"]));
    const [deliveries] = Object.values(await stage.journal.deliveriesOf(["incident-1"]));
    expect(deliveries?.map(({ state, attempts }) => [state, attempts]).at(-1)).toEqual(["sent", 1]);
    expect(deliveries?.[1]).toMatchObject({ state: "sent", attempts: 0, answer: "not sent: its clear is told instead" });
  });

  test("without it both are sent: auditors want them", async () => {
    await using stage = new Stage({});
    await stage.commit(raised(), acknowledged(), cleared());
    await stage.pass(1_000);
    expect(stage.of("itsm").map(({ row }) => row.event)).toEqual(["raise", "acknowledge", "clear"]);
  });
});

describe("fallback", () => {
  test("what waits longer than a minute for a target that fails is told to it once, marked; it hears the clear, too", async () => {
    await using stage = new Stage({ itsm: { fallback: "sms" } });
    let isDead = true;
    stage.answer = (target) => (target === "itsm" && isDead ? later : yes);
    await stage.commit(raised());
    await stage.pass(55_000);
    expect(stage.of("sms")).toEqual([]);
    await stage.pass(120_000);
    expect(stage.of("sms").map(({ row }) => [row.event, row.id])).toEqual([["raise", stage.sent[0]?.row.id.replace(/itsm$/, "sms")]]);
    const told = JSON.parse(stage.of("sms")[0]?.row.body ?? "{}") as { textZh: string; textEn: string; standsFor: string };
    expect(told).toMatchObject({ standsFor: "itsm" });
    expect(told.textZh).toMatch(/^〔代 itsm 通知〕./);
    expect(told.textEn).toMatch(/^\[in place of itsm\] ./);
    isDead = false;
    await stage.pass(400_000);
    // Well again: a new incident is not the fallback's, the old one's clear is.
    await stage.commit(elsewhere(1), cleared());
    await stage.pass(120_000);
    expect(stage.of("sms").map(({ row }) => row.event)).toEqual(["raise", "clear"]);
    const accepted = stage
      .of("itsm")
      .filter(({ atMs }) => atMs > 175_000)
      .map(({ row }) => row.event);
    expect(accepted.toSorted()).toEqual(["clear", "raise", "raise"]);
  });

  test("what a target refuses for good is told to it, after a restart too, and never a second time", async () => {
    await using stage = new Stage({ itsm: { fallback: "sms" } });
    stage.answer = (target) => (target === "itsm" ? never : yes);
    await stage.commit(elsewhere(1));
    await stage.pass(90_000);
    await stage.restart();
    await stage.commit(elsewhere(2));
    await stage.pass(90_000);
    expect(stage.of("sms").map(({ row }) => row.incident)).toEqual(["i-1", "i-2"]);
  });

  test.each([
    ["itsm", "itsm", "itsm → itsm"],
    ["sms", "itsm", "itsm → sms → itsm"],
    ["pager", "itsm", "there is no pager in targets; there are: itsm, sms"],
  ])("itsm to %s and sms to %s is refused with place and reason", (first, second, reason) => {
    const target = (id: string, fallback: string) =>
      `  - { id: ${id}, kind: webhook, url: "http://10.0.0.5/", secret: "0123456789abcdef", fallback: ${fallback} }\n`;
    const found = loadSite(
      `site: { id: s, name: S }\nareas: [{ id: a, name: A }]\nbuses: [{ id: b, kind: modbus-tcp, host: 127.0.0.1 }]\ndevices: [{ id: d, area: a, bus: b, unit: 1, profile: sensor/xy-md02 }]\ntargets:\n${target("itsm", first)}${target("sms", second)}`,
    );
    if (!("problems" in found)) throw new Error("it was taken");
    const [problem] = found.problems;
    expect(problem?.path).toBe("targets[0].fallback");
    expect(problem?.message.en).toContain(reason);
    expect(problem?.message.zh).not.toBe("");
  });
});

test("whatever the settings, failures and restarts: in order per alarm, never two of one on the way, nothing lost, nothing accepted sent again", async () => {
  const settings = fc.record({
    rate: fc.constantFrom(undefined, 2, 600),
    collapse: fc.boolean(),
    fallback: fc.constantFrom(undefined, "sms"),
  });
  const step = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom("raise", "clear"), fc.nat({ max: 9 }));
  const moods = fc.infiniteStream(fc.constantFrom("yes", "yes", "yes", "later", "never"));
  await fc.assert(
    fc.asyncProperty(settings, fc.array(step, { minLength: 1, maxLength: 15 }), moods, async (itsm, script, mood) => {
      await using stage = new Stage({ itsm });
      const accepted: string[] = [];
      stage.answer = (_, row) => {
        const next = mood.next().value;
        if (next === "yes") accepted.push(row.id);
        return next === "yes" ? yes : next === "never" ? never : later;
      };
      for (const [alarm, cause, luck] of script) {
        await stage.commit(cause === "raise" ? elsewhere(alarm) : over(alarm));
        if (luck === 0) await stage.restart();
        if (luck === 1) await stage.pass(90_000);
      }
      for (let hour = 0; hour < 48 && (await stage.queued("itsm")) + (await stage.queued("sms")) > 0; hour += 1) await stage.pass(900_000);
      expect([await stage.queued("itsm"), await stage.queued("sms"), stage.twoOfOneKey]).toEqual([0, 0, 0]);
      expect(new Set(accepted).size).toBe(accepted.length);
      for (const target of ["itsm", "sms"]) {
        const rows = stage.of(target).filter(({ row }) => accepted.includes(row.id));
        for (const key of new Set(rows.map(({ row }) => row.key))) {
          const order = rows.filter(({ row }) => row.key === key).map(({ row }) => row.sequence);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }
    }),
    { numRuns: 10 },
  );
}, 240_000);
