import { useEffect, useRef, useState } from "preact/hooks";
import { ASSET_FIELDS, type AssetField, FIELD_WORDS, isDateField, lengthMax } from "../../firmware/contract/asset-fields.ts";
import { changeAsset } from "../live/assets.ts";
import { ta } from "../text/assets.ts";
import { said, t } from "../text/words.ts";
import type { AssetRow } from "./assets-rows.ts";

interface Props {
  readonly row: AssetRow;
  readonly close: () => void;
  readonly done: (notice: string) => void;
}

/** All fields of one device. What was not touched is not sent, so that two people can work on one device. */
export function AssetDialog({ row, close, done }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  useEffect(() => dialog.current?.showModal(), []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const changes = ASSET_FIELDS.flatMap((field) => {
      const given = form.get(field);
      const after = typeof given === "string" ? given.normalize("NFC").trim() : "";
      return after === row.values[field] ? [] : [{ field, before: row.values[field], after }];
    });
    if (changes.length === 0) {
      setProblem(ta.value.nothingChanged);
      return;
    }
    setBusy(true);
    const answer = await changeAsset(row.device, changes);
    setBusy(false);
    if (!answer.ok) setProblem(said(answer.message));
    else {
      done(ta.value.saved(said(row.name)));
      dialog.current?.close();
    }
  };

  return (
    <dialog ref={dialog} class="asset-dialog" aria-labelledby="asset-title" onClose={close}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="asset-title">{ta.value.editOf(said(row.name))}</h2>
        <div class="asset-fields">
          {ASSET_FIELDS.map((field) => (
            <Field key={field} field={field} row={row} />
          ))}
        </div>
        <p role="alert">{problem}</p>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {ta.value.save}
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            {t.value.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Field({ field, row }: { readonly field: AssetField; readonly row: AssetRow }) {
  const id = `asset-${field}`;
  const common = { id, name: field, defaultValue: row.values[field] };
  return (
    <div class={field === "note" ? "wide" : ""}>
      <label for={id}>
        {said(FIELD_WORDS[field])}
        {row.edited.includes(field) ? <span class="label edited">{ta.value.editedHere}</span> : null}
      </label>
      {isDateField(field) ? (
        <input {...common} type="date" min="1950-01-01" max="2199-12-31" />
      ) : (
        <input
          {...common}
          type="text"
          maxLength={lengthMax(field)}
          autoComplete="off"
          placeholder={field === "location" ? said(row.area).split(" / ").slice(1).join(" / ") : ""}
        />
      )}
    </div>
  );
}
