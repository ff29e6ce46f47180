import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Delivery, Words } from "../../firmware/contract/alarm.ts";
import type { Journal, OutboxRow } from "../../firmware/journal/journal.ts";
import type { Dialect, SendOutcome } from "../../firmware/upstream/dialect.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import type { TargetHealth } from "../../firmware/upstream/lane.ts";
import { judgeStatus, parseRetryAfter, retryDelayMs } from "../../firmware/upstream/retry.ts";
import { acknowledged, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

describe("the retry schedule", () => {
  test.each([
    [1, 5_000],
    [2, 10_000],
    [3, 20_000],
    [6, 160_000],
    [7, 300_000],
    [5_000, 300_000],
  ])("after failure %i waits %i ms, or up to a quarter less", (attempt, delayMs) => {
    expect(retryDelayMs(attempt, 0, null)).toBe(delayMs);
    expect(retryDelayMs(attempt, 0.999, null)).toBeGreaterThan(delayMs * 0.75);
    expect(retryDelayMs(attempt, 0.999, null)).toBeLessThan(delayMs * 0.76);
  });

  test("follows the target's wish, between a second and an hour", () => {
    expect(retryDelayMs(1, 0, 42_000)).toBe(42_000);
    expect(retryDelayMs(9, 0, 0)).toBe(1_000);
    expect(retryDelayMs(1, 0, 9e9)).toBe(3_600_000);
  });

  test.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Sun, 20 Sep 2026 00:01:00 GMT", 60_000],
    ["Sun, 20 Sep 2020 00:01:00 GMT", 0],
    ["-5", null],
    ["soon", null],
    ["2026", 2_026_000],
    ["1.5", null],
    [undefined, null],
  ])("reads Retry-After %j as %j", (header, expected) => {
    expect(parseRetryAfter(header, Date.UTC(2026, 8, 20))).toBe(expected);
  });

  test("retries what may pass, parks what will not", () => {
    for (const status of [200, 201, 202, 204, 299]) expect(judgeStatus(status)).toBe("accepted");
    for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) expect(judgeStatus(status)).toBe("unavailable");
    for (const status of [301, 302, 307, 400, 401, 403, 404, 409, 410, 422]) expect(judgeStatus(status)).toBe("refused");
  });
});

type Answer = (row: OutboxRow, attempt: number) => SendOutcome | Promise<SendOutcome> | "hang";
const yes: SendOutcome = { outcome: "accepted", answer: "HTTP 200", ticket: null, ticketUrl: null };
const later: SendOutcome = { outcome: "unavailable", answer: "HTTP 503", retryAfterMs: null };
const never: SendOutcome = { outcome: "refused", answer: "HTTP 400: no such field" };

/** One box with one target whose answers the test decides. */
class Stage {
  readonly clock = new ManualClock();
  readonly folder = temporaryFolder();
  readonly sent: OutboxRow[] = [];
  readonly sentAtMs: number[] = [];
  readonly health: TargetHealth[] = [];
  readonly trouble: Words[] = [];
  busy = 0;
  busiest = 0;
  answer: Answer = () => yes;
  journal: Journal = journalHere(this.folder.path);
  dispatcher: Dispatcher = this.#start();

  #start(): Dispatcher {
    const dialect: Dialect = {
      send: async (row, signal) => {
        this.sent.push(row);
        this.sentAtMs.push(this.clock.nowMs);
        this.busy += 1;
        this.busiest = Math.max(this.busiest, this.busy);
        await this.clock.sleep(1, signal);
        const answer = signal.aborted ? later : this.answer(row, this.sent.filter(({ id }) => id === row.id).length);
        if (answer === "hang") await new Promise((resolve) => signal.addEventListener("abort", resolve));
        this.busy -= 1;
        return answer === "hang" ? later : answer;
      },
      close: () => undefined,
    };
    return startDispatcher({
      journal: this.journal,
      clock: this.clock,
      dialects: new Map([["itsm", dialect]]),
      onTarget: (_, health) => this.health.push(health),
      onDelivery: () => undefined,
      onTrouble: (words) => this.trouble.push(words),
    });
  }

  async commit(...changes: Parameters<typeof entry>[0]): Promise<void> {
    expect(await this.journal.commit(entry(changes, { targets: ["itsm"] }))).toMatchObject({ ok: true });
    this.dispatcher.wake();
  }

  /** As after a kill: nothing in memory survives. */
  async restart(): Promise<void> {
    await this.dispatcher.stop();
    await this.journal.close();
    this.journal = journalHere(this.folder.path, "boot-2");
    this.dispatcher = this.#start();
  }

  async states(incidents: readonly string[] = ["incident-1"]): Promise<Delivery["state"][]> {
    return Object.values(await this.journal.deliveriesOf(incidents)).flatMap((all) => all.map(({ state }) => state));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispatcher.stop();
    await this.journal.close();
    this.folder.remove();
  }
}

const life = [raised(), acknowledged(), cleared()];
const elsewhere = (n: number) => raised({ key: `a/b/${n}/p/high`, incident: `i-${n}` });

describe("the dispatcher", () => {
  test("sends as soon as it is woken, without waiting for any time to pass", async () => {
    await using stage = new Stage();
    await stage.clock.settle();
    const beforeMs = stage.clock.nowMs;
    await stage.commit(raised());
    await stage.clock.until(() => stage.sent.length === 1);
    expect(stage.clock.nowMs).toBe(beforeMs);
  });

  test("tells one alarm's story in order, however long the first word takes", async () => {
    await using stage = new Stage();
    stage.answer = (row, attempt) => (row.event === "raise" && attempt < 4 ? later : yes);
    await stage.commit(...life);
    await stage.clock.until(() => stage.sent.length === 6);
    expect(stage.sent.map(({ event }) => event)).toEqual(["raise", "raise", "raise", "raise", "acknowledge", "clear"]);
    expect(new Set(stage.sent.map(({ id }) => id)).size).toBe(3);
    expect(stage.sentAtMs.slice(0, 4).map((at, n, all) => (n === 0 ? 0 : at - (all[n - 1] ?? 0) - 1))).toEqual([0, 5_000, 10_000, 20_000]);
  });

  test("goes on with other alarms while one of them fails", async () => {
    await using stage = new Stage();
    stage.answer = (row) => (row.key === raised().record.key ? later : yes);
    await stage.commit(raised(), elsewhere(1), elsewhere(2));
    await stage.clock.until(() => stage.sent.length === 3 && stage.busy === 0);
    expect(await stage.states(["i-1", "i-2", "incident-1"])).toEqual(["sent", "sent", "queued"]);
  });

  test("has at most four messages on the way", async () => {
    await using stage = new Stage();
    await stage.commit(...Array.from({ length: 20 }, (_, n) => elsewhere(n)));
    await stage.clock.until(() => stage.sent.length === 20);
    expect(stage.busiest).toBe(4);
  });

  test("parks what the target refuses, goes on behind it, and says so", async () => {
    await using stage = new Stage();
    stage.answer = (row) => (row.event === "raise" ? never : yes);
    await stage.commit(...life);
    await stage.clock.until(() => stage.sent.length === 3 && stage.busy === 0);
    expect(await stage.states()).toEqual(["parked", "sent", "sent"]);
    // What got through behind it does not undo that somebody has to look.
    expect(stage.health).toMatchObject([{ state: "parked", detail: "HTTP 400: no such field" }]);
  });

  test("calls a target failing after a minute without success, once, and well again at the first yes", async () => {
    await using stage = new Stage();
    stage.answer = (_, attempt) => (attempt < 8 ? later : yes);
    await stage.commit(raised());
    await stage.clock.until(() => stage.health.length > 0);
    expect(stage.clock.nowMs).toBeGreaterThan(61_000);
    expect(stage.health).toEqual([{ state: "failing", sinceMs: Date.UTC(2026, 8, 20) + 1_001, detail: "HTTP 503" }]);
    await stage.clock.until(() => stage.health.length > 1);
    expect(stage.health[1]).toMatchObject({ state: "ok" });
  });

  test("does not add up two short failures with a success between them", async () => {
    await using stage = new Stage();
    stage.answer = (_, attempt) => (attempt === 1 ? later : yes);
    await stage.commit(raised());
    await stage.clock.until(() => stage.sent.length === 2 && stage.busy === 0);
    stage.clock.nowMs += 600_000;
    await stage.commit(elsewhere(1));
    await stage.clock.until(() => stage.sent.length === 4 && stage.busy === 0);
    expect(stage.health).toMatchObject([{ state: "ok" }]);
  });

  test("leaves a target that asks for patience alone, with every alarm", async () => {
    await using stage = new Stage();
    stage.answer = (_, attempt) => (attempt === 1 ? { outcome: "unavailable", answer: "HTTP 429", retryAfterMs: 90_000 } : yes);
    await stage.commit(raised());
    await stage.clock.until(() => stage.busy === 0 && stage.sent.length === 1);
    await stage.commit(elsewhere(1));
    stage.answer = () => yes;
    await stage.clock.until(() => stage.sent.length === 3);
    expect(stage.sentAtMs[1]).toBeGreaterThanOrEqual(90_000);
  });

  test("sends what was on the way at a kill again, under the same key and with the same bytes", async () => {
    await using stage = new Stage();
    stage.answer = () => "hang";
    await stage.commit(raised());
    await stage.clock.until(() => stage.sent.length === 1);
    await stage.clock.step();
    stage.answer = () => yes;
    await stage.restart();
    await stage.clock.until(() => stage.sent.length === 2);
    expect(stage.sent[1]).toEqual(stage.sent[0]);
  });

  test("does not tell the target twice because the disk is full", async () => {
    await using stage = new Stage();
    const { settle } = stage.journal;
    const full = { ok: false, reason: "diskFull", message: { zh: "磁盘已满", en: "disk full" } } as const;
    let refusals = 3;
    Object.assign(stage.journal, {
      settle: (results: Parameters<typeof settle>[0]) => (refusals-- > 0 ? Promise.resolve(full) : settle(results)),
    });
    await stage.commit(raised());
    await stage.clock.until(() => stage.trouble.length === 3);
    await stage.clock.step();
    await stage.clock.settle();
    expect(stage.sent).toHaveLength(1);
    expect(await stage.states()).toEqual(["sent"]);
  });
});

/** How the target treats one attempt. `lostAnswer`: it took the message and we never learn it. */
const mood = fc.constantFrom<("yes" | "later" | "patience" | "never" | "lostAnswer")[]>(
  "yes",
  "yes",
  "later",
  "patience",
  "never",
  "lostAnswer",
);

test(
  "whatever the failures, each message arrives in order per alarm, under one key with one body, at least once or parked",
  () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.boolean()), { minLength: 1, maxLength: 25 }),
        fc.infiniteStream(mood),
        fc.infiniteStream(fc.integer({ min: 0, max: 15 })),
        async (script, moods, luck) => {
          await using stage = new Stage();
          const received: OutboxRow[] = [];
          const parked = new Set<string>();
          stage.answer = (row) => {
            const next = moods.next().value;
            if (next === "never") parked.add(row.id);
            if (next === "yes" || next === "lostAnswer") received.push(row);
            if (next === "patience") return { outcome: "unavailable", answer: "HTTP 429", retryAfterMs: 7_000 };
            return next === "yes" ? yes : next === "never" ? never : later;
          };
          const wanted: { key: string; sequence: number }[] = [];
          for (const [alarm, restart] of script) {
            await stage.commit(elsewhere(alarm));
            wanted.push({ key: elsewhere(alarm).record.key, sequence: wanted.length + 1 });
            if (restart && luck.next().value < 4) await stage.restart();
          }
          const settled = (): boolean => new Set([...received.map(({ sequence }) => sequence)]).size + unseen().length >= wanted.length;
          const unseen = () => [...parked].filter((id) => !received.some((row) => row.id === id));
          await stage.clock.until(settled);
          for (const key of new Set(wanted.map((one) => one.key))) {
            const inOrder = received.filter((row) => row.key === key).map(({ sequence }) => sequence);
            expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
          }
          for (const row of stage.sent) {
            const first = stage.sent.find(({ sequence }) => sequence === row.sequence);
            expect([row.id, row.body]).toEqual([first?.id, first?.body]);
          }
          expect(new Set(stage.sent.map(({ id }) => id)).size).toBe(wanted.length);
        },
      ),
      { numRuns: 40 },
    ),
  60_000,
);
