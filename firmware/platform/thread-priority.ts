import { readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { basename } from "node:path";

/**
 * While other threads want the processor, this one, a worker's own, gets a tenth of their share: readings, alarms and the journal do not
 * wait for a month's curve or a document. On Linux a niceness is a thread's, not its process's (setpriority(2), "C library/kernel differences"), and
 * `/proc/thread-self` says which one asks (proc_thread-self(5)); elsewhere there is none, and nothing is done.
 * @returns false where that is so, or where the system forbids it, as a container may: the work is done all the same.
 */
export function yieldToOthers(): boolean {
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), constants.priority.PRIORITY_BELOW_NORMAL);
    return true;
  } catch {
    return false;
  }
}
