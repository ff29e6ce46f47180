import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Fault } from "../../firmware/contract/site.ts";
import type { Answer } from "../live/api.ts";
import { said, t } from "../text/words.ts";
import "./ask-dialog.css";

/**
 * Asks before something is done: what it does in a sentence, the fields it needs, and the box's words when it says no. A field whose name
 * is that of the box's own is marked where the box found it wrong, and everything typed stays.
 */
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
  const [faults, setFaults] = useState<readonly string[]>([]);
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    if (!isFilled(form)) return;
    setBusy(true);
    const answer = await run(new FormData(form));
    setBusy(false);
    const wrong = answer.ok ? [] : (answer.faults ?? []);
    setFaults(markFaults(form, wrong));
    if (!answer.ok) return setProblem(wrong.length > 0 ? t.value.mendFields : said(answer.message));
    dialog.current?.close();
    done(answer.data);
  };

  return (
    <dialog ref={dialog} class="ask fields" aria-labelledby="ask-title" aria-describedby="ask-does" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="ask-title">{title}</h2>
        <p id="ask-does">{does}</p>
        {children}
        <div role="alert" class="problem">
          {problem === "" ? null : <p>{problem}</p>}
          {faults.length === 0 ? null : (
            <ul>
              {faults.map((fault) => (
                <li key={fault}>{fault}</li>
              ))}
            </ul>
          )}
        </div>
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

/** Marks the fields that the box found wrong, puts the cursor into the first, and says each with its label. */
function markFaults(form: HTMLFormElement, faults: readonly Fault[]): readonly string[] {
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  const found = faults.map(({ path, expected }) => {
    const field = form.elements.namedItem(path.split(/[.[]/)[0] ?? "");
    const label = field instanceof Element ? form.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent : undefined;
    return { field: field instanceof HTMLElement ? field : null, text: t.value.fieldFault(label ?? path, said(expected)) };
  });
  for (const { field } of found) field?.setAttribute("aria-invalid", "true");
  found.find(({ field }) => field !== null)?.field?.focus();
  return found.map(({ text }) => text);
}

/** Spaces alone are no reason: the browser says so as for an empty field. */
function isFilled(form: HTMLFormElement): boolean {
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("input[required], textarea[required]"))
    if (field.value.trim() === "") field.value = "";
  return form.reportValidity();
}
