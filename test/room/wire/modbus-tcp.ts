import { createServer, type Socket } from "node:net";
import { type Listening, listenTcp } from "./listen.ts";
import { answerPdu, exceptionPdu, GATEWAY_TARGET_SILENT, type Slaves } from "./pdu.ts";

const HEADER_BYTES = 7;
const FRAME_BYTES_MAX = 260;

/**
 * A Modbus TCP gateway with several stations behind it. Like a real gateway it answers exception 11 for a unit that is not there.
 * Written here because modbus-serial's server cannot take port 0, has no silent unit, and must not judge its own client.
 */
export function startModbusTcp(port: number, slaves: Slaves): Promise<Listening> {
  const server = createServer((socket) => {
    let pending: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      pending = serve(socket, Buffer.concat([pending, chunk]), slaves);
    });
    socket.on("error", () => socket.destroy());
  });
  return listenTcp(server, port, "Modbus TCP");
}

/** Answers every whole frame and returns what is left over. */
function serve(socket: Socket, received: Buffer, slaves: Slaves): Buffer {
  let rest = received;
  while (rest.length >= HEADER_BYTES) {
    const frameBytes = 6 + rest.readUInt16BE(4);
    if (rest.readUInt16BE(2) !== 0 || frameBytes < HEADER_BYTES + 1 || frameBytes > FRAME_BYTES_MAX) {
      socket.destroy();
      return Buffer.alloc(0);
    }
    if (rest.length < frameBytes) break;
    const frame = rest.subarray(0, frameBytes);
    rest = rest.subarray(frameBytes);
    const pdu = frame.subarray(HEADER_BYTES);
    const slave = slaves.get(frame.readUInt8(6));
    const answer = slave === undefined || slave.silent() ? exceptionPdu(pdu.readUInt8(0), GATEWAY_TARGET_SILENT) : answerPdu(pdu, slave);
    const header = Buffer.from(frame.subarray(0, HEADER_BYTES));
    header.writeUInt16BE(answer.length + 1, 4);
    socket.write(Buffer.concat([header, answer]));
  }
  return rest;
}
