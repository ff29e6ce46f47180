import { useEffect, useRef, useState } from "preact/hooks";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { SuggestReply, WhatIfReply } from "../../firmware/contract/review.ts";
import type { Answer } from "../live/api.ts";
import { getReplay, suggestFor, type Tried, tryRule } from "../live/quality.ts";
import type { NumberedPoint } from "../live/store.ts";
import { tq } from "../text/quality.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { Outcome } from "./quality-outcome.tsx";
import { type Draft, draftOf, RuleFields, ruleOf } from "./quality-rule.tsx";
import { Suggestions } from "./quality-suggestions.tsx";

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 1_000;
const SPANS_DAYS = [1, 7, 30, 90];

/** A point, a changed rule, a period: what would have been. And what the readings themselves suggest. */
export function WhatIf({ first }: { readonly first: string }) {
  const { store } = usePage();
  const [name, setName] = useState(first);
  const [days, setDays] = useState(7);
  const point = store.room.point(name);
  const [draft, setDraft] = useState<Draft>(() => draftOf(point));
  const [isBusy, setBusy] = useState(false);
  // Apart from that: how far it was may be told after it is over.
  const [done, setDone] = useState(0);
  const [trouble, setTrouble] = useState<Words | null>(null);
  const [outcome, setOutcome] = useState<WhatIfReply | null>(null);
  const [suggested, setSuggested] = useState<SuggestReply | null>(null);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (first !== "") section.current?.scrollIntoView({ block: "start" });
  }, [first]);
  useProgress(isBusy, setDone);

  const span = (): Pick<Tried, "fromMs" | "toMs"> => {
    const toMs = Math.floor(boxNowMs(store));
    return { fromMs: toMs - days * DAY_MS, toMs };
  };
  const wait = async <T,>(asked: Promise<Answer<T>>, take: (found: T) => void): Promise<void> => {
    setBusy(true);
    setDone(0);
    setTrouble(null);
    const answer = await asked;
    setBusy(false);
    if (answer.ok) take(answer.data);
    else setTrouble(answer.message);
  };
  const run = (rule: Tried["rule"]): Promise<void> => wait(tryRule({ ...span(), rule }), setOutcome);
  const choose = (id: string): void => {
    setName(id);
    setDraft(draftOf(store.room.point(id)));
    setOutcome(null);
    setSuggested(null);
  };
  return (
    <section class="panel what-if" aria-labelledby="quality-what-if" ref={section}>
      <h3 id="quality-what-if">{tq.value.whatIf}</h3>
      <p class="dim">{tq.value.whatIfExplain}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (point !== undefined) void run(ruleOf(point, draft));
        }}
      >
        <div class="filters">
          <PointChoice name={name} choose={choose} />
          <span>
            <label for="quality-days">{tq.value.last}</label>
            <select id="quality-days" value={String(days)} onChange={(event) => setDays(Number(event.currentTarget.value))}>
              {SPANS_DAYS.map((count) => (
                <option key={count} value={String(count)}>
                  {tq.value.days(count)}
                </option>
              ))}
            </select>
          </span>
        </div>
        {point === undefined ? <p role="status">{tq.value.unknownPoint}</p> : <RuleFields point={point} draft={draft} change={setDraft} />}
        <div class="filters">
          <button type="submit" class="primary" disabled={point === undefined || isBusy}>
            {tq.value.run}
          </button>
          <button
            type="button"
            disabled={point === undefined || isBusy}
            onClick={() => {
              const { fromMs, toMs } = span();
              void wait(suggestFor(name, fromMs, toMs), setSuggested);
            }}
          >
            {tq.value.suggest}
          </button>
          <span role="status">{isBusy ? tq.value.running(Math.round(100 * done)) : ""}</span>
        </div>
      </form>
      {trouble === null ? null : <p role="alert">{said(trouble)}</p>}
      {outcome === null ? null : <Outcome outcome={outcome} />}
      {suggested === null || point === undefined ? null : (
        <Suggestions found={suggested} point={point} tryIt={(yaml) => void run(yaml)} isBusy={isBusy} />
      )}
    </section>
  );
}

function PointChoice({ name, choose }: { readonly name: string; readonly choose: (id: string) => void }) {
  const { store } = usePage();
  const nameOf = ({ device, label }: NumberedPoint): string =>
    `${said(store.room.device(device)?.name ?? { zh: device, en: device })} ${said(label)}`;
  return (
    <span class="point">
      <label for="quality-point">{tq.value.point}</label>
      <input id="quality-point" list="quality-points" value={name} onInput={(event) => choose(event.currentTarget.value)} />
      <datalist id="quality-points">
        {store.room.points.map((point) => (
          <option key={point.id} value={point.id}>
            {nameOf(point)}
          </option>
        ))}
      </datalist>
    </span>
  );
}

/** How far the box is, once a second while it works. */
function useProgress(isBusy: boolean, show: (done: number) => void): void {
  useEffect(() => {
    if (!isBusy) return;
    let isOver = false;
    const timer = setInterval(() => {
      void getReplay().then((answer) => {
        if (!isOver && answer.ok && answer.data.running) show(answer.data.done);
      });
    }, LOOK_EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [isBusy]);
}
