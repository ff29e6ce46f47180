import { closeSync, fdatasyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Space, spaceOf } from "./space.ts";

export const BALLAST_FILE = "ballast";
/** Thousands of alarms. */
const BALLAST_BYTES = 16 * 1024 * 1024;
/** Of the disk, at most: a small one is better used than kept. */
const DISK_PART_MAX = 0.05;
/** Less than this helps nobody. */
const BALLAST_BYTES_MIN = 1024 * 1024;
/** Written at a time, so that nobody waits long for the disk. */
const PIECE_BYTES = 1024 * 1024;
/**
 * It is begun only when so many times its bytes are free, and gone on with: after a full disk it does not come back with the first
 * file that somebody deletes, only to be thrown off again.
 */
const FREE_TIMES_TO_BEGIN = 8;

/** `ready`: it is there. `growing`: it is being written. `freed`: the disk was full, and is not roomy enough yet. `none`: the disk is too small for one. */
export type BallastState = "ready" | "growing" | "freed" | "none";

/** A file without use that holds room on the disk, to be thrown off first when the disk is full. */
export class Ballast {
  readonly #file: string;
  readonly #directory: string;
  readonly #spaceOf: (directory: string) => Space;

  constructor(directory: string, space: (directory: string) => Space = spaceOf) {
    this.#directory = directory;
    this.#file = join(directory, BALLAST_FILE);
    this.#spaceOf = space;
  }

  state(): BallastState {
    const wanted = this.#wanted();
    const bytes = this.bytes();
    if (wanted === 0) return "none";
    if (bytes >= wanted) return "ready";
    return bytes > 0 ? "growing" : "freed";
  }

  bytes(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Adds one piece when there is room for the whole. @returns whether there is more to add. Throws when the disk does not take it. */
  grow(): boolean {
    const wanted = this.#wanted();
    const there = this.bytes();
    const { free } = this.#spaceOf(this.#directory);
    if (there >= wanted || free < (wanted - there) * FREE_TIMES_TO_BEGIN) return false;
    const file = openSync(this.#file, "a", 0o600);
    try {
      writeSync(file, piece(Math.min(PIECE_BYTES, wanted - there)));
      fdatasyncSync(file);
    } catch (error) {
      // What was written of it would be in the way.
      this.free();
      throw error;
    } finally {
      closeSync(file);
    }
    return this.bytes() < wanted;
  }

  /** Throws it off. @returns false when there was none. */
  free(): boolean {
    if (this.bytes() === 0) return false;
    rmSync(this.#file, { force: true });
    return true;
  }

  #wanted(): number {
    const part = Math.floor((this.#spaceOf(this.#directory).size * DISK_PART_MAX) / PIECE_BYTES) * PIECE_BYTES;
    return part < BALLAST_BYTES_MIN ? 0 : Math.min(BALLAST_BYTES, part);
  }
}

/** Neither holes nor anything that a file system could compress away. */
function piece(bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at += 1) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer, 0, bytes);
}
