import { expect, test } from "vitest";
import type { AlarmRecord, Delivery } from "../../firmware/contract/alarm.ts";
import { watchDecisions } from "../../firmware/upstream/decisions.ts";
import type { Dialect, ToldAlarm } from "../../firmware/upstream/dialect.ts";
import { TicketWords } from "../../firmware/upstream/ticket-words.ts";
import { alarm } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const SENT: Delivery = {
  id: "e.desk",
  target: "desk",
  event: "raise",
  state: "sent",
  attempts: 1,
  atMs: 0,
  answer: "",
  ticket: "12",
  ticketUrl: null,
};

async function looked(
  alarms: readonly AlarmRecord[],
  deliveries: Readonly<Record<string, readonly Delivery[]>>,
  decisions: NonNullable<Dialect["decisions"]>,
  looks = 2,
) {
  const clock = new ManualClock();
  const acts: (readonly unknown[])[] = [];
  const troubles: string[] = [];
  const asked: (readonly ToldAlarm[])[] = [];
  const dialect: Dialect = {
    send: async () => ({ outcome: "unavailable", answer: "", retryAfterMs: null }),
    close: () => undefined,
    decisions: (open, signal) => {
      asked.push(open);
      return decisions(open, signal);
    },
  };
  const watch = watchDecisions({
    dialects: [["desk", dialect]],
    clock,
    onTrouble: ({ en }) => troubles.push(en),
    room: { alarms: () => alarms, deliveries: () => deliveries, acknowledge: async (...act) => acts.push(act) },
  });
  for (let n = 0; n < looks; n += 1) await clock.step();
  await clock.settle();
  await watch.stop();
  return { acts, asked, troubles };
}

test("who takes the ticket acknowledges the alarm, in their name at that target", async () => {
  const one = alarm({ incident: "i" });
  const { acts } = await looked([one], { i: [SENT] }, async ([first]) => [
    { key: first?.key ?? "", by: "alice", note: "ticket #12 taken" },
  ]);
  expect(acts[0]).toEqual([[one.key], { by: "alice@desk", from: "desk" }, "ticket #12 taken"]);
});

test.each<[string, Partial<AlarmRecord>, Partial<Delivery>]>([
  ["an acknowledged alarm", { state: "C" }, {}],
  ["an alarm whose last event is still on its way", {}, { state: "queued" }],
  ["an alarm that was told to another target", {}, { target: "mail" }],
  ["an alarm that changed a moment ago", { changedAtMs: Date.UTC(2026, 8, 20) + 29_000 }, {}],
])("the target is not asked about %s", async (_name, change, delivery) => {
  const { asked } = await looked(
    [alarm({ incident: "i", changedAtMs: 0, ...change })],
    { i: [{ ...SENT, ...delivery }] },
    async () => [],
    1,
  );
  expect(asked).toEqual([]);
});

test("an alarm that has returned to normal unseen is asked about as such", async () => {
  const { asked } = await looked([alarm({ incident: "i", state: "D" })], { i: [SENT] }, async () => []);
  expect(asked[0]).toMatchObject([{ incident: "i", active: false }]);
});

test("a mistake of ours in one look is told and does not end the looking", async () => {
  const { asked, troubles } = await looked([alarm({ incident: "i" })], { i: [SENT] }, async () => {
    throw new Error("ours");
  });
  expect(asked.length).toBe(2);
  expect(troubles[0]).toMatch(/desk.*ours/);
});

test("the state of every ticket of a live alarm is asked for, taken ones too, and shown in the target's word", async () => {
  const clock = new ManualClock();
  const told: unknown[] = [];
  const asked: (readonly ToldAlarm[])[] = [];
  const dialect: Dialect = {
    send: async () => ({ outcome: "unavailable", answer: "", retryAfterMs: null }),
    close: () => undefined,
    decisions: async () => [],
    ticketStates: async (alarms) => {
      asked.push(alarms);
      return alarms.map(({ incident }) => ({ incident, ticket: "12", status: "stalled" }));
    },
  };
  const taken = alarm({ incident: "i1", state: "C" });
  const watch = watchDecisions({
    dialects: [["desk", dialect]],
    clock,
    onTrouble: () => undefined,
    room: {
      alarms: () => [taken, alarm({ key: "a/b/c/d/e", incident: "i2" })],
      deliveries: () => ({ i1: [SENT], i2: [{ ...SENT, target: "other" }] }),
      acknowledge: async () => undefined,
      ticketStates: (...all) => told.push(all),
    },
  });
  await clock.step();
  await watch.stop();
  expect(asked).toEqual([[{ key: taken.key, incident: "i1", active: true }]]);
  expect(told).toEqual([["desk", [{ incident: "i1", ticket: "12", status: "stalled" }]]]);
});

test("a ticket's state stands on the last delivery that brought the ticket, and only news is news", () => {
  const words = new TicketWords();
  const state = { incident: "i1", ticket: "12", status: "open" };
  expect(words.take("desk", [state])).toEqual(["i1"]);
  expect(words.take("desk", [state])).toEqual([]);
  expect(words.take("desk", [{ ...state, status: "resolved" }])).toEqual(["i1"]);
  expect(words.take("desk", [{ ...state, status: "resolved", assignee: "zhang" }])).toEqual(["i1"]);
  expect(words.take("desk", [{ ...state, status: "resolved", assignee: "zhang" }])).toEqual([]);
  const deliveries = [SENT, { ...SENT, id: "f.desk" }, { ...SENT, id: "g.soc", target: "soc", ticket: null }];
  expect(words.shown("i1", deliveries).map(({ ticketStatus }) => ticketStatus)).toEqual([undefined, "resolved", undefined]);
  expect(words.shown("i1", deliveries).map(({ ticketAssignee }) => ticketAssignee)).toEqual([undefined, "zhang", undefined]);
  expect(words.shown("i2", deliveries)).toBe(deliveries);
  words.forget("i1");
  expect(words.shown("i1", deliveries)).toBe(deliveries);
});
