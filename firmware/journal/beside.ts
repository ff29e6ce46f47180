import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../platform/clock.ts";
import { openToRead } from "../platform/sqlite.ts";
import { gatewayOf } from "./database.ts";
import { reasonOf } from "./faults.ts";

/** How a command asks a running gateway to share its history. */
export const SHARE_SIGNAL = "SIGUSR2";
const HISTORY_FILE = "history.db";
const SHARED_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 500;

/**
 * A running gateway has `history.db` for itself. Asks it to let others read for some minutes, and waits until that is so; returns also when
 * it does not come to that: what is opened then says why. Does nothing where no gateway runs.
 */
export async function askForHistory(directory: string, clock: Pick<Clock, "sleep">): Promise<void> {
  const file = join(directory, HISTORY_FILE);
  for (let waitedMs = 0; waitedMs < SHARED_WITHIN_MS && existsSync(file) && isLocked(file); waitedMs += ASK_EVERY_MS) {
    const pid = gatewayOf(directory);
    if (pid === null) return;
    process.kill(pid, SHARE_SIGNAL);
    await clock.sleep(ASK_EVERY_MS);
  }
}

function isLocked(file: string): boolean {
  const db = openToRead(file, 0);
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return reasonOf(error) === "locked";
  } finally {
    db.close();
  }
}
