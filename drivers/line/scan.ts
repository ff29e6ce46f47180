import type { Pace } from "../driver.ts";
import { openRaw } from "./raw.ts";
import { characterMs, type LineWire } from "./wire.ts";

/** How a serial line is set; eight data bits always. */
export type LineSettings = Pick<LineWire, "baudRate" | "parity" | "stopBits">;

/** What one question at one place brought. */
export type Heard =
  /** `place`: where the one that answered is, where the answer says so. */
  | { readonly outcome: "answered" | "exception"; readonly place: number | string | null; readonly what: string }
  | { readonly outcome: "garbled"; readonly what: string }
  | { readonly outcome: "silent" }
  /** A gateway answered in the place of somebody who is not there. */
  | { readonly outcome: "nobody"; readonly what: string }
  /** The port or the network path is not there, or somebody else has it. */
  | { readonly outcome: "unreachable"; readonly what: string };

/** Asks at one place after the other whether anybody is there. */
export interface Scanner {
  ask(place: number): Promise<Heard>;
  close(): Promise<void>;
}

/** A question that changes nothing, by which a protocol is recognised, and how its answer is. */
export interface WhoIsThere {
  readonly bytes: Uint8Array;
  /** What an answer may be long. */
  readonly answerBytes: number;
  /** Null while there is no whole answer in what was heard. */
  readonly find: (heard: Buffer) => Exclude<Heard, { outcome: "garbled" | "silent" | "unreachable" }> | null;
}

/** Scans a serial line without addresses, or with a question for each. */
export function openLineScanner(wire: LineWire, question: (place: number) => WhoIsThere, pace: Pace): Scanner {
  const line = openRaw(wire, pace);
  return {
    async ask(place) {
      const { bytes, answerBytes, find } = question(place);
      const isEcho = (heard: Buffer): boolean => Buffer.from(bytes).equals(heard);
      const answer = await line.ask(bytes, answerBytes, (heard) => !isEcho(heard) && find(heard) !== null);
      if ("unreachable" in answer) return { outcome: "unreachable", what: answer.unreachable };
      const { heard } = answer;
      // A converter that hears itself, or a unit that sends back what it does not know: nobody of this protocol.
      if (heard.length === 0 || isEcho(heard)) return { outcome: "silent" };
      return find(heard) ?? { outcome: "garbled", what: `${heard.length} bytes that are no answer` };
    },
    close: () => line.close(),
  };
}

/** What a silent place costs: the question and a full answer on the line, what a device may think, and the same again to listen it out. */
export function silenceMs(line: LineSettings, timeoutMs: number, bytes: number): number {
  return 2 * timeoutMs + bytes * characterMs(line);
}

/** Speeds that are met in machine rooms, commonest first. */
export const BAUD_RATES = [9_600, 19_200, 4_800, 2_400, 38_400, 115_200, 57_600, 1_200] as const;
export const PARITIES = ["none", "even", "odd"] as const;

/** `9600 8N1` */
export function lineName({ baudRate, parity, stopBits }: LineSettings): string {
  return `${baudRate} 8${parity.charAt(0).toUpperCase()}${stopBits}`;
}

/**
 * Settings to try, likeliest first: those of the bus, then those with which most families leave the factory, then what is left of the
 * speeds and parities that were asked for. Each once, whatever the stop bits.
 */
export function likelyLines(
  own: LineSettings,
  factory: readonly LineSettings[],
  asked: { readonly bauds?: readonly number[] | undefined; readonly parities?: readonly LineSettings["parity"][] | undefined },
): readonly LineSettings[] {
  const counts = new Map<string, { readonly line: LineSettings; count: number }>();
  for (const { baudRate, parity, stopBits } of factory) {
    const line = { baudRate, parity, stopBits };
    const known = counts.get(lineName(line));
    if (known === undefined) counts.set(lineName(line), { line, count: 1 });
    else known.count += 1;
  }
  const byCount = [...counts.values()].sort((a, b) => b.count - a.count).map(({ line }) => line);
  const { bauds, parities } = asked;
  // Odd parity is what nobody chooses: it is tried when it was asked for.
  const rest = (bauds ?? BAUD_RATES).flatMap((baudRate) =>
    (parities ?? PARITIES.slice(0, 2)).map((parity): LineSettings => ({ baudRate, parity, stopBits: 1 })),
  );
  const isAsked = (line: LineSettings): boolean =>
    (bauds === undefined || bauds.includes(line.baudRate)) && (parities === undefined || parities.includes(line.parity));
  const all = [own, ...byCount, ...rest].filter(isAsked);
  return all.filter((line, index) => all.findIndex((other) => soundsLike(other, line)) === index);
}

/** A receiver looks at the first stop bit only: a second one is silence to it. */
function soundsLike(one: LineSettings, other: LineSettings): boolean {
  return one.baudRate === other.baudRate && one.parity === other.parity;
}
