import { useEffect, useRef, useState } from "preact/hooks";
import { WORK_STATES } from "../../firmware/contract/incident-terms.ts";
import { WORK_STATE_WORDS } from "../../firmware/contract/incident-words.ts";
import type { WorkedIncident } from "../../firmware/contract/incidents.ts";
import { useAsked } from "../live/asked.ts";
import { getIncidentList, type IncidentFilter, incidentExport } from "../live/incidents.ts";
import { ti } from "../text/incidents.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { Clocks } from "./incident-clocks.tsx";

const PER_PAGE = 50;
const REFRESH_MS = 15_000;

/** Incidents, newest first, with who has them and how much time is left. */
export function IncidentList() {
  const { store } = usePage();
  const [filter, setFilter] = useState<IncidentFilter>({ state: "unresolved", assignee: "", device: "", text: "" });
  const [more, setMore] = useState<readonly WorkedIncident[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const key = `${JSON.stringify(filter)} ${store.alarms.value.length}`;
  const { answer } = useAsked(() => getIncidentList(filter, PER_PAGE), key, REFRESH_MS);
  const asked = useRef(filter);
  asked.current = filter;
  useEffect(() => setMore([]), [filter]);
  useEffect(() => {
    if (answer?.ok === true && more.length === 0) setNext(answer.data.next);
  }, [answer, more.length]);
  const older = async (): Promise<void> => {
    const found = await getIncidentList(filter, PER_PAGE, next ?? "");
    if (!found.ok || asked.current !== filter) return;
    setMore([...more, ...found.data.incidents]);
    setNext(found.data.next);
  };
  const shown = answer?.ok === true ? [...answer.data.incidents, ...more] : [];
  return (
    <section class="panel" aria-label={ti.value.incidents}>
      <Filters filter={filter} change={setFilter} />
      {answer === null ? <p role="status">{t.value.loading}</p> : null}
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      {answer?.ok === true && shown.length === 0 ? <p role="status">{ti.value.nothing}</p> : null}
      <ul class="incident-list">
        {shown.map((incident) => (
          <IncidentLine key={incident.id} incident={incident} />
        ))}
      </ul>
      {next === null ? null : (
        <button type="button" onClick={() => void older()}>
          {ti.value.older}
        </button>
      )}
    </section>
  );
}

export function IncidentLine({ incident }: { readonly incident: WorkedIncident }) {
  const { store, time } = usePage();
  const { id, number, text, severity, openedAtMs, work } = incident;
  return (
    <li data-severity={severity}>
      <SeverityMark severity={severity} returned={!work.alarmsStand} word={false} />
      <span class="what">
        <a href={href.to("incidents", number ?? id)}>
          {number ?? id} · {work.subject ?? said(text)}
        </a>
        <span class="label">
          P{work.priority} · {time.since(openedAtMs, boxNowMs(store))} · {work.assignee ?? ti.value.nobody}
        </span>
      </span>
      <span>
        <strong>{said(WORK_STATE_WORDS[work.state])}</strong>
        {work.reopened === 0 ? null : <span class="label"> · {ti.value.reopened(work.reopened)}</span>}
        {work.state === "resolved" && work.alarmsStand ? <span class="label"> · {ti.value.alarmsStand}</span> : null}
      </span>
      <Clocks work={work} />
    </li>
  );
}

function Filters({ filter, change }: { readonly filter: IncidentFilter; readonly change: (filter: IncidentFilter) => void }) {
  const { store } = usePage();
  const { name } = store.session;
  return (
    <div class="filters">
      <label>
        <span>{ti.value.state}</span>
        <select value={filter.state} onChange={(event) => change({ ...filter, state: event.currentTarget.value })}>
          <option value="unresolved">{ti.value.unresolved}</option>
          <option value="">{ti.value.all}</option>
          {WORK_STATES.map((state) => (
            <option key={state} value={state}>
              {said(WORK_STATE_WORDS[state])}
            </option>
          ))}
        </select>
      </label>
      <label class="grow">
        <span>{ti.value.search}</span>
        <input
          type="search"
          maxLength={100}
          value={filter.text}
          onChange={(event) => change({ ...filter, text: event.currentTarget.value.trim() })}
        />
      </label>
      <label>
        <span>{ti.value.assignee}</span>
        <select value={filter.assignee} onChange={(event) => change({ ...filter, assignee: event.currentTarget.value })}>
          <option value="">{ti.value.all}</option>
          <option value={name}>{ti.value.mine}</option>
        </select>
      </label>
      <a class="button" href={incidentExport(filter, language.value)} download>
        {ti.value.export}
      </a>
    </div>
  );
}
