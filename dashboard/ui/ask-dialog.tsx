import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Answer } from "../live/api.ts";
import { said, t } from "../text/words.ts";
import "./ask-dialog.css";

/** Asks before something is done: what it does in a sentence, the fields it needs, and the box's words when it says no. */
export function AskDialog<T>({
  title,
  does,
  verb,
  children,
  run,
  done,
  close,
}: {
  readonly title: string;
  readonly does: string;
  readonly verb: string;
  readonly children?: ComponentChildren;
  readonly run: (fields: FormData) => Promise<Answer<T>>;
  readonly done: (answer: T) => void;
  readonly close: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const answer = await run(new FormData(event.currentTarget as HTMLFormElement));
    setBusy(false);
    if (!answer.ok) return setProblem(said(answer.message));
    dialog.current?.close();
    done(answer.data);
  };

  return (
    <dialog ref={dialog} class="ask fields" aria-labelledby="ask-title" aria-describedby="ask-does" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="ask-title">{title}</h2>
        <p id="ask-does">{does}</p>
        {children}
        <p role="alert" class="problem">
          {problem}
        </p>
        <div class="buttons">
          <button type="submit" class="primary" disabled={busy}>
            {verb}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.value.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
