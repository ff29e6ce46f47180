import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

/** One line of the chart. */
export interface PlotSeries {
  readonly label: string;
  readonly unit: string;
  /** Name of the CSS variable with its colour. */
  readonly colour: string;
  readonly digits: number;
}

/** A limit drawn across the chart. */
export interface PlotLimit {
  readonly limit: number;
  readonly unit: string;
  readonly colour: string;
}

/** From one time to before another, ms. */
export interface PlotSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PlotOptions {
  readonly timeZone: string;
  readonly series: readonly PlotSeries[];
  readonly limits: readonly PlotLimit[];
  readonly heightPx: number;
  /** The data has two more columns per series, first all lowest, then all highest values: a shade around each line. */
  readonly envelope: boolean;
  /** What stands at the cursor, or null when it has left; column index into the data. */
  readonly onCursor: (index: number | null) => void;
}

/** Times in ms, then one column per series; null is a gap. */
export type PlotData = readonly [times: readonly number[], ...columns: (readonly (number | null)[])[]];

export interface Plot {
  /** `uncertain` are spans to be hatched. */
  set(data: PlotData, uncertain: readonly PlotSpan[]): void;
  resize(widthPx: number): void;
  /** Puts the cursor on a sample, for the keyboard. */
  moveTo(index: number): void;
  destroy(): void;
}

/** Draws into `element` until destroyed. Units share an axis; the second unit has its own at the right. */
export function plotInto(element: HTMLElement, options: PlotOptions): Plot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  let hatched: readonly PlotSpan[] = [];
  const units = [...new Set(options.series.map(({ unit }) => unit))];
  const plot = new uPlot(
    {
      width: element.clientWidth,
      height: options.heightPx,
      ms: 1,
      tzDate: (timeMs) => uPlot.tzDate(new Date(timeMs), options.timeZone),
      legend: { show: false },
      cursor: { y: false, points: { size: 7 } },
      scales: Object.fromEntries(units.map((unit) => [unit, { range: withRoom(options.limits.filter((limit) => limit.unit === unit)) }])),
      axes: [
        {
          stroke: colour("--dim"),
          grid: { stroke: colour("--line"), width: 1 },
          ticks: { stroke: colour("--line") },
          values: clockLabels(options.timeZone),
        },
        ...units.slice(0, 2).map(
          (unit, index): uPlot.Axis => ({
            scale: unit,
            side: index === 0 ? 3 : 1,
            stroke: colour("--dim"),
            grid: { show: index === 0, stroke: colour("--line"), width: 1 },
            ticks: { stroke: colour("--line") },
            size: 64,
            values: (_plot, splits) => splits.map((value) => `${Number(value.toPrecision(6))} ${unit}`),
          }),
        ),
      ],
      series: [
        {},
        ...options.series.map(
          (series): uPlot.Series => ({
            label: series.label,
            scale: series.unit,
            stroke: colour(series.colour),
            width: 1.75,
            spanGaps: false,
            // A value between two gaps is no line, but it is there.
            points: { size: 4, fill: colour(series.colour), filter: (self, place) => alone(self.data[place] ?? []) },
          }),
        ),
        ...(options.envelope
          ? [...options.series, ...options.series].map(({ unit }): uPlot.Series => ({ scale: unit, width: 0, points: { show: false } }))
          : []),
      ],
      bands: options.envelope ? options.series.map((series, index) => bandOf(colour(series.colour), index + 1, options.series.length)) : [],
      hooks: {
        setCursor: [(self) => options.onCursor(self.cursor.idx ?? null)],
        drawClear: [(self) => hatch(self, hatched, colour("--dim")), (self) => drawLimits(self, options.limits, colour)],
      },
    },
    [[], ...Array.from({ length: options.series.length * (options.envelope ? 3 : 1) }, () => [])],
    element,
  );
  return {
    set([times, ...columns], uncertain) {
      hatched = uncertain;
      plot.setData([[...times], ...columns.map((column) => [...column])]);
    },
    resize: (widthPx) => plot.setSize({ width: widthPx, height: options.heightPx }),
    moveTo(index) {
      const time = plot.data[0][index];
      if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, "x"), top: 1 });
    },
    destroy: () => plot.destroy(),
  };
}

/** The space between the highest and the lowest values of a series. */
function bandOf(colour: string, series: number, count: number): uPlot.Band {
  return { series: [series + 2 * count, series + count], fill: `color-mix(in srgb, ${colour} 22%, transparent)` };
}

function alone(column: ArrayLike<number | null | undefined>): number[] {
  return Array.from(column, (_, n) => n).filter((n) => column[n] != null && column[n - 1] == null && column[n + 1] == null);
}

/** Values fill the height; a limit that is near joins them, one far away does not squeeze them flat. */
function withRoom(limits: readonly PlotLimit[]): uPlot.Range.Function {
  return (_plot, low, high) => {
    if (low === null || high === null) return [0, 1];
    const span = Math.max(high - low, Math.abs(high) * 0.02, 0.5);
    const near = limits.map(({ limit }) => limit).filter((limit) => limit > low - 1.5 * span && limit < high + 1.5 * span);
    const lowest = Math.min(low, ...near);
    const highest = Math.max(high, ...near);
    const room = Math.max((highest - lowest) * 0.08, span * 0.08);
    return [lowest - room, highest + room];
  };
}

const HATCH_PX = 8;

/** Slanted lines behind the curve: a shape, for those who see no difference of shades. */
function hatch(plot: uPlot, spans: readonly PlotSpan[], colour: string): void {
  const { ctx, bbox } = plot;
  for (const { fromMs, toMs } of spans) {
    const [from, to] = [fromMs, toMs].map((ms) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(ms, "x", true))));
    if (from === undefined || to === undefined || to <= from) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, to - from, bbox.height);
    ctx.clip();
    ctx.globalAlpha = 0.45;
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += HATCH_PX * devicePixelRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function drawLimits(plot: uPlot, limits: readonly PlotLimit[], colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([6, 6]);
  for (const { limit, unit, colour: name } of limits) {
    const y = plot.valToPos(limit, unit, true);
    if (!(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    ctx.strokeStyle = colour(name);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}

const DAY_MS = 86_400_000;

/** Times of day; the day itself where a day begins or the steps are as long. */
function clockLabels(timeZone: string): uPlot.Axis.DynamicValues {
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const seconds = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (_plot, splits) => {
    const step = (splits[1] ?? 0) - (splits[0] ?? 0);
    const span = (splits.at(-1) ?? 0) - (splits[0] ?? 0);
    return splits.map((time) => {
      const text = (step < 60_000 ? seconds : clock).format(time);
      return step >= DAY_MS || (span > DAY_MS / 2 && text === "00:00") ? day.format(time).slice(5) : text;
    });
  };
}
