import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { atOpen, flushLogAgain, setAside } from "../platform/sqlite.ts";
import { JOURNAL_FILE, journalIdentity, lockFolder, openDatabase } from "./database.ts";
import { faultOf, reasonOf, setAsideWords, vanishedWords } from "./faults.ts";
import type { JournalCalls, JournalFault } from "./journal.ts";
import { JournalStore } from "./store.ts";

/** Calls that share one transaction and so one disk flush; a bound for how much one damaged write can take along. */
const CALLS_PER_TRANSACTION_MAX = 256;

const FLUSH_ATTEMPTS_MAX = 3;

/** Lines of the audit log that are checked between two commits: some 20 ms of a small box. */
const AUDIT_ROWS_PER_STEP = 250;

export type JournalRequest = {
  [Call in keyof JournalCalls]: { readonly id: number; readonly call: Call; readonly argument: JournalCalls[Call]["argument"] };
}[keyof JournalCalls];
/** The calls that change something. */
const WRITE_CALLS = [
  "commit",
  "settle",
  "release",
  "recordAccess",
  "inspect",
  "expectSheets",
] as const satisfies readonly (keyof JournalCalls)[];
export type WriteCall = (typeof WRITE_CALLS)[number];
type WriteRequest = Extract<JournalRequest, { call: WriteCall }>;
type ReadRequest = Exclude<JournalRequest, WriteRequest>;

/** `failed` is set when a reading call could not be answered; writing calls carry their fault in the answer. */
export interface JournalReply {
  readonly id: number;
  readonly answer?: JournalCalls[keyof JournalCalls]["answer"];
  readonly failed?: JournalFault;
}

export interface DeskOptions {
  readonly directory: string;
  readonly bootId: string;
  readonly bytesMax: number;
  readonly eventsKept: number;
  /** Somebody has read or written this journal in this process: should it be replaced, they must be told. */
  readonly inUse: boolean;
}

/** Answers the calls of the journal on the thread that owns the file, and mends the file when it fails. */
export class JournalDesk {
  readonly #options: DeskOptions;
  readonly #wallMs: () => number;
  readonly #tell: (notice: Words) => void;
  #lock: { release(): void };
  #identity: string | null = null;
  #store: JournalStore | null = null;
  #suspect = false;
  #inUse: boolean;
  /** Set until the next commit was answered `corrupt`: the caller has to record again what is live. */
  #replaced: Words | null = null;

  /** Throws what SQLite or the file system throws when the folder or file cannot be used; see `faultOf`. */
  constructor(options: DeskOptions, wallMs: () => number, tell: (notice: Words) => void) {
    this.#options = options;
    this.#wallMs = wallMs;
    this.#tell = tell;
    this.#inUse = options.inUse;
    this.#lock = lockFolder(options.directory);
    try {
      this.#opened();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** Writing calls first, together; reading calls see what they wrote. */
  answer(requests: readonly JournalRequest[]): readonly JournalReply[] {
    const writes = requests.filter(isWrite);
    const replies: JournalReply[] = [];
    for (let at = 0; at < writes.length; at += CALLS_PER_TRANSACTION_MAX)
      replies.push(...this.#writeAll(writes.slice(at, at + CALLS_PER_TRANSACTION_MAX), true));
    for (const request of requests) if (!isWrite(request)) replies.push(this.#read(request));
    return replies;
  }

  close(): void {
    this.#store?.close();
    this.#store = null;
    this.#lock.release();
  }

  #writeAll(requests: readonly WriteRequest[], again: boolean): readonly JournalReply[] {
    try {
      this.#notice();
      const store = this.#opened();
      const message = this.#replaced;
      if (message !== null && requests.some(({ call }) => call === "commit")) {
        this.#replaced = null;
        return requests.map(({ id }) => ({ id, answer: { ok: false, reason: "corrupt", message } }));
      }
      return store.inTransaction(() => requests.map((request) => ({ id: request.id, answer: write(store, request) })));
    } catch (error) {
      const fault = this.#fault(error);
      if (fault.reason === "refused" && requests.length > 1) return requests.flatMap((request) => this.#writeAll([request], again));
      // After a failed flush nobody knows what the file holds: it was closed, is read as a whole, and the calls are made once more.
      if (again && this.#store === null) return this.#writeAll(requests, false);
      return requests.map(({ id }) => ({ id, answer: fault }));
    }
  }

  #read(request: ReadRequest): JournalReply {
    try {
      return { id: request.id, answer: read(this.#opened(), request) };
    } catch (error) {
      return { id: request.id, failed: this.#fault(error) };
    }
  }

  /** A commit into a file that is no longer in the folder would be acknowledged and lost. */
  #notice(): void {
    const { directory } = this.#options;
    if (this.#store === null || journalIdentity(directory) === this.#identity) return;
    this.#store.close();
    this.#store = null;
    this.#lock.release();
    this.#lock = lockFolder(directory);
    this.#replaced = vanishedWords(directory);
    this.#tell(this.#replaced);
  }

  #opened(): JournalStore {
    if (this.#store !== null) return this.#store;
    const { directory, bytesMax, bootId, eventsKept } = this.#options;
    const { db, notice } = openDatabase({ directory, bytesMax, wallMs: this.#wallMs(), suspect: this.#suspect });
    if (notice !== null) this.#tell(notice);
    if (this.#inUse) this.#replaced = notice ?? this.#replaced;
    try {
      this.#store = new JournalStore(db, bootId, eventsKept);
    } catch (error) {
      db.close();
      return this.#withNewFile(atOpen(error));
    }
    this.#identity = journalIdentity(directory);
    this.#suspect = false;
    this.#inUse = true;
    return this.#store;
  }

  /** The look at the file found nothing, and yet it cannot be begun with: kept as it is, each start would fail. */
  #withNewFile(error: unknown): JournalStore {
    if (reasonOf(error) !== "corrupt") throw error;
    const file = join(this.#options.directory, JOURNAL_FILE);
    const notice = setAsideWords(file, setAside(file, this.#wallMs()));
    this.#tell(notice);
    if (this.#inUse) this.#replaced = notice;
    return this.#opened();
  }

  #fault(error: unknown): JournalFault {
    const fault = faultOf(error, this.#options.directory);
    if (fault.reason === "diskFull") this.#store?.fold();
    if (fault.reason === "corrupt" || fault.reason === "io") {
      this.#suspect = true;
      // Closing folds the log into the file, and must not do so with a log that a power cut would take away in between.
      if (fault.reason === "io") tryToFlushLog(join(this.#options.directory, JOURNAL_FILE));
      try {
        this.#store?.close();
      } catch {
        // It is given up in any case; the next open decides.
      }
      this.#store = null;
    }
    return fault;
  }
}

/** A card may fail more than once in a row; one that never flushes again does not fold the log either. */
function tryToFlushLog(file: string): void {
  for (let attempt = 1; attempt <= FLUSH_ATTEMPTS_MAX; attempt += 1) {
    try {
      flushLogAgain(file);
      return;
    } catch {
      // The next attempt, or the next open, says it.
    }
  }
}

function isWrite(request: JournalRequest): request is WriteRequest {
  return (WRITE_CALLS as readonly string[]).includes(request.call);
}

function write(store: JournalStore, request: WriteRequest): JournalCalls[WriteRequest["call"]]["answer"] {
  switch (request.call) {
    case "commit":
      return store.commit(request.argument);
    case "settle":
      for (const result of request.argument) store.outbox.settle(result);
      return { ok: true };
    case "release":
      store.outbox.release(request.argument);
      return { ok: true };
    case "recordAccess":
      store.access.record(request.argument, store.audit);
      return { ok: true };
    case "inspect":
      return store.inspections.step(request.argument);
    case "expectSheets":
      store.inspections.expect(request.argument);
      return { ok: true };
  }
}

function read(store: JournalStore, request: ReadRequest): JournalCalls[ReadRequest["call"]]["answer"] {
  switch (request.call) {
    case "lastIncidentNumber":
      return store.lastIncidentNumber();
    case "raisedCounts":
      return store.raisedCounts(request.argument);
    case "liveAlarms":
      return store.liveAlarms();
    case "incidents":
      return store.incidents(request.argument);
    case "deliveriesOf":
      return store.outbox.of(request.argument);
    case "dueDeliveries":
      return store.outbox.due(request.argument);
    case "accessLog":
      return store.access.list(request.argument);
    case "accessMemory":
      return store.access.memory();
    case "audit":
      return store.audit.list(request.argument.limit, request.argument.before, request.argument.filter);
    case "auditChoices":
      return store.audit.choices();
    case "auditCheck":
      return store.audit.check(request.argument, AUDIT_ROWS_PER_STEP);
    case "inspections":
      return store.inspections.query(request.argument);
  }
}
