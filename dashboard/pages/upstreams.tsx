import { type ComponentChildren, Fragment } from "preact";
import { useState } from "preact/hooks";
import { may } from "../../firmware/contract/permissions.ts";
import type { Resent, TargetsReply, TargetView } from "../../firmware/contract/targets.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { formatNumber } from "../text/format.ts";
import { eventWord, spanText, targetStateWord, tu } from "../text/upstreams.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { usePage } from "../ui/page.ts";
import "./upstreams.css";

const LOOK_EVERY_MS = 5_000;

/** For whoever is on duty: whether those who are told of incidents really are, and what to do about what they refused. */
export function UpstreamsPage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(() => ask<TargetsReply>("GET", "/api/v1/targets"), "", LOOK_EVERY_MS);
  const [dialog, setDialog] = useState<ComponentChildren>(null);
  const [told, setTold] = useState("");
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { targets, problem } = answer.data;
  const resend = (target: string, ids: readonly string[] | null, title: string): void =>
    setDialog(
      <AskDialog
        title={title}
        does={tu.value.resendDoes}
        verb={tu.value.resend}
        run={() => ask<Resent>("POST", "/api/v1/targets/resend", { target, ids })}
        done={({ resent, left }) => {
          setTold(tu.value.resent(resent, left));
          again();
        }}
        close={() => setDialog(null)}
      />,
    );
  const mayResend = may(store.session.role, "target.resend");
  return (
    <div class="upstreams">
      <h2 class="title">{tu.value.upstreams}</h2>
      <p class="dim">{tu.value.explain}</p>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      <p role="status">{told}</p>
      {targets.length === 0 ? <p>{tu.value.none}</p> : null}
      {targets.map((target) => (
        <TargetCard key={target.id} target={target} resend={mayResend ? resend : null} />
      ))}
      {dialog}
    </div>
  );
}

type Resend = ((target: string, ids: readonly string[] | null, title: string) => void) | null;

function useMoment(): (atMs: number | null) => string {
  const { time } = usePage();
  return (atMs) => (atMs === null ? tu.value.nothing : `${time.day(atMs)} ${time.clock(atMs)}`);
}

function TargetCard({ target, resend }: { readonly target: TargetView; readonly resend: Resend }) {
  const moment = useMoment();
  const { id, kind, state, sinceMs, answer, answeredMs, queued, parked, oldestWaitingMs, lastAcceptedMs, latency, lastBeatMs } = target;
  const { comparedMs, repairs } = target;
  const isBad = state === "failing" || state === "parked" || parked > 0;
  const figures: readonly (readonly [string, string])[] = [
    [tu.value.queued, formatNumber(queued, 0)],
    [tu.value.oldest, moment(oldestWaitingMs)],
    [tu.value.parked, formatNumber(parked, 0)],
    [tu.value.lastAccepted, moment(lastAcceptedMs)],
    [tu.value.latency, latency === null ? tu.value.nothing : [latency.p50Ms, latency.p95Ms, latency.p99Ms].map(spanText).join(" / ")],
    [tu.value.lastBeat, moment(lastBeatMs)],
    ...(comparedMs === null
      ? []
      : ([
          [tu.value.compared, moment(comparedMs)],
          [tu.value.repairs, formatNumber(repairs, 0)],
        ] as const)),
  ];
  return (
    <section class={isBad ? "panel bad" : "panel"} data-severity={isBad ? "major" : undefined} aria-labelledby={`target-${id}`}>
      <h2 id={`target-${id}`}>
        {id} <span class="dim">{kind}</span>
      </h2>
      <p class="state">
        {isBad ? <span aria-hidden="true">▲ </span> : null}
        {targetStateWord(state)}
        {sinceMs === null ? null : <span class="dim"> {tu.value.since(moment(sinceMs))}</span>}
      </p>
      <p>
        {answeredMs === null ? (
          <span class="dim">{tu.value.noAnswer}</span>
        ) : (
          <Fragment>
            <span class="dim">
              {tu.value.lastAnswer} {moment(answeredMs)}:
            </span>{" "}
            <q>{answer}</q>
          </Fragment>
        )}
      </p>
      <dl>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {parked === 0 ? null : <DeadLetters target={target} resend={resend} />}
    </section>
  );
}

function DeadLetters({ target: { id, parked, dead }, resend }: { readonly target: TargetView; readonly resend: Resend }) {
  const moment = useMoment();
  return (
    <div class="dead">
      <h3>{tu.value.dead}</h3>
      <p class="dim">{tu.value.deadHelp}</p>
      {resend === null ? (
        <p class="dim">{tu.value.whoMayResend}</p>
      ) : (
        <button type="button" onClick={() => resend(id, null, tu.value.resendAll(id))}>
          {tu.value.resendAll(id)}
        </button>
      )}
      <ul>
        {dead.map((letter) => {
          const name = `${eventWord(letter.event)} ${letter.key}`;
          return (
            <li key={letter.id}>
              <span class="what">
                <strong>{eventWord(letter.event)}</strong> <code>{letter.key}</code>
              </span>
              <q>{letter.answer}</q>
              <span class="dim">
                {tu.value.time} {moment(letter.atMs)} · {tu.value.attempts(letter.attempts)}
              </span>
              {letter.isOvertaken ? <span class="dim">{tu.value.overtaken}</span> : null}
              {resend === null || letter.isOvertaken ? null : (
                <button
                  type="button"
                  aria-label={tu.value.resendOne(name)}
                  onClick={() => resend(id, [letter.id], tu.value.resendOne(name))}
                >
                  {tu.value.resend}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {parked > dead.length ? <p class="dim">{tu.value.more(parked - dead.length)}</p> : null}
    </div>
  );
}
