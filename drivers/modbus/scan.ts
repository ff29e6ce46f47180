import type { Pace } from "../driver.ts";
import type { Heard, Scanner } from "../line/scan.ts";
import type { Answer, ReadRequest } from "./client.ts";
import { exceptionWords, isGatewayException } from "./exceptions.ts";
import { clientFor, type ModbusWire } from "./session.ts";

/** One register at the start: who does not have it says so, and that is an answer. */
const HOLDING: ReadRequest = { functionCode: 3, address: 0, count: 1, bytes: 2 };
const INPUT: ReadRequest = { functionCode: 4, address: 0, count: 1, bytes: 2 };
/** Bytes of such a question and its answer. */
export const WHO_BYTES = 15;

/** Looks which units answer. `thorough`: also by the input registers, for units that say nothing at all to a function they do not have. */
export function openModbusScanner(wire: ModbusWire, thorough: boolean, pace: Pace): Scanner {
  const client = clientFor(wire, pace);
  return {
    async ask(unit) {
      const heard = heardOf(await client.ask(unit, HOLDING), unit);
      if (heard.outcome !== "silent" || !thorough) return heard;
      return heardOf(await client.ask(unit, INPUT), unit);
    },
    close: () => client.close(),
  };
}

/** What an answer says of who is there. */
export function heardOf(answer: Answer, unit: number): Heard {
  if (answer.outcome === "data") return { outcome: "answered", place: unit, what: "" };
  if (answer.outcome === "exception") {
    const what = exceptionWords(answer.code);
    return isGatewayException(answer.code) ? { outcome: "nobody", what } : { outcome: "exception", place: unit, what };
  }
  if (answer.reason === "timeout") return { outcome: "silent" };
  if (answer.reason === "adapterMissing" || answer.reason === "refused") return { outcome: "unreachable", what: answer.what };
  return { outcome: "garbled", what: answer.what };
}

/** How a Modbus TCP endpoint treats a unit that is not there. */
export interface GatewayManner {
  /** It answers whatever unit is asked: one device, not several behind it. */
  readonly answersAnything: boolean;
  /** How long it may take to say that nobody is there, or to stay silent about it. */
  readonly timeoutMs: number;
}

/** A gateway that waits for a dead unit longer than this is not waited for. */
export const GATEWAY_PATIENCE_MS = 5_000;
/** One that says nothing of dead units may itself still wait for one when the next is asked. */
const SILENT_GATEWAY_MS = 3_000;
export const GATEWAY_SLACK_MS = 500;
const SPARE_UNITS = [247, 246, 245, 100] as const;

/**
 * Asks a Modbus TCP endpoint for a unit that hardly anybody has, to learn how it says that nobody is there: one that waits long for a dead
 * unit makes all that follow late, and they would seem dead as well.
 */
export async function learnManner(
  wire: Extract<ModbusWire, { readonly host: string }>,
  known: readonly number[],
  pace: Pace,
): Promise<GatewayManner | { readonly unreachable: string }> {
  const { timeoutMs } = wire;
  const unit = SPARE_UNITS.find((spare) => !known.includes(spare)) ?? SPARE_UNITS[0];
  const client = clientFor({ ...wire, timeoutMs: GATEWAY_PATIENCE_MS }, pace);
  const startMs = pace.monotonicMs();
  const heard = heardOf(await client.ask(unit, HOLDING), unit);
  await client.close();
  const tookMs = Math.ceil(pace.monotonicMs() - startMs);
  if (heard.outcome === "unreachable") return { unreachable: heard.what };
  // Its own time to say no, which is the longest that any unit takes; not less than was set for the bus.
  if (heard.outcome === "nobody") return { answersAnything: false, timeoutMs: Math.max(timeoutMs, tookMs + GATEWAY_SLACK_MS) };
  if (heard.outcome === "silent") return { answersAnything: false, timeoutMs: Math.max(timeoutMs, SILENT_GATEWAY_MS) };
  return { answersAnything: heard.outcome === "answered" || heard.outcome === "exception", timeoutMs };
}
