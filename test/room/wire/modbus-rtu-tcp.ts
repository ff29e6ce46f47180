import { createServer, type Socket } from "node:net";
import type { Clock } from "../../../firmware/platform/clock.ts";
import { crc16 } from "./crc16.ts";
import { type Listening, listenTcp } from "./listen.ts";
import { answerPdu, type Slaves } from "./pdu.ts";

/** 9600 baud, 8N1: ten bits a byte. */
const BYTE_MS = 10_000 / 9_600;
/** A cheap probe thinks this long before it speaks. */
const TURNAROUND_MS = 12;
const FRAME_BYTES_MIN = 4;
const FRAME_BYTES_MAX = 256;
/** Bytes older than this cannot belong to the frame that arrives now. */
const SILENCE_MS = 50;

/**
 * A serial device server with one RS-485 wire behind it: RTU frames with CRC over TCP, at the speed of the wire. Unknown and dead
 * units say nothing; a request that comes while the wire is busy collides, and neither is answered.
 */
export function startModbusRtuTcp(port: number, slaves: Slaves, clock: Clock): Promise<Listening> {
  const wire = { talking: null as { collided: boolean } | null };
  const server = createServer((socket) => {
    let pending: Buffer = Buffer.alloc(0);
    let heardAtMs: number = clock.monotonicMs();
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      const nowMs = clock.monotonicMs();
      pending = nowMs - heardAtMs > SILENCE_MS ? chunk : Buffer.concat([pending, chunk]);
      heardAtMs = nowMs;
      if (pending.length > FRAME_BYTES_MAX) pending = Buffer.alloc(0);
      if (pending.length < FRAME_BYTES_MIN || crc16(pending) !== 0) return;
      const frame = pending;
      pending = Buffer.alloc(0);
      void converse(frame, socket);
    });
  });

  const converse = async (frame: Buffer, socket: Socket): Promise<void> => {
    if (wire.talking !== null) {
      wire.talking.collided = true;
      return;
    }
    const slave = slaves.get(frame.readUInt8(0));
    if (slave === undefined || slave.silent()) return;
    const body = Buffer.concat([frame.subarray(0, 1), answerPdu(frame.subarray(1, -2), slave)]);
    const answer = Buffer.concat([body, Buffer.alloc(2)]);
    answer.writeUInt16LE(crc16(body), body.length);
    const turn = { collided: false };
    wire.talking = turn;
    await clock.sleep((frame.length + answer.length) * BYTE_MS + TURNAROUND_MS);
    wire.talking = null;
    if (!turn.collided && !socket.destroyed) socket.write(answer);
  };
  return listenTcp(server, port, "Modbus RTU over TCP");
}
