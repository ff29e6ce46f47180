import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { Words } from "../contract/alarm.ts";
import { Ballast } from "../platform/ballast.ts";
import { spaceOf } from "../platform/space.ts";
import { atOpen, bytesOf, flushLogAgain, type Look, setAside } from "../platform/sqlite.ts";
import { JOURNAL_FILE, journalIdentity, lockFolder, openDatabase } from "./database.ts";
import { ballastWords, faultOf, QuotaUsedUp, reasonOf, setAsideWords, vanishedWords } from "./faults.ts";
import type { JournalCalls, JournalFault, Stamp, TidyOrder, TidyOutcome } from "./journal.ts";
import { JournalStore } from "./store.ts";

/** Calls that share one transaction and so one disk flush; a bound for how much one damaged write can take along. */
const CALLS_PER_TRANSACTION_MAX = 256;

const FLUSH_ATTEMPTS_MAX = 3;

/** A disk with less than this is full: SQLite alone takes as much for one commit. */
const FULL_BYTES = 256 * 1024;

/** Below this the write-ahead log, which may grow to half of it, is folded back with every commit: a tenth of the room is enough then. */
const TIGHT_BYTES = 8 * 1024 * 1024;

/** Lines of the audit log that are checked between two commits: some 20 ms of a small box. */
const AUDIT_ROWS_PER_STEP = 250;

export type JournalRequest = {
  [Call in keyof JournalCalls]: {
    readonly id: number;
    readonly call: Call;
    readonly argument: JournalCalls[Call]["argument"];
    readonly stamp: Stamp;
  };
}[keyof JournalCalls];
/** The calls that change something. */
const WRITE_CALLS = [
  "commit",
  "settle",
  "release",
  "recordAccess",
  "inspect",
  "expectSheets",
  "recordClock",
] as const satisfies readonly (keyof JournalCalls)[];
export type WriteCall = (typeof WRITE_CALLS)[number];
type WriteRequest = Extract<JournalRequest, { call: WriteCall }>;
type TidyRequest = Extract<JournalRequest, { call: "tidy" }>;
type ReadRequest = Exclude<JournalRequest, WriteRequest | TidyRequest>;

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
  #owed: Look = "none";
  readonly #ballast: Ballast;
  #bytesMax: number;
  #inUse: boolean;
  /** Set until the next commit was answered `corrupt`: the caller has to record again what is live. */
  #replaced: Words | null = null;

  /** Throws what SQLite or the file system throws when the folder or file cannot be used; see `faultOf`. */
  constructor(options: DeskOptions, wallMs: () => number, tell: (notice: Words) => void) {
    this.#options = options;
    this.#wallMs = wallMs;
    this.#tell = tell;
    this.#inUse = options.inUse;
    this.#bytesMax = options.bytesMax;
    this.#ballast = new Ballast(options.directory);
    this.#lock = this.#withRoom(() => lockFolder(options.directory));
    try {
      this.#withRoom(() => this.#opened());
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
      replies.push(...this.#writeAll(writes.slice(at, at + CALLS_PER_TRANSACTION_MAX), 0));
    for (const request of requests)
      if (request.call === "tidy") replies.push({ id: request.id, answer: this.#tidy(request.argument, request.stamp) });
      else if (!isWrite(request)) replies.push(this.#read(request));
    return replies;
  }

  /** What was not read before the file was used, and has to be read beside the work; said once. */
  takeOwed(): Look {
    const owed = this.#owed;
    this.#owed = "none";
    return owed;
  }

  /** Somebody has read the file and it is damaged: the next call looks for itself. */
  distrust(): void {
    this.#suspect = true;
    this.#giveUp();
  }

  close(): void {
    this.#store?.close();
    this.#store = null;
    this.#lock.release();
  }

  #writeAll(requests: readonly WriteRequest[], failures: number): readonly JournalReply[] {
    try {
      this.#notice();
      const store = this.#opened();
      const message = this.#replaced;
      if (message !== null && requests.some(({ call }) => call === "commit")) {
        this.#replaced = null;
        return requests.map(({ id }) => ({ id, answer: { ok: false, reason: "corrupt", message } }));
      }
      const hasRoom = store.tidying.roomLeft(this.#bytesMax) > 0;
      const full = hasRoom ? [] : requests.filter(takesRoom);
      const rest = hasRoom ? requests : requests.filter((request) => !takesRoom(request));
      const refused = full.map(({ id }) => ({ id, answer: this.#fault(new QuotaUsedUp(this.#bytesMax)) }));
      if (rest.length === 0) return refused;
      const done = store.inTransaction(() => rest.map((request) => ({ id: request.id, answer: write(store, request) })));
      if (this.#freeBytes() < TIGHT_BYTES) store.fold();
      return [...refused, ...done];
    } catch (error) {
      const fault = this.#fault(error);
      if (fault.reason === "refused" && requests.length > 1) return requests.flatMap((request) => this.#writeAll([request], failures));
      if (this.#mayWorkNow(fault, failures)) return this.#writeAll(requests, failures + 1);
      return requests.map(({ id }) => ({ id, answer: fault }));
    }
  }

  /** Whether what has just failed is worth another attempt at once. */
  #mayWorkNow({ reason }: JournalFault, failures: number): boolean {
    // After a failed flush nobody knows what the file holds: it was closed, is read as a whole, and the calls are made once more.
    if (this.#store === null && failures === 0) return true;
    // The log was folded back into the file, which may be room enough; if it was not, the ballast goes.
    return (reason === "diskFull" && failures === 0) || (failures <= 1 && this.#makeRoom());
  }

  #read(request: ReadRequest): JournalReply {
    try {
      const store = this.#opened();
      if (request.call === "usage") {
        const bytes = bytesOf(join(this.#options.directory, JOURNAL_FILE));
        return { id: request.id, answer: store.tidying.usage(bytes, request.argument) };
      }
      return { id: request.id, answer: read(store, request) };
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
    const { directory, bootId } = this.#options;
    const { db, notice, owed } = openDatabase({ directory, bytesMax: this.#bytesMax, wallMs: this.#wallMs(), suspect: this.#suspect });
    if (notice !== null) this.#tell(notice);
    if (this.#inUse) this.#replaced = notice ?? this.#replaced;
    this.#owed = owed;
    try {
      this.#store = new JournalStore(db, bootId);
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
    if (fault.reason === "diskFull" && !(error instanceof QuotaUsedUp)) this.#store?.fold();
    if (fault.reason === "corrupt" || fault.reason === "io") {
      this.#suspect = true;
      // Closing folds the log into the file, and must not do so with a log that a power cut would take away in between.
      if (fault.reason === "io") tryToFlushLog(join(this.#options.directory, JOURNAL_FILE));
      this.#giveUp();
    }
    return fault;
  }

  #giveUp(): void {
    try {
      this.#store?.close();
    } catch {
      // It is given up in any case; the next open decides.
    }
    this.#store = null;
  }

  #tidy(order: TidyOrder, stamp: Stamp): TidyOutcome {
    const { directory } = this.#options;
    try {
      // Nothing is written when there is nothing to do; a card that has become read-only is noticed all the same.
      accessSync(join(directory, JOURNAL_FILE), constants.W_OK);
      this.#notice();
      const store = this.#opened();
      const { bytesMax } = order.retention;
      if (bytesMax !== this.#bytesMax) store.limit(bytesMax);
      this.#bytesMax = bytesMax;
      const more = store.inTransaction(() => store.tidying.step(order, store.clock.placeLine(order.wallMs, stamp)));
      if (store.tidying.roomLeft(bytesMax) <= 0) throw new QuotaUsedUp(bytesMax);
      if (this.#ballast.bytes() === 0 && this.#freeBytes() < FULL_BYTES) throw noSpace();
      return { ok: true, more: more || this.#growBallast() };
    } catch (error) {
      return this.#fault(error);
    }
  }

  #growBallast(): boolean {
    try {
      return this.#ballast.grow();
    } catch {
      // Somebody else took the room meanwhile: it is for later.
      return false;
    }
  }

  #freeBytes(): number {
    try {
      return spaceOf(this.#options.directory).free;
    } catch {
      // A folder that is gone says nothing about room; the next write finds that out.
      return Number.POSITIVE_INFINITY;
    }
  }

  /** On a full disk the ballast goes first. @returns whether there is room now that there was not. */
  #makeRoom(): boolean {
    try {
      if (this.#freeBytes() >= FULL_BYTES || !this.#ballast.free()) return false;
    } catch {
      return false;
    }
    this.#tell(ballastWords(this.#options.directory));
    return true;
  }

  #withRoom<Done>(work: () => Done): Done {
    try {
      return work();
    } catch (error) {
      if (!this.#makeRoom()) throw error;
      return work();
    }
  }
}

function noSpace(): Error {
  return Object.assign(new Error("no space left"), { syscall: "write", code: "ENOSPC" });
}

/** What is refused when the journal's quota is used up. What was told to targets, and who did what, is still written down. */
function takesRoom(request: WriteRequest): boolean {
  if (request.call === "commit") return request.argument.changes.length > 0;
  return request.call === "inspect" || (request.call === "recordAccess" && request.argument.entries.length > 0);
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
      return store.commit(request.argument, request.stamp);
    case "settle":
      for (const result of request.argument) store.outbox.settle(result);
      return { ok: true };
    case "release":
      store.outbox.release(request.argument);
      return { ok: true };
    case "recordAccess":
      store.access.record(request.argument, store.audit, store.clock, request.stamp);
      return { ok: true };
    case "inspect":
      return store.inspections.step(request.argument, store.clock, request.stamp);
    case "expectSheets":
      store.inspections.expect(request.argument);
      return { ok: true };
    case "recordClock":
      store.recordClock(request.argument, request.stamp);
      return { ok: true };
  }
}

function read(store: JournalStore, request: Exclude<ReadRequest, { call: "usage" }>): JournalCalls[ReadRequest["call"]]["answer"] {
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
    case "clockMemory":
      return store.clock.memory();
  }
}
