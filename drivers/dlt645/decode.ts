import { putQuality, putRaw } from "../house-value.ts";
import { QUALITY, type Readings } from "../reading.ts";
import type { MeterColumn } from "./plan.ts";

const SIGN_BIT = 0x80;
const DECIMAL_MAX = 9;

/** Fills columns from the data behind the identifier, lowest byte first. What a meter does not send is short, not zero. */
export function decodeValues(columns: readonly MeterColumn[], values: Buffer, into: Readings): void {
  for (const column of columns) {
    const { at, bytes, signed } = column;
    if (at + bytes > values.length) putQuality(column, QUALITY.short, into);
    else {
      const raw = packedDecimal(values.subarray(at, at + bytes), signed);
      if (raw === null) putQuality(column, QUALITY.sentinel, into);
      else putRaw(column, raw, into);
    }
  }
}

/** Packed decimal digits, lowest byte first: null where the meter says that it has none (all ones), NaN where they are no decimal digits. */
export function packedDecimal(bytes: Uint8Array, signed: boolean): number | null {
  if (bytes.every((byte) => byte === 0xff)) return null;
  let value = 0;
  for (let at = bytes.length - 1; at >= 0; at -= 1) {
    const top = at === bytes.length - 1;
    const byte = (bytes[at] ?? 0) & (top && signed ? ~SIGN_BIT & 0xff : 0xff);
    const [high, low] = [byte >> 4, byte & 0xf];
    if (high > DECIMAL_MAX || low > DECIMAL_MAX) return Number.NaN;
    value = value * 100 + high * 10 + low;
  }
  const negative = signed && ((bytes[bytes.length - 1] ?? 0) & SIGN_BIT) !== 0 && value !== 0;
  return negative ? -value : value;
}
