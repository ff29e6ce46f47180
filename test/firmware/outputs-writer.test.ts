import { afterEach, beforeEach, expect, test } from "vitest";
import type { Found, Switch } from "../../drivers/switch.ts";
import type { Command } from "../../firmware/outputs/book.ts";
import { OutputWriter } from "../../firmware/outputs/writer.ts";
import { ManualClock } from "./manual-clock.ts";

let clock: ManualClock;
/** What the module is at, and how it behaves. */
let isOn: boolean;
let manner: "obeys" | "gone" | "ignores" | "obeysSilently";
let sets: number;
let told: string[];
let writer: OutputWriter;

const GONE: Found = { isOn: null, fault: { reason: "timeout", detail: "no answer" } };
const module_: Switch = {
  look: async () => (manner === "gone" ? GONE : { isOn, fault: null }),
  async set(wanted) {
    sets += 1;
    if (manner === "gone") return GONE;
    if (manner !== "ignores") isOn = wanted;
    return manner === "obeysSilently" ? GONE : { isOn, fault: null };
  },
};
const command = (wanted: boolean | null): Command => ({ output: "o", isOn: wanted, why: { kind: "normal" }, isResting: false });

beforeEach(() => {
  clock = new ManualClock();
  [isOn, manner, sets, told] = [false, "obeys", 0, []];
  writer = new OutputWriter((work) => work(module_), clock, {
    found: () => {},
    settled: (order, from, found) => told.push(`${order.isOn}: ${from} → ${found.isOn}`),
    failing: (isFailing) => told.push(isFailing ? "failing" : "well"),
  });
});
afterEach(async () => {
  const closed = writer.close();
  await clock.settle();
  while (await clock.step()) {
    // Whoever still sleeps is woken, so that it can end.
  }
  await closed;
});
/** Goes on for this long, whatever there is to wait for. */
async function pass(ms: number): Promise<void> {
  const untilMs = clock.nowMs + ms;
  await clock.settle();
  while (clock.nowMs < untilMs) if (!(await clock.step())) clock.nowMs = untilMs;
}

test("it is set once, read back, and not set again while it stays so", async () => {
  writer.want(command(true));
  await pass(120_000);
  expect([isOn, sets, told]).toEqual([true, 1, ["true: false → true"]]);
});

test("what is so already is not set at all: a restart while it is on writes nothing", async () => {
  isOn = true;
  writer.want(command(true));
  await pass(60_000);
  expect([sets, told]).toEqual([0, []]);
});

test("where it is to be left as it is, nothing is set", async () => {
  isOn = true;
  writer.want(command(null));
  await pass(60_000);
  expect(sets).toBe(0);
});

test("a module whose answer was lost but that has obeyed is looked at and not set twice", async () => {
  writer.want(command(false));
  await pass(1_000);
  manner = "obeysSilently";
  writer.want(command(true));
  await pass(20_000);
  expect([isOn, sets]).toEqual([true, 1]);
  expect(told).toEqual(["true: false → true"]);
});

test("a wire that is pulled is told, and it is set when it is back", async () => {
  writer.want(command(false));
  await pass(1_000);
  manner = "gone";
  writer.want(command(true));
  await pass(30_000);
  expect(told).toEqual(["failing", "true: false → null"]);
  manner = "obeys";
  await pass(60_000);
  expect(isOn).toBe(true);
  expect(told.slice(2)).toEqual(["well", "true: false → true"]);
});

test("a module that does not obey is told, and is not set for ever", async () => {
  manner = "ignores";
  writer.want(command(true));
  await pass(600_000);
  expect(sets).toBe(5);
  expect(told).toEqual(["failing", "true: false → false"]);
});

test("what somebody else has switched is set right, and told once", async () => {
  writer.want(command(true));
  await pass(1_000);
  for (let quarrel = 0; quarrel < 4; quarrel += 1) {
    isOn = false;
    await pass(40_000);
    expect(isOn).toBe(true);
  }
  expect(told).toEqual(["true: false → true", "true: false → true"]);
});

test("an order that is taken back before it was tried is not carried out", async () => {
  manner = "gone";
  writer.want(command(true));
  await pass(1_000);
  writer.want(command(false));
  manner = "obeys";
  await pass(60_000);
  expect([isOn, sets]).toEqual([false, 0]);
});
