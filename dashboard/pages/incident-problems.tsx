import { useState } from "preact/hooks";
import { SUBJECT_MAX } from "../../firmware/contract/incident-terms.ts";
import type { ProblemAct, ProblemView, Recurring } from "../../firmware/contract/incidents.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import { useAsked } from "../live/asked.ts";
import { actOnProblem, decideProblem, getProblemIncidents, getProblems, openProblem } from "../live/incidents.ts";
import { ti } from "../text/incidents.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { Area, Line } from "./incident-acts.tsx";
import { IncidentLine } from "./incident-list.tsx";
import { RemedyText } from "./incident-remedy.tsx";

/** Problems, and alarms that call for one. `open`: the problem that is shown with its incidents. */
export function IncidentProblems({ open }: { readonly open: string }) {
  const { store } = usePage();
  const { answer, again } = useAsked(getProblems);
  const [asking, setAsking] = useState<{ readonly key: string | null; readonly title: string } | null>(null);
  const mayWork = may(store.session.role, "incident.work");
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { problems, recurring } = answer.data;
  return (
    <>
      <section class="panel" aria-labelledby="problems">
        <div class="toolbar">
          <h2 id="problems">{ti.value.problems}</h2>
          <span class="push" />
          {mayWork ? (
            <button type="button" class="primary" onClick={() => setAsking({ key: null, title: "" })}>
              {ti.value.newProblem}
            </button>
          ) : null}
        </div>
        {problems.length === 0 ? <p class="dim">{ti.value.noProblems}</p> : null}
        {problems.map((problem) => (
          <ProblemPart key={problem.id} problem={problem} isOpen={problem.id === open} mayWork={mayWork} again={again} />
        ))}
      </section>
      <section class="panel" aria-labelledby="recurring">
        <h2 id="recurring">{ti.value.recurring}</h2>
        {recurring.length === 0 ? <p class="dim">{ti.value.noRecurring}</p> : null}
        <ul class="incident-list">
          {recurring.map((alarm) => (
            <RecurringLine key={alarm.key} alarm={alarm} make={mayWork ? setAsking : null} />
          ))}
        </ul>
      </section>
      {asking === null ? null : (
        <AskDialog
          title={ti.value.newProblem}
          does={ti.value.problemDoes}
          verb={ti.value.save}
          run={(fields) =>
            openProblem({
              ...{ key: asking.key, title: String(fields.get("title") ?? "").trim(), cause: String(fields.get("text") ?? "").trim() },
            })
          }
          done={(problem) => {
            again();
            location.hash = href.to("incidents", `problems/${problem.id}`);
          }}
          close={() => setAsking(null)}
        >
          <Line name="title" label={ti.value.title} max={SUBJECT_MAX} value={asking.title} />
          <Area label={`${ti.value.cause}${ti.value.optional}`} />
        </AskDialog>
      )}
    </>
  );
}

function RecurringLine({
  alarm: { key, text, count, lastAtMs, problem },
  make,
}: {
  readonly alarm: Recurring;
  readonly make: ((asking: { readonly key: string; readonly title: string }) => void) | null;
}) {
  const { store, time } = usePage();
  return (
    <li>
      <span class="what">
        {said(text)}
        <span class="label">{ti.value.recurringCount(count, time.since(lastAtMs, boxNowMs(store)))}</span>
      </span>
      {problem !== null ? (
        <a href={href.to("incidents", `problems/${problem}`)}>{problem}</a>
      ) : make === null ? null : (
        <button type="button" onClick={() => make({ key, title: said(text).slice(0, SUBJECT_MAX) })}>
          {ti.value.newProblem}
        </button>
      )}
    </li>
  );
}

type Kind = Exclude<ProblemAct["kind"], "title">;

function ProblemPart({
  problem,
  isOpen,
  mayWork,
  again,
}: {
  readonly problem: ProblemView;
  readonly isOpen: boolean;
  readonly mayWork: boolean;
  readonly again: () => void;
}) {
  const [asking, setAsking] = useState<Kind | null>(null);
  const { id, title, state, cause, workaround, solution, incidents } = problem;
  const kinds: readonly Kind[] = state === "closed" ? ["reopen"] : ["cause", "workaround", "solution", "close"];
  const names: Readonly<Record<Kind, string>> = {
    ...{ cause: ti.value.writeCause, workaround: ti.value.writeWorkaround, solution: ti.value.writeSolution },
    ...{ close: ti.value.close, reopen: ti.value.reopen },
  };
  const does: Readonly<Record<Kind, string>> = {
    ...{ cause: ti.value.causeDoes, workaround: ti.value.remedyDoes, solution: ti.value.remedyDoes },
    ...{ close: ti.value.closeDoes, reopen: ti.value.problemDoes },
  };
  return (
    <article class="problem-part">
      <h3>
        <a href={href.to("incidents", isOpen ? "problems" : `problems/${id}`)}>
          {id} · {title}
        </a>
      </h3>
      <p class="label">
        {state === "open" ? ti.value.open : ti.value.closed} · {ti.value.linked(incidents)} · {ti.value.by(problem.by)}
      </p>
      {cause === "" ? null : (
        <p class="written">
          {ti.value.cause}: {cause}
        </p>
      )}
      <RemedyText what="workaround" remedy={workaround} decide={(decision) => decideProblem(id, decision)} done={again} />
      <RemedyText what="solution" remedy={solution} decide={(decision) => decideProblem(id, decision)} done={again} />
      {isOpen ? <LinkedIncidents problem={id} /> : null}
      {mayWork ? (
        <div class="acts">
          {kinds.map((kind) => (
            <button key={kind} type="button" onClick={() => setAsking(kind)}>
              {names[kind]}
            </button>
          ))}
        </div>
      ) : null}
      {asking === null ? null : (
        <AskDialog
          title={`${id} · ${names[asking]}`}
          does={does[asking]}
          verb={ti.value.save}
          run={(fields) => actOnProblem(id, actOf(asking, fields))}
          done={again}
          close={() => setAsking(null)}
        >
          {asking === "reopen" ? (
            <Line name="reason" label={ti.value.reason} max={REASON_MAX} />
          ) : asking === "close" ? (
            <Area label={`${ti.value.note}${ti.value.optional}`} />
          ) : (
            <Area label={ti.value.text} value={asking === "cause" ? cause : (problem[asking]?.text ?? "")} needed />
          )}
        </AskDialog>
      )}
    </article>
  );
}

function actOf(kind: Kind, fields: FormData): ProblemAct {
  const text = (name: string): string => String(fields.get(name) ?? "").trim();
  if (kind === "close") return { kind, note: text("text") };
  return kind === "reopen" ? { kind, reason: text("reason") } : { kind, text: text("text") };
}

function LinkedIncidents({ problem }: { readonly problem: string }) {
  const { answer } = useAsked(() => getProblemIncidents(problem), problem);
  return (
    <ul class="incident-list">
      {(answer?.ok === true ? answer.data.incidents : []).map((incident) => (
        <IncidentLine key={incident.id} incident={incident} />
      ))}
    </ul>
  );
}
