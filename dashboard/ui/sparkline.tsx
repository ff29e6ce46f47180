import { useEffect, useState } from "preact/hooks";
import { getHistory } from "../live/api.ts";
import type { NumberedPoint } from "../live/store.ts";
import { formatWithUnit } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { sparklinePath } from "./sparkline-path.ts";
import "./sparkline.css";

const MINUTES = 60;
const REFRESH_MS = 20_000;
const WIDTH = 320;
const HEIGHT = 56;

interface Line {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

/** The last hour of one point, small: its course, its gaps, and the nearest high limit. */
export function Sparkline({ point }: { readonly point: NumberedPoint }) {
  const line = useLastHour(point.id);
  const good = (line?.values ?? []).filter((value) => value !== null);
  const first = good[0];
  const last = good.at(-1);
  if (line === null || first === undefined || last === undefined) return <p class="label">{t.value.chartEmpty}</p>;
  const limit = point.limits.filter(({ type }) => type === "high").toSorted((a, b) => a.limit - b.limit)[0];
  const { path, limitY } = sparklinePath(line.times, line.values, { widthPx: WIDTH, heightPx: HEIGHT, limit: limit?.limit ?? null });
  const words = [
    t.value.chartOf(said(point.label)),
    `${formatWithUnit(point, first)} → ${formatWithUnit(point, last)}`,
    `${formatWithUnit(point, Math.min(...good))} – ${formatWithUnit(point, Math.max(...good))}`,
  ].join("; ");
  return (
    <figure class="sparkline">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
        {limitY === null || limit === undefined ? null : (
          <line class="limit" data-severity={limit.severity} x1="0" x2={WIDTH} y1={limitY} y2={limitY} />
        )}
        <path d={path} />
      </svg>
      <figcaption class="label">
        <span>{t.value.lastHour}</span>
        {limit === undefined ? null : (
          <span>
            {t.value.limit} {formatWithUnit(point, limit.limit)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}

function useLastHour(id: string): Line | null {
  const [line, setLine] = useState<Line | null>(null);
  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      const answer = await getHistory([id], MINUTES);
      if (!gone && answer.ok) setLine({ times: answer.data.times, values: answer.data.series[0]?.values ?? [] });
    };
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [id]);
  return line;
}
