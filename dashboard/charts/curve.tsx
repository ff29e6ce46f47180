import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { NumberedPoint } from "../live/store.ts";
import { t } from "../text/words.ts";
import { LastHour } from "./last-hour.tsx";
import type { LongSpanProps } from "./long-span.tsx";
import { SampleLinks } from "./sample-links.tsx";
import "./curve.css";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SPANS = [
  { spanMs: HOUR_MS, stepMs: 0, word: "lastHour", short: "shortHour" },
  { spanMs: 6 * HOUR_MS, stepMs: MINUTE_MS / 2, word: "lastSix", short: "shortSix" },
  { spanMs: 24 * HOUR_MS, stepMs: 2 * MINUTE_MS, word: "lastDay", short: "shortDay" },
  { spanMs: 7 * 24 * HOUR_MS, stepMs: 15 * MINUTE_MS, word: "lastWeek", short: "shortWeek" },
  { spanMs: 30 * 24 * HOUR_MS, stepMs: HOUR_MS, word: "lastMonth", short: "shortMonth" },
] as const;

/** The curves of some points of one device: the last hour as it comes, or some hours to a month from what is remembered. */
export function Curve({ points, periodMs }: { readonly points: readonly NumberedPoint[]; readonly periodMs: number }) {
  const [span, setSpan] = useState<(typeof SPANS)[number]>(SPANS[0]);
  return (
    <section class="panel curve" aria-labelledby="curve">
      <div class="curve-head">
        <h2 id="curve">{t.value[span.word]}</h2>
        <fieldset class="spans">
          <legend class="visually-hidden">{t.value.span}</legend>
          {SPANS.map((one) => (
            <button key={one.word} type="button" aria-pressed={one === span} onClick={() => setSpan(one)}>
              {t.value[one.short]}
            </button>
          ))}
        </fieldset>
      </div>
      {points.length === 0 ? <p class="dim">{t.value.choosePoints}</p> : null}
      {points.length > 0 && span.spanMs === HOUR_MS ? <LastHour points={points} periodMs={periodMs} /> : null}
      {points.length > 0 && span.spanMs > HOUR_MS ? (
        <Fetched points={points} spanMs={span.spanMs} stepMs={span.stepMs} word={t.value[span.word]} />
      ) : null}
      {points.length > 0 ? <SampleLinks points={points} spanMs={span.spanMs} /> : null}
    </section>
  );
}

type Fetching = ComponentType<LongSpanProps> | "loading" | "failed";

/** What draws longer spans is fetched when one is first asked for. */
function Fetched(props: LongSpanProps) {
  // In an object: a component is a function, and a function given to the setter would be called.
  const [{ fetched }, set] = useState<{ readonly fetched: Fetching }>({ fetched: "loading" });
  useEffect(() => {
    let gone = false;
    const show = (next: Fetching): void => {
      if (!gone) set({ fetched: next });
    };
    import("./long-span.tsx").then(
      ({ LongSpan }) => show(LongSpan),
      () => show("failed"),
    );
    return () => {
      gone = true;
    };
  }, []);
  if (fetched === "loading") return null;
  if (fetched === "failed") return <p class="message">{t.value.pageNotFetched}</p>;
  const LongSpan = fetched;
  return <LongSpan {...props} />;
}
