import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FAKETIME } from "../peers/peer.ts";

/** A machine of the test's own: a wall clock that is set while a process runs, and the files by which its time source is known. */
export interface FakeMachine {
  readonly folder: string;
  /** For a process that lives on it: only the wall clock is false, the monotonic one and the stamps of files are not. */
  readonly env: NodeJS.ProcessEnv;
  readonly args: readonly string[];
  /** The wall clock says this now, and runs on. */
  set(wallMs: number): void;
  /** As systemd-timesyncd does when it has set the clock. */
  synchronise(wallMs: number): void;
  /** Nobody guides the clock any more. */
  silence(): void;
  dispose(): void;
}

const MARK = "run/systemd/timesync/synchronized";

export function fakeMachine(wallMs: number): FakeMachine {
  const folder = mkdtempSync(join(tmpdir(), "roomward-machine-"));
  const file = join(folder, "faketime");
  const mark = join(folder, MARK);
  mkdirSync(dirname(mark), { recursive: true });
  const set = (toMs: number): void => writeFileSync(file, `${((toMs - Date.now()) / 1_000).toFixed(3).replace(/^(?!-)/, "+")}\n`);
  set(wallMs);
  return {
    folder,
    env: {
      LD_PRELOAD: FAKETIME ?? "",
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
    },
    args: ["--machine", folder],
    set,
    synchronise(toMs) {
      set(toMs);
      writeFileSync(mark, "");
    },
    silence: () => rmSync(mark, { force: true }),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
