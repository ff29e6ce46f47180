import { QUALITY, type Quality, type QualityName } from "../../drivers/reading.ts";
import type { AlarmRecord, Delivery } from "./alarm.ts";
import type { ClockState } from "./clock.ts";
import type { MaintenanceWindow } from "./maintenance.ts";
import type { BusHealth } from "./site.ts";

/**
 * The live protocol at `/api/v1/live`. Text messages are JSON (`ServerMessage`); values travel as binary frames, encoded once
 * and shared by every client. A client that connects, or that was too slow, gets `hello` and then one snapshot frame; from
 * there every frame's `sequence` is the last one plus one. A gap means: close and connect again.
 */
export type ServerMessage =
  | {
      readonly type: "hello";
      readonly version: string;
      readonly revision: string;
      readonly nowMs: number;
      readonly alarms: readonly AlarmRecord[];
      /** Deliveries of the incidents of these alarms, by incident id. */
      readonly deliveries: Readonly<Record<string, readonly Delivery[]>>;
      readonly buses: readonly BusHealth[];
      readonly clock: ClockState;
      readonly maintenance: readonly MaintenanceWindow[];
      /** Points that are not good at present, with the time of their last good reading (null: never since start). */
      readonly lastGood: readonly (readonly [point: number, atMs: number | null])[];
    }
  | { readonly type: "alarms"; readonly nowMs: number; readonly changed: readonly AlarmRecord[]; readonly ended: readonly string[] }
  | { readonly type: "deliveries"; readonly nowMs: number; readonly incident: string; readonly deliveries: readonly Delivery[] }
  | { readonly type: "maintenance"; readonly nowMs: number; readonly windows: readonly MaintenanceWindow[] }
  | { readonly type: "clock"; readonly nowMs: number; readonly clock: ClockState }
  | { readonly type: "buses"; readonly nowMs: number; readonly buses: readonly BusHealth[] };

const MAGIC = 0x52; // 'R'
const HEADER_BYTES = 20;
const FRAME_KIND = { snapshot: 1, sparse: 2, dense: 3 } as const;
const NAN_BITS = 0x7fc00000;
/** Points per site that a 16-bit number can name. */
export const POINTS_PER_SITE_MAX = 65_535;

export interface ValueFrame {
  readonly snapshot: boolean;
  readonly sequence: number;
  /** Wall clock of the box when the frame was made, ms. */
  readonly atMs: number;
  /** Calls back once per carried point; value is NaN unless quality is good. */
  forEach(visit: (point: number, value: number, quality: Quality) => void): void;
}

/**
 * Packs values as float32; a reading that is not good is a NaN whose low byte is its quality, so it costs no extra byte.
 * `points` are ascending point numbers; null means all (a snapshot). Beyond 1 of 16 points changed, a bitmap is smaller than numbers.
 */
export function encodeFrame(
  frame: { readonly sequence: number; readonly atMs: number; readonly points: Uint16Array | null },
  values: Float64Array,
  qualities: Uint8Array,
): ArrayBuffer {
  const total = values.length;
  const count = frame.points?.length ?? total;
  const kind = frame.points === null ? FRAME_KIND.snapshot : count * 16 < total ? FRAME_KIND.sparse : FRAME_KIND.dense;
  const keyBytes = kind === FRAME_KIND.snapshot ? 0 : kind === FRAME_KIND.sparse ? align4(count * 2) : align4(Math.ceil(total / 8));
  const buffer = new ArrayBuffer(HEADER_BYTES + keyBytes + count * 4);
  const view = new DataView(buffer);
  view.setUint8(0, MAGIC);
  view.setUint8(1, kind);
  view.setUint16(2, total, true);
  view.setUint32(4, frame.sequence, true);
  view.setFloat64(8, frame.atMs, true);
  view.setUint32(16, count, true);
  const bits = new Uint32Array(buffer, HEADER_BYTES + keyBytes, count);
  const floats = new Float32Array(buffer, HEADER_BYTES + keyBytes, count);
  const bitmap = kind === FRAME_KIND.dense ? new Uint8Array(buffer, HEADER_BYTES, keyBytes) : null;
  if (kind === FRAME_KIND.sparse && frame.points !== null) new Uint16Array(buffer, HEADER_BYTES, count).set(frame.points);
  for (let i = 0; i < count; i += 1) {
    const point = frame.points === null ? i : (frame.points[i] as number);
    if (bitmap !== null) bitmap[point >> 3] = (bitmap[point >> 3] as number) | (1 << (point & 7));
    const quality = qualities[point] as number;
    if (quality === QUALITY.good) floats[i] = values[point] as number;
    else bits[i] = NAN_BITS | quality;
  }
  return buffer;
}

/** The other half of `encodeFrame`. Returns null for bytes that are not such a frame. Both ends are little-endian machines. */
export function decodeFrame(buffer: ArrayBuffer): ValueFrame | null {
  if (buffer.byteLength < HEADER_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== MAGIC) return null;
  const kind = view.getUint8(1);
  const total = view.getUint16(2, true);
  const count = view.getUint32(16, true);
  const keyBytes = kind === FRAME_KIND.sparse ? align4(count * 2) : kind === FRAME_KIND.dense ? align4(Math.ceil(total / 8)) : 0;
  if (kind < FRAME_KIND.snapshot || kind > FRAME_KIND.dense || buffer.byteLength !== HEADER_BYTES + keyBytes + count * 4) return null;
  const bits = new Uint32Array(buffer, HEADER_BYTES + keyBytes, count);
  const floats = new Float32Array(buffer, HEADER_BYTES + keyBytes, count);
  const pointAt = pointNumbers(buffer, kind, total, count, keyBytes);
  return {
    snapshot: kind === FRAME_KIND.snapshot,
    sequence: view.getUint32(4, true),
    atMs: view.getFloat64(8, true),
    forEach(visit) {
      for (let i = 0; i < count; i += 1) {
        const word = bits[i] as number;
        const notGood = (word & NAN_BITS) === NAN_BITS;
        visit(pointAt[i] as number, notGood ? Number.NaN : (floats[i] as number), (notGood ? word & 0xff : QUALITY.good) as Quality);
      }
    },
  };
}

function pointNumbers(buffer: ArrayBuffer, kind: number, total: number, count: number, keyBytes: number): Uint16Array {
  if (kind === FRAME_KIND.sparse) return new Uint16Array(buffer, HEADER_BYTES, count);
  const numbers = new Uint16Array(count);
  if (kind === FRAME_KIND.snapshot) {
    for (let i = 0; i < count; i += 1) numbers[i] = i;
    return numbers;
  }
  const bitmap = new Uint8Array(buffer, HEADER_BYTES, keyBytes);
  let next = 0;
  for (let point = 0; point < total && next < count; point += 1) {
    if (((bitmap[point >> 3] as number) >> (point & 7)) & 1) {
      numbers[next] = point;
      next += 1;
    }
  }
  return numbers;
}

function align4(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** The name of a quality byte, for a browser that may be a version behind: what it does not know is not good. */
export function qualityWord(code: number): QualityName {
  return QUALITY_NAMES.get(code) ?? "never";
}

const QUALITY_NAMES: ReadonlyMap<number, QualityName> = new Map(Object.entries(QUALITY).map(([name, code]) => [code, name as QualityName]));
