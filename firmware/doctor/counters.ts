/** What is counted per device, in slices of time. The order is the place in the slice. */
export const DEVICE_COUNTERS = [
  "asked",
  "answered",
  /** Not a byte came. */
  "silent",
  /** An answer that has its length, with a wrong checksum or content. */
  "checksum",
  /** Bytes, fewer than an answer has, that make no frame. */
  "partial",
  /** A whole answer but for its first bytes. */
  "headless",
  /** A sound answer that is not as long as was asked for. */
  "wrongLength",
  /** A sound answer of somebody else. */
  "foreign",
  /** A second answer behind the first. */
  "twice",
  /** The answer came when it was no longer waited for. */
  "late",
  /** One or two bytes of a line without a level of its own, before or behind the answer, or instead of one. */
  "edge",
  /** Nothing but such bytes. */
  "edgeOnly",
  /** Our own question came back. */
  "echo",
  /** Exceptions 1 to 3, and what other protocols say when they do not know what they were asked. */
  "unknownData",
  /** Exceptions 4 to 8. */
  "busy",
  /** Exceptions 10 and 11. */
  "unreachable",
  /** Bytes of damaged answers with an odd and with an even number of ones. */
  "oddBytes",
  "evenBytes",
  /** Questions and what was damaged or not answered, by the length of the answer: up to 16 bytes, up to 48, longer. */
  "shortAsked",
  "middleAsked",
  "longAsked",
  "shortFailed",
  "middleFailed",
  "longFailed",
  /** Questions, and those that nobody answered, by the silence before them: see `GAP_LIMITS_MS`. */
  "gapAsked0",
  "gapAsked1",
  "gapAsked2",
  "gapAsked3",
  "gapAsked4",
  "gapAsked5",
  "gapFailed0",
  "gapFailed1",
  "gapFailed2",
  "gapFailed3",
  "gapFailed4",
  "gapFailed5",
  /** Damaged answers soon after another device's: of the device that was asked, and of the one before it. */
  "quickDamaged",
  "followDamaged",
  "reads",
  "answeredReads",
  /** Milliseconds that the answered reads took. */
  "answeredMs",
  /** Answered reads in which not one point had a value. */
  "emptyReads",
  /** Bytes that nobody had asked for, and the questions before or behind which they came. */
  "noiseBytes",
  "noiseBursts",
  /** Questions of another master. */
  "foreignQuestions",
  "busyMs",
  "adapterMissing",
  /** The adapter had been there just before. */
  "adapterLost",
] as const;
export type DeviceCounter = (typeof DEVICE_COUNTERS)[number];

export type Counts = Readonly<Record<DeviceCounter, number>>;

/** Upper limits of the classes of silence before a question; the last class has none. */
export const GAP_LIMITS_MS = [15, 35, 75, 150, 400] as const;

/** A silence of this class or less is that of a wire that is read without pause. */
export const QUICK_GAP_CLASS = 1;

export function gapClass(gapMs: number): number {
  for (let index = 0; index < GAP_LIMITS_MS.length; index += 1) if (gapMs < (GAP_LIMITS_MS[index] ?? 0)) return index;
  return GAP_LIMITS_MS.length;
}

const SHORT_BYTES = 16;
const MIDDLE_BYTES = 48;

export function lengthClass(bytes: number): "short" | "middle" | "long" {
  return bytes <= SHORT_BYTES ? "short" : bytes <= MIDDLE_BYTES ? "middle" : "long";
}
