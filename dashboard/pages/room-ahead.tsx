import type { NumberedPoint, Room } from "../live/store.ts";
import { said, t } from "../text/words.ts";
import { nowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { Sparkline } from "../ui/sparkline.tsx";
import { PointValue } from "../ui/value.tsx";
import { Ahead } from "./ahead.tsx";

/** What gets wrong next, and where it is hottest and most humid now. */
export function RoomAhead() {
  const { store } = usePage();
  const hottest = highest(store.room, "ambient.temperature");
  const mostHumid = highest(store.room, "ambient.humidity");
  return (
    <>
      <section class="panel" aria-labelledby="next">
        <h2 id="next">{t.value.next}</h2>
        <Ahead />
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
