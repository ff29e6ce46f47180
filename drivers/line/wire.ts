import type { Pace } from "../driver.ts";
import { Exchange, type Framing } from "./exchange.ts";
import type { LineAnswer, LineListener } from "./line.ts";
import type { PortGuard } from "./port-guard.ts";
import { openSerial, type SerialSettings } from "./serial.ts";
import { openTcp, type TcpEndpoint } from "./tcp.ts";
import type { ExchangeWatch } from "./watch.ts";

/** A serial line, at a port of the box or at a serial device server; the server's line is set at the server. */
export type LineWire = {
  readonly baudRate: number;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
  /** Eight unless said otherwise. */
  readonly dataBits?: 7 | 8;
  /** How long a device may think. */
  readonly timeoutMs: number;
  /** The silence that this port wants before each question, where that is more than the protocol's. */
  readonly pauseMs?: number;
} & ({ readonly path: string; readonly guard?: PortGuard | undefined } | { readonly host: string; readonly port: number });

const START_AND_DATA_BITS = 9;

/** How long one character is on the line. */
export function characterMs({ baudRate, parity, stopBits }: Pick<LineWire, "baudRate" | "parity" | "stopBits">): number {
  return ((START_AND_DATA_BITS + (parity === "none" ? 0 : 1) + stopBits) * 1_000) / baudRate;
}

/** How a wire is opened; a recording is one, too, and tests give one whose time they own. */
export type OpensWire = (wire: SerialSettings | TcpEndpoint, pace: Pace, listener: LineListener) => Promise<LineAnswer>;

/** What a session is given beside its wire: another way to open it, and who watches what happens on it. */
export interface Surroundings {
  readonly opens?: OpensWire;
  readonly watch?: ExchangeWatch;
}

export const openWire: OpensWire = (wire, pace, listener) => ("path" in wire ? openSerial(wire, listener) : openTcp(wire, pace, listener));

/** A connection to a serial server on which this many questions in a row met silence may be dead without anybody having said so. */
const SILENCES_BEFORE_RECONNECT = 3;

/**
 * Question and answer on a serial line; `restMs` is the silence between an answer and the next question. Late answers are listened out:
 * on such lines they cannot be told from the next ones. A serial port is looked at after each silence, a connection after several.
 */
export function exchangeOn<Question, Answer>(
  wire: LineWire,
  framing: Framing<Question, Answer>,
  restMs: number,
  pace: Pace,
  { opens = openWire, watch }: Surroundings,
): Exchange<Question, Answer> {
  const silencesMax = "path" in wire ? 0 : SILENCES_BEFORE_RECONNECT;
  const gapMs = Math.max(restMs, wire.pauseMs ?? 0);
  const manners = { timeoutMs: wire.timeoutMs, byteMs: characterMs(wire), gapMs, drains: true, silencesMax };
  return new Exchange(framing, manners, pace, (listener) => opens(wire, pace, listener), watch);
}
