import { performance } from "node:perf_hooks";
import type { Journal } from "../../firmware/journal/journal.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { Recorder } from "../../firmware/recorder.ts";
import { entry, journalIn, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { loopDeviceMissing, withLoopDevice } from "./loop-device.ts";
import type { Row } from "./row.ts";

const COMMITS = 500;
const STORMS = [
  { alarms: 500, seconds: 10 },
  { alarms: 10_000, seconds: 10 },
] as const;

export const stormMissing = loopDeviceMissing;

/** What commits cost the card: bytes that reach the device, file system and all, one by one and in storms of alarms. */
export async function benchStorm(): Promise<Row[]> {
  const work = temporaryFolder();
  try {
    return await withLoopDevice(work.path, async ({ folder, bytesWritten }) => {
      const journal = await journalIn(`${folder}/data`);
      const before = bytesWritten();
      for (let n = 0; n < COMMITS; n += 1) await journal.commit(entry([alarm(`one-${n}`)], { targets: ["itsm"] }));
      const single = (bytesWritten() - before) / COMMITS;
      const rows: Row[] = [{ metric: "journal, one commit, bytes on the device", value: single / 1_000, unit: "kB" }];
      for (const storm of STORMS) rows.push(...(await stormOf(journal, storm, bytesWritten)));
      await journal.close();
      return rows;
    });
  } finally {
    work.remove();
  }
}

async function stormOf(
  journal: Journal,
  { alarms, seconds }: (typeof STORMS)[number],
  bytesWritten: () => number,
): Promise<readonly Row[]> {
  let commits = 0;
  const counting: Pick<Journal, "commit"> = {
    commit(what) {
      commits += 1;
      return journal.commit(what);
    },
  };
  const recorder = new Recorder(counting, clock, {
    show: () => undefined,
    committed: () => undefined,
    health: () => undefined,
    lostMemory: () => undefined,
  });
  const before = bytesWritten();
  const startMs = performance.now();
  for (let n = 0; n < alarms; n += 1) {
    const waitMs = startMs + (n * seconds * 1_000) / alarms - performance.now();
    if (waitMs > 1) await clock.sleep(waitMs);
    recorder.record([alarm(`${alarms}-${n}`)], ["itsm"]);
  }
  await recorder.close();
  const what = `journal, storm of ${alarms} alarms in ${seconds} s`;
  return [
    { metric: `${what}, flushes`, value: commits, unit: "" },
    { metric: `${what}, bytes on the device per alarm`, value: (bytesWritten() - before) / alarms / 1_000, unit: "kB" },
  ];
}

function alarm(name: string) {
  return raised({ key: `s/a/${name}/p/high`, incident: `i-${name}` });
}
