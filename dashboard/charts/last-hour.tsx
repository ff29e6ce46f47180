import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { getHistory } from "../live/api.ts";
import type { NumberedPoint } from "../live/store.ts";
import { formatWithUnit } from "../text/format.ts";
import { theme } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { Canvas } from "./canvas.tsx";
import { appended, type Columns, withGaps } from "./columns.ts";
import "./last-hour.css";

const MINUTES = 60;
const HOUR_MS = 3_600_000;
/** History is asked again so often, so that what was missed while the link was down is filled in. */
const REFRESH_MS = 30_000;
const TABLE_ROWS_MAX = 60;
const NONE: Columns = { times: [], values: [] };

/** The last hour of some points of one device, growing as readings come. A caption says what it is; a table says the same. */
export function LastHour({ points, periodMs }: { readonly points: readonly NumberedPoint[]; readonly periodMs: number }) {
  const [columns, setColumns] = useState<Columns | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const ids = points.map(({ id }) => id).join();
  useLiveColumns(points, ids, periodMs, setColumns);
  const { store, time } = usePage();
  const shown =
    cursor === null || columns === null
      ? null
      : { atMs: columns.times[cursor], values: columns.values.map((column) => column[cursor] ?? null) };
  const title = points.map(({ label }) => said(label)).join(", ");
  return (
    <figure class="last-hour">
      <figcaption>
        <span class="label">{shown?.atMs === undefined ? t.value.lastHour : time.seconds(shown.atMs)}</span>
        {points.map((point, index) => (
          <span key={point.id} class={`series series-${index + 1}`}>
            {said(point.label)} <b>{shown === null ? "" : formatWithUnit(point, shown.values[index] ?? null)}</b>
          </span>
        ))}
      </figcaption>
      {columns === null || columns.times.length === 0 ? (
        <p class="message">{columns === null ? t.value.loading : t.value.chartEmpty}</p>
      ) : (
        <Canvas key={`${ids} ${theme.value}`} points={points} columns={columns} title={t.value.chartOf(title)} onCursor={setCursor} />
      )}
      {store.clock.value?.quality.source === "unsynced" ? <p class="dim">{t.value.timeUncertain}</p> : null}
      <AsTable points={points} columns={columns ?? NONE} />
    </figure>
  );
}

/** Fetches the hour, then appends what the frames bring. */
function useLiveColumns(points: readonly NumberedPoint[], ids: string, periodMs: number, set: (columns: Columns | null) => void): void {
  const { store } = usePage();
  useEffect(() => {
    let gone = false;
    let current: Columns | null = null;
    const show = (next: Columns): void => {
      current = next;
      set(next);
    };
    const load = async (): Promise<void> => {
      const answer = await getHistory(ids.split(","), MINUTES);
      if (!gone && answer.ok) show(withGaps(answer.data, periodMs));
    };
    set(null);
    void load();
    const refresh = setInterval(() => void load(), REFRESH_MS);
    const stop = effect(() => {
      const atMs = boxNowMs(store);
      if (current === null || store.link.peek().state !== "live" || atMs - (current.times.at(-1) ?? 0) < periodMs) return;
      const latest = points.map(({ number }) => store.room.readings.of(number).peek().value);
      show(appended(current, atMs, latest, HOUR_MS));
    });
    return () => {
      gone = true;
      clearInterval(refresh);
      stop();
    };
  }, [ids, periodMs]);
}

function AsTable({ points, columns }: { readonly points: readonly NumberedPoint[]; readonly columns: Columns }) {
  const { time } = usePage();
  const [open, setOpen] = useState(false);
  const rows = columns.times
    .map((atMs, row) => ({ atMs, row }))
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
                  {said(point.label)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ atMs, row }) => (
              <tr key={atMs}>
                <th scope="row">{time.seconds(atMs)}</th>
                {points.map((point, index) => (
                  <td key={point.id}>{formatWithUnit(point, columns.values[index]?.[row] ?? null)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </details>
  );
}
