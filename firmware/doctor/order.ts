import { type ColumnDecoder, decodeBlock } from "../../drivers/modbus/decode.ts";
import { type Block, planReads } from "../../drivers/modbus/plan.ts";
import { type ModbusProfile, REGISTERS_OF } from "../../drivers/modbus/profile.ts";
import { emptyReadings, isGood } from "../../drivers/reading.ts";

/** How a device seems to order what its profile orders otherwise. */
export type OrderVerdict = { readonly order: "words" | "bytes" | "both"; readonly fields: number; readonly fits: number } | null;

/** A device's values change slowly: this often is often enough, and costs nothing. */
const LOOK_EVERY_MS = 20_000;
/** No measured value of a room is this small and not zero: as a fraction it is another number's lower half. */
const TINY = 1e-6;
/** With fewer one odd sensor would decide. */
const FIELDS_MIN = 2;
const OWN_PART_MAX = 0.34;
const OTHER_PART_MIN = 0.8;
const ORDERS = ["words", "bytes", "both"] as const;

interface Look {
  readonly block: Block;
  lookedMs: number;
  fields: number;
  own: number;
  readonly other: Record<(typeof ORDERS)[number], number>;
}

/** Compares what the values of one device are in the profile's order with what they would be in another one. */
export class OrderWatch {
  readonly #looks: readonly Look[];

  constructor(profile: ModbusProfile, channel: number) {
    this.#looks = planReads(profile, channel)
      .blocks.filter(({ columns }) => columns.some(isMeasure))
      .map((block) => ({ block, lookedMs: Number.NEGATIVE_INFINITY, fields: 0, own: 0, other: { words: 0, bytes: 0, both: 0 } }));
  }

  /** An answer on an RTU wire: `came` ends with the frame. */
  answered(sent: Uint8Array, came: Uint8Array, nowMs: number): void {
    for (const look of this.#looks) {
      const { block } = look;
      if (sent[1] !== block.functionCode || (((sent[2] ?? 0) << 8) | (sent[3] ?? 0)) !== block.address) continue;
      const from = came.length - 2 - block.bytes;
      if (nowMs - look.lookedMs < LOOK_EVERY_MS || from < 0) return;
      look.lookedMs = nowMs;
      judge(look, Buffer.from(came.subarray(from, from + block.bytes)));
      return;
    }
  }

  verdict(): OrderVerdict {
    const sum = (of: (look: Look) => number): number => this.#looks.reduce((total, look) => total + of(look), 0);
    const fields = sum((look) => look.fields);
    if (fields < FIELDS_MIN || sum(({ own }) => own) > OWN_PART_MAX * fields) return null;
    const best = ORDERS.map((order) => ({ order, fields, fits: sum(({ other }) => other[order]) })).sort((a, b) => b.fits - a.fits)[0];
    return best !== undefined && best.fits >= OTHER_PART_MIN * fields ? best : null;
  }
}

function isMeasure({ states, type, bit }: ColumnDecoder): boolean {
  return states === null && type !== "bit" && bit < 0;
}

const probe = emptyReadings(1);

function judge(look: Look, data: Buffer): void {
  look.fields = 0;
  look.own = 0;
  for (const order of ORDERS) look.other[order] = 0;
  for (const field of look.block.columns) {
    if (!isMeasure(field) || field.type === "bit") continue;
    const raw = data.subarray(field.at, field.at + REGISTERS_OF[field.type] * 2);
    // The same in every order: it says nothing.
    if (raw.every((byte) => byte === raw[0])) continue;
    look.fields += 1;
    if (isLikely(field, raw)) look.own += 1;
    for (const order of ORDERS) if (isLikely(field, ordered(raw, order))) look.other[order] += 1;
  }
}

function isLikely(field: ColumnDecoder, raw: Buffer): boolean {
  decodeBlock([{ ...field, at: 0, column: 0 }], raw, probe);
  const value = probe.values[0] ?? Number.NaN;
  return isGood(probe.qualities[0] ?? Number.NaN) && (value === 0 || Math.abs(value) >= TINY);
}

function ordered(raw: Buffer, order: (typeof ORDERS)[number]): Buffer {
  const bytes = Buffer.from(raw);
  if (order !== "bytes") bytes.reverse();
  // Reversed as a whole, the bytes of each word are swapped too.
  return order === "both" ? bytes : bytes.swap16();
}
