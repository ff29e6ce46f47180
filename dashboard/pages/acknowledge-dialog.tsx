import { useEffect, useRef, useState } from "preact/hooks";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { acknowledge } from "../live/api.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { SeverityMark } from "../ui/severity.tsx";

const NOTE_LENGTH_MAX = 500;

/** Asks for a note, acknowledges, and says what came of it. Nothing is shown as acknowledged before the box has it on disk. */
export function AcknowledgeDialog({ alarms, close }: { readonly alarms: readonly AlarmRecord[]; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ readonly text: string; readonly done: boolean } | null>(null);
  const { time } = usePage();
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy || result?.done === true) return;
    const note = new FormData(event.currentTarget as HTMLFormElement).get("note");
    setBusy(true);
    const answer = await acknowledge(
      alarms.map(({ key }) => key),
      typeof note === "string" ? note.trim() : "",
    );
    setBusy(false);
    if (!answer.ok) {
      setResult({ text: said(answer.message), done: false });
      return;
    }
    const { acknowledged, notFound, alreadyAcknowledged } = answer.data;
    if (notFound.length === 0 && alreadyAcknowledged.length === 0) return close();
    const sentences = [
      t.value.acknowledged(acknowledged.length),
      ...(notFound.length > 0 ? [t.value.alreadyEnded(notFound.length)] : []),
      ...alreadyAcknowledged.map(({ by, atMs }) => t.value.alreadyAcknowledged(by, time.clock(atMs))),
    ];
    setResult({ text: sentences.join(" · "), done: true });
  };

  return (
    <dialog ref={dialog} class="acknowledge" aria-labelledby="acknowledge-title" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="acknowledge-title">{t.value.acknowledge}</h2>
        <ul>
          {alarms.map((alarm) => (
            <li key={alarm.key}>
              <SeverityMark severity={alarm.severity} word={false} /> {said(alarm.text)}
            </li>
          ))}
        </ul>
        <label for="note">{t.value.note}</label>
        <textarea id="note" name="note" rows={3} maxLength={NOTE_LENGTH_MAX} />
        <p role="alert">{result?.text ?? ""}</p>
        <div class="actions">
          {result?.done === true ? null : (
            <button type="submit" class="primary" disabled={busy}>
              {t.value.acknowledge}
            </button>
          )}
          <button type="button" onClick={() => dialog.current?.close()}>
            {result?.done === true ? t.value.close : t.value.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
