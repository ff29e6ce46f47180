import { useState } from "preact/hooks";
import type { RevisionView } from "../../firmware/contract/configuration.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import type { DestinationProps } from "../destinations.ts";
import { useAsked } from "../live/asked.ts";
import { adoptFile, getConfiguration, getDifference, getRevisions, revertTo } from "../live/configuration.ts";
import { tf } from "../text/configuration.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { usePage } from "../ui/page.ts";
import { Changes } from "./configuration-difference.tsx";
import { ConfigurationEdit } from "./configuration-edit.tsx";
import { Revisions } from "./configuration-revisions.tsx";
import { ConfigurationState } from "./configuration-state.tsx";
import "./configuration.css";

const LOOK_EVERY_MS = 3_000;
type Asking = { readonly what: "adopt" } | { readonly what: "keep" } | { readonly what: "goBack"; readonly revision: RevisionView } | null;

/** What the box is configured by: what runs and why, what ran before, and the way to change it or go back. */
export function ConfigurationPage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(getConfiguration, "", LOOK_EVERY_MS);
  const state = answer?.ok === true ? answer.data : null;
  const [asking, setAsking] = useState<Asking>(null);
  const [editing, setEditing] = useState<number | null>(null);
  const [notice, setNotice] = useState("");
  const running = state?.running?.number ?? null;
  const newest = state?.next ?? running;
  const { answer: list } = useAsked(getRevisions, `${newest}`);
  const revisions = list?.ok === true ? list.data.revisions : [];
  const mayChange = may(store.session.role, "configuration.change") && newest !== null;
  const done = (number: number): void => {
    setEditing(null);
    setNotice(tf.value.stored(number));
    again();
  };
  return (
    <div class="configuration fields">
      <h2 class="title">{tf.value.configuration}</h2>
      {/* While one room ends and the next begins nobody answers for a moment: what is known stays. */}
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      <p role="status" class="notice">
        {answer === null ? t.value.loading : notice}
      </p>
      {state === null ? null : (
        <ConfigurationState state={state} mayChange={mayChange}>
          {mayChange ? (
            <>
              {editing === null ? (
                <button type="button" class="primary" disabled={state.next !== null} onClick={() => setEditing(newest)}>
                  {tf.value.edit}
                </button>
              ) : null}
              {state.file.state === "changed" ? (
                <button type="button" onClick={() => setAsking({ what: "adopt" })}>
                  {tf.value.adopt}
                </button>
              ) : null}
              {state.troubles.length > 0 ? (
                <button type="button" onClick={() => setAsking({ what: "keep" })}>
                  {tf.value.keep}
                </button>
              ) : null}
            </>
          ) : (
            <p class="label">{tf.value.mayNotChange}</p>
          )}
        </ConfigurationState>
      )}
      {editing === null ? null : <ConfigurationEdit base={editing} done={done} close={() => setEditing(null)} />}
      {revisions.length === 0 || editing !== null ? null : (
        <Revisions
          revisions={revisions}
          running={running}
          goBack={mayChange ? (revision) => setAsking({ what: "goBack", revision }) : null}
        />
      )}
      {asking === null || newest === null ? null : (
        <Ask asking={asking} newest={newest} running={running ?? newest} done={done} close={() => setAsking(null)} />
      )}
    </div>
  );
}

function Ask({
  asking,
  newest,
  running,
  done,
  close,
}: {
  readonly asking: NonNullable<Asking>;
  readonly newest: number;
  readonly running: number;
  readonly done: (number: number) => void;
  readonly close: () => void;
}) {
  const finished = ({ number }: { readonly number: number }): void => done(number);
  if (asking.what === "adopt")
    return (
      <AskDialog
        title={tf.value.adopt}
        does={tf.value.adoptDoes}
        verb={tf.value.adopt}
        run={() => adoptFile(newest)}
        done={finished}
        close={close}
      />
    );
  const number = asking.what === "keep" ? running : asking.revision.number;
  const verb = asking.what === "keep" ? tf.value.keep : tf.value.goBack;
  return (
    <AskDialog
      title={asking.what === "keep" ? tf.value.keep : tf.value.goBackTo(number)}
      does={asking.what === "keep" ? tf.value.keepDoes(number) : tf.value.goBackDoes(number)}
      verb={verb}
      run={(fields) => revertTo(number, String(fields.get("reason") ?? "").trim(), newest)}
      done={finished}
      close={close}
    >
      {asking.what === "keep" ? null : <WhatChanges from={running} to={number} />}
      <label class="field">
        {tf.value.reason}
        <input name="reason" required maxLength={REASON_MAX} placeholder={tf.value.reasonHelp} />
      </label>
    </AskDialog>
  );
}

function WhatChanges({ from, to }: { readonly from: number; readonly to: number }) {
  const { answer } = useAsked(() => getDifference(from, to), `${from} ${to}`);
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  return answer.ok ? <Changes difference={answer.data} /> : <p role="alert">{said(answer.message)}</p>;
}
