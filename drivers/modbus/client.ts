import { EventEmitter } from "node:events";
import ModbusRTU from "modbus-serial";
import type { Pace } from "../driver.ts";
import { Exchange, type Framing, type Lost, type Manners } from "../line/exchange.ts";
import type { LineAnswer, LineListener } from "../line/line.ts";
import type { ExchangeWatch } from "../line/watch.ts";
import { EXCEPTION_FLAG, FRAME_OVERHEAD_BYTES, REQUEST_BYTES } from "./frame.ts";
import { readAnswer, readRequest, wrongChecksum, wrongLength } from "./read-message.ts";

/** What came of one request. `bytes` is only valid until the next request. */
export type Answer = { readonly outcome: "data"; readonly bytes: Buffer } | { readonly outcome: "exception"; readonly code: number } | Lost;

export interface ReadRequest {
  readonly functionCode: 1 | 2 | 3 | 4;
  readonly address: number;
  readonly count: number;
  readonly bytes: number;
}

/** Sets one coil (5, not 0 is on), one register (6), several coils (15) or several registers (16). The answer has no data. */
export interface WriteRequest {
  readonly functionCode: 5 | 6 | 15 | 16;
  readonly address: number;
  readonly values: readonly number[];
}

/** Asks a unit who it is; the data of the answer are those behind the function code. (Modbus application protocol V1.1b3, 6.21) */
export interface IdentificationRequest {
  readonly functionCode: 43;
  /** The first object that is asked for. */
  readonly from: number;
}

export type Request = ReadRequest | WriteRequest | IdentificationRequest;

/** Vendor, product and version as most units say them; what is longer only takes its time on the line. */
const IDENTIFICATION_BYTES = 80;
const READ_IDENTIFICATION = 0x0e;
const BASIC_OBJECTS = 1;
const NO_DATA = Buffer.alloc(0);

/** One Modbus client on one wire, whose frames lie there as `framing` says. */
export class ModbusClient {
  readonly #exchange: Exchange<Asked, Answer>;

  constructor(
    framing: Framing<Buffer, Buffer>,
    manners: Manners,
    pace: Pace,
    open: (listener: LineListener) => Promise<LineAnswer>,
    watch?: ExchangeWatch,
  ) {
    this.#exchange = new Exchange<Asked, Answer>(new Conversation(framing), manners, pace, open, watch);
  }

  /** Asks one unit for one block, after the silence that it wants. The caller waits for the answer before it asks again. */
  ask(unit: number, request: Request, pauseMs = 0): Promise<Answer> {
    return this.#exchange.ask({ unit, request }, REQUEST_BYTES + FRAME_OVERHEAD_BYTES + dataBytes(request), pauseMs);
  }

  /** Gives the port back; the next question opens it again. */
  release(): Promise<void> {
    return this.#exchange.release();
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }
}

interface Asked {
  readonly unit: number;
  readonly request: Request;
}

/** Data of question and answer together. */
function dataBytes(request: Request): number {
  if (request.functionCode === 43) return IDENTIFICATION_BYTES;
  return "bytes" in request ? request.bytes : 2 * request.values.length;
}

/**
 * Puts questions into the frames of the wire, and judges what comes back. What is asked thousands of times a second, reads, is put into
 * words here; the rest is the library's, which is made when there is something for it to say.
 */
class Conversation implements Framing<Asked, Answer> {
  readonly #frames: Framing<Buffer, Buffer>;
  #library: Library | null = null;
  #unit = 0;
  /** Null: the library waits for the answer. */
  #reading: ReadRequest | null = null;

  constructor(frames: Framing<Buffer, Buffer>) {
    this.#frames = frames;
  }

  get broken(): boolean {
    return this.#frames.broken;
  }

  begin({ unit, request }: Asked): Uint8Array {
    this.#unit = unit;
    this.#reading = "bytes" in request ? request : null;
    return this.#frames.begin("bytes" in request ? readRequest(unit, request) : this.#made().encode(unit, request));
  }

  take(chunk: Uint8Array): Answer | null {
    const found = this.#frames.take(chunk);
    if (found === null || !Buffer.isBuffer(found)) return found;
    return this.#reading === null ? this.#made().decode(found) : readAnswer(found, this.#unit, this.#reading);
  }

  verdict(): ReturnType<Framing<Asked, Answer>["verdict"]> {
    return this.#frames.verdict();
  }

  reset(): void {
    this.#frames.reset();
  }

  #made(): Library {
    this.#library ??= new Library();
    return this.#library;
  }
}

/**
 * The library as a codec: it writes requests into a port that keeps them, and reads frames that the port emits, both at once and without
 * its clock. Its own ports are not used: the serial one keeps stale bytes for the next answer, the TCP one waits without end behind a
 * false length, and what it calls RTU over TCP is Modbus TCP.
 */
class Library {
  readonly #port = new CodecPort();
  readonly #modbus = new ModbusRTU(this.#port);
  #answer: Answer | null = null;
  #identifies = false;

  constructor() {
    this.#modbus.open(() => {});
  }

  encode(unit: number, request: Exclude<Request, ReadRequest>): Buffer {
    this.#identifies = request.functionCode === 43;
    // The unit travels with the request: the library's current unit is shared state.
    switch (request.functionCode) {
      case 5:
        this.#modbus.writeFC5(unit, request.address, request.values[0] !== 0, this.#written);
        break;
      case 6:
        this.#modbus.writeFC6(unit, request.address, request.values[0] ?? 0, this.#written);
        break;
      case 15:
        this.#modbus.writeFC15(
          unit,
          request.address,
          request.values.map((value) => value !== 0),
          this.#written,
        );
        break;
      case 16:
        this.#modbus.writeFC16(unit, request.address, [...request.values], this.#written);
        break;
      case 43:
        this.#modbus.writeCustomFC(unit, 43, [READ_IDENTIFICATION, BASIC_OBJECTS, request.from], this.#written);
        break;
      default:
        request satisfies never;
    }
    return this.#port.written;
  }

  decode(frame: Buffer): Answer {
    // The library would ask for what follows by itself.
    if (this.#identifies && ((frame[1] ?? 0) & EXCEPTION_FLAG) === 0) return { outcome: "data", bytes: frame.subarray(2, -2) };
    this.#answer = null;
    this.#port.frameBytes = frame.length;
    this.#port.emit("data", frame);
    return this.#answer ?? { outcome: "lost", reason: "garbled", what: `${frame.length} bytes that the codec has no word for` };
  }

  readonly #written = (error: Error | null): void => {
    this.#answer = error === null ? { outcome: "data", bytes: NO_DATA } : trouble(error, this.#port.frameBytes);
  };
}

/** Address and count, or value, in an answer that has no byte count. */
const WRITTEN_BYTES = 3;

function trouble(error: Error, frameBytes: number): Answer {
  if ("modbusCode" in error && typeof error.modbusCode === "number") return { outcome: "exception", code: error.modbusCode };
  const { message } = error;
  if (message.startsWith("CRC error")) return wrongChecksum();
  if (message.startsWith("Data length error")) return wrongLength(frameBytes - FRAME_OVERHEAD_BYTES, WRITTEN_BYTES);
  return { outcome: "lost", reason: "garbled", what: message };
}

class CodecPort extends EventEmitter {
  // The library waits for `isOpen` before it opens nothing itself: lines come and go below it.
  readonly isOpen = true;
  written: Buffer = Buffer.alloc(0);
  frameBytes = 0;

  open(opened: () => void): void {
    opened();
  }

  close(closed: () => void): void {
    closed();
  }

  write(request: Buffer): void {
    this.written = request;
  }
}
