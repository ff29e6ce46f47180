import { useEffect, useRef, useState } from "preact/hooks";
import type { AnswerValue, InspectionSheet, LookedAtItem } from "../../firmware/contract/inspection.ts";
import { correctItem, reviewSheet, signSheet } from "../live/rounds.ts";
import { tr } from "../text/rounds.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { AnswerFields, answerWords } from "./rounds-answer.tsx";

const TEXT_MAX = 1_000;

interface Common {
  readonly sheet: InspectionSheet;
  readonly changed: (sheet: InspectionSheet) => void;
  readonly close: () => void;
}
type Props =
  | (Common & { readonly kind: "sign" | "review" })
  | (Common & {
      readonly kind: "correct";
      readonly item: LookedAtItem;
    });

/** Says what signing, reviewing or correcting means, asks once more, and closes only when the gateway has it. */
export function RoundsDialog(props: Props) {
  const { sheet, changed, close, kind } = props;
  const { store, time } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [note, setNote] = useState("");
  const [correction, setCorrection] = useState<{ readonly value: AnswerValue; readonly note: string } | null>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // No keyboard over the buttons of a phone, and Enter pressed twice signs nothing.
    if (kind !== "correct") cancel.current?.focus();
  }, [kind]);
  const { name } = store.session;
  const corrected = props.kind === "correct" ? props.item.id : null;
  const answer = sheet.answers.find(({ item }) => item === corrected);
  const title = { sign: tr.value.signQuestion, review: tr.value.reviewQuestion, correct: "" }[kind];

  const send = () => {
    const mark = { sheet: sheet.id, note: note.trim(), revision: sheet.revision };
    if (props.kind === "sign") return signSheet(mark);
    if (props.kind === "review") return reviewSheet(mark);
    if (correction === null || corrected === null) return null;
    return correctItem({ sheet: sheet.id, item: corrected, ...correction, reason: note.trim(), revision: answer?.revision ?? 0 });
  };
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const sent = busy ? null : send();
    if (sent === null) return;
    setBusy(true);
    const done = await sent;
    setBusy(false);
    if (!done.ok) {
      setProblem(said(done.message));
      return;
    }
    changed(done.data);
    close();
  };

  return (
    <dialog ref={dialog} class="rounds-dialog" aria-labelledby="rounds-dialog-title" onClose={close}>
      <h2 id="rounds-dialog-title">{kind === "correct" ? tr.value.correctQuestion(said(props.item.name)) : title}</h2>
      {kind === "correct" ? (
        <>
          <p>{answerWords(props.item, correction ?? answer)}</p>
          <AnswerFields
            item={props.item}
            answer={answer}
            saveWord={tr.value.takeOver}
            save={(value, itemNote) => setCorrection({ value, note: itemNote })}
          />
        </>
      ) : (
        <>
          <p>
            {kind === "sign" ? tr.value.signMeans(name, sheet.day, time.clock(sheet.measured.toMs)) : tr.value.reviewMeans(name, sheet.day)}
          </p>
          <p>{sheet.abnormal.length === 0 ? tr.value.allNormal : tr.value.abnormalCount(sheet.abnormal.length)}</p>
        </>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <label>
          {kind === "correct" ? tr.value.reason : t.value.note}
          <textarea rows={2} maxLength={TEXT_MAX} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="actions">
          <button type="submit" class="primary big" disabled={busy || (kind === "correct" && (correction === null || note.trim() === ""))}>
            {tr.value[kind]}
          </button>
          <button type="button" class="big" ref={cancel} onClick={() => dialog.current?.close()}>
            {t.value.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
