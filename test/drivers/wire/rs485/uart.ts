/** How a UART sends and reads: start bit, eight data bits, parity, stop bits. */
export interface UartSettings {
  readonly baudRate: number;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** One sender's levels on the pair: 1 is the idle level (mark). Undriven before and behind. */
export interface Wave {
  readonly startMs: number;
  readonly bitMs: number;
  readonly levels: Uint8Array;
}

export const endOf = ({ startMs, bitMs, levels }: Wave): number => startMs + bitMs * levels.length;

function ones(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

const parityBit = (byte: number, parity: "even" | "odd"): number => (ones(byte) & 1) ^ (parity === "odd" ? 1 : 0);

export function waveOf(bytes: Uint8Array, { baudRate, parity, stopBits }: UartSettings, startMs: number): Wave {
  const levels: number[] = [];
  for (const byte of bytes) {
    levels.push(0);
    for (let bit = 0; bit < 8; bit += 1) levels.push((byte >> bit) & 1);
    if (parity !== "none") levels.push(parityBit(byte, parity));
    for (let stop = 0; stop < stopBits; stop += 1) levels.push(1);
  }
  return { startMs, bitMs: 1_000 / baudRate, levels: Uint8Array.from(levels) };
}

/** One character as a receiver takes it in. */
export interface Heard {
  readonly byte: number;
  readonly endMs: number;
  readonly isFaulty: boolean;
  readonly isBreak: boolean;
}

const ROUNDING_MS = 1e-9;

interface Run {
  readonly fromMs: number;
  readonly level: number;
}

/** What several senders make of the pair together: who pulls it down wins. */
function runsOf(waves: readonly Wave[]): readonly Run[] {
  const [only] = waves;
  if (only !== undefined && waves.length === 1) return runsOfOne(only);
  const edges = waves.flatMap((wave) => [...runsOfOne(wave).map(({ fromMs }) => fromMs), endOf(wave)]);
  const times = [...new Set(edges)].sort((a, b) => a - b);
  const runs: Run[] = [];
  for (const [index, fromMs] of times.entries()) {
    const middleMs = (fromMs + (times[index + 1] ?? fromMs + 1)) / 2;
    const level = waves.every(({ startMs, bitMs, levels }) => (levels[Math.floor((middleMs - startMs) / bitMs)] ?? 1) === 1) ? 1 : 0;
    if (runs.at(-1)?.level !== level) runs.push({ fromMs, level });
  }
  return runs;
}

function runsOfOne({ startMs, bitMs, levels }: Wave): readonly Run[] {
  const runs: Run[] = [];
  let last = -1;
  for (let bit = 0; bit <= levels.length; bit += 1) {
    const level = levels[bit] ?? 1;
    if (level !== last) runs.push({ fromMs: startMs + bit * bitMs, level });
    last = level;
  }
  return runs;
}

/**
 * What a UART makes of the levels. A frame error is taken for the start bit of the next character, as a 16550 does, or the line's next
 * fall is waited for; a line that stays down is a break.
 */
export function hear(waves: readonly Wave[], { baudRate, parity }: UartSettings, after: "start" | "fall" = "start"): readonly Heard[] {
  const runs = runsOf(waves);
  const bitMs = 1_000 / baudRate;
  const heard: Heard[] = [];
  let at = 0;
  const levelAt = (ms: number): number => {
    while (at > 0 && (runs[at]?.fromMs ?? 0) > ms) at -= 1;
    while (at + 1 < runs.length && (runs[at + 1]?.fromMs ?? 0) <= ms) at += 1;
    return runs.length === 0 || (runs[0]?.fromMs ?? 0) > ms ? 1 : (runs[at]?.level ?? 1);
  };
  let edge = 0;
  // Never back: characters follow each other.
  const next = (to: number, fromMs: number): number | null => {
    while (edge < runs.length && ((runs[edge]?.fromMs ?? 0) < fromMs - ROUNDING_MS || runs[edge]?.level !== to)) edge += 1;
    return runs[edge]?.fromMs ?? null;
  };
  const nextFall = (fromMs: number): number | null => next(0, fromMs);
  const nextRise = (fromMs: number): number | null => next(1, fromMs);
  let startMs = nextFall(Number.NEGATIVE_INFINITY);
  while (startMs !== null) {
    const from = startMs;
    const sample = (bit: number): number => levelAt(from + (bit + 0.5) * bitMs);
    if (sample(0) === 1) {
      startMs = nextFall(from + bitMs / 2);
      continue;
    }
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) byte |= sample(1 + bit) << bit;
    const parityFault = parity !== "none" && sample(9) !== parityBit(byte, parity);
    const stop = parity === "none" ? 9 : 10;
    const isFramed = sample(stop) === 1;
    const isBreak = !isFramed && byte === 0 && (parity === "none" || sample(9) === 0);
    heard.push({ byte, endMs: from + (stop + 1) * bitMs, isFaulty: parityFault || !isFramed, isBreak });
    if (isFramed) startMs = nextFall(from + (stop + 0.5) * bitMs);
    else if (isBreak || after === "fall") {
      const risen = nextRise(from + stop * bitMs);
      startMs = risen === null ? null : nextFall(risen);
    } else startMs = from + stop * bitMs;
  }
  return heard;
}
