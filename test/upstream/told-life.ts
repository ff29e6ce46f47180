import type { AlarmChange } from "../../firmware/alarms/change.ts";
import type { Delivery } from "../../firmware/contract/alarm.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";

export const life = (incident: string): readonly AlarmChange[] => [raised({ incident }), acknowledged({ incident }), cleared({ incident })];

/** Commits changes to a journal and has the dispatcher take them to the target. @returns what is on the incident's card at the end. */
export async function toldLife(dialect: Dialect, changes: readonly AlarmChange[] = life("whole-life")): Promise<readonly Delivery[]> {
  const folder = temporaryFolder();
  const journal = await journalIn(folder.path);
  // A second is an hour here: what is tried again is tried soon.
  const clock = { ...systemClock, monotonicMs: () => (performance.now() * 1_000) as ReturnType<typeof systemClock.monotonicMs> };
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => systemClock.sleep(Math.ceil(ms / 1_000), signal);
  const dispatcher = startDispatcher({
    journal,
    clock: { ...clock, sleep },
    dialects: new Map([["itsm", dialect]]),
    onTarget: () => undefined,
    onTrouble: () => undefined,
    onDelivery: () => undefined,
  });
  try {
    for (const change of changes) {
      await journal.commit(entry([change], { targets: ["itsm"] }));
      dispatcher.wake();
    }
    const deliveriesNow = async (): Promise<readonly Delivery[]> => (await journal.incidents({ limit: 1 }))[0]?.deliveries ?? [];
    return await eventually(
      deliveriesNow,
      (deliveries) => deliveries.length === changes.length && deliveries.every(({ state }) => state === "sent"),
    );
  } finally {
    await dispatcher.stop();
    await journal.close();
    folder.remove();
  }
}
