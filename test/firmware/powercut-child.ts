import type { AlarmChange } from "../../firmware/alarms/change.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { acknowledged, cleared, entry, journalIn, raised } from "./journal-entries.ts";

/**
 * Plays a room that never rests until it is killed: alarms are raised, acknowledged and cleared, several commits at a time. Each
 * commit is printed when the journal has acknowledged it, never before: `<event id> <key> <cause>`.
 */
const [directory = "", round = "0"] = process.argv.slice(2);
const journal = await journalIn(directory, { bootId: `boot-${round}` });
for (let n = 0; ; n += 1) {
  const lives = [0, 1, 2].map((lane) => life(lane, `${round}-${n}-${lane}`));
  await Promise.all(lives);
}

async function life(lane: number, incident: string): Promise<void> {
  const key = `site/room/lane-${lane}/ambient.temperature/high`;
  await commit(raised({ key, incident }));
  await commit(acknowledged({ key, incident }));
  if (systemClock.random() < 0.5)
    await commit(cleared({ key, incident, state: "A", acknowledgement: acknowledged().record.acknowledgement }));
}

async function commit(change: AlarmChange): Promise<void> {
  const one = entry([change], { targets: ["itsm"] });
  const outcome = await journal.commit(one);
  if (!outcome.ok) throw new Error(outcome.message.en);
  process.stdout.write(`${one.eventIds[0]} ${change.record.key} ${change.cause}\n`);
}
