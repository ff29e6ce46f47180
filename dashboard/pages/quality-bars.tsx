import type { AlarmQuality } from "../../firmware/contract/review.ts";
import { tq } from "../text/quality.ts";
import { usePage } from "../ui/page.ts";

const HOUR_MS = 3_600_000;
const HOURS_PER_DAY = 24;
const HEIGHT = 60;
const BAR = 8;

/** What rang in each hour; of a month, on each day. */
export function Bars({ found: { period, hours, fromMs } }: { readonly found: AlarmQuality }) {
  const { time } = usePage();
  const step = period === "month" ? HOURS_PER_DAY : 1;
  const counts = Array.from({ length: Math.ceil(hours.length / step) }, (_, n) =>
    hours.slice(n * step, (n + 1) * step).reduce((sum, count) => sum + count, 0),
  );
  const most = Math.max(0, ...counts);
  if (most === 0) return <p role="status">{tq.value.quiet}</p>;
  const sum = counts.reduce((all, count) => all + count, 0);
  const atMs = fromMs + counts.indexOf(most) * step * HOUR_MS;
  const label = tq.value.barsLabel(sum, most, step === 1 ? `${time.day(atMs)} ${time.clock(atMs)}` : time.day(atMs));
  return (
    <figure class="panel bars">
      <figcaption>
        {step === 1 ? tq.value.perHour : tq.value.perDayBars} <span class="label">{label}</span>
      </figcaption>
      <svg role="img" aria-label={label} viewBox={`0 0 ${counts.length * BAR} ${HEIGHT}`} preserveAspectRatio="none">
        {counts.map((count, n) => (
          <rect key={n} x={n * BAR + 1} width={BAR - 2} y={HEIGHT - (HEIGHT * count) / most} height={(HEIGHT * count) / most} />
        ))}
      </svg>
    </figure>
  );
}
