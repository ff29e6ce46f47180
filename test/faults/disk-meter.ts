import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { CompressedClock } from "./compressed-clock.ts";

const SECTOR_BYTES = 512;
/** Field of /sys/block/…/stat: sectors written. */
const SECTORS_WRITTEN = 6;

export interface MeterOptions {
  /** `loop3` */
  readonly device: string;
  readonly mountPoint: string;
  /** How often the file system writes back what nobody flushed; null: the kernel does it, which is right where time is real. */
  readonly writeBackEachMs: number | null;
}

/** Bytes that a block device was given to write since it was made. */
export function writtenBytes(device: string): number {
  const fields = readFileSync(`/sys/block/${device}/stat`, "utf8").trim().split(/\s+/);
  return Number(fields[SECTORS_WRITTEN]) * SECTOR_BYTES;
}

/**
 * Counts what reaches a block device. The kernel writes back by real time (ext4's journal after 5 s, pages after 30 s): under a compressed
 * clock it would see one change where in life there are hundreds. So everything is written back each `writeBackEachMs` of the compressed
 * clock, which stands still meanwhile.
 */
export class DiskMeter {
  readonly #options: MeterOptions;
  readonly #clock: CompressedClock;
  readonly #minutes: number[] = [];
  #helper: ChildProcess | null = null;
  #last: number;
  #ends: (() => void)[] = [];

  constructor(options: MeterOptions, clock: CompressedClock) {
    this.#options = options;
    this.#clock = clock;
    this.#last = writtenBytes(options.device);
  }

  /** Bytes of each minute so far. */
  get minutes(): readonly number[] {
    return this.#minutes;
  }

  async start(): Promise<void> {
    const { mountPoint, writeBackEachMs } = this.#options;
    if (writeBackEachMs !== null) {
      // A child that stays: to begin one for each would take longer than the writing.
      this.#helper = spawn("sh", ["-c", 'while read -r line; do sync -f "$0"; echo done; done', mountPoint], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      await this.#writeBack();
      this.#ends.push(this.#clock.every(writeBackEachMs, () => void this.#writeBack()));
    }
    this.#last = writtenBytes(this.#options.device);
    this.#ends.push(this.#clock.every(60_000, () => this.#count()));
  }

  /** With what is written now. */
  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    if (this.#helper !== null) await this.#writeBack();
    this.#count();
    this.#helper?.stdin?.end();
  }

  #count(): void {
    const now = writtenBytes(this.#options.device);
    this.#minutes.push(now - this.#last);
    this.#last = now;
  }

  async #writeBack(): Promise<void> {
    const helper = this.#helper;
    if (helper === null) return;
    const release = this.#clock.hold();
    await new Promise<void>((resolve, reject) => {
      helper.stdout?.once("data", () => resolve());
      helper.once("exit", reject);
      helper.stdin?.write("now\n");
    });
    helper.removeAllListeners("exit");
    release();
  }
}
