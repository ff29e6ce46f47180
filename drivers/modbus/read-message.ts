import type { Answer, ReadRequest } from "./client.ts";
import { crc16, EXCEPTION_FLAG, FRAME_OVERHEAD_BYTES, REQUEST_BYTES } from "./frame.ts";

const CHECKSUM_BYTES = 2;

/** The question for one block of registers or bits, as it lies on an RTU line. (Modbus application protocol V1.1b3, 6.1 to 6.4) */
export function readRequest(unit: number, { functionCode, address, count }: ReadRequest): Buffer {
  const request = Buffer.allocUnsafe(REQUEST_BYTES);
  request[0] = unit;
  request[1] = functionCode;
  request.writeUInt16BE(address, 2);
  request.writeUInt16BE(count, 4);
  request.writeUInt16LE(crc16(request, 0, REQUEST_BYTES - CHECKSUM_BYTES), REQUEST_BYTES - CHECKSUM_BYTES);
  return request;
}

/** What an RTU frame says to that question. The data are a view of the frame. */
export function readAnswer(frame: Buffer, unit: number, { functionCode, bytes }: ReadRequest): Answer {
  const got = frame.length - FRAME_OVERHEAD_BYTES;
  if (got < 0) return wrongLength(got, bytes);
  if (crc16(frame, 0, frame.length - CHECKSUM_BYTES) !== frame.readUInt16LE(frame.length - CHECKSUM_BYTES)) return wrongChecksum();
  if (frame[1] === (functionCode | EXCEPTION_FLAG)) return { outcome: "exception", code: frame[2] ?? 0 };
  if (got !== bytes) return wrongLength(got, bytes);
  if (frame[0] !== unit || frame[1] !== functionCode)
    return { outcome: "lost", reason: "garbled", what: `answer of unit ${frame[0]}, function ${frame[1]}` };
  // The answer states its length, too; it must be the one that was asked for.
  if (frame[2] !== bytes) return { outcome: "lost", reason: "garbled", what: `an answer that says ${frame[2]} bytes and has ${bytes}` };
  return { outcome: "data", bytes: frame.subarray(FRAME_OVERHEAD_BYTES - CHECKSUM_BYTES, -CHECKSUM_BYTES) };
}

export function wrongChecksum(): Answer {
  return { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring and termination)" };
}

export function wrongLength(got: number, bytes: number): Answer {
  return { outcome: "lost", reason: got < bytes ? "short" : "foreign", what: `${got} data bytes instead of ${bytes}` };
}
