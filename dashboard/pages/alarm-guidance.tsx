import { FORMER_SOLUTIONS_SHOWN } from "../../firmware/contract/incident-terms.ts";
import { useAsked } from "../live/asked.ts";
import { getGuidance } from "../live/incidents.ts";
import { ti } from "../text/incidents.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { RemedyMark } from "./incident-remedy.tsx";
import { RunbookTexts } from "./incident-runbooks.tsx";
import "./incidents.css";

/** What to do about an alarm beside its own words: runbooks, what helped the last times, its problem, and whom to phone. */
export function AlarmGuidance({ alarmKey }: { readonly alarmKey: string }) {
  const { store, time } = usePage();
  const { answer } = useAsked(() => getGuidance(alarmKey), alarmKey);
  if (answer === null) return null;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { runbooks, solutions, problem, provider, servicePhone } = answer.data;
  return (
    <div class="guidance">
      {servicePhone === "" ? null : (
        <p>
          {ti.value.phone}: <a href={`tel:${servicePhone}`}>{servicePhone}</a> <span class="label">{provider}</span>
        </p>
      )}
      {problem === null ? null : (
        <p>
          <a href={href.to("incidents", `problems/${problem.id}`)}>
            {problem.id} · {problem.title}
          </a>
        </p>
      )}
      {runbooks.map((runbook) => (
        <RunbookTexts key={runbook.id} runbook={runbook} />
      ))}
      {solutions.length === 0 ? null : <h3>{ti.value.formerSolutions}</h3>}
      {solutions.slice(0, FORMER_SOLUTIONS_SHOWN).map(({ incident, resolvedAtMs, workaround, solution }) => (
        <div key={incident} class="remedy" data-state={(solution ?? workaround)?.state}>
          <a href={href.to("incidents", incident)}>{incident}</a>{" "}
          {resolvedAtMs === null ? null : <time class="label">{time.since(resolvedAtMs, boxNowMs(store))}</time>}
          {[workaround, solution].map((remedy, index) =>
            remedy === null ? null : (
              <p key={index === 0 ? "workaround" : "solution"} class="written">
                {index === 0 ? ti.value.workaround : ti.value.solution}: {remedy.text} <RemedyMark remedy={remedy} />
              </p>
            ),
          )}
        </div>
      ))}
    </div>
  );
}
