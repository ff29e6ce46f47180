import { useEffect, useState } from "preact/hooks";
import type { History } from "../../firmware/contract/site.ts";
import { getHistory } from "../live/api.ts";
import type { NumberedPoint, Room } from "../live/store.ts";
import { formatDuration, formatWithUnit } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { timeToLimitMs, trendOf } from "../ui/forecast.ts";
import { nowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { Sparkline } from "../ui/sparkline.tsx";
import { PointValue } from "../ui/value.tsx";

const HISTORY_EVERY_MS = 15_000;
const TREND_MINUTES = 10;
const AHEAD_SHOWN_MAX = 5;
const AHEAD_MAX_MS = 3_600_000;
/** Beyond these the forecast would be asked for more points than one answer carries. */
const WATCHED_MAX = 64;

/** What gets wrong next, and where it is hottest and most humid now. */
export function RoomAhead() {
  const { store } = usePage();
  const watched = store.room.points
    .filter(({ name }) => name === "ambient.temperature" || name === "ambient.humidity")
    .slice(0, WATCHED_MAX);
  const history = useRecentHistory(watched);
  const hottest = highest(store.room, "ambient.temperature");
  const mostHumid = highest(store.room, "ambient.humidity");
  return (
    <>
      <section class="panel" aria-labelledby="next">
        <h2 id="next">{t.value.next}</h2>
        <Forecasts watched={watched} history={history} />
      </section>
      {hottest === null ? null : <Spot title={t.value.hottest} point={hottest} />}
      {mostHumid === null ? null : <Spot title={t.value.mostHumid} point={mostHumid} />}
    </>
  );
}

function Spot({ title, point }: { readonly title: string; readonly point: NumberedPoint }) {
  const { store } = usePage();
  const device = store.room.device(point.device);
  return (
    <section class="panel spot" aria-label={title}>
      <h2>{title}</h2>
      <a class="spot-head" href={href.device(point.device)}>
        <span>{device === undefined ? point.device : said(device.name)}</span>
        <PointValue point={point} />
      </a>
      <Sparkline point={point} />
    </section>
  );
}

function Forecasts({ watched, history }: { readonly watched: readonly NumberedPoint[]; readonly history: History | null }) {
  const { store } = usePage();
  const soonest = (list: readonly Ahead[]): readonly Ahead[] => list.toSorted((a, b) => a.inMs - b.inMs);
  const ahead = [...soonest(batteries(store.room)), ...soonest(crossings(store.room, watched, history))].slice(0, AHEAD_SHOWN_MAX);
  if (ahead.length === 0) return <p class="dim">{t.value.nothingAhead}</p>;
  return (
    <ul class="ahead">
      {ahead.map(({ key, text, device }) => (
        <li key={key}>
          <a href={href.device(device)}>{text}</a>
        </li>
      ))}
    </ul>
  );
}

interface Ahead {
  readonly key: string;
  readonly device: string;
  readonly text: string;
  readonly inMs: number;
}

/** UPS that run on their battery now. */
function batteries(room: Room): readonly Ahead[] {
  return room.site.devices.flatMap(({ id, name }): Ahead[] => {
    const source = room.point(`${id}/output.source`);
    const runtime = room.point(`${id}/battery.runtime`);
    if (source === undefined || runtime === undefined) return [];
    const state = room.readings.of(source.number).value.value;
    const seconds = room.readings.of(runtime.number).value.value;
    if (state === null || source.states[state]?.name !== "battery" || seconds === null) return [];
    return [{ key: id, device: id, inMs: seconds * 1_000, text: t.value.batteryLasts(said(name), formatDuration(seconds)) }];
  });
}

/** Limits that a point will meet within the hour if it goes on as in the last minutes. */
function crossings(room: Room, watched: readonly NumberedPoint[], history: History | null): readonly Ahead[] {
  if (history === null) return [];
  return watched.flatMap((point): Ahead[] => {
    const series = history.series.find((entry) => entry.point === point.id);
    const trend = series === undefined ? null : trendOf(history.times, series.values);
    if (trend === null) return [];
    const device = room.device(point.device);
    const meets = point.limits.flatMap(({ type, limit }) => {
      const inMs = timeToLimitMs(trend, limit, type);
      return inMs === null || inMs > AHEAD_MAX_MS ? [] : [{ inMs, limit }];
    });
    const [first] = meets.sort((a, b) => a.inMs - b.inMs);
    if (first === undefined || device === undefined) return [];
    const text = t.value.reachesLimit(
      `${said(device.name)} ${said(point.label)}`,
      formatWithUnit(point, first.limit),
      formatDuration(first.inMs / 1_000),
    );
    return [{ key: point.id, device: point.device, inMs: first.inMs, text }];
  });
}

/** The point of this name that reads highest, looked for once a second. */
function highest(room: Room, name: string): NumberedPoint | null {
  // Follows the clock, not the readings: the place must not jump at every frame.
  void nowMs.value;
  let best: NumberedPoint | null = null;
  let bestValue = Number.NEGATIVE_INFINITY;
  for (const point of room.points) {
    const value = point.name === name ? room.readings.of(point.number).peek().value : null;
    if (value !== null && value > bestValue) {
      best = point;
      bestValue = value;
    }
  }
  return best;
}

function useRecentHistory(points: readonly NumberedPoint[]): History | null {
  const [history, setHistory] = useState<History | null>(null);
  const ids = points.map(({ id }) => id).join();
  useEffect(() => {
    if (ids === "") return;
    let gone = false;
    const load = async (): Promise<void> => {
      const answer = await getHistory(ids.split(","), TREND_MINUTES);
      if (!gone && answer.ok) setHistory(answer.data);
    };
    void load();
    const timer = setInterval(() => void load(), HISTORY_EVERY_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [ids]);
  return history;
}
