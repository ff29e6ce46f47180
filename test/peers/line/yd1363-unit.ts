import type { Talker } from "./talker.ts";

/** A frame as the standard describes it, made here a second time so that the driver is not its own judge. */
export function ydFrame(version: number, address: number, cid1: number, code: number, info: Buffer): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  const digits = info.length * 2;
  const nibbles = [...hex(digits, 3)].reduce((sum, digit) => sum + Number.parseInt(digit, 16), 0);
  const head = `${hex(version, 2)}${hex(address, 2)}${hex(cid1, 2)}${hex(code, 2)}`;
  const text = `${head}${hex((16 - (nibbles % 16)) % 16, 1)}${hex(digits, 3)}${info.toString("hex").toUpperCase()}`;
  const sum = [...text].reduce((total, sign) => total + sign.charCodeAt(0), 0);
  return `~${text}${hex((0x1_0000 - (sum % 0x1_0000)) % 0x1_0000, 4)}\r`;
}

/** Units on one pair, each at its address and of its class: INFO by command and INFO of the request, null for a command they do not know. */
export interface YdUnit {
  readonly address: number;
  readonly cid1: number;
  readonly info: (cid2: number, asked: Buffer) => Buffer | null;
}

const CID2_INVALID = 4;

export function yd1363Talker(units: readonly YdUnit[], turnaroundMs = 30): Talker {
  let pending = "";
  return (heard) => {
    pending += heard.toString("latin1");
    const frames = [...pending.matchAll(/~([0-9A-F]{16,})\r/g)].map(([, text = ""]) => text);
    if (frames.length > 0) pending = "";
    return frames.flatMap((text) => {
      const [version = 0, address = 0, cid1 = 0, cid2 = 0] = Buffer.from(text.slice(0, 8), "hex");
      const unit = units.find((one) => one.address === address && one.cid1 === cid1);
      if (unit === undefined) return [];
      const info = unit.info(cid2, Buffer.from(text.slice(12, -4), "hex"));
      const said = ydFrame(version, address, cid1, info === null ? CID2_INVALID : 0, info ?? Buffer.alloc(0));
      return [{ bytes: Buffer.from(said, "latin1"), afterMs: turnaroundMs }];
    });
  };
}
