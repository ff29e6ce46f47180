import { useEffect, useRef } from "preact/hooks";
import type { NumberedPoint } from "../live/store.ts";
import { usePage } from "../ui/page.ts";
import type { Columns } from "./columns.ts";
import type { Plot, PlotData, PlotLimit, PlotSpan } from "./plot.ts";

const HEIGHT_PX = 260;
const COLOURS = ["--series-1", "--series-2", "--series-3", "--series-4"];
export const SERIES_MAX = COLOURS.length;

const NO_SPANS: readonly PlotSpan[] = [];

interface CanvasProps {
  readonly points: readonly NumberedPoint[];
  readonly columns: Columns;
  /** Spans of uncertain time, to be hatched. */
  readonly uncertain?: readonly PlotSpan[];
  readonly title: string;
  readonly onCursor: (index: number | null) => void;
}

/** The drawing itself. uPlot is loaded when the first chart is looked at, not with the page. */
export function Canvas({ points, columns, uncertain = NO_SPANS, title, onCursor }: CanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const newest = useRef({ columns, uncertain });
  const at = useRef(0);
  const { store } = usePage();
  newest.current = { columns, uncertain };
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let gone = false;
    const watch = new ResizeObserver(() => plot.current?.resize(element.clientWidth));
    void import("./plot.ts").then(({ plotInto }) => {
      if (gone) return;
      plot.current = plotInto(element, {
        timeZone: store.room.site.timezone,
        heightPx: HEIGHT_PX,
        series: points.map((point, index) => ({
          label: point.id,
          unit: point.unit,
          digits: point.digits,
          colour: COLOURS[index] ?? "--dim",
        })),
        limits: points.flatMap((point) =>
          point.limits.map(({ limit, severity }): PlotLimit => ({ limit, unit: point.unit, colour: `--${severity}` })),
        ),
        envelope: newest.current.columns.low !== undefined,
        onCursor,
      });
      plot.current.set(dataOf(newest.current.columns), newest.current.uncertain);
      watch.observe(element);
    });
    return () => {
      gone = true;
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => plot.current?.set(dataOf(columns), uncertain), [columns, uncertain]);

  const move = (event: KeyboardEvent): void => {
    const last = columns.times.length - 1;
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    at.current = Math.min(last, Math.max(0, (at.current === 0 && step < 0 ? last : at.current) + step));
    plot.current?.moveTo(at.current);
    onCursor(at.current);
  };
  return (
    <div
      ref={host}
      class="canvas"
      role="slider"
      aria-label={title}
      aria-valuemin={0}
      aria-valuemax={columns.times.length - 1}
      aria-valuenow={at.current}
      tabIndex={0}
      onKeyDown={move}
    />
  );
}

function dataOf({ times, values, low = [], high = [] }: Columns): PlotData {
  return [times, ...values, ...low, ...high];
}
