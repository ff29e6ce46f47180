import { existsSync, readFileSync } from "node:fs";

/** Layout and checksums of SQLite's write-ahead log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit of the magic number tells in which order of bytes the checksums were summed up. */
const MAGIC = 0x377f0682;

/**
 * How many commits of a database's log stand behind a place that is bent. SQLite takes such a place for the end that a power cut left, and
 * forgets what follows without a word. It was none where commits follow that were flushed one after the other: what stands before a
 * commit that was followed by another was on the disk. 0: the log is sound, or ends as after a power cut.
 */
export function commitsBehindDamage(file: string): number {
  return existsSync(`${file}-wal`) ? countBehindDamage(readFileSync(`${file}-wal`)) : 0;
}

function countBehindDamage(log: Buffer): number {
  if (log.length < HEADER_BYTES) return 0;
  const isBig = (log.readUInt32BE(0) & 1) === 1;
  const pageBytes = log.readUInt32BE(8);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const header = sumOf(log.subarray(0, 24), [0, 0], isBig);
  // A header that is bent says nothing for certain: the whole file is read by SQLite as if there were no log.
  if ((log.readUInt32BE(0) & ~1) !== MAGIC || !isSum(log, 24, header)) return 0;
  let before = header;
  let isBent = false;
  let behind = 0;
  let framesSinceLast = 0;
  for (let at = HEADER_BYTES; at + frameBytes <= log.length; at += frameBytes) {
    // Frames of an earlier round of the log, which is written over from its begin, carry another salt.
    const isOfThisRound = log.compare(log, 16, 24, at + 8, at + 16) === 0;
    const sum = sumOf(log.subarray(at + FRAME_HEADER_BYTES, at + frameBytes), sumOf(log.subarray(at, at + 8), before, isBig), isBig);
    const isSound = isOfThisRound && isSum(log, at + 16, sum);
    // Each frame's sum goes on from the one before it: behind a bent frame the chain begins anew.
    before = [log.readUInt32BE(at + 16), log.readUInt32BE(at + 20)];
    if (!isSound) {
      isBent = true;
      continue;
    }
    if (!isBent) continue;
    framesSinceLast += 1;
    if (log.readUInt32BE(at + 4) === 0) continue;
    behind += 1;
    framesSinceLast = 0;
  }
  // The last commit may be the one that the cut interrupted, with its frames on the disk in any order.
  return behind > 1 || (behind === 1 && framesSinceLast > 0) ? behind : 0;
}

type Sum = readonly [number, number];

function sumOf(bytes: Buffer, from: Sum, isBig: boolean): Sum {
  let [one, two] = from;
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    one = (one + (isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
    two = (two + (isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, two];
}

function isSum(log: Buffer, at: number, [one, two]: Sum): boolean {
  return log.readUInt32BE(at) === one && log.readUInt32BE(at + 4) === two;
}
