import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { later } from "../../firmware/upstream/body.ts";
import { type Dispatcher, startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { watchTickets } from "../../firmware/upstream/reconciler.ts";
import { TargetWatch } from "../../firmware/upstream/target-watch.ts";
import { type DeskTicket, deskDialect } from "../../firmware/upstream/ticket-desk.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";
import { DeskLikeness } from "../upstream/desk-likeness.ts";
import { acknowledged, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";
import { ManualClock } from "./manual-clock.ts";

const MINUTES_MS = 60_000;
const MARK = ticketMark(raised().record);

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
let journal: Journal;
let desk: DeskLikeness;
let dispatcher: Dispatcher;
let watch: TargetWatch;
let compare: () => ReturnType<typeof watchTickets>;
let tickets: ReturnType<typeof watchTickets>;
let troubles: string[];

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
  journal = journalHere(folder.path);
  desk = new DeskLikeness();
  watch = new TargetWatch(clock);
  troubles = [];
  const dialects = new Map([["desk", deskDialect(desk, "en", () => undefined)]]);
  const onTrouble = ({ en }: { readonly en: string }): unknown => troubles.push(en);
  dispatcher = startDispatcher({ journal, clock, dialects, onTarget: () => undefined, onDelivery: () => undefined, onTrouble });
  compare = () => watchTickets({ dialects, journal, clock, dispatcher, watch, onTrouble });
  tickets = compare();
});

afterEach(async () => {
  await Promise.all([tickets.stop(), dispatcher.stop()]);
  await journal.close();
  folder.remove();
});

async function commit(...changes: readonly AlarmChange[]): Promise<void> {
  for (const change of changes) {
    expect(await journal.commit(entry([change], { targets: ["desk"], atMs: clock.wallMs() }))).toMatchObject({ ok: true });
    dispatcher.wake();
    await clock.settle();
  }
}

/** To the end of the next comparison, and of what it set going. */
async function compared(): Promise<void> {
  const fromMs = clock.nowMs;
  await clock.until(() => clock.nowMs >= fromMs + 5 * MINUTES_MS);
  await clock.settle();
}

const shown = (): readonly string[] => desk.tickets.map(({ id, stage }) => `${id} ${stage}`);

async function repairs(): Promise<readonly string[]> {
  const lines = (await journal.audit(50)).filter(({ action }) => action.startsWith("ticket."));
  return lines.map(({ by, from, action, subject, detail }) => [by, from, action, subject, detail].join(" ")).toReversed();
}

describe("every five minutes a desk is compared with what it was told", () => {
  test("where all is well nothing is done, and people see when it was looked at", async () => {
    await commit(raised(), acknowledged(), raised({ incident: "j" }), cleared({ incident: "j" }));
    await compared();
    expect(shown()).toEqual(["1 open", "2 resolved"]);
    expect(await repairs()).toEqual([]);
    expect(watch.of("desk")).toMatchObject({ comparedMs: clock.wallMs(), repairs: 0 });
  });

  test("a ticket whose clear was undone is resolved with a note; who opens it again after that keeps it open", async () => {
    await commit(raised(), cleared());
    Object.assign(desk.tickets[0] ?? {}, { stage: "open" });
    await compared();
    expect(shown()).toEqual(["1 resolved"]);
    expect(desk.tickets[0]?.notes.at(-1)).toBe("resolve-2");
    expect(await repairs()).toEqual(["roomward gateway ticket.resolve desk incident-1 1"]);
    expect(watch.of("desk")).toMatchObject({ repairs: 1 });
    Object.assign(desk.tickets[0] ?? {}, { stage: "open" });
    await compared();
    expect(shown()).toEqual(["1 open"]);
    expect(await repairs()).toHaveLength(1);
  });

  test("a desk that was set back to an old copy is told of what stands and resolves what is over", async () => {
    await commit(raised({ incident: "old" }));
    const copy = structuredClone(desk.tickets);
    await commit(cleared({ incident: "old" }), raised({ incident: "new" }), acknowledged({ incident: "new" }));
    desk.tickets.splice(0, desk.tickets.length, ...copy);
    await compared();
    expect(desk.tickets.map(({ mark, stage }) => [mark, stage])).toEqual([
      [ticketMark(raised({ incident: "old" }).record), "resolved"],
      [ticketMark(raised({ incident: "new" }).record), "open"],
    ]);
    expect(await repairs()).toEqual(["roomward gateway ticket.resolve desk old 1", "roomward gateway ticket.tellAgain desk new"]);
    expect((await journal.deliveriesOf(["new"]))["new"]).toMatchObject([
      { event: "raise", state: "sent", attempts: 2 },
      { event: "acknowledge", state: "sent", attempts: 2 },
    ]);
  });

  test("an incident whose ticket vanishes again and again is told again once in a run of the box", async () => {
    await commit(raised());
    const { find } = desk;
    desk.find = async () => ({ ok: true, value: [] });
    await compared();
    await compared();
    expect(shown()).toEqual(["1 new", "2 new"]);
    desk.find = find;
    await compared();
    expect(shown()).toEqual(["1 new"]);
    desk.tickets.length = 0;
    await compared();
    expect(shown()).toEqual([]);
    expect((await repairs()).map((line) => line.split(" ")[2])).toEqual(["ticket.tellAgain", "ticket.merge"]);
  });

  test("a ticket that staff have put out of our sight is theirs; whether it is, is asked once", async () => {
    await commit(raised());
    desk.tickets.length = 0;
    desk.theirs.add("1");
    const asked = vi.spyOn(desk, "isTheirs");
    await compared();
    await compared();
    expect([asked.mock.calls.map(([number]) => number), shown(), await repairs()]).toEqual([["1"], [], []]);
  });

  test("where a desk does not show what was written on a ticket, who opens it again keeps it open all the same", async () => {
    const never = async () => ({ ok: true, value: false }) as const;
    Object.assign(desk, { holds: never, merge: undefined });
    await commit(raised({ incident: "over" }), cleared({ incident: "over" }), raised({ incident: "ended" }), raised({ incident: "twice" }));
    desk.add(ticketMark(raised({ incident: "twice" }).record));
    const [over, ended, , copy] = desk.tickets;
    Object.assign(over ?? {}, { stage: "open" });
    Object.assign(ended ?? {}, { stage: "resolved" });
    await compared();
    expect(shown()).toEqual(["1 resolved", "2 resolved", "3 new", "4 resolved"]);
    for (const ticket of [over, copy]) Object.assign(ticket ?? {}, { stage: "open" });
    await compared();
    await compared();
    expect(shown()).toEqual(["1 open", "2 resolved", "3 new", "4 open"]);
    expect(await repairs()).toHaveLength(3);
  });

  test("a desk that is asked ticket by ticket is compared some at a time, in turn", async () => {
    await tickets.stop();
    Object.assign(desk, { comparedAtOnce: 2 });
    tickets = compare();
    for (const incident of ["a", "b", "c"]) await commit(raised({ incident }));
    for (const ticket of desk.tickets) ticket.stage = "resolved";
    await compared();
    expect(desk.tickets.map(({ notes }) => notes.length)).toEqual([2, 2, 1]);
    await compared();
    expect(desk.tickets.map(({ notes }) => notes.length)).toEqual([2, 2, 2]);
  });

  test("several open tickets of one incident become the oldest; those of other gateways are not even asked for", async () => {
    await commit(raised());
    desk.add(MARK);
    desk.add(MARK);
    desk.add("rw-0123456789abcdef");
    desk.add("rw-0123456789abcdef");
    await compared();
    expect(shown()).toEqual(["1 new", "4 new", "5 new"]);
    expect(await repairs()).toEqual(["3", "2"].map((id) => `roomward gateway ticket.merge desk incident-1 ${id} → 1`));
    expect(new Set(desk.asked.flat())).toEqual(new Set([MARK]));
  });

  test("what staff have ended while the alarm stands is noted once and stays ended", async () => {
    await commit(raised());
    Object.assign(desk.tickets[0] ?? {}, { stage: "resolved" });
    await compared();
    await compared();
    expect(shown()).toEqual(["1 resolved"]);
    expect(desk.tickets[0]?.notes.slice(1)).toEqual(["remark-1"]);
    expect(await repairs()).toEqual(["roomward gateway ticket.remark desk incident-1 1"]);
  });

  test.each([
    ["is over", [raised()], () => desk.tickets.splice(0), cleared(), []],
    [
      "stands again",
      [raised(), cleared()],
      () => Object.assign(desk.tickets[0] ?? {}, { stage: "open" }),
      raised({ raiseCount: 2 }),
      ["1 open"],
    ],
  ])(
    "an incident that %s by the time that the desk has answered is told of that, not mended",
    async (_, told, differs, news, shownAfter) => {
      await commit(...told);
      differs();
      const find = desk.find.bind(desk);
      desk.find = async (marks) => {
        desk.find = find;
        const found = await find(marks);
        await journal.commit(entry([news], { targets: ["desk"], atMs: clock.wallMs() }));
        return found;
      };
      await compared();
      expect(await repairs()).toEqual([]);
      expect(shown()).toEqual(shownAfter);
      expect((await journal.deliveriesOf(["incident-1"]))["incident-1"]?.every(({ state }) => state === "sent")).toBe(true);
    },
  );

  test("what was told a moment ago may not be at the desk yet: it is looked at next time", async () => {
    await clock.settle();
    clock.nowMs = 5 * MINUTES_MS - 5_000;
    await commit(raised());
    desk.tickets.length = 0;
    await clock.until(() => watch.of("desk").comparedMs !== null);
    await clock.settle();
    expect(desk.tickets).toEqual([]);
    await compared();
    expect(shown()).toEqual(["1 new"]);
  });

  test("a desk that does not answer is compared at the next look, and nothing is thought to be gone", async () => {
    await commit(raised());
    desk.isAway = true;
    await compared();
    expect(watch.of("desk").comparedMs).toBeNull();
    expect(await repairs()).toEqual([]);
    desk.isAway = false;
    await compared();
    expect(shown()).toEqual(["1 new"]);
    expect(watch.of("desk").comparedMs).not.toBeNull();
  });

  test("a desk that refuses to be asked is said at once, and nothing was compared", async () => {
    await commit(raised());
    desk.find = async () => ({ ok: false, status: 403, outcome: { outcome: "refused", answer: "HTTP 403: no query" } });
    await compared();
    expect(troubles).toEqual([expect.stringMatching(/desk.*HTTP 403: no query/)]);
    expect(watch.of("desk").comparedMs).toBeNull();
  });

  test("a desk that goes away in the midst of its answers was not compared, and that is said by its deliveries", async () => {
    for (let n = 0; n < 15; n += 1) await commit(raised({ incident: `i-${n}` }));
    const find = desk.find.bind(desk);
    let asked = 0;
    desk.find = async (marks) => (++asked === 1 ? find(marks) : { ok: false, status: null, outcome: later("away") });
    desk.tickets.length = 0;
    await compared();
    expect([asked, troubles, desk.tickets.length, watch.of("desk").comparedMs]).toEqual([2, [], 0, null]);
  });

  test.each([
    ["a repair", "change"],
    ["a look at the notes", "holds"],
  ] as const)("%s that is refused is said at the end, and the others are put right", async (_, call) => {
    await commit(...["a", "b", "c"].flatMap((incident) => [raised({ incident }), cleared({ incident })]));
    for (const ticket of desk.tickets) ticket.stage = "open";
    const answer = desk[call].bind(desk) as (...asked: readonly unknown[]) => Promise<never>;
    const refused = { ok: false, status: 403, outcome: { outcome: "refused", answer: "HTTP 403: not this one" } } as never;
    desk[call] = async (ticket: DeskTicket, ...more: readonly unknown[]) => (ticket.id === "2" ? refused : answer(ticket, ...more));
    await compared();
    expect(shown()).toEqual(["1 resolved", "2 open", "3 resolved"]);
    expect(troubles).toEqual([expect.stringMatching(/desk.*\(1\).*HTTP 403: not this one/)]);
    expect(watch.of("desk")).toMatchObject({ comparedMs: clock.wallMs(), repairs: 2 });
  });

  test("a desk that refuses what is asked of it is said, with its answer", async () => {
    await commit(raised(), cleared());
    Object.assign(desk.tickets[0] ?? {}, { stage: "open" });
    desk.change = async () => ({ ok: false, status: 403, outcome: { outcome: "refused", answer: "HTTP 403: no right" } });
    await compared();
    expect(troubles).toEqual([expect.stringMatching(/desk.*HTTP 403: no right/)]);
    expect(await repairs()).toEqual([]);
  });
});
