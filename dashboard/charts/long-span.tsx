import { useEffect, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { Trend } from "../../firmware/contract/history.ts";
import { getTrend } from "../live/api.ts";
import type { NumberedPoint } from "../live/store.ts";
import { formatValue, formatWithUnit } from "../text/format.ts";
import { theme } from "../text/preferences.ts";
import { tt } from "../text/trend.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { Canvas } from "./canvas.tsx";
import { type Columns, envelopeOf } from "./columns.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TABLE_ROWS_MAX = 60;
const SPANS_NAMED_MAX = 3;

export interface LongSpanProps {
  readonly points: readonly NumberedPoint[];
  readonly spanMs: number;
  /** What one point of the line shall stand for, where the box has it so fine; steps begin at round times of day. */
  readonly stepMs: number;
  /** `Last 24 hours` */
  readonly word: string;
}

type Loaded = { readonly trend: Trend; readonly columns: Columns } | { readonly problem: Words } | null;

/** Some points of one device over some hours to a month: the mean as a line, what was extreme as its shade, gaps as gaps. */
export function LongSpan({ points, spanMs, stepMs, word }: LongSpanProps) {
  const ids = points.map(({ id }) => id).join();
  const loaded = useTrend(ids, spanMs, stepMs);
  const [cursor, setCursor] = useState<number | null>(null);
  const { store, time } = usePage();
  if (loaded === null) return <p class="message">{tt.value.loading}</p>;
  if ("problem" in loaded)
    return (
      <p class="message" role="status">
        {said(loaded.problem)}
      </p>
    );
  const { trend, columns } = loaded;
  const at = cursor === null ? undefined : columns.times[cursor];
  const title = points.map(({ label }) => said(label)).join(", ");
  const isEmpty = columns.values.every((column) => column.every((value) => value === null));
  return (
    <figure class="last-hour">
      <figcaption>
        <span class="label">{at === undefined ? tt.value.step(stepWords(trend.stepMs)) : time.since(at, boxNowMs(store))}</span>
        {points.map((point, index) => (
          <span key={point.id} class={`series series-${index + 1}`}>
            {said(point.label)} <b>{cursor === null ? "" : cellOf(point, columns, index, cursor)}</b>
          </span>
        ))}
      </figcaption>
      {isEmpty ? (
        <p class="message">{tt.value.nothing}</p>
      ) : (
        <Canvas
          key={`${ids} ${spanMs} ${theme.value}`}
          points={points}
          columns={columns}
          uncertain={trend.uncertain}
          title={tt.value.chartOf(title, word)}
          onCursor={setCursor}
        />
      )}
      {isEmpty || trend.uncertain.length === 0 ? null : <Uncertain spans={trend.uncertain} />}
      {isEmpty ? null : <AsTable points={points} columns={columns} />}
    </figure>
  );
}

/** Asked again every minute: then there is one more. */
function useTrend(ids: string, spanMs: number, stepMs: number): Loaded {
  const [loaded, setLoaded] = useState<Loaded>(null);
  const { store } = usePage();
  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      const toMs = Math.ceil((Date.now() + store.clockOffsetMs.peek()) / stepMs) * stepMs;
      const answer = await getTrend(ids.split(","), toMs - spanMs, toMs, spanMs / stepMs);
      if (gone) return;
      setLoaded(answer.ok ? { trend: answer.data, columns: envelopeOf(answer.data) } : { problem: answer.message });
    };
    setLoaded(null);
    void load();
    const refresh = setInterval(() => void load(), MINUTE_MS);
    return () => {
      gone = true;
      clearInterval(refresh);
    };
  }, [ids, spanMs]);
  return loaded;
}

function stepWords(stepMs: number): string {
  if (stepMs < MINUTE_MS) return tt.value.seconds(stepMs / 1_000);
  return stepMs < HOUR_MS ? tt.value.minutes(stepMs / MINUTE_MS) : tt.value.hours(stepMs / HOUR_MS);
}

/** The hatched spans in words. */
function Uncertain({ spans }: { readonly spans: Trend["uncertain"] }) {
  const { store, time } = usePage();
  const now = boxNowMs(store);
  const named = spans.slice(0, SPANS_NAMED_MAX).map(({ fromMs, toMs }) => `${time.since(fromMs, now)}–${time.since(toMs, now)}`);
  const rest = spans.length - named.length;
  return <p class="dim">{tt.value.uncertain(`${named.join(", ")}${rest > 0 ? tt.value.andMore(rest) : ""}`)}</p>;
}

/** `22.4 °C (21.9–23.0)` */
function cellOf(point: NumberedPoint, { values, low, high }: Columns, series: number, row: number): string {
  const mean = values[series]?.[row] ?? null;
  if (mean === null) return formatValue(point, null);
  const ends = [low, high].map((columns) => formatValue(point, columns?.[series]?.[row] ?? null));
  return `${formatWithUnit(point, mean)} (${ends.join("–")})`;
}

function AsTable({ points, columns }: { readonly points: readonly NumberedPoint[]; readonly columns: Columns }) {
  const { store, time } = usePage();
  const [open, setOpen] = useState(false);
  const rows = columns.times
    .map((atMs, row) => ({ atMs, row }))
    .filter(({ row }) => columns.values.some((column) => column[row] !== null))
    .slice(-TABLE_ROWS_MAX)
    .reverse();
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.value.showTable}</summary>
      {open ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{t.value.time}</th>
              {points.map((point) => (
                <th key={point.id} scope="col">
                  {said(point.label)} ({tt.value.range})
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ atMs, row }) => (
              <tr key={atMs}>
                <th scope="row">{time.since(atMs, boxNowMs(store))}</th>
                {points.map((point, index) => (
                  <td key={point.id}>{cellOf(point, columns, index, row)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </details>
  );
}
