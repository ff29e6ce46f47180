import type { Trend } from "../../firmware/contract/history.ts";
import type { History } from "../../firmware/contract/site.ts";

/** Longer than this many steps without a sample is a gap; a step is the poll period, or what the box could keep of it. */
const GAP_STEPS = 3;

/** Times and one column per point, for the chart. */
export interface Columns {
  readonly times: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
  /** Where each time stands for a step in which there were many readings: the lowest and the highest. */
  readonly low?: readonly (readonly (number | null)[])[];
  readonly high?: readonly (readonly (number | null)[])[];
}

/** Puts an empty row into every hole of the time axis, so that no line is drawn over what nobody measured. */
export function withGaps({ times, series }: History, periodMs: number): Columns {
  const stepMs = Math.max(periodMs, medianStep(times));
  const rows: { timeMs: number; from: number | null }[] = [];
  times.forEach((timeMs, index) => {
    const before = times[index - 1];
    if (before !== undefined && timeMs - before > GAP_STEPS * stepMs) rows.push({ timeMs: before + stepMs, from: null });
    rows.push({ timeMs, from: index });
  });
  return {
    times: rows.map(({ timeMs }) => timeMs),
    values: series.map(({ values }) => rows.map(({ from }) => (from === null ? null : (values[from] ?? null)))),
  };
}

/** Columns of a long span: the mean as the line, with what was extreme in each step around it. A step stands at its beginning. */
export function envelopeOf({ fromMs, stepMs, steps, series }: Trend): Columns {
  return {
    times: Array.from({ length: steps }, (_, step) => fromMs + step * stepMs),
    values: series.map(({ avg }) => avg),
    low: series.map(({ min }) => min),
    high: series.map(({ max }) => max),
  };
}

/** Adds the newest readings at the end and drops what is older than an hour. */
export function appended({ times, values }: Columns, atMs: number, latest: readonly (number | null)[], spanMs: number): Columns {
  const last = times.at(-1);
  if (last !== undefined && atMs <= last) return { times, values };
  const start = times.findIndex((time) => time > atMs - spanMs);
  const from = start < 0 ? times.length : start;
  return { times: [...times.slice(from), atMs], values: values.map((column, index) => [...column.slice(from), latest[index] ?? null]) };
}

function medianStep(times: readonly number[]): number {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return steps.sort((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
}
