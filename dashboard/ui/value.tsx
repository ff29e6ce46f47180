import type { NumberedPoint } from "../live/store.ts";
import { formatQuality, formatValue, unitOf } from "../text/format.ts";
import { boxNowMs, usePage } from "./page.ts";

/** A point's value as it is now: with its unit, or with the reason why there is none and for how long. */
export function PointValue({ point }: { readonly point: NumberedPoint }) {
  const { store } = usePage();
  const reading = store.room.readings.of(point.number).value;
  if (reading.quality !== "good")
    return (
      <span class="value">
        <span class="quality">{formatQuality(reading, boxNowMs(store))}</span>
      </span>
    );
  const unit = unitOf(point);
  return (
    <span class="value">
      {formatValue(point, reading.value)}
      {unit === "" ? null : <span class="unit">{unit}</span>}
    </span>
  );
}

/** Not every unit of a family has every point: those are shown once they were good. */
export function isFitted(point: NumberedPoint, reading: { readonly quality: string; readonly lastGoodMs: number | null }): boolean {
  return !point.optional || reading.quality === "good" || reading.lastGoodMs !== null;
}
