import { describe, expect, test } from "vitest";
import { JournalError, type JournalFault } from "../../firmware/journal/journal.ts";
import type { Beat, SendOutcome } from "../../firmware/upstream/dialect.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import type { TargetHealth } from "../../firmware/upstream/lane.ts";
import { TargetWatch } from "../../firmware/upstream/target-watch.ts";
import { acknowledged, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const EVERY_MS = 60_000;
const yes: SendOutcome = { outcome: "accepted", answer: "HTTP 200", ticket: null, ticketUrl: null };
const later: SendOutcome = { outcome: "unavailable", answer: "HTTP 503", retryAfterMs: null };

/** One box with one target that takes signs of life. */
class Stage {
  readonly clock = new ManualClock();
  readonly folder = temporaryFolder();
  readonly journal = journalHere(this.folder.path);
  readonly beats: (Beat & { readonly nowMs: number })[] = [];
  readonly health: TargetHealth[] = [];
  readonly trouble: string[] = [];
  answer: (beat: Beat, signal: AbortSignal) => Promise<SendOutcome> = async () => yes;
  sendAnswer: SendOutcome = yes;
  busiest = 0;
  #busy = 0;
  readonly watch = new TargetWatch(this.clock);
  readonly dispatcher = startDispatcher({
    journal: this.journal,
    clock: this.clock,
    watch: this.watch,
    dialects: new Map([
      [
        "itsm",
        {
          send: async () => this.sendAnswer,
          heartbeat: {
            everyMs: EVERY_MS,
            beat: async (beat: Beat, signal: AbortSignal) => {
              this.beats.push({ ...beat, nowMs: this.clock.nowMs });
              this.#busy += 1;
              this.busiest = Math.max(this.busiest, this.#busy);
              const answer = await this.answer(beat, signal);
              this.#busy -= 1;
              return answer;
            },
          },
          close: () => undefined,
        },
      ],
    ]),
    onTarget: (_, health) => this.health.push(health),
    onDelivery: () => undefined,
    onTrouble: (words) => this.trouble.push(words.en),
  });

  async commit(...changes: Parameters<typeof entry>[0]): Promise<void> {
    expect(await this.journal.commit(entry(changes, { targets: ["itsm"] }))).toMatchObject({ ok: true });
    this.dispatcher.wake();
    await this.clock.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispatcher.stop();
    await this.journal.close();
    this.folder.remove();
  }
}

describe("the sign of life of a target", () => {
  test("is sent at once and then at its interval, counted, and when it was last taken is known", async () => {
    await using stage = new Stage();
    await stage.clock.until(() => stage.beats.length === 3);
    expect(stage.beats.map(({ number, nowMs }) => [number, nowMs])).toEqual([
      [1, 1_000],
      [2, 61_000],
      [3, 121_000],
    ]);
    await stage.clock.settle();
    expect(stage.watch.of("itsm").lastBeatMs).toBe(Date.UTC(2026, 8, 20) + 121_000);
  });

  test("names the last event that the target took of every incident that is not over, oldest first", async () => {
    await using stage = new Stage();
    const second = raised({ key: "a/b/2/p/high", incident: "i-2" });
    await stage.commit(raised(), second);
    await stage.clock.until(() => stage.beats.length === 2);
    expect(stage.beats[1]?.live.map(({ incident, state }) => [incident, state])).toEqual([
      ["incident-1", "raise"],
      ["i-2", "raise"],
    ]);
    await stage.commit(acknowledged());
    await stage.clock.until(() => stage.beats.length === 3);
    expect(stage.beats[2]?.live.map(({ incident, state }) => [incident, state])).toEqual([
      ["incident-1", "acknowledge"],
      ["i-2", "raise"],
    ]);
    await stage.commit(cleared());
    await stage.clock.until(() => stage.beats.length === 4);
    expect(stage.beats[3]?.live.map(({ incident }) => incident)).toEqual(["i-2"]);
  });

  test("leaves out an incident that the target has not taken yet", async () => {
    await using stage = new Stage();
    await stage.clock.settle();
    stage.sendAnswer = { ...later, retryAfterMs: 3_600_000 };
    await stage.commit(raised());
    await stage.clock.until(() => stage.beats.length === 3);
    expect(stage.beats[2]?.live).toEqual([]);
  });

  test("is never two at once: a slow one leaves out those that it missed", async () => {
    await using stage = new Stage();
    stage.answer = async (_, signal) => {
      await stage.clock.sleep(150_000, signal);
      return yes;
    };
    await stage.clock.until(() => stage.beats.length === 3);
    expect(stage.busiest).toBe(1);
    expect(stage.beats.map(({ nowMs }) => nowMs)).toEqual([1_000, 181_000, 361_000]);
  });

  test("counts to the health of its target, and a dialect that throws is trouble like any other", async () => {
    await using stage = new Stage();
    stage.answer = async () => {
      throw new Error("our mistake");
    };
    await stage.clock.until(() => stage.health.length === 1);
    expect(stage.health[0]).toMatchObject({ state: "failing", detail: "our mistake" });
    stage.answer = async () => yes;
    await stage.clock.until(() => stage.health.length === 2);
    expect(stage.health[1]).toMatchObject({ state: "ok" });
    expect(stage.watch.of("itsm").lastBeatMs).not.toBeNull();
  });

  test("goes on after a journal that could not be read", async () => {
    await using stage = new Stage();
    const { acceptedLive } = stage.journal;
    const fault: JournalFault = { ok: false, reason: "io", message: { zh: "读不出", en: "cannot read" } };
    await stage.clock.settle();
    Object.assign(stage.journal, { acceptedLive: () => Promise.reject(new JournalError(fault)) });
    await stage.clock.until(() => stage.trouble.length === 1);
    Object.assign(stage.journal, { acceptedLive });
    await stage.clock.until(() => stage.beats.length === 2);
    expect(stage.trouble).toEqual(["cannot read"]);
  });

  test("is broken off by the stop, and there is none after it", async () => {
    const stage = new Stage();
    let broken = false;
    stage.answer = (_, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          broken = true;
          resolve(later);
        }),
      );
    await stage.clock.settle();
    await stage[Symbol.asyncDispose]();
    expect(broken).toBe(true);
    expect(await stage.clock.step()).toBe(false);
    expect(stage.beats).toHaveLength(1);
    expect(stage.health).toEqual([]);
  });
});
