import type { LostReason, Readings } from "./reading.ts";
import type { Words } from "./vocabulary.ts";

/** Monotonic time and waiting, given to drivers so that tests own time. Milliseconds. */
export interface Pace {
  monotonicMs(): number;
  /**
   * Resolves after `ms`, or at once when `signal` aborts. Whole milliseconds are kept as the system's timers keep them, which are late by
   * up to one; a fraction is kept exactly, and costs up to two of computing.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Trouble on a wire, for the bus counters and for people: what came back instead of a value. */
export interface BusFault {
  readonly reason: LostReason;
  /** English detail for the log and the bus page, e.g. `unit 3 input 0+2: exception 2 (illegal data address)`. */
  readonly detail: string;
  /** What happened and what to do next, for people, where the driver knows more than the reason says. */
  readonly advice?: Words;
}

/** What one pass over one device cost and brought. The values are in the `Readings` that were filled. */
export interface ReadReport {
  /** The device said something well-formed that was meant for us, an exception included. */
  readonly answered: boolean;
  readonly transactions: number;
  readonly faults: readonly BusFault[];
  /** Of a device that tells each event once: some may have been told to nobody since the read before, and nobody knows how many. */
  readonly eventsLost?: boolean;
  /** What people should read beside the values of a device that answered: why a probed service is down. No fault of the wire. */
  readonly remark?: string;
  /** Columns that were not asked for in this pass, because they change slowly: what stands in the readings was read before. */
  readonly held?: ReadonlySet<number>;
}

/** A device as its session reads it: what to ask is planned once, from profile and address, before the first poll. */
export interface DeviceReader {
  /** Vocabulary names, one per column of the readings. */
  readonly pointNames: readonly string[];
  /**
   * Asks for every point that is due, in as few transactions as the plan allows, and fills its columns of `into`; the caller gives the same
   * readings every time.
   * Expected trouble is in the report, never thrown. The caller never has two reads in flight on one session.
   * After a timeout in the first block the rest of the device is not asked: it is marked with the same reason.
   */
  read(into: Readings): Promise<ReadReport>;
  /** Who the device says that it is, where its protocol knows that; null until it has said so. English, for the installer. */
  identity?(): string | null;
}

/** One opened (or to be opened) wire. Connects lazily, reconnects by itself at the next read. */
export interface Session<DeviceAddress> {
  device(address: DeviceAddress): DeviceReader;
  /** Gives the wire back so that somebody else can have it; the next read opens it again. Not during a read. */
  release(): Promise<void>;
  close(): Promise<void>;
}
