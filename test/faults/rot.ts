import { readFileSync, writeFileSync } from "node:fs";
import type { Seeded } from "./seeded.ts";

/** What a worn card does to a file: one bit, one byte, a sector or a page of something else or of zeros, an end that is gone. */
const KINDS = ["bit", "byte", "sector", "page", "zeros", "end"] as const;
const PAGE_BYTES = 4_096;
const SECTOR_BYTES = 512;

/** Damages a file in place. @returns what was done, for the message of a failed test. */
export function rot(file: string, chance: Seeded): string {
  const bytes = readFileSync(file);
  const kind = chance.of(KINDS);
  const at = chance.whole(bytes.length);
  const noise = (from: number, length: number): void => {
    for (let n = from; n < Math.min(from + length, bytes.length); n += 1) bytes[n] = chance.whole(256);
  };
  if (kind === "bit") bytes[at] = (bytes[at] as number) ^ (1 << chance.whole(8));
  else if (kind === "byte") bytes[at] = ((bytes[at] as number) + 1 + chance.whole(255)) % 256;
  else if (kind === "sector") noise(at - (at % SECTOR_BYTES), SECTOR_BYTES);
  else if (kind === "page") noise(at - (at % PAGE_BYTES), PAGE_BYTES);
  else if (kind === "zeros") bytes.subarray(at - (at % PAGE_BYTES), at - (at % PAGE_BYTES) + PAGE_BYTES).fill(0);
  writeFileSync(file, kind === "end" ? bytes.subarray(0, at) : bytes);
  return `${kind} at ${at} of ${bytes.length} in ${file.slice(file.lastIndexOf("/") + 1)}`;
}
