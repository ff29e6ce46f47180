import { EventEmitter } from "node:events";
import ModbusRTU from "modbus-serial";
import type { Pace } from "../driver.ts";
import { Exchange, type Framing, type Lost, type Manners } from "../line/exchange.ts";
import type { LineAnswer, LineListener } from "../line/line.ts";
import type { ExchangeWatch } from "../line/watch.ts";

/** What came of one request. `bytes` is only valid until the next request. */
export type Answer = { readonly outcome: "data"; readonly bytes: Buffer } | { readonly outcome: "exception"; readonly code: number } | Lost;

export interface Request {
  readonly functionCode: 1 | 2 | 3 | 4;
  readonly address: number;
  readonly count: number;
  readonly bytes: number;
}

/** Unit, function, byte count and checksum around the data of an RTU answer. */
const ANSWER_OVERHEAD_BYTES = 5;
const REQUEST_BYTES = 8;

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
    return this.#exchange.ask({ unit, request }, REQUEST_BYTES + ANSWER_OVERHEAD_BYTES + request.bytes, pauseMs);
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }
}

interface Asked {
  readonly unit: number;
  readonly request: Request;
}

/** Puts the library's words into the frames of the wire, and judges what comes back. */
class Conversation implements Framing<Asked, Answer> {
  readonly #frames: Framing<Buffer, Buffer>;
  readonly #library = new Library();

  constructor(frames: Framing<Buffer, Buffer>) {
    this.#frames = frames;
  }

  get broken(): boolean {
    return this.#frames.broken;
  }

  begin({ unit, request }: Asked): Uint8Array {
    return this.#frames.begin(this.#library.encode(unit, request));
  }

  take(chunk: Uint8Array): Answer | null {
    const found = this.#frames.take(chunk);
    return found === null || !Buffer.isBuffer(found) ? found : this.#library.decode(found);
  }

  verdict(): ReturnType<Framing<Asked, Answer>["verdict"]> {
    return this.#frames.verdict();
  }

  reset(): void {
    this.#frames.reset();
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

  constructor() {
    this.#modbus.open(() => {});
  }

  encode(unit: number, { functionCode, address, count, bytes }: Request): Buffer {
    const done = (error: Error | null, result?: { readonly buffer: Buffer }): void => {
      this.#answer = error === null && result !== undefined ? data(result.buffer, bytes) : trouble(error, this.#port.frameBytes, bytes);
    };
    // The unit travels with the request: the library's current unit is shared state.
    if (functionCode === 1) this.#modbus.writeFC1(unit, address, count, done);
    else if (functionCode === 2) this.#modbus.writeFC2(unit, address, count, done);
    else if (functionCode === 3) this.#modbus.writeFC3(unit, address, count, done);
    else this.#modbus.writeFC4(unit, address, count, done);
    return this.#port.written;
  }

  decode(frame: Buffer): Answer {
    this.#answer = null;
    this.#port.frameBytes = frame.length;
    this.#port.emit("data", frame);
    return this.#answer ?? { outcome: "lost", reason: "garbled", what: `${frame.length} bytes that the codec has no word for` };
  }
}

/** The library believes the byte count that the answer itself states; it must also be the one that was asked for. */
function data(buffer: Buffer, bytes: number): Answer {
  if (buffer.length === bytes) return { outcome: "data", bytes: buffer };
  return { outcome: "lost", reason: "garbled", what: `an answer that says ${buffer.length} bytes and has ${bytes}` };
}

function trouble(error: Error | null, frameBytes: number, bytes: number): Answer {
  if (error !== null && "modbusCode" in error && typeof error.modbusCode === "number")
    return { outcome: "exception", code: error.modbusCode };
  const message = error?.message ?? "no answer";
  if (message.startsWith("CRC error")) return { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring and termination)" };
  const got = frameBytes - ANSWER_OVERHEAD_BYTES;
  if (message.startsWith("Data length error"))
    return { outcome: "lost", reason: got < bytes ? "short" : "foreign", what: `${got} data bytes instead of ${bytes}` };
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
