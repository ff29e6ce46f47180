import { useState } from "preact/hooks";
import { RUNBOOK_TEXT_MAX, SUBJECT_MAX } from "../../firmware/contract/incident-terms.ts";
import type { RunbookDecision, RunbookVersion, RunbookView } from "../../firmware/contract/incidents.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import { useAsked } from "../live/asked.ts";
import { decideRunbook, getRunbooks, proposeRunbook } from "../live/incidents.ts";
import { ti } from "../text/incidents.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { usePage } from "../ui/page.ts";
import { Area, Line } from "./incident-acts.tsx";

/** What to do when it rings: approved texts, and proposals marked as such. */
export function IncidentRunbooks() {
  const { store } = usePage();
  const { answer, again } = useAsked(getRunbooks);
  const [writing, setWriting] = useState<RunbookView | "new" | null>(null);
  const mayWork = may(store.session.role, "incident.work");
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { runbooks } = answer.data;
  return (
    <section class="panel" aria-labelledby="runbooks">
      <div class="toolbar">
        <h2 id="runbooks">{ti.value.runbooks}</h2>
        <span class="push" />
        {mayWork ? (
          <button type="button" class="primary" onClick={() => setWriting("new")}>
            {ti.value.newRunbook}
          </button>
        ) : null}
      </div>
      {runbooks.length === 0 ? <p class="dim">{ti.value.noRunbooks}</p> : null}
      {runbooks.map((runbook) => (
        <article key={runbook.id} class="problem-part">
          <RunbookTexts runbook={runbook} scoped />
          {mayWork ? (
            <div class="acts">
              <button type="button" onClick={() => setWriting(runbook)}>
                {ti.value.editRunbook}
              </button>
              <Decisions runbook={runbook} again={again} />
            </div>
          ) : null}
        </article>
      ))}
      {writing === null ? null : (
        <ProposeDialog
          id={writing === "new" ? null : writing.id}
          from={writing === "new" ? null : textIn(writing)}
          again={again}
          close={() => setWriting(null)}
        />
      )}
    </section>
  );
}

function textIn({ approved, proposed }: RunbookView): RunbookVersion | null {
  return proposed ?? approved;
}

/** The text that counts and, marked, the one that waits. */
export function RunbookTexts({
  runbook: { id, approved, proposed },
  scoped = false,
}: {
  readonly runbook: RunbookView;
  readonly scoped?: boolean;
}) {
  return (
    <>
      {approved === null ? null : (
        <Text
          id={id}
          text={approved}
          mark={`${ti.value.approvedBy(approved.approvedBy)} · ${ti.value.version(approved.version)}`}
          scoped={scoped}
        />
      )}
      {proposed === null ? null : (
        <div class="remedy" data-state="proposed">
          <Text id={id} text={proposed} mark={`${ti.value.proposal} · ${ti.value.by(proposed.by)}`} scoped={scoped} />
        </div>
      )}
    </>
  );
}

function Text({
  id,
  text,
  mark,
  scoped,
}: {
  readonly id: string;
  readonly text: RunbookVersion;
  readonly mark: string;
  readonly scoped: boolean;
}) {
  const { type, category, point } = text.scope;
  return (
    <>
      <h3>
        {id} · {text.title}
      </h3>
      <p class="label">
        {mark}
        {scoped ? ` · ${ti.value.alarmType} ${type} · ${ti.value.deviceClass} ${category} · ${ti.value.point} ${point}` : null}
      </p>
      <p class="written">{text.text}</p>
    </>
  );
}

/** Somebody who may, and did not write it, decides about the proposal. */
function Decisions({ runbook, again }: { readonly runbook: RunbookView; readonly again: () => void }) {
  const { store } = usePage();
  const [asking, setAsking] = useState<RunbookDecision["verdict"] | null>(null);
  if (!may(store.session.role, "runbook.approve")) return null;
  const { id, proposed, approved } = runbook;
  const verdicts: readonly RunbookDecision["verdict"][] = [
    ...(proposed === null ? [] : proposed.by === store.session.name ? (["reject"] as const) : (["approve", "reject"] as const)),
    ...(approved === null ? [] : (["withdraw"] as const)),
  ];
  const version = (asking === "withdraw" ? approved : proposed)?.version ?? 1;
  return (
    <>
      {verdicts.map((verdict) => (
        <button key={verdict} type="button" onClick={() => setAsking(verdict)}>
          {ti.value[verdict]}
        </button>
      ))}
      {asking === null ? null : (
        <AskDialog
          title={`${ti.value[asking]}: ${id}`}
          does={ti.value.decideDoes}
          verb={ti.value[asking]}
          run={(fields) => decideRunbook(id, { version, verdict: asking, reason: String(fields.get("reason") ?? "").trim() })}
          done={again}
          close={() => setAsking(null)}
        >
          <p class="written">{(asking === "withdraw" ? approved : proposed)?.text}</p>
          <Line name="reason" label={ti.value.reason} max={REASON_MAX} needed={asking !== "approve"} />
        </AskDialog>
      )}
    </>
  );
}

/** Asks for a text and what it is about; `from`: what it begins with. */
export function ProposeDialog({
  id,
  from,
  again,
  close,
}: {
  readonly id: string | null;
  readonly from: Pick<RunbookVersion, "title" | "text" | "scope"> | null;
  readonly again: () => void;
  readonly close: () => void;
}) {
  const scope = from?.scope ?? { type: "*", category: "*", point: "*" };
  return (
    <AskDialog
      title={id === null ? ti.value.newRunbook : `${ti.value.editRunbook}: ${id}`}
      does={ti.value.runbookDoes}
      verb={ti.value.save}
      run={(fields) => {
        const text = (name: string): string => String(fields.get(name) ?? "").trim();
        const about = { type: text("type"), category: text("category"), point: text("point") };
        return proposeRunbook({ id, title: text("title"), scope: about, text: text("text") });
      }}
      done={again}
      close={close}
    >
      <Line name="title" label={ti.value.title} max={SUBJECT_MAX} value={from?.title ?? ""} />
      <Line name="type" label={ti.value.alarmType} max={64} value={scope.type} />
      <Line name="category" label={ti.value.deviceClass} max={64} value={scope.category} />
      <Line name="point" label={ti.value.point} max={255} value={scope.point} />
      <Area label={ti.value.text} value={from?.text ?? ""} needed max={RUNBOOK_TEXT_MAX} />
    </AskDialog>
  );
}
