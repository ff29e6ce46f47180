import { createSocket } from "node:dgram";

/** A datagram agent on loopback that answers as a test says: late, short, garbled, foreign or with an error-status. SNMP v1 and v2c. */
export interface StubAgent {
  readonly port: number;
  /** Requests that arrived, repetitions of an unanswered one included. */
  readonly requests: readonly StubRequest[];
  answerWith(answer: (request: StubRequest) => StubReply): void;
  stop(): Promise<void>;
}

export interface StubRequest {
  readonly id: number;
  readonly version: number;
  readonly pduTag: number;
  readonly oids: readonly string[];
}

export type StubReply =
  | { readonly kind: "silence" }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** What is made of the right answer, datagram by datagram. */
  | {
      readonly kind: "mangled";
      readonly variables: readonly (readonly [oid: string, number: number])[];
      readonly datagrams: (right: Buffer) => readonly Buffer[];
    }
  | {
      readonly kind: "response";
      readonly afterMs?: number;
      readonly id?: number;
      readonly version?: number;
      readonly community?: string;
      readonly pduTag?: number;
      readonly status?: number;
      readonly index?: number;
      readonly variables: readonly (readonly [oid: string, number: number])[];
    };

const RESPONSE = 0xa2;
const INTEGER = 2;
const OCTETS = 4;
const OID = 6;
const SEQUENCE = 0x30;

export async function startStubAgent(port = 0): Promise<StubAgent> {
  const socket = createSocket("udp4");
  const requests: StubRequest[] = [];
  const timers = new Set<NodeJS.Timeout>();
  let answer: (request: StubRequest) => StubReply = () => ({ kind: "silence" });
  socket.on("message", (bytes, from) => {
    const request = parseRequest(bytes);
    requests.push(request);
    const reply = answer(request);
    if (reply.kind === "silence") return;
    if (reply.kind === "mangled") {
      const right = response(request, { kind: "response", variables: reply.variables });
      for (const bytes of reply.datagrams(right)) socket.send(bytes, from.port, from.address);
      return;
    }
    const datagram = reply.kind === "bytes" ? reply.bytes : response(request, reply);
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        socket.send(datagram, from.port, from.address);
      },
      reply.kind === "response" ? (reply.afterMs ?? 0) : 0,
    );
    timers.add(timer);
  });
  await new Promise<void>((resolve) => {
    socket.bind(port, "127.0.0.1", resolve);
  });
  return {
    port: socket.address().port,
    requests,
    answerWith(next) {
      answer = next;
    },
    stop() {
      for (const timer of timers) clearTimeout(timer);
      return new Promise((resolve) => {
        socket.close(() => resolve());
      });
    },
  };
}

/** Every asked variable with the number 42. */
export function answerAll(request: StubRequest): StubReply {
  return { kind: "response", variables: request.oids.map((oid) => [oid, 42] as const) };
}

function response(request: StubRequest, reply: Extract<StubReply, { kind: "response" }>): Buffer {
  const variables = reply.variables.map(([oid, number]) => tlv(SEQUENCE, tlv(OID, oidBytes(oid)), tlv(INTEGER, integerBytes(number))));
  const pdu = tlv(
    reply.pduTag ?? RESPONSE,
    tlv(INTEGER, integerBytes(reply.id ?? request.id)),
    tlv(INTEGER, integerBytes(reply.status ?? 0)),
    tlv(INTEGER, integerBytes(reply.index ?? 0)),
    tlv(SEQUENCE, ...variables),
  );
  return tlv(
    SEQUENCE,
    tlv(INTEGER, integerBytes(reply.version ?? request.version)),
    tlv(OCTETS, Buffer.from(reply.community ?? "public")),
    pdu,
  );
}

function parseRequest(bytes: Buffer): StubRequest {
  const [message] = items(bytes);
  const [version, , pdu] = items(message?.content ?? bytes);
  const [id, , , list] = items(pdu?.content ?? bytes);
  return {
    version: number(version?.content),
    pduTag: pdu?.tag ?? 0,
    id: number(id?.content),
    oids: items(list?.content ?? Buffer.alloc(0)).map(({ content }) => oidText(items(content)[0]?.content ?? Buffer.alloc(0))),
  };
}

interface Item {
  readonly tag: number;
  readonly content: Buffer;
}

function items(bytes: Buffer): readonly Item[] {
  const found: Item[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    const lengthBytes = first < 128 ? 0 : first & 127;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    found.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function number(bytes: Buffer | undefined): number {
  return bytes === undefined || bytes.length === 0 ? 0 : bytes.readIntBE(0, Math.min(6, bytes.length));
}

function integerBytes(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.writeIntBE(value, 0, 5);
  return bytes;
}

function oidBytes(text: string): Buffer {
  const [first = 1, second = 3, ...rest] = text.split(".").map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(arc: number): readonly number[] {
  const digits = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 128);
  return digits;
}

function oidText(bytes: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    arc = arc * 128 + (byte & 127);
    if (byte < 128) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  return [Math.floor(head / 40), head % 40, ...rest].join(".");
}
