import { type HouseValue, putQuality, putRaw } from "../house-value.ts";
import type { Lost } from "../line/exchange.ts";
import type { Said } from "../line/reader.ts";
import { QUALITY, type Readings } from "../reading.ts";
import type { Command } from "./plan.ts";
import type { ItemType, LayoutItem } from "./profile.ts";

const BYTES_OF = { u8: 1, u16: 2, s16: 2, u24: 3, u32: 4, f32: 4 } as const satisfies Record<ItemType, number>;
/** The standard's sign for "not fitted" in a state or alarm byte, and four times for a float without a value. */
const NOT_FITTED = 0x20;
const NO_FLOAT = 0x2020_2020;

/** Fills the columns of one command from the INFO of its answer. Groups are as long as the counts in the frame say. */
export function decodeInfo(command: Command, info: Buffer, into: Readings): Said {
  if (command.bytes !== null && info.length !== command.bytes) return otherLayout(info.length, command.bytes);
  // What no group brings is not there; what the frame has no bytes for is cut off, and said below.
  for (const column of command.columns) putQuality(column, QUALITY.noSuchObject, into);
  const walk = new Walk(command, info, into);
  const whole = walk.all(command.layout);
  walk.pairs();
  if (whole) return { outcome: "data" };
  if (walk.filled === 0) return { outcome: "lost", reason: "short", what: `${info.length} bytes of INFO are too few for this layout` };
  for (const column of command.columns) if (!walk.met.has(column)) putQuality(column, QUALITY.short, into);
  return { outcome: "data" };
}

function otherLayout(got: number, expected: number): Lost {
  return { outcome: "lost", reason: "garbled", what: `INFO has ${got} bytes, the profile's layout ${expected}: another model or firmware` };
}

/** A way through one INFO. */
class Walk {
  readonly #command: Command;
  readonly #info: Buffer;
  readonly #into: Readings;
  readonly #counts = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  /** The first byte of each name, for states that two of them make. */
  readonly #bytes = new Map<string, number>();
  readonly met = new Set<HouseValue>();
  #at = 0;

  constructor(command: Command, info: Buffer, into: Readings) {
    this.#command = command;
    this.#info = info;
    this.#into = into;
  }

  /** How many columns were met. */
  get filled(): number {
    return this.met.size;
  }

  /** @returns false when the frame ended on the way. */
  all(layout: readonly LayoutItem[]): boolean {
    return layout.every((part) => this.#part(part));
  }

  /** To be called when all is seen: states that two bytes make together. */
  pairs(): void {
    for (const { to, first, second } of this.#command.pairs) {
      const [high, low] = [this.#bytes.get(first), this.#bytes.get(second)];
      if (high === undefined || low === undefined) continue;
      this.met.add(to);
      putRaw(to, high * 256 + low, this.#into);
    }
  }

  #part(part: LayoutItem): boolean {
    if ("of" in part) {
      const times = typeof part.times === "number" ? part.times : (this.#counts.get(part.times) ?? 0);
      for (let turn = 0; turn < times; turn += 1) if (!this.all(part.of)) return false;
      return true;
    }
    const at = this.#at;
    const end = at + ("skip" in part ? part.skip : "count" in part ? 1 : BYTES_OF[part.as]);
    if (end > this.#info.length) return false;
    this.#at = end;
    if ("count" in part) this.#counts.set(part.count, this.#info.readUInt8(at));
    else if ("item" in part) this.#item(part.item, part.as, at);
    return true;
  }

  #item(name: string, as: ItemType, at: number): void {
    const nth = (this.#seen.get(name) ?? 0) + 1;
    this.#seen.set(name, nth);
    if (nth === 1 && as === "u8") this.#bytes.set(name, this.#info.readUInt8(at));
    const to = this.#command.wanted.get(name)?.get(nth);
    if (to === undefined) return;
    this.met.add(to);
    const raw = rawItem(this.#info, as, at, this.#command.bigEndianFloats);
    if (raw === null) putQuality(to, QUALITY.sentinel, this.#into);
    else putRaw(to, raw, this.#into);
  }
}

function rawItem(info: Buffer, as: ItemType, at: number, bigEndianFloats: boolean): number | null {
  switch (as) {
    case "u8": {
      const byte = info.readUInt8(at);
      return byte === NOT_FITTED ? null : byte;
    }
    case "u16":
      return info.readUInt16BE(at);
    case "s16":
      return info.readInt16BE(at);
    case "u24":
      return info.readUIntBE(at, 3);
    case "u32":
      return info.readUInt32BE(at);
    case "f32":
      if (info.readUInt32BE(at) === NO_FLOAT) return null;
      return Number((bigEndianFloats ? info.readFloatBE(at) : info.readFloatLE(at)).toPrecision(FLOAT_DIGITS));
    default:
      return as satisfies never;
  }
}

/** A float of 32 bits holds no more; behind them is dust. */
const FLOAT_DIGITS = 7;
