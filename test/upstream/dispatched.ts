import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { eventually } from "../box/box.ts";
import { entry, journalHere, temporaryFolder } from "../firmware/journal-entries.ts";

/** Tells changes through a real journal and the real dispatcher until all of them are settled; returns what became of each. */
export async function dispatched(dialect: Dialect, changes: readonly AlarmChange[]): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const journal = journalHere(folder.path);
  const dispatcher = startDispatcher({
    ...{ journal, clock: systemClock, dialects: new Map([["it", dialect]]) },
    onTarget: () => undefined,
    onDelivery: () => undefined,
    onTrouble: (words) => {
      throw new Error(words.en);
    },
  });
  try {
    await journal.commit(entry(changes, { targets: ["it"] }));
    dispatcher.wake();
    const incidents = [...new Set(changes.map(({ record }) => record.incident))];
    const states = async (): Promise<readonly string[]> =>
      Object.values(await journal.deliveriesOf(incidents)).flatMap((all) => all.map(({ state }) => state));
    return await eventually(states, (all) => all.length === changes.length && !all.includes("queued"));
  } finally {
    await dispatcher.stop();
    await journal.close();
    folder.remove();
  }
}
