import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ToldIncident } from "../../firmware/journal/journal.ts";
import { latestOf, type Repair, repairsOf } from "../../firmware/upstream/reconcile.ts";
import type { DeskTicket } from "../../firmware/upstream/ticket-desk.ts";
import { ticketMark } from "../../firmware/upstream/ticket-mark.ts";

const toldOf = (state: ToldIncident["state"], incident = "i"): ToldIncident => ({
  incident,
  key: "k",
  state,
  body: "{}",
  sequence: 7,
  atMs: 0,
});
const MARK = ticketMark(toldOf("live"));
const DESK = { markOf: ticketMark };
const never = (): boolean => false;

/** `3 open`, `2 resolved by li`: a ticket as a desk shows it. */
function ticket(said: string, mark = MARK): DeskTicket {
  const [id = "", stage = "", , creator = "room"] = said.split(" ");
  const shown = { id, number: id, url: null, mark, status: stage, assignee: null, creator, changedBy: creator };
  return { ...shown, stage: stage as DeskTicket["stage"] };
}

function said(repair: Repair): string {
  if (repair.kind === "tellAgain") return "tell again";
  return repair.kind === "merge" ? `merge ${repair.ticket.id} into ${repair.into.id}` : `${repair.kind} ${repair.ticket.id}`;
}

describe("what was told and what stands at the desk, the newest first", () => {
  test.each<[ToldIncident["state"], readonly string[], readonly string[]]>([
    ["live", ["1 new"], []],
    ["live", ["1 open"], []],
    ["live", [], ["tell again"]],
    ["live", ["1 resolved"], ["remark 1"]],
    ["live", ["1 closed"], []],
    ["live", ["2 open", "1 closed"], []],
    ["live", ["3 new", "2 open", "1 new"], ["merge 3 into 1", "merge 2 into 1"]],
    ["live", ["2 resolved", "1 open"], []],
    ["live", ["2 open", "1 resolved"], ["merge 2 into 1", "remark 1"]],
    ["live", ["2 open by li", "1 open"], []],
    ["live", ["2 open by li", "1 resolved"], ["remark 1"]],
    ["over", [], []],
    ["over", ["1 resolved"], []],
    ["over", ["1 closed"], []],
    ["over", ["1 open"], ["resolve 1"]],
    ["over", ["2 open", "1 resolved"], ["merge 2 into 1"]],
    ["over", ["2 open", "1 closed"], ["resolve 2"]],
    ["over", ["2 open", "1 new"], ["merge 2 into 1", "resolve 1"]],
    ["over", ["2 open by li", "1 resolved"], []],
    ["live", ["1 resolved by "], ["remark 1"]],
    ["live", ["2 open by ", "1 open by "], []],
    ["over", ["1 open by "], []],
    ["over", ["2 open by li", "1 open by "], []],
    ["moving", [], []],
    ["moving", ["2 open", "1 open"], []],
  ])("%s with %j: %j", (state, tickets, repairs) => {
    const found = new Map([[MARK, tickets.map((one) => ticket(one))]]);
    expect(repairsOf([toldOf(state)], DESK, found, never).map(said)).toEqual(repairs);
  });

  test("nothing is said of what the desk was not asked about, and no other ticket is looked at", () => {
    expect(repairsOf([toldOf("live")], DESK, new Map(), never)).toEqual([]);
    expect(repairsOf([], DESK, new Map([["rw-0123456789abcdef", [ticket("1 open", "rw-0123456789abcdef")]]]), never)).toEqual([]);
  });

  test("where alarms are known by their key, the last incident of each is compared, also while something of it is on the way", () => {
    const told = [toldOf("over", "i-1"), { ...toldOf("over", "i-2"), key: "other" }, toldOf("moving", "i-3")];
    expect(latestOf(told, { markOf: ({ key }) => key }).map(({ incident }) => incident)).toEqual(["i-3", "i-2"]);
    expect(latestOf(told, DESK)).toEqual(told);
  });

  test("what was remarked on once is left to staff: ended stays ended, opened again stays open", () => {
    for (const [state, one] of [
      ["live", "1 resolved"],
      ["over", "1 open"],
    ] as const)
      expect(repairsOf([toldOf(state)], DESK, new Map([[MARK, [ticket(one)]]]), () => true)).toEqual([]);
  });
});

test("law: after its repairs a desk has at most one open ticket of an incident that stands and none of one that is over, and the next comparison finds nothing to do", () => {
  const stage = fc.constantFrom("new", "open", "resolved", "closed");
  const world = fc.array(fc.record({ state: fc.constantFrom("live", "over", "moving"), stages: fc.array(stage, { maxLength: 4 }) }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(world, (incidents) => {
      const told = incidents.map(({ state }, n) => toldOf(state as ToldIncident["state"], `i-${n}`));
      let id = 0;
      const desk = new Map(
        told.map((one, n) => [
          ticketMark(one),
          (incidents[n]?.stages ?? []).map((said) => ticket(`${++id} ${said}`, ticketMark(one))).toReversed(),
        ]),
      );
      const before = structuredClone([...desk]);
      const noted = new Set<string>();
      const isNoted = ({ id: of }: DeskTicket, remark: { readonly id: string }): boolean => noted.has(`${of} ${remark.id}`);
      for (const repair of repairsOf(told, DESK, desk, isNoted)) {
        const mark = ticketMark(repair.told);
        const tickets = desk.get(mark) ?? [];
        const changed = (of: string, to: "resolved"): readonly DeskTicket[] =>
          tickets.map((one) => (one.id === of ? { ...one, stage: to } : one));
        if (repair.kind === "tellAgain") desk.set(mark, [ticket(`${++id} new`, mark)]);
        else noted.add(`${repair.ticket.id} ${repair.remark.id}`);
        if (repair.kind === "merge")
          desk.set(
            mark,
            tickets.filter((one) => one.id !== repair.ticket.id),
          );
        if (repair.kind === "resolve") desk.set(mark, [...changed(repair.ticket.id, "resolved")]);
      }
      expect(repairsOf(told, DESK, desk, isNoted)).toEqual([]);
      for (const [n, one] of told.entries()) {
        const tickets = desk.get(ticketMark(one)) ?? [];
        const open = tickets.filter((left) => left.stage === "new" || left.stage === "open");
        if (one.state === "over") expect(open).toEqual([]);
        if (one.state === "live") {
          expect(tickets).not.toEqual([]);
          // Open where it was open or gone; what staff have ended stays ended.
          const first = incidents[n]?.stages.find((was) => was !== "closed");
          expect(open).toHaveLength(first === "new" || first === "open" || incidents[n]?.stages.length === 0 ? 1 : 0);
        }
        if (one.state === "moving") expect(tickets).toEqual(before[n]?.[1]);
      }
    }),
  );
});
