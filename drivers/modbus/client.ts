import { EventEmitter } from "node:events";
import ModbusRTU from "modbus-serial";
import type { BusFault, Pace } from "../driver.ts";
import type { Line, LineAnswer, LineListener } from "../line/line.ts";
import type { LostReason } from "../reading.ts";
import type { Framing } from "./frame.ts";

/** What came of one request. `bytes` is only valid until the next request. */
export type Answer =
  | { readonly outcome: "data"; readonly bytes: Buffer }
  | { readonly outcome: "exception"; readonly code: number }
  | { readonly outcome: "lost"; readonly reason: LostReason; readonly what: string };

export interface Request {
  readonly functionCode: 1 | 2 | 3 | 4;
  readonly address: number;
  readonly count: number;
  readonly bytes: number;
}

/** How a kind of wire wants to be treated between requests. */
export interface Manners {
  /** How long a unit may think; the time on the line is added. */
  readonly timeoutMs: number;
  /** How long a byte is on the line, where that is known to matter. */
  readonly byteMs: number;
  /** Silence that separates frames, after the last byte of either side; 0 where frames are not told apart by silence. */
  readonly gapMs: number;
  /** A late answer cannot be told from the next one, so the wire is listened to until it must be over. */
  readonly drains: boolean;
  /** Requests in a row without a single byte after which the connection itself is not believed any more; 0 for never. */
  readonly silencesMax: number;
}

/** After a late or broken answer has begun, this long without a byte means that it is over; USB adapters hold bytes for up to 16 ms. */
const QUIET_MS = 25;
const LISTEN_STEP_MS = 10;
const BUS_CLOSED: BusFault = { reason: "adapterMissing", detail: "the bus was closed" };
/** Unit, function, byte count and checksum around the data of an RTU answer. */
const ANSWER_OVERHEAD_BYTES = 5;
const REQUEST_BYTES = 8;

/** One Modbus client on one wire: opens the line when needed, asks one thing at a time, and never takes one answer for another. */
export class ModbusClient {
  readonly #port: LinePort;
  readonly #modbus: ModbusRTU;
  readonly #manners: Manners;
  readonly #pace: Pace;
  readonly #open: (listener: LineListener) => Promise<LineAnswer>;
  #busy = false;
  #settle: ((answer: Answer) => void) | null = null;
  #silences = 0;
  #closed = false;
  /** A line that went by itself still has to be freed before its port can be opened again. */
  #freed: Promise<void> = Promise.resolve();
  /** Until when a late answer may still come; it ends sooner when one came and is over. */
  #listenUntilMs = 0;
  #lateSeen = false;

  constructor(framing: Framing, manners: Manners, pace: Pace, open: (listener: LineListener) => Promise<LineAnswer>) {
    this.#manners = manners;
    this.#pace = pace;
    this.#open = open;
    this.#port = new LinePort(framing, pace);
    this.#modbus = new ModbusRTU(this.#port);
    this.#modbus.open(() => {});
  }

  /** Asks one unit for one block. The caller waits for the answer before it asks again. */
  async ask(unit: number, request: Request): Promise<Answer> {
    if (this.#busy) throw new Error("two requests at once on one Modbus wire");
    this.#busy = true;
    try {
      await this.#awaitSilence();
      if (this.#port.framing.broken) await this.#dropLine();
      if (this.#port.line === null) {
        const fault = await this.#connect();
        if (fault !== null) return { outcome: "lost", reason: fault.reason, what: fault.detail };
      }
      const answer = await this.#transact(unit, request);
      if (answer.outcome === "lost") return await this.#recover(answer);
      this.#silences = 0;
      return answer;
    } finally {
      this.#busy = false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#settle?.({ outcome: "lost", reason: BUS_CLOSED.reason, what: BUS_CLOSED.detail });
    await this.#dropLine();
  }

  async #connect(): Promise<BusFault | null> {
    if (this.#closed) return BUS_CLOSED;
    await this.#freed;
    const state: { line: Line | null; gone: BusFault | null } = { line: null, gone: null };
    const opened = await this.#open({
      bytes: (chunk) => {
        if (state.line !== null && this.#port.line === state.line) this.#arrived(chunk);
      },
      lost: (fault) => {
        state.gone = fault;
        if (state.line === null || this.#port.line !== state.line) return;
        this.#freed = state.line.close();
        this.#port.line = null;
        this.#settle?.({ outcome: "lost", reason: fault.reason, what: fault.detail });
      },
    });
    if ("fault" in opened) return opened.fault;
    if (this.#closed || state.gone !== null) {
      await opened.line.close();
      return state.gone ?? BUS_CLOSED;
    }
    state.line = opened.line;
    this.#port.begin(opened.line);
    return null;
  }

  #arrived(chunk: Uint8Array): void {
    this.#lateSeen = true;
    this.#port.arrived(chunk);
    if (this.#port.framing.broken) this.#settle?.({ outcome: "lost", ...verdictOf(this.#port.framing) });
  }

  #transact(unit: number, { functionCode, address, count, bytes }: Request): Promise<Answer> {
    return new Promise((resolve) => {
      this.#settle = (answer) => {
        this.#settle = null;
        resolve(answer);
      };
      const settle = this.#settle;
      const done = (error: Error | null, result?: { readonly buffer: Buffer }): void => {
        // The library's own clock may still ring for a request that a lost line has ended.
        if (this.#settle !== settle) return;
        settle(error === null && result !== undefined ? this.#data(result.buffer, bytes) : this.#trouble(error, bytes));
      };
      const { timeoutMs, byteMs } = this.#manners;
      this.#modbus.setTimeout(Math.ceil(timeoutMs + (REQUEST_BYTES + ANSWER_OVERHEAD_BYTES + bytes) * byteMs));
      // The unit travels with the request: the library's current unit is shared state.
      if (functionCode === 1) this.#modbus.writeFC1(unit, address, count, done);
      else if (functionCode === 2) this.#modbus.writeFC2(unit, address, count, done);
      else if (functionCode === 3) this.#modbus.writeFC3(unit, address, count, done);
      else this.#modbus.writeFC4(unit, address, count, done);
    });
  }

  /** The library believes the byte count that the answer itself states; it must also be the one that was asked for. */
  #data(buffer: Buffer, bytes: number): Answer {
    if (buffer.length === bytes) return { outcome: "data", bytes: buffer };
    return { outcome: "lost", reason: "garbled", what: `an answer that says ${buffer.length} bytes and has ${bytes}` };
  }

  #trouble(error: Error | null, bytes: number): Answer {
    if (error !== null && "modbusCode" in error && typeof error.modbusCode === "number")
      return { outcome: "exception", code: error.modbusCode };
    if (error !== null && "errno" in error && String(error.errno) === "ETIMEDOUT")
      return { outcome: "lost", ...verdictOf(this.#port.framing) };
    const message = error?.message ?? "no answer";
    if (message.startsWith("CRC error"))
      return { outcome: "lost", reason: "garbled", what: "wrong checksum (check wiring and termination)" };
    const got = this.#port.answerBytes - ANSWER_OVERHEAD_BYTES;
    if (message.startsWith("Data length error"))
      return { outcome: "lost", reason: got < bytes ? "short" : "foreign", what: `${got} data bytes instead of ${bytes}` };
    return { outcome: "lost", reason: "garbled", what: message };
  }

  /** After trouble: makes sure that nothing of it can reach the next request, and looks whether the line is still there. */
  async #recover(answer: Answer & { readonly outcome: "lost" }): Promise<Answer> {
    if (this.#port.line === null) {
      await this.#dropLine();
      return answer;
    }
    const now = this.#pace.monotonicMs();
    const silent = answer.reason === "timeout";
    this.#silences = silent ? this.#silences + 1 : 0;
    if (!this.#manners.drains) {
      const muddled = answer.reason === "garbled" || answer.reason === "short";
      if (muddled || (this.#manners.silencesMax > 0 && this.#silences >= this.#manners.silencesMax)) await this.#dropLine();
      return answer;
    }
    this.#listenUntilMs = now + this.#manners.timeoutMs;
    this.#lateSeen = !silent && answer.reason !== "foreign";
    if (!silent) return answer;
    const gone = await this.#port.line.check();
    if (gone !== null || (this.#manners.silencesMax > 0 && this.#silences >= this.#manners.silencesMax)) await this.#dropLine();
    return gone === null ? answer : { outcome: "lost", reason: gone.reason, what: gone.detail };
  }

  /** Waits for the gap between frames, and before that for the end of a late answer. */
  async #awaitSilence(): Promise<void> {
    for (let now = this.#pace.monotonicMs(); now < this.#listenUntilMs; now = this.#pace.monotonicMs()) {
      if (this.#lateSeen && now - this.#port.lastByteMs >= QUIET_MS) break;
      await this.#pace.sleep(LISTEN_STEP_MS);
    }
    this.#listenUntilMs = 0;
    for (let left = this.#gapLeftMs(); left > 0; left = this.#gapLeftMs()) await this.#pace.sleep(Math.ceil(left));
  }

  #gapLeftMs(): number {
    return this.#port.lastByteMs + this.#manners.gapMs - this.#pace.monotonicMs();
  }

  async #dropLine(): Promise<void> {
    const line = this.#port.line;
    this.#port.line = null;
    this.#port.framing.reset();
    this.#silences = 0;
    this.#listenUntilMs = 0;
    await this.#freed;
    await line?.close();
  }
}

function verdictOf(framing: Framing): { readonly reason: LostReason; readonly what: string } {
  return framing.verdict();
}

/**
 * The port that the library talks through. Its own ports are not used: the serial one keeps stale bytes for the next answer, the TCP one
 * waits without end behind a false length, and what it calls RTU over TCP is Modbus TCP.
 */
class LinePort extends EventEmitter {
  readonly framing: Framing;
  readonly #pace: Pace;
  line: Line | null = null;
  /** When the wire was last busy, with either side's bytes. */
  lastByteMs = 0;
  answerBytes = 0;

  constructor(framing: Framing, pace: Pace) {
    super();
    this.framing = framing;
    this.#pace = pace;
  }

  // The library waits for `isOpen` before it opens nothing itself: lines come and go below it.
  readonly isOpen = true;

  open(opened: () => void): void {
    opened();
  }

  close(closed: () => void): void {
    closed();
  }

  begin(line: Line): void {
    this.line = line;
    this.framing.reset();
    this.lastByteMs = this.#pace.monotonicMs();
  }

  write(request: Buffer): void {
    this.line?.send(this.framing.begin(request));
    this.lastByteMs = this.#pace.monotonicMs();
  }

  arrived(chunk: Uint8Array): void {
    this.lastByteMs = this.#pace.monotonicMs();
    const answer = this.framing.take(chunk);
    if (answer === null) return;
    this.answerBytes = answer.length;
    this.emit("data", answer);
  }
}
