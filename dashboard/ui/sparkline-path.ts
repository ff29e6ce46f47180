export interface SparklineFrame {
  readonly widthPx: number;
  readonly heightPx: number;
  /** A limit that must be in the picture, or null. */
  readonly limit: number | null;
}

const MARGIN_PX = 3;

/**
 * An SVG path through the samples; a missing value breaks it. The scale holds all values and the limit, and never so little that
 * noise looks like a mountain.
 */
export function sparklinePath(
  times: readonly number[],
  values: readonly (number | null)[],
  { widthPx, heightPx, limit }: SparklineFrame,
): { readonly path: string; readonly limitY: number | null } {
  const good = values.filter((value) => value !== null);
  const held = limit === null ? good : [...good, limit];
  const low = Math.min(...held);
  const span = Math.max(Math.max(...held) - low, Math.abs(low) * 0.02, 1e-6);
  const fromMs = times[0] ?? 0;
  const spanMs = Math.max((times.at(-1) ?? 0) - fromMs, 1);
  const y = (value: number): number => heightPx - MARGIN_PX - ((value - low) / span) * (heightPx - 2 * MARGIN_PX);
  let pen = "M";
  let path = "";
  times.forEach((time, index) => {
    const value = values[index];
    if (value === null || value === undefined) {
      pen = "M";
      return;
    }
    path += `${pen}${(((time - fromMs) / spanMs) * widthPx).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = "L";
  });
  return { path, limitY: limit === null ? null : y(limit) };
}
