import type { NumberedPoint } from "../live/store.ts";
import { language } from "../text/preferences.ts";
import { t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";

/** What the chart shows, as files for a spreadsheet: every reading of the span, or a line a minute. */
export function SampleLinks({ points, spanMs }: { readonly points: readonly NumberedPoint[]; readonly spanMs: number }) {
  const { store } = usePage();
  const ids = points.map(({ id }) => encodeURIComponent(id)).join();
  // The span ends when somebody clicks, not when the page was drawn.
  const address = (step: string): string => {
    const toMs = Math.round(boxNowMs(store));
    return `/api/v1/trend.csv?points=${ids}&from=${toMs - spanMs}&to=${toMs}&step=${step}&language=${language.value}`;
  };
  const link = (step: string, word: string) => (
    <a
      href={address(step)}
      download
      onClick={(event) => {
        event.currentTarget.href = address(step);
      }}
    >
      {word}
    </a>
  );
  return (
    <p class="samples">
      {t.value.asCsv} {link("raw", t.value.everyReading)} {link("minute", t.value.everyMinute)}
    </p>
  );
}
