import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import { crc16 } from "../../drivers/modbus/frame.ts";
import { type DeviceCounter, lengthClass } from "./counters.ts";

/** Who takes down what one exchange shows. */
export interface Sink {
  put(device: number, counter: DeviceCounter, by?: number): void;
  /** How long a device thought before its answer. */
  latency(device: number, ms: number): void;
  /** Whether these bytes came sooner than the device ever answers: somebody else's. */
  isEarly(device: number, ms: number): boolean;
  /** An answer that came too late: how long after the end of its question. */
  late(device: number, ms: number): void;
}

/** An exchange that is over: what comes unasked after it is its tail, another answer to it, or nobody's. The next one takes its room. */
export class Before {
  device = 0;
  sent = new Uint8Array(0);
  answered = false;
  /** What came began as its answer would, was nothing at all, or was something else. */
  began: "own" | "silent" | "other" = "silent";
  askedMs = 0;
  endedMs = 0;

  keep(device: number, { sent, came, lost, askedMs, endedMs }: ExchangeRecord): void {
    const from = startsWith(came, sent) ? sent.length : 0;
    const isOwn = came[from] === sent[0] && came[from + 1] === sent[1];
    this.device = device;
    // A copy: a record is its teller's.
    if (this.sent.length !== sent.length) this.sent = new Uint8Array(sent.length);
    this.sent.set(sent);
    this.answered = lost === null;
    this.began = came.length === from ? "silent" : isOwn ? "own" : "other";
    this.askedMs = askedMs;
    this.endedMs = endedMs;
  }
}

/** The last exchange on the wire, and with each unit of an RTU line. */
export interface Past {
  readonly before: Before | null;
  readonly byUnit: ReadonlyMap<number, Before>;
}

/** How bytes lie on the wire: RTU frames can be taken apart even where they are damaged, of others only the drivers' verdict is known. */
export type Frames = "rtu" | "tcp" | "text";

/** A byte this soon behind an answer is the line's, not somebody's. */
const TAIL_MS = 40;
const REQUEST_BYTES = 8;
const OVERHEAD_BYTES = 5;
const EDGE_BYTES_MAX = 2;
const MBAP_BYTES = 7;
const BABBLE_BYTES_MIN = 32;

/** Bytes that a receiver makes of a line that falls once and rises once: all ones after it, or all zeros. */
function isEdgeByte(byte: number): boolean {
  const risen = byte | ((byte - 1) & 0xff);
  return byte === 0 || risen === 0xff;
}

function isEdge(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > EDGE_BYTES_MAX) return false;
  for (let at = from; at < to; at += 1) if (!isEdgeByte(bytes[at] ?? 0)) return false;
  return true;
}

/** Takes down what one exchange of one device shows. `characterMs` is how long a byte is on the line; 0 where that is not known. */
export function markExchange(frames: Frames, record: ExchangeRecord, device: number, past: Past, characterMs: number, sink: Sink): void {
  if (record.stray.length > 0) markStray(frames, record, past, characterMs, sink);
  sink.put(device, "asked");
  const { sent, came, lost } = record;
  const echoed = startsWith(came, sent);
  if (echoed) sink.put(device, "echo");
  if (lost === null) {
    sink.put(device, "answered");
    const firstMs = echoed ? record.endedMs - (came.length - sent.length) * characterMs : (record.firstByteMs ?? record.endedMs);
    sink.latency(device, Math.max(0, firstMs - record.askedMs - sent.length * characterMs));
  }
  if (frames === "rtu") markRtu(record, device, past, characterMs, echoed ? sent.length : 0, sink);
  else if (lost !== null) markVerdict(lost.reason, device, sink);
  else if (frames === "tcp" && ((came[MBAP_BYTES] ?? 0) & 0x80) !== 0) markException(came[MBAP_BYTES + 1] ?? 0, device, sink);
}

function markVerdict(reason: string, device: number, sink: Sink): void {
  if (reason === "timeout") sink.put(device, "silent");
  else if (reason === "garbled") sink.put(device, "checksum");
  else if (reason === "short") sink.put(device, "partial");
  else if (reason === "foreign") sink.put(device, "foreign");
}

function markException(code: number, device: number, sink: Sink): void {
  sink.put(device, code <= 3 ? "unknownData" : code >= 10 ? "unreachable" : "busy");
}

/** Data bytes of the answer that a request wants. */
function answerBytes(sent: Uint8Array): number {
  const count = ((sent[4] ?? 0) << 8) | (sent[5] ?? 0);
  return OVERHEAD_BYTES + ((sent[1] ?? 0) <= 2 ? Math.ceil(count / 8) : count * 2);
}

function markRtu(record: ExchangeRecord, device: number, past: Past, characterMs: number, from: number, sink: Sink): void {
  const { sent, came, lost } = record;
  const wanted = answerBytes(sent);
  const size = lengthClass(wanted);
  sink.put(device, `${size}Asked`);
  if (lost === null) {
    const at = came.length - from === wanted ? from : answerAt(came, from, sent);
    if (at > from) markExcess(came, from, at, device, sink);
    if (at >= 0 && ((came[at + 1] ?? 0) & 0x80) !== 0) markException(came[at + 2] ?? 0, device, sink);
    return;
  }
  if (came.length === from) {
    sink.put(device, "silent");
    sink.put(device, `${size}Failed`);
    return;
  }
  if (isEdge(came, from, came.length)) {
    sink.put(device, "edgeOnly");
    sink.put(device, "silent");
    return;
  }
  if (foreignQuestionIn(came, from, sent)) {
    sink.put(device, "foreignQuestions");
    return;
  }
  const firstByteMs = record.firstByteMs ?? record.endedMs;
  if (isEarlierOnes(came, from, sent, past, firstByteMs, characterMs, sink)) return;
  const { before } = past;
  const firstMs = firstByteMs - record.askedMs - sent.length * characterMs;
  // Right behind an answer of another device, and too soon for this one: the other one is not alone at its address.
  const isRest = before?.answered === true && before.sent[0] !== sent[0] && record.askedMs - before.endedMs <= TAIL_MS;
  if (isRest && from === 0 && sink.isEarly(device, firstMs)) sink.put(before.device, "twice");
  else markDamaged(came, from, sent, wanted, size, device, sink);
}

/** An answer to a question that was asked before, whole or run into ours: the second of two devices, or one that was given up. */
function isEarlierOnes(
  came: Uint8Array,
  from: number,
  sent: Uint8Array,
  { byUnit }: Past,
  firstByteMs: number,
  characterMs: number,
  sink: Sink,
): boolean {
  const at = Math.max(from, soundAnswerIn(came, from));
  const earlier = byUnit.get(came[at] ?? 0);
  if (earlier === undefined || came[at] === sent[0]) return false;
  if (came[at + 1] !== earlier.sent[1] || came[at + 2] !== answerBytes(earlier.sent) - OVERHEAD_BYTES) return false;
  markSecond(earlier, firstByteMs, characterMs, sink);
  return true;
}

function markSecond(earlier: Before, atMs: number, characterMs: number, sink: Sink): void {
  if (earlier.answered || earlier.began === "own") sink.put(earlier.device, "twice");
  else if (earlier.began === "silent") sink.late(earlier.device, atMs - earlier.askedMs - earlier.sent.length * characterMs);
}

function markDamaged(
  came: Uint8Array,
  from: number,
  sent: Uint8Array,
  wanted: number,
  size: "short" | "middle" | "long",
  device: number,
  sink: Sink,
): void {
  const sound = soundAnswerIn(came, from);
  if (sound >= 0) {
    const ours = came[sound] === sent[0] && ((came[sound + 1] ?? 0) & 0x7f) === sent[1];
    sink.put(device, ours ? "wrongLength" : "foreign");
    return;
  }
  if (isHeadless(came, from, sent, wanted)) {
    sink.put(device, "headless");
    return;
  }
  const length = came.length - from;
  sink.put(device, length >= wanted ? "checksum" : "partial");
  sink.put(device, `${size}Failed`);
  // Two answers at once are not that long: somebody talks on and on.
  if (length > 2 * wanted + BABBLE_BYTES_MIN) {
    sink.put(device, "noiseBytes", length - wanted);
    sink.put(device, "noiseBursts");
  }
  let odd = 0;
  for (let at = from; at < came.length; at += 1) odd += ones(came[at] ?? 0) & 1;
  sink.put(device, "oddBytes", odd);
  sink.put(device, "evenBytes", length - odd);
}

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function markExcess(bytes: Uint8Array, from: number, to: number, device: number, sink: Sink): void {
  if (isEdge(bytes, from, to)) sink.put(device, "edge");
  else {
    sink.put(device, "noiseBytes", to - from);
    sink.put(device, "noiseBursts");
  }
}

/** What came when nobody had asked: late answers, second answers, other masters, the line itself, noise. */
function markStray(frames: Frames, record: ExchangeRecord, { before, byUnit }: Past, characterMs: number, sink: Sink): void {
  const { stray } = record;
  const firstMs = record.strayMs ?? record.askedMs;
  const owner = before?.device ?? 0;
  if (before === null) {
    sink.put(owner, "noiseBytes", stray.length);
    sink.put(owner, "noiseBursts");
    return;
  }
  const isTail = firstMs - before.endedMs <= TAIL_MS;
  if (frames !== "rtu") {
    if (before.answered && !isTail) {
      sink.put(owner, "noiseBytes", stray.length);
      sink.put(owner, "noiseBursts");
    } else if (!before.answered && frames === "text") sink.late(owner, firstMs - before.askedMs - before.sent.length * characterMs);
    return;
  }
  if (foreignQuestionIn(stray, 0, before.sent)) {
    sink.put(owner, "foreignQuestions");
    return;
  }
  const sound = soundAnswerIn(stray, 0);
  const earlier = sound < 0 ? undefined : byUnit.get(stray[sound] ?? 0);
  if (earlier !== undefined && ((stray[sound + 1] ?? 0) & 0x7f) === earlier.sent[1]) {
    markSecond(earlier, firstMs, characterMs, sink);
    return;
  }
  if (isEdge(stray, 0, stray.length)) sink.put(owner, "edge");
  // The rest of a damaged answer is part of that trouble.
  else if (before.answered || !isTail) {
    sink.put(owner, "noiseBytes", stray.length);
    sink.put(owner, "noiseBursts");
  }
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  if (head.length === 0 || bytes.length < head.length) return false;
  for (let at = 0; at < head.length; at += 1) if (bytes[at] !== head[at]) return false;
  return true;
}

function isSound(bytes: Uint8Array, from: number, to: number): boolean {
  return to <= bytes.length && crc16(bytes, from, to - 2) === ((bytes[to - 2] ?? 0) | ((bytes[to - 1] ?? 0) << 8));
}

/** Where a frame ends that begins here and is an answer to a read; 0 when it cannot be one. */
function answerEnd(bytes: Uint8Array, at: number): number {
  const functionCode = bytes[at + 1] ?? 0;
  if (functionCode >= 0x81 && functionCode <= 0x86) return at + OVERHEAD_BYTES;
  return functionCode >= 1 && functionCode <= 4 ? at + OVERHEAD_BYTES + (bytes[at + 2] ?? 0) : 0;
}

/** Where a sound answer begins, or −1. */
function soundAnswerIn(bytes: Uint8Array, from: number): number {
  for (let at = from; at + OVERHEAD_BYTES <= bytes.length; at += 1) {
    const end = answerEnd(bytes, at);
    if (end > 0 && isSound(bytes, at, end)) return at;
  }
  return -1;
}

/** Where the answer to our own question begins, or −1. */
function answerAt(came: Uint8Array, from: number, sent: Uint8Array): number {
  for (let at = from; at + OVERHEAD_BYTES <= came.length; at += 1) {
    if (came[at] !== sent[0] || ((came[at + 1] ?? 0) & 0x7f) !== sent[1]) continue;
    const end = answerEnd(came, at);
    if (end > 0 && isSound(came, at, end)) return at;
  }
  return -1;
}

/** Whether there is a sound question among these bytes that we did not ask. */
function foreignQuestionIn(bytes: Uint8Array, from: number, sent: Uint8Array): boolean {
  for (let at = from; at + REQUEST_BYTES <= bytes.length; at += 1) {
    const functionCode = bytes[at + 1] ?? 0;
    if (functionCode < 1 || functionCode > 6 || !isSound(bytes, at, at + REQUEST_BYTES)) continue;
    // Three data bytes make an answer as long as a question.
    if (answerEnd(bytes, at) === at + REQUEST_BYTES && bytes[at] === sent[0]) continue;
    let same = true;
    for (let offset = 0; offset < REQUEST_BYTES && same; offset += 1) same = bytes[at + offset] === sent[offset];
    if (!same) return true;
  }
  return false;
}

const HEAD_BYTES = 3;
const whole = new Uint8Array(256 + HEAD_BYTES);

/** Whether these bytes are the wanted answer once one, two or three of its first bytes are put in front, which are known. */
function isHeadless(came: Uint8Array, from: number, sent: Uint8Array, wanted: number): boolean {
  const length = came.length - from;
  whole[0] = sent[0] ?? 0;
  whole[1] = sent[1] ?? 0;
  whole[2] = wanted - OVERHEAD_BYTES;
  for (let missing = 1; missing <= HEAD_BYTES; missing += 1) {
    // A byte of the switching may stand in for what is missing.
    for (let extra = 0; extra <= EDGE_BYTES_MAX; extra += 1) {
      if (length - extra !== wanted - missing || wanted > whole.length) continue;
      whole.set(came.subarray(from + extra, from + length), missing);
      if (isSound(whole, 0, wanted)) return true;
    }
  }
  return false;
}
