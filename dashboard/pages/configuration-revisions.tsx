import { useState } from "preact/hooks";
import type { RevisionView } from "../../firmware/contract/configuration.ts";
import { useAsked } from "../live/asked.ts";
import { getDifference } from "../live/configuration.ts";
import { doerWord, reasonWord, tf } from "../text/configuration.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { Difference } from "./configuration-difference.tsx";
import { sourceOf } from "./configuration-state.tsx";

interface Props {
  readonly revisions: readonly RevisionView[];
  /** The number of what runs; null when it is not stored. */
  readonly running: number | null;
  /** Null for those who may only look. */
  readonly goBack: ((revision: RevisionView) => void) | null;
}

/** Every version that is kept, and the difference of any two. */
export function Revisions({ revisions, running, goBack }: Props) {
  const [chosen, setChosen] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const newest = running ?? revisions[0]?.number ?? 0;
  const pair = chosen ?? { from: revisions[1]?.number ?? newest, to: newest };
  return (
    <>
      <section class="panel" aria-label={tf.value.versions}>
        <h3>{tf.value.versions}</h3>
        <ol class="revisions">
          {revisions.map((revision) => (
            <Row
              key={revision.number}
              revision={revision}
              isRunning={revision.number === running}
              compare={() => setChosen({ from: revision.number, to: newest })}
              goBack={goBack}
            />
          ))}
        </ol>
        <p class="label">{tf.value.kept}</p>
      </section>
      {revisions.length < 2 ? null : <Compared revisions={revisions} pair={pair} choose={setChosen} />}
    </>
  );
}

function Row({
  revision,
  isRunning,
  compare,
  goBack,
}: Pick<Props, "goBack"> & { readonly revision: RevisionView; readonly isRunning: boolean; readonly compare: () => void }) {
  const { time } = usePage();
  const { number, atMs, clockTrusted, by, reason } = revision;
  return (
    <li aria-label={tf.value.version(number)}>
      <span>
        <strong>{tf.value.version(number)}</strong>
        {isRunning ? <span class="mark">{tf.value.current}</span> : null}
      </span>
      <span>
        {time.day(atMs)} {time.clock(atMs)}
        {clockTrusted ? "" : tf.value.clockUnsure} <span class="label">{doerWord(by)}</span>
      </span>
      <span class="what">
        {reasonWord(reason)} <span class="label">{sourceOf(revision)}</span>
      </span>
      <span class="buttons">
        {isRunning ? null : (
          <>
            <button type="button" aria-label={tf.value.compareOf(number)} onClick={compare}>
              {tf.value.compare}
            </button>
            {goBack === null ? null : (
              <button type="button" aria-label={tf.value.goBackTo(number)} onClick={() => goBack(revision)}>
                {tf.value.goBack}
              </button>
            )}
          </>
        )}
      </span>
    </li>
  );
}

function Compared({
  revisions,
  pair: { from, to },
  choose,
}: Pick<Props, "revisions"> & {
  readonly pair: { readonly from: number; readonly to: number };
  readonly choose: (pair: { readonly from: number; readonly to: number }) => void;
}) {
  const { answer } = useAsked(() => getDifference(from, to), `${from} ${to}`);
  const options = revisions.map(({ number }) => number);
  return (
    <section class="panel" aria-label={tf.value.difference}>
      <h3>{tf.value.difference}</h3>
      <div class="pair">
        <Choice
          id="difference-from"
          label={tf.value.from}
          value={from}
          options={options}
          choose={(number) => choose({ from: number, to })}
        />
        <Choice id="difference-to" label={tf.value.to} value={to} options={options} choose={(number) => choose({ from, to: number })} />
      </div>
      {answer === null ? (
        <p role="status">{t.value.loading}</p>
      ) : answer.ok ? (
        <Difference difference={answer.data} />
      ) : (
        <p role="alert">{said(answer.message)}</p>
      )}
    </section>
  );
}

function Choice({
  id,
  label,
  value,
  options,
  choose,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly options: readonly number[];
  readonly choose: (number: number) => void;
}) {
  return (
    <span>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(Number(event.currentTarget.value))}>
        {options.map((number) => (
          <option key={number} value={number}>
            {tf.value.version(number)}
          </option>
        ))}
      </select>
    </span>
  );
}
