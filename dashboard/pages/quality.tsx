import { useState } from "preact/hooks";
import { may } from "../../firmware/contract/permissions.ts";
import type { AlarmQuality, Period } from "../../firmware/contract/review.ts";
import type { DestinationProps } from "../destinations.ts";
import { useAsked } from "../live/asked.ts";
import { getQuality, type Looked, qualityCsv } from "../live/quality.ts";
import { language } from "../text/preferences.ts";
import { tq } from "../text/quality.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { Actors } from "./quality-actors.tsx";
import { Bars } from "./quality-bars.tsx";
import { Figures } from "./quality-figures.tsx";
import { WhatIf } from "./quality-what-if.tsx";
import "./quality.css";

const PERIODS: readonly Period[] = ["day", "week", "month"];
const POSITIONS_MAX = 20;

/** For whoever answers for the alarms: are there too many, which, and what would make it better. `tail`: the point to try a rule on. */
export function QualityPage({ tail }: DestinationProps) {
  const { store } = usePage();
  const [looked, setLooked] = useState<Looked>({ period: "week", date: "", positions: 1 });
  const { answer } = useAsked(() => getQuality(looked), JSON.stringify(looked));
  const mayTry = may(store.session.role, "alarm.whatIf");
  return (
    <div class="quality fields">
      <h2 class="title">{tq.value.quality}</h2>
      <p class="dim">{tq.value.explain}</p>
      <Choice looked={looked} date={answer?.ok === true ? answer.data.date : ""} change={setLooked} />
      {answer === null ? <p role="status">{t.value.loading}</p> : null}
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      {answer?.ok === true ? <Found found={answer.data} mayTry={mayTry} /> : null}
      {mayTry ? <WhatIf key={tail} first={tail} /> : null}
    </div>
  );
}

function Choice(props: { readonly looked: Looked; readonly date: string; readonly change: (looked: Looked) => void }) {
  const { looked, date, change } = props;
  return (
    <div class="filters">
      <span>
        <label for="quality-period">{tq.value.period}</label>
        <select
          id="quality-period"
          value={looked.period}
          onChange={(event) => change({ ...looked, period: event.currentTarget.value as Period })}
        >
          {PERIODS.map((period) => (
            <option key={period} value={period}>
              {tq.value[period]}
            </option>
          ))}
        </select>
      </span>
      <span>
        <label for="quality-date">{tq.value.date}</label>
        <input
          id="quality-date"
          type="date"
          value={looked.date === "" ? date : looked.date}
          onChange={(event) => change({ ...looked, date: event.currentTarget.value })}
        />
      </span>
      <span>
        <label for="quality-positions">{tq.value.positions}</label>
        <input
          id="quality-positions"
          type="number"
          min={1}
          max={POSITIONS_MAX}
          value={looked.positions}
          onChange={(event) => {
            const positions = Math.round(Number(event.currentTarget.value));
            if (positions >= 1 && positions <= POSITIONS_MAX) change({ ...looked, positions });
          }}
        />
      </span>
      <span class="push" />
      <span>
        <a class="button" href={qualityCsv(looked, language.value)} download>
          {tq.value.download}
        </a>
        <span class="label">{tq.value.noted}</span>
      </span>
    </div>
  );
}

function Found({ found, mayTry }: { readonly found: AlarmQuality; readonly mayTry: boolean }) {
  const { time } = usePage();
  const { beginsMs, fromMs, uncertain, cut, silenced, standing } = found;
  return (
    <>
      {beginsMs === null ? <p role="status">{tq.value.noData}</p> : null}
      {beginsMs !== null && beginsMs > fromMs ? <p role="status">{tq.value.begins(time.day(beginsMs))}</p> : null}
      {uncertain > 0 ? <p role="status">{tq.value.uncertain(uncertain)}</p> : null}
      {cut ? <p role="alert">{tq.value.cut}</p> : null}
      <Figures figures={found.figures} />
      <p class="dim">
        {tq.value.priorities}: {found.priorities.map(({ severity, raised }) => `${t.value[severity]} ${raised}`).join(" · ")} ·{" "}
        {tq.value.silenced(silenced.shelved, silenced.suppressed, silenced.outOfService)}
      </p>
      <Bars found={found} />
      <Actors title={tq.value.worst} actors={found.actors} mayTry={mayTry} />
      {standing.length === 0 ? null : <Actors title={tq.value.standing} actors={standing} mayTry={mayTry} />}
    </>
  );
}
