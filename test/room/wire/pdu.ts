import type { MODBUS_TABLES } from "../../../drivers/modbus/profile.ts";

export type ModbusTable = (typeof MODBUS_TABLES)[number];

/** One Modbus station: what it says when it is asked for `count` registers or bits from `address` on. */
export interface Slave {
  /** Words or bits, exactly `count` of them; null for an address that the station does not have. */
  read(table: ModbusTable, address: number, count: number): readonly number[] | null;
  /** A station without power, or with a broken wire, says nothing at all. */
  silent(): boolean;
}

/** The stations behind one port, by unit address. */
export type Slaves = ReadonlyMap<number, Slave>;

const TABLES: Readonly<Record<number, ModbusTable>> = { 1: "coil", 2: "discrete", 3: "holding", 4: "input" };
/** Modbus application protocol 1.1b3, sections 6.1 to 6.4. */
const REGISTERS_MAX = 125;
const BITS_MAX = 2_000;
const EXCEPTION = { illegalFunction: 1, illegalAddress: 2, illegalValue: 3 } as const;

export const GATEWAY_TARGET_SILENT = 0x0b;

/** Answers one request (function code and data, without address and checksum). The stations can only be read. */
export function answerPdu(request: Buffer, slave: Slave): Buffer {
  const code = request[0] ?? 0;
  const table = TABLES[code];
  if (table === undefined) return exceptionPdu(code, EXCEPTION.illegalFunction);
  if (request.length !== 5) return exceptionPdu(code, EXCEPTION.illegalValue);
  const address = request.readUInt16BE(1);
  const count = request.readUInt16BE(3);
  const bits = table === "coil" || table === "discrete";
  if (count < 1 || count > (bits ? BITS_MAX : REGISTERS_MAX)) return exceptionPdu(code, EXCEPTION.illegalValue);
  const content = slave.read(table, address, count);
  if (content === null) return exceptionPdu(code, EXCEPTION.illegalAddress);
  return bits ? bitsPdu(code, content) : wordsPdu(code, content);
}

export function exceptionPdu(code: number, exception: number): Buffer {
  return Buffer.from([code | 0x80, exception]);
}

function wordsPdu(code: number, words: readonly number[]): Buffer {
  const pdu = Buffer.alloc(2 + words.length * 2);
  pdu[0] = code;
  pdu[1] = words.length * 2;
  for (const [index, word] of words.entries()) pdu.writeUInt16BE(word, 2 + index * 2);
  return pdu;
}

function bitsPdu(code: number, bits: readonly number[]): Buffer {
  const pdu = Buffer.alloc(2 + Math.ceil(bits.length / 8));
  pdu[0] = code;
  pdu[1] = pdu.length - 2;
  for (const [index, bit] of bits.entries()) {
    const place = 2 + (index >> 3);
    if (bit !== 0) pdu[place] = (pdu[place] ?? 0) | (1 << (index & 7));
  }
  return pdu;
}
