import { useEffect, useRef, useState } from "preact/hooks";
import type { Delivery } from "../../firmware/contract/alarm.ts";
import { CAUSE_WORDS, WORK_STATE_WORDS } from "../../firmware/contract/incident-words.ts";
import type { IncidentDetail, Moment } from "../../firmware/contract/incidents.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { useAsked } from "../live/asked.ts";
import { decideRemedy, getIncident } from "../live/incidents.ts";
import { momentDetail, momentWord, ti } from "../text/incidents.ts";
import { said, t } from "../text/words.ts";
import { Message } from "../ui/message.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { ticketWords } from "../ui/state-word.ts";
import { IncidentActs } from "./incident-acts.tsx";
import { Clocks } from "./incident-clocks.tsx";
import { RemedyText } from "./incident-remedy.tsx";

const REFRESH_MS = 15_000;

/** One incident: what it is about, what can be done, and everything that happened to it. */
export function IncidentPage({ id }: { readonly id: string }) {
  const { store } = usePage();
  const [shown, setShown] = useState<IncidentDetail | null>(null);
  const { answer } = useAsked(() => getIncident(id), `${id} ${store.alarms.value.length}`, REFRESH_MS);
  useEffect(() => {
    if (answer?.ok === true) setShown(answer.data);
  }, [answer]);
  if (answer?.ok === false && shown === null)
    return (
      <Message text={said(answer.message)}>
        <a href={href.to("incidents")}>{ti.value.back}</a>
      </Message>
    );
  return shown === null ? <Message text={t.value.loading} /> : <Detail detail={shown} done={setShown} />;
}

function Detail({ detail, done }: { readonly detail: IncidentDetail; readonly done: (detail: IncidentDetail) => void }) {
  const { store } = usePage();
  const { incident, moments } = detail;
  const { work, number, id } = incident;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <section class="panel" aria-labelledby="incident-title">
        <p>
          <a href={href.to("incidents")}>{ti.value.back}</a>
        </p>
        <h2 id="incident-title" ref={heading} tabIndex={-1}>
          {number ?? id} · {work.subject ?? said(incident.text)}
        </h2>
        <p>
          <SeverityMark severity={incident.severity} returned={!work.alarmsStand} /> · <strong>{said(WORK_STATE_WORDS[work.state])}</strong>
          {work.waitingFor === null ? null : ` · ${ti.value.waitingFor(work.waitingFor)}`}
          {work.resolvedBy === null ? null : ` · ${ti.value.resolvedBy(work.resolvedBy)}`}
          {work.state === "resolved" && work.alarmsStand ? ` · ${ti.value.alarmsStand}` : null}
          {work.reopened === 0 ? null : ` · ${ti.value.reopened(work.reopened)}`}
        </p>
        <p>
          <Clocks work={work} dates />
        </p>
        {may(store.session.role, "incident.work") ? (
          <IncidentActs incident={incident} done={done} />
        ) : (
          <p class="notice">{ti.value.mayNotWork}</p>
        )}
      </section>
      <div class="incident-columns">
        <Facts detail={detail} done={done} />
        <section class="panel" aria-labelledby="incident-timeline">
          <h2 id="incident-timeline">{ti.value.timeline}</h2>
          <ol class="life-line">
            {moments.map((moment, index) => (
              <MomentLine key={`${moment.atMs} ${index}`} moment={moment} />
            ))}
          </ol>
          {incident.deliveries.length === 0 ? null : <Deliveries deliveries={incident.deliveries} />}
        </section>
      </div>
    </>
  );
}

function Facts({ detail, done }: { readonly detail: IncidentDetail; readonly done: (detail: IncidentDetail) => void }) {
  const { incident, subject } = detail;
  const { work } = incident;
  const warranty = subject.warrantyUntil === "" ? "" : ti.value.until(subject.warrantyUntil);
  const inWarranty = subject.inWarranty === null ? "" : subject.inWarranty ? ti.value.inWarranty : ti.value.warrantyEnded;
  const rows: readonly (readonly [string, string])[] = [
    [
      ti.value.assignee,
      [work.assignee ?? ti.value.nobody, work.assigneeKind === "group" ? ti.value.group : ""].filter(Boolean).join(" · "),
    ],
    [
      ti.value.priority,
      `P${work.priority} · ${work.overridden === null ? ti.value.priorityOf(work.urgency, work.impact) : ti.value.setBy(work.overridden.by, work.overridden.reason)}`,
    ],
    [ti.value.category, work.category],
    [ti.value.location, said(subject.location)],
    [ti.value.device, [said(subject.device), subject.maker, subject.model].filter(Boolean).join(" · ")],
    [ti.value.serial, subject.serial],
    [ti.value.warranty, [warranty, inWarranty].filter(Boolean).join(" · ")],
    [ti.value.provider, [subject.provider, subject.contract].filter(Boolean).join(" · ")],
    [ti.value.cause, work.cause === null ? "" : [said(CAUSE_WORDS[work.cause.cause]), work.cause.text].filter(Boolean).join(" · ")],
  ];
  return (
    <section class="panel" aria-label={ti.value.device}>
      <dl class="facts">
        {rows
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        {subject.servicePhone === "" ? null : (
          <div>
            <dt>{ti.value.phone}</dt>
            <dd>
              <a href={`tel:${subject.servicePhone}`}>{subject.servicePhone}</a>
            </dd>
          </div>
        )}
        {work.problem === null ? null : (
          <div>
            <dt>{ti.value.problems}</dt>
            <dd>
              <a href={href.to("incidents", `problems/${work.problem}`)}>{work.problem}</a>
            </dd>
          </div>
        )}
      </dl>
      <RemedyText what="workaround" remedy={work.workaround} decide={(decision) => decideRemedy(incident.id, decision)} done={done} />
      <RemedyText what="solution" remedy={work.solution} decide={(decision) => decideRemedy(incident.id, decision)} done={done} />
      <p>
        <a href={href.alarm(incident.key)}>{ti.value.openAlarm}</a>
      </p>
    </section>
  );
}

function MomentLine({ moment: { atMs, by, kind, detail, text } }: { readonly moment: Moment }) {
  const { store, time } = usePage();
  const more = [text === null ? "" : said(text), momentDetail(kind, detail)].filter(Boolean).join(" · ");
  return (
    <li>
      <time class="label">{time.since(atMs, boxNowMs(store))}</time> {momentWord(kind)}
      {by === null ? null : <span class="label"> · {by}</span>}
      {more === "" ? null : <span class="dim written"> {more}</span>}
    </li>
  );
}

/** The newest word to each target. */
function Deliveries({ deliveries }: { readonly deliveries: readonly Delivery[] }) {
  const newest = [...new Map(deliveries.map((delivery) => [delivery.target, delivery])).values()];
  const words = {
    raise: t.value.eventRaise,
    update: t.value.eventUpdate,
    acknowledge: t.value.eventAcknowledge,
    clear: t.value.eventClear,
    escalate: t.value.eventEscalate,
  };
  const said = { queued: t.value.queued, sent: t.value.delivered, parked: t.value.parked };
  return (
    <>
      <h3>{ti.value.deliveries}</h3>
      <ul class="life-line">
        {newest.map((delivery) => (
          <li key={delivery.target}>
            {said[delivery.state](delivery.target, words[delivery.event])}
            {delivery.ticket === null ? null : <span class="label"> {ticketWords(delivery)}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
