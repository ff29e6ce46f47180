import { afterEach, beforeEach, expect, test } from "vitest";
import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { DeliveryResult, Journal } from "../../firmware/journal/journal.ts";
import { acknowledged, alarm, cleared, entry, journalHere, raised, temporaryFolder } from "./journal-entries.ts";

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;
beforeEach(() => {
  folder = temporaryFolder();
  journal = journalHere(folder.path);
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

const other = { key: "sz1/r1/th-4/ambient.temperature/high", incidentKey: alarm().key };
const CHANGES = {
  raise: raised(),
  again: raised({ raiseCount: 2 }),
  other: raised(other),
  otherOver: cleared(other),
  seen: acknowledged(),
  clear: cleared(),
  aside: { cause: "aside", record: alarm({ state: "E", raiseCount: 2 }) },
} satisfies Record<string, AlarmChange>;
const audit = { atMs: 1, by: "roomward", action: "ticket.tellAgain", subject: "desk", detail: "" };

/** Commits what is named and has the target take all of it up to `!` (refused) or `?` (on its way). */
async function tell(story: string, targets: readonly string[] = ["desk"]): Promise<void> {
  for (const word of story.split(" ")) {
    const change = CHANGES[word.replace(/[!?]$/, "") as keyof typeof CHANGES];
    await journal.commit(entry([change], { targets }));
    if (word.endsWith("?")) continue;
    const { rows } = await journal.dueDeliveries({ target: "desk", nowMs: 1, limit: 10 });
    const verdict: DeliveryResult["verdict"] = word.endsWith("!") ? { next: "park" } : { next: "done", ticket: "1", ticketUrl: null };
    await journal.settle(rows.map(({ id }) => ({ id, atMs: 5, answer: "", verdict })));
  }
}

const told = async (): Promise<readonly string[]> =>
  (await journal.toldIncidents("desk")).map(({ state, sequence, atMs }) => `${state} ${sequence} ${atMs}`);

test.each([
  ["raise", "live 1 5"],
  ["raise seen", "live 1 5"],
  ["raise seen again", "live 3 5"],
  ["raise clear", "over 2 5"],
  ["raise clear again", "live 3 5"],
  ["raise clear again clear", "over 4 5"],
  ["raise other clear", "live 1 5"],
  ["raise other clear otherOver", "over 4 5"],
  // On its way, or refused and not overtaken since.
  ["raise?", "moving 1 1789873965000"],
  ["raise clear?", "moving 1 1789873965000"],
  ["raise clear!", "moving 1 5"],
  ["raise! clear", "over 2 5"],
  ["raise clear again!", "moving 3 5"],
  // Back, and set aside: what was told last is not what stands here.
  ["raise clear aside", "moving 1 5"],
])("after %s a target holds the incident for: %s", async (story, state) => {
  await tell(story);
  expect(await told()).toEqual([state]);
});

test("of what another target was told nothing is known", async () => {
  await tell("raise", ["other"]);
  expect(await told()).toEqual([]);
});

test("what was told last comes with it", async () => {
  await tell("raise seen");
  const [one] = await journal.toldIncidents("desk");
  expect(JSON.parse(one?.body ?? "")).toMatchObject({ state: "raise", incident: "incident-1" });
});

test("a live incident is told again from its last raise on, in order, with a line of the audit log", async () => {
  await tell("raise seen again seen");
  expect(await journal.tellAgain({ target: "desk", incident: "incident-1", audit })).toEqual({ ok: true, queued: 2 });
  const due = async () => (await journal.dueDeliveries({ target: "desk", nowMs: 1, limit: 10 })).rows.map(({ sequence }) => sequence);
  expect(await due()).toEqual([3]);
  expect((await journal.audit(5)).map(({ action, after }) => [action, after])).toEqual([["ticket.tellAgain", "2"]]);
  // Not twice while it waits.
  expect(await journal.tellAgain({ target: "desk", incident: "incident-1", audit })).toEqual({ ok: true, queued: 0 });
});

test.each(["raise clear", "raise clear?", "raise!"])("after %s nothing is told again, and nothing is written down", async (story) => {
  await tell(story);
  expect(await journal.tellAgain({ target: "desk", incident: "incident-1", audit })).toEqual({ ok: true, queued: 0 });
  expect(await journal.audit(5)).toEqual([]);
});
