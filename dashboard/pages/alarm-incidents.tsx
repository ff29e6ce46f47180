import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Incident, Words } from "../../firmware/contract/alarm.ts";
import { getIncidents } from "../live/api.ts";
import { tc } from "../text/calm.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { TimeMark } from "../ui/time-mark.tsx";

const REFRESH_MS = 30_000;
const SHOWN_MAX = 50;
/** In a blackout alarms come fifty a second; the list is asked for when a moment has passed. */
const REST_MS = 1_000;

/** What happened lately, ended or not, from the journal. */
export function AlarmIncidents() {
  const { store, time } = usePage();
  const [incidents, setIncidents] = useState<readonly Incident[] | null>(null);
  const [problem, setProblem] = useState<Words | null>(null);
  useEffect(() => {
    let gone = false;
    let soon: ReturnType<typeof setTimeout> | undefined;
    const load = async (): Promise<void> => {
      soon = undefined;
      const answer = await getIncidents();
      if (gone) return;
      if (answer.ok) setIncidents(answer.data.incidents.slice(0, SHOWN_MAX));
      setProblem(answer.ok ? null : answer.message);
    };
    void load();
    const timer = setInterval(() => void load(), REFRESH_MS);
    const unsubscribe = computed(() => store.alarms.value.length).subscribe(() => {
      soon ??= setTimeout(() => void load(), REST_MS);
    });
    return () => {
      gone = true;
      clearTimeout(soon);
      clearInterval(timer);
      unsubscribe();
    };
  }, [store]);
  const words = { open: t.value.incidentOpen, acknowledged: t.value.incidentAcknowledged, resolved: t.value.incidentResolved };
  return (
    <section class="panel" aria-labelledby="incidents">
      <h2 id="incidents">{t.value.recentIncidents}</h2>
      {problem === null ? null : <p role="alert">{said(problem)}</p>}
      {incidents === null ? (
        <p class="dim">{t.value.loading}</p>
      ) : incidents.length === 0 ? (
        <p class="dim">{t.value.noIncidents}</p>
      ) : (
        <ul class="incidents">
          {incidents.map((incident) => (
            <li key={incident.id} data-severity={incident.severity}>
              <SeverityMark severity={incident.severity} returned={incident.state === "resolved"} />
              <span>
                {incident.number === undefined ? null : <a href={href.to("incidents", incident.number)}>{incident.number}</a>}{" "}
                {said(incident.text)}
                {(incident.alarms ?? 1) < 2 ? null : (
                  <span class="label">
                    {" "}
                    {tc.value.alarmsOf(incident.alarms ?? 1)} · {tc.value.firstOut}:{" "}
                    {incident.firstOut === undefined ? "" : said(incident.firstOut)}
                  </span>
                )}
                {incident.acknowledgement?.note ? <span class="dim"> “{incident.acknowledgement.note}”</span> : null}
              </span>
              <span class="label">
                {time.since(incident.openedAtMs, boxNowMs(store))}
                <TimeMark mark={incident.timeMark} />
                {incident.resolvedAtMs === null ? "" : ` – ${time.since(incident.resolvedAtMs, boxNowMs(store))}`}
              </span>
              <span>
                {words[incident.state]} <span class="label">{incident.acknowledgement?.by ?? ""}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
