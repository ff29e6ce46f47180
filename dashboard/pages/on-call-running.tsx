import type { EscalationView, OnCallReply } from "../../firmware/contract/escalation.ts";
import { whom } from "../live/on-call.ts";
import { formatDuration } from "../text/format.ts";
import { to } from "../text/on-call.ts";
import { said } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";

const TOLD_SHOWN = 4;

/** What nobody has taken: what was told so far, and what comes next. */
export function RunningEscalations({ reply }: { readonly reply: OnCallReply }) {
  const { escalations, plans } = reply;
  const shown = escalations.filter(({ phase, told }) => phase === "ringing" || told.length > 0);
  const planName = (id: string | null): string => {
    const plan = plans.find((known) => known.id === id);
    return plan === undefined ? to.value.noPlan : said(plan.name);
  };
  return (
    <section class="panel" aria-labelledby="running">
      <h3 id="running">{to.value.running}</h3>
      {shown.length === 0 ? (
        <p class="dim">{to.value.noRunning}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{to.value.incident}</th>
              <th scope="col">{to.value.plan}</th>
              <th scope="col">{to.value.told}</th>
              <th scope="col">{to.value.nextStep}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((escalation) => (
              <tr key={escalation.incident}>
                <th scope="row">
                  <SeverityMark severity={escalation.severity} returned={escalation.phase === "quiet"} />{" "}
                  <a href={href.alarm(escalation.key)}>{said(escalation.text)}</a>{" "}
                  <span class="label">{escalation.incidentNumber ?? ""}</span>
                </th>
                <td>{planName(escalation.plan)}</td>
                <td>
                  <ToldSteps escalation={escalation} />
                </td>
                <td>{nextWords(escalation)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** The last steps that were told, with the reason where another channel was used. */
export function ToldSteps({ escalation: { told } }: { readonly escalation: EscalationView }) {
  const { store, time } = usePage();
  return (
    <ul class="told">
      {told.slice(-TOLD_SHOWN).map((line) => (
        <li key={`${line.atMs} ${line.step} ${line.round}`}>
          {to.value.toldTo(time.since(line.atMs, boxNowMs(store)), line.step, whom(line))}
          {line.why === null ? null : <span class="dim"> {said(line.why)}</span>}
        </li>
      ))}
    </ul>
  );
}

/** What a plan does next, in words. */
export function nextWords({ plan, phase, next }: EscalationView): string {
  if (phase === "quiet") return to.value.quiet;
  if (phase === "stopped") return to.value.stopped;
  if (plan === null) return to.value.noPlan;
  if (next === null) return to.value.atEnd;
  const reached = whom(next);
  return to.value.escalatesTo(reached === "" ? to.value.nobody : reached, to.value.inTime(formatDuration(next.inMs / 1_000)), next.step);
}
