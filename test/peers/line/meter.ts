import type { Talker } from "./talker.ts";

/** Decimal digits packed into bytes, lowest byte first, with the sign in the highest bit where there is one. */
export function packed(value: number, bytes: number): Buffer {
  const digits = String(Math.round(Math.abs(value))).padStart(bytes * 2, "0");
  const packedBytes = Buffer.from(digits.slice(-bytes * 2), "hex").reverse();
  if (value < 0) packedBytes[bytes - 1] = (packedBytes[bytes - 1] ?? 0) | 0x80;
  return packedBytes;
}

/** A frame with its checksum, made here a second time so that the driver is not its own judge. */
export function meterFrame(address: string, control: number, data: Buffer, wake = 2): Buffer {
  const body = [0x68, ...Buffer.from(address, "hex").reverse(), 0x68, control, data.length, ...data.map((byte) => (byte + 0x33) % 256)];
  return Buffer.from([...Array<number>(wake).fill(0xfe), ...body, body.reduce((sum, byte) => (sum + byte) % 256, 0), 0x16]);
}

/** Meters of one edition on one pair: data by identifier as printed; what is not there is refused as "no such data". */
export interface Meter {
  readonly address: string;
  readonly edition: "2007" | "1997";
  readonly data: (di: string) => Buffer | null;
}

const NO_SUCH_DATA = Buffer.from([0x02]);

export function meterTalker(meters: readonly Meter[], turnaroundMs = 40): Talker {
  let pending: Buffer = Buffer.alloc(0);
  return (heard) => {
    pending = Buffer.concat([pending, heard]);
    const at = pending.indexOf(0x68);
    const length = pending[at + 9];
    if (at < 0 || length === undefined || pending.length < at + 12 + length) return [];
    const frame = pending.subarray(at, at + 12 + length);
    pending = Buffer.alloc(0);
    const sum = frame.subarray(0, -2).reduce((total, byte) => (total + byte) % 256, 0);
    if (sum !== frame.at(-2)) return [];
    const asked = Buffer.from(frame.subarray(1, 7)).reverse().toString("hex");
    const identifier = Buffer.from(frame.subarray(10, -2).map((byte) => (byte + 256 - 0x33) % 256));
    const di = Buffer.from(identifier).reverse().toString("hex").toUpperCase();
    const meter = meters.find(({ address }) => address === asked || asked === "aaaaaaaaaaaa");
    if (meter === undefined) return [];
    const data = meter.data(di);
    const [answers, refuses] = meter.edition === "2007" ? [0x91, 0xd1] : [0x81, 0xc1];
    const bytes =
      data === null
        ? meterFrame(meter.address, refuses, NO_SUCH_DATA)
        : meterFrame(meter.address, answers, Buffer.concat([identifier, data]));
    return [{ bytes, afterMs: turnaroundMs }];
  };
}
