import type { Suggestion, SuggestReply } from "../../firmware/contract/review.ts";
import type { NumberedPoint } from "../live/store.ts";
import { formatDuration, formatNumber } from "../text/format.ts";
import { tq } from "../text/quality.ts";
import { said } from "../text/words.ts";
import { BasisLine } from "./quality-outcome.tsx";

export interface SuggestionsProps {
  readonly found: SuggestReply;
  readonly point: NumberedPoint;
  readonly tryIt: (yaml: string) => void;
  readonly isBusy: boolean;
}

/** What the readings themselves say about deadband and delays. A person puts it into the site file, or does not. */
export function Suggestions({ found, point, tryIt, isBusy }: SuggestionsProps) {
  const { noise, crossings, nuisance, episodes, lasting, startDeadband, suggestions, reason, basis } = found;
  const withUnit = (value: number): string => `${formatNumber(value, value < 1 ? 2 : 1)}${point.unit === "" ? "" : ` ${point.unit}`}`;
  return (
    <div class="suggestions">
      <h4>{tq.value.suggestions}</h4>
      <BasisLine basis={basis} />
      <p>{tq.value.evidence(nuisance, episodes, lasting)}</p>
      {noise === null ? null : (
        <p class="dim">
          {tq.value.noise(withUnit(noise), crossings)} {startDeadband === null ? "" : tq.value.start(withUnit(startDeadband))}
        </p>
      )}
      {reason === null ? null : <p role="status">{said(reason)}</p>}
      <ul>
        {suggestions.map((one) => (
          <li key={one.what}>
            <strong>{settingWords(one, withUnit)}</strong> {one.start ? <span class="label">{tq.value.isStart}</span> : null}
            <p>
              {tq.value.effect(
                formatNumber(one.perWeekBefore, 1),
                formatNumber(one.perWeekAfter, 1),
                formatDuration(one.latestDetectionMs / 1_000),
              )}
            </p>
            <details>
              <summary>{tq.value.yaml}</summary>
              <pre>{one.yaml}</pre>
            </details>
            <button
              type="button"
              disabled={isBusy}
              aria-label={tq.value.tryOf(settingWords(one, withUnit))}
              onClick={() => tryIt(one.yaml)}
            >
              {tq.value.run}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function settingWords({ what, deadband, onMs, offMs }: Suggestion, withUnit: (value: number) => string): string {
  const on = tq.value.setOn(formatDuration(onMs / 1_000));
  const off = tq.value.setOff(formatDuration(offMs / 1_000));
  const width = deadband === null ? [] : [tq.value.setDeadband(withUnit(deadband))];
  return { deadband: width, on: [on], off: [off], together: [...width, on, off] }[what].join(", ");
}
