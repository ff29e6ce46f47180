import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { CAUSES, NAME_MAX, SUBJECT_MAX, TEXT_MAX } from "../../firmware/contract/incident-terms.ts";
import { CAUSE_WORDS } from "../../firmware/contract/incident-words.ts";
import type { IncidentAct, IncidentDetail, WorkedIncident } from "../../firmware/contract/incidents.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import { useAsked } from "../live/asked.ts";
import { actOnIncident, getAssignees, getProblems } from "../live/incidents.ts";
import { ti } from "../text/incidents.ts";
import { said } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";

type Kind = IncidentAct["kind"];

/** What can be done in this state. */
function kindsOf({ work }: WorkedIncident): readonly Kind[] {
  if (work.state === "closed") return ["reopen", "link"];
  const writing: readonly Kind[] = ["note", "cause", "workaround", "solution", "link", "subject", "priority"];
  if (work.state === "resolved") return [...(work.alarmsStand ? [] : (["close"] as const)), "reopen", ...writing];
  return ["assign", work.state === "waiting" ? "continue" : "wait", "resolve", ...writing];
}

/** The buttons of an incident, and the dialog that the pressed one opens. */
export function IncidentActs({ incident, done }: { readonly incident: WorkedIncident; readonly done: (detail: IncidentDetail) => void }) {
  const [asking, setAsking] = useState<Kind | null>(null);
  return (
    <>
      <div class="acts">
        {kindsOf(incident).map((kind, index) => (
          <button key={kind} type="button" class={index === 0 ? "primary" : ""} onClick={() => setAsking(kind)}>
            {wordsOf(kind).title}
          </button>
        ))}
      </div>
      {asking === null ? null : (
        <AskDialog
          {...wordsOf(asking)}
          verb={ti.value.save}
          run={(fields) => actOnIncident(incident.id, actOf(asking, fields))}
          done={done}
          close={() => setAsking(null)}
        >
          <Fields kind={asking} incident={incident} />
        </AskDialog>
      )}
    </>
  );
}

function wordsOf(kind: Kind): { readonly title: string; readonly does: string } {
  const t = ti.value;
  const words: Readonly<Record<Kind, readonly [string, string]>> = {
    assign: [t.assign, t.assignDoes],
    note: [t.note, t.noteDoes],
    subject: [t.editSubject, t.subjectDoes],
    priority: [t.setPriority, t.priorityDoes],
    wait: [t.wait, t.waitDoes],
    continue: [t.continue, t.continueDoes],
    cause: [t.writeCause, t.causeDoes],
    workaround: [t.writeWorkaround, t.remedyDoes],
    solution: [t.writeSolution, t.remedyDoes],
    resolve: [t.resolve, t.resolveDoes],
    close: [t.close, t.closeDoes],
    reopen: [t.reopen, t.reopenDoes],
    link: [t.link, t.linkDoes],
  };
  const [title, does] = words[kind];
  return { title, does };
}

/** The act out of what was typed; the box checks it. */
function actOf(kind: Kind, fields: FormData): IncidentAct {
  const text = (name: string): string => String(fields.get(name) ?? "").trim();
  switch (kind) {
    case "assign": {
      const [group, person] = [text("group"), text("person")];
      return { kind, to: group !== "" ? { kind: "group", name: group } : person !== "" ? { kind: "person", name: person } : null };
    }
    case "priority":
      return { kind, priority: text("priority") === "" ? null : Number(text("priority")), reason: text("reason") };
    case "cause":
      return { kind, cause: text("cause") as (typeof CAUSES)[number], text: text("text") };
    case "wait":
    case "reopen":
      return { kind, reason: text("reason") };
    case "continue":
    case "resolve":
    case "close":
      return { kind, note: text("text") };
    case "link":
      return { kind, problem: text("problem") === "" ? null : text("problem") };
    default:
      return { kind, text: text("text") };
  }
}

function Fields({ kind, incident: { work, text } }: { readonly kind: Kind; readonly incident: WorkedIncident }) {
  switch (kind) {
    case "assign":
      return <AssignFields current={work.assigneeKind === "person" ? (work.assignee ?? "") : ""} />;
    case "priority":
      return (
        <>
          <Choice name="priority" label={ti.value.priority} value={work.overridden === null ? "" : String(work.priority)}>
            <option value="">{ti.value.asComputed}</option>
            {[1, 2, 3, 4, 5].map((priority) => (
              <option key={priority} value={priority}>
                P{priority}
              </option>
            ))}
          </Choice>
          <Line name="reason" label={ti.value.reason} max={REASON_MAX} />
        </>
      );
    case "cause":
      return (
        <>
          <Choice name="cause" label={ti.value.cause} value={work.cause?.cause ?? "unknown"}>
            {CAUSES.map((cause) => (
              <option key={cause} value={cause}>
                {said(CAUSE_WORDS[cause])}
              </option>
            ))}
          </Choice>
          <Area label={`${ti.value.causeText}${ti.value.optional}`} value={work.cause?.text ?? ""} />
        </>
      );
    case "wait":
      return <Line name="reason" label={ti.value.waitReason} max={REASON_MAX} />;
    case "reopen":
      return <Line name="reason" label={ti.value.reason} max={REASON_MAX} />;
    case "subject":
      return <Line name="text" label={ti.value.subject} max={SUBJECT_MAX} value={work.subject ?? said(text).slice(0, SUBJECT_MAX)} />;
    case "link":
      return <LinkField current={work.problem ?? ""} />;
    case "continue":
    case "resolve":
    case "close":
      return <Area label={`${ti.value.note}${ti.value.optional}`} />;
    case "workaround":
    case "solution":
      return <Area label={ti.value.text} value={work[kind]?.text ?? ""} needed />;
    case "note":
      return <Area label={ti.value.text} needed />;
  }
}

function AssignFields({ current }: { readonly current: string }) {
  const { answer } = useAsked(getAssignees);
  const people = answer?.ok === true ? answer.data.people : [];
  return (
    <>
      <Choice name="person" label={ti.value.toPerson} value={current} key={people.length}>
        <option value="">{ti.value.nobody}</option>
        {people.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Choice>
      <Line name="group" label={`${ti.value.toGroup}${ti.value.optional}`} max={NAME_MAX} needed={false} />
    </>
  );
}

function LinkField({ current }: { readonly current: string }) {
  const { answer } = useAsked(getProblems);
  const problems = answer?.ok === true ? answer.data.problems.filter(({ id, state }) => state === "open" || id === current) : [];
  return (
    <Choice name="problem" label={ti.value.problems} value={current} key={problems.length}>
      <option value="">{ti.value.noProblem}</option>
      {problems.map(({ id, title }) => (
        <option key={id} value={id}>
          {id} {title}
        </option>
      ))}
    </Choice>
  );
}

function Choice({
  name,
  label,
  value,
  children,
}: {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly children: ComponentChildren;
}) {
  return (
    <label>
      <span>{label}</span>
      <select name={name} defaultValue={value}>
        {children}
      </select>
    </label>
  );
}

/** One line of text. */
export function Line({
  name,
  label,
  max,
  value = "",
  needed = true,
}: {
  readonly name: string;
  readonly label: string;
  readonly max: number;
  readonly value?: string;
  readonly needed?: boolean;
}) {
  return (
    <label>
      <span>{label}</span>
      <input name={name} maxLength={max} required={needed} defaultValue={value} autocomplete="off" />
    </label>
  );
}

/** Several lines of text. */
export function Area({
  label,
  value = "",
  needed = false,
  max = TEXT_MAX,
}: {
  readonly label: string;
  readonly value?: string;
  readonly needed?: boolean;
  readonly max?: number;
}) {
  return (
    <label>
      <span>{label}</span>
      <textarea name="text" rows={4} maxLength={max} required={needed} defaultValue={value} />
    </label>
  );
}
