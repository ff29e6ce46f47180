import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileClockMs } from "./clock.ts";

/** A writer holds its temporary file for milliseconds; one this old was left behind by a power cut. */
const ABANDONED_AFTER_MS = 10_000;
/** Longer than that: a box that was killed while it wrote and is up again at once loses seconds by it, not the change. */
const WAIT_FOR_WRITER_MS = ABANDONED_AFTER_MS + 2_000;
const WAIT_STEP_MS = 20;
/** For the writers of this process before it. A card may take seconds for one flush. */
const WAIT_IN_LINE_MS = WAIT_FOR_WRITER_MS + 3_000;

/** As much of a clock as a writer needs. */
export interface FileClock {
  wallMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What a writer holds while it writes. */
export interface WriterLock {
  /** To be written to and renamed. */
  readonly temporary: FileHandle;
  /** Set once it was renamed: its name is free then, and may be the next writer's already. */
  isInPlace: boolean;
}

/** The writers of this process by file, each behind the one before it: what one of them holds is never taken for left behind. */
const writers = new Map<string, Promise<unknown>>();

/** Does the work while nobody else, here or in another process, writes this file; null when another writer does not end. */
export function whileWriting<Answer>(file: string, clock: FileClock, work: (lock: WriterLock) => Promise<Answer>): Promise<Answer | null> {
  const name = resolve(file);
  const before = writers.get(name);
  const turn = before === undefined ? Promise.resolve(true) : endsInTime(before, clock);
  const mine = turn.then((isMyTurn) => (isMyTurn ? underLock(`${file}.new`, clock, work) : null));
  // Whoever gave up waiting does not let the next one past the one that still writes.
  const all = Promise.allSettled([before, mine]).then(() => {
    if (writers.get(name) === all) writers.delete(name);
  });
  writers.set(name, all);
  return mine;
}

async function endsInTime(work: Promise<unknown>, clock: FileClock): Promise<boolean> {
  const ended = new AbortController();
  const isLate = clock.sleep(WAIT_IN_LINE_MS, ended.signal).then(() => !ended.signal.aborted);
  return Promise.race([work.then(() => true), isLate.then((late) => !late)]).finally(() => ended.abort());
}

async function underLock<Answer>(temporary: string, clock: FileClock, work: (lock: WriterLock) => Promise<Answer>): Promise<Answer | null> {
  const handle = await lockForWriting(temporary, clock);
  if (handle === null) return null;
  const lock: WriterLock = { temporary: handle, isInPlace: false };
  try {
    return await work(lock);
  } finally {
    await handle.close();
    if (!lock.isInPlace) await rm(temporary, { force: true });
  }
}

/** The file under this name is the lock, for other processes; null when a writer among them does not end. */
async function lockForWriting(temporary: string, clock: FileClock): Promise<FileHandle | null> {
  for (let waitedMs = 0; waitedMs <= WAIT_FOR_WRITER_MS; waitedMs += WAIT_STEP_MS) {
    try {
      return await open(temporary, "wx", 0o600);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    // Without a real-time clock a file from before the power cut may carry a time that is still to come: hence the distance.
    const touchedMs = await stat(temporary).then(
      (found) => found.mtimeMs,
      () => null,
    );
    if (touchedMs !== null && Math.abs(fileClockMs() - touchedMs) > ABANDONED_AFTER_MS) await rm(temporary, { force: true });
    else await clock.sleep(WAIT_STEP_MS);
  }
  return null;
}
