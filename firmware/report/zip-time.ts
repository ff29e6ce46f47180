const END = 0x06054b50;
const ENTRY = 0x02014b50;
const END_BYTES = 22;
/** Offsets in the records of APPNOTE.TXT 4.3: central directory header, local file header, end of central directory. */
const ENTRY_TIME = 12;
const ENTRY_NAME_LENGTH = 28;
const ENTRY_EXTRA_LENGTH = 30;
const ENTRY_COMMENT_LENGTH = 32;
const ENTRY_LOCAL_OFFSET = 42;
const ENTRY_BYTES = 46;
const LOCAL_TIME = 10;
const END_COUNT = 10;
const END_DIRECTORY_OFFSET = 16;

/** The same archive with every file dated `atMs` (UTC): the packer knows only its own clock, and equal contents shall be equal bytes. */
export function withZipTime(archive: Uint8Array, atMs: number): Uint8Array {
  const bytes = Buffer.from(archive);
  const time = dosTime(atMs);
  const end = bytes.length - END_BYTES;
  if (end < 0 || bytes.readUInt32LE(end) !== END) throw new Error("an archive without an end, or with a comment");
  let entry = bytes.readUInt32LE(end + END_DIRECTORY_OFFSET);
  for (let left = bytes.readUInt16LE(end + END_COUNT); left > 0; left -= 1) {
    if (bytes.readUInt32LE(entry) !== ENTRY) throw new Error("an archive whose directory is not in order");
    bytes.writeUInt32LE(time, entry + ENTRY_TIME);
    bytes.writeUInt32LE(time, bytes.readUInt32LE(entry + ENTRY_LOCAL_OFFSET) + LOCAL_TIME);
    const variable = [ENTRY_NAME_LENGTH, ENTRY_EXTRA_LENGTH, ENTRY_COMMENT_LENGTH].map((at) => bytes.readUInt16LE(entry + at));
    entry += ENTRY_BYTES + variable.reduce((sum, length) => sum + length, 0);
  }
  return bytes;
}

/** Date and time as MS-DOS packed them: two seconds a step, from 1980 to 2107. */
function dosTime(atMs: number): number {
  const date = new Date(atMs);
  const year = Math.min(127, Math.max(0, date.getUTCFullYear() - 1980));
  const day = (year << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return ((day << 16) | time) >>> 0;
}
