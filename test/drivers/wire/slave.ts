import { createServer, type Socket } from "node:net";
import { crc16 } from "../../../drivers/modbus/frame.ts";

/** A request as it reached the far end of the wire. */
export interface Asked {
  readonly unit: number;
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
  /** Number of the Modbus TCP transaction; 0 on RTU. */
  readonly transaction: number;
}

/** What the far end does with one request: bytes in portions, each after a pause, or an end of the connection. */
export type Reaction = readonly (Portion | "hang up")[];
export interface Portion {
  readonly bytes: Buffer;
  readonly afterMs?: number;
}

export interface FakeSlave {
  readonly port: number;
  readonly asked: readonly Asked[];
  readonly connections: () => number;
  /** How the next requests are met, until told otherwise. */
  react(to: (asked: Asked) => Reaction): void;
  stop(): Promise<void>;
}

type FramingKind = "modbus-tcp" | "modbus-rtu-tcp";

/** A device at the far end of a TCP connection that can misbehave in all the ways that a wire can. */
export async function startSlave(kind: FramingKind): Promise<FakeSlave> {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let reaction: (asked: Asked) => Reaction = () => [];
  const server = createServer((socket) => {
    connections += 1;
    // Portions are the point: nothing may be held back to be sent together.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      const request = parseRequest(kind, chunk);
      asked.push(request);
      void perform(socket, reaction(request));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    asked,
    connections: () => connections,
    react: (to) => {
      reaction = to;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

async function perform(socket: Socket, reaction: Reaction): Promise<void> {
  for (const step of reaction) {
    if (step === "hang up") {
      socket.destroy();
      return;
    }
    if (step.afterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, step.afterMs));
    if (!socket.destroyed) socket.write(step.bytes);
  }
}

function parseRequest(kind: FramingKind, bytes: Buffer): Asked {
  const at = kind === "modbus-tcp" ? 6 : 0;
  return {
    transaction: kind === "modbus-tcp" ? bytes.readUInt16BE(0) : 0,
    unit: bytes.readUInt8(at),
    functionCode: bytes.readUInt8(at + 1),
    address: bytes.readUInt16BE(at + 2),
    // The question who it is has none.
    count: bytes.length >= at + 6 ? bytes.readUInt16BE(at + 4) : 0,
  };
}

/** Registers, or bits packed as on the wire, as the body of an answer. */
export function dataBody(functionCode: number, data: Buffer): Buffer {
  return Buffer.concat([Buffer.from([functionCode, data.length]), data]);
}

export function registers(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 2);
  for (const [index, word] of words.entries()) bytes.writeUInt16BE(word & 0xffff, index * 2);
  return bytes;
}

/** Puts a body on the wire as the given kind does. */
export function framed(kind: FramingKind, asked: Asked, body: Buffer): Buffer {
  const unitAndBody = Buffer.concat([Buffer.from([asked.unit]), body]);
  if (kind === "modbus-tcp") {
    const header = Buffer.alloc(6);
    header.writeUInt16BE(asked.transaction, 0);
    header.writeUInt16BE(unitAndBody.length, 4);
    return Buffer.concat([header, unitAndBody]);
  }
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(unitAndBody, 0, unitAndBody.length));
  return Buffer.concat([unitAndBody, checksum]);
}
