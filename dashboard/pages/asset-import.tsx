import { useEffect, useRef, useState } from "preact/hooks";
import { FIELD_WORDS } from "../../firmware/contract/asset-fields.ts";
import type { ImportReply } from "../../firmware/contract/assets.ts";
import { importSheet } from "../live/assets.ts";
import { ta } from "../text/assets.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";

const FILE_BYTES_MAX = 1_048_576;
const CHANGES_SHOWN_MAX = 100;

interface Looked {
  readonly file: string;
  readonly reply: ImportReply;
}

/** Choose a file, see every problem or every difference, then apply all of it or nothing. */
export function AssetImport({ close, done }: { readonly close: () => void; readonly done: (notice: string) => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [looked, setLooked] = useState<Looked | null>(null);
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);

  const look = async (chosen: File | undefined): Promise<void> => {
    setLooked(null);
    setTrouble("");
    if (chosen === undefined) return;
    if (chosen.size > FILE_BYTES_MAX) return setTrouble(ta.value.fileTooLarge);
    const file = await base64Of(chosen);
    if (file === null) return setTrouble(ta.value.fileUnreadable);
    const answer = await importSheet(file, null);
    if (answer.ok) setLooked({ file, reply: answer.data });
    else setTrouble(said(answer.message));
  };
  const apply = async ({ file, reply }: Looked): Promise<void> => {
    setBusy(true);
    const answer = await importSheet(file, reply.preview);
    setBusy(false);
    if (!answer.ok) setTrouble(said(answer.message));
    else if (!answer.data.applied) setLooked({ file, reply: answer.data });
    else {
      done(ta.value.applied(reply.changes.length));
      dialog.current?.close();
    }
  };

  const changes = looked?.reply.changes.length ?? 0;
  return (
    <dialog ref={dialog} class="asset-dialog" aria-labelledby="import-title" onClose={close}>
      <h2 id="import-title">{ta.value.importCsv}</h2>
      <p class="dim">{ta.value.importHelp}</p>
      <label for="import-file">{ta.value.chooseFile}</label>
      <input
        id="import-file"
        type="file"
        accept=".csv,.txt,text/csv"
        onChange={(event) => void look(event.currentTarget.files?.[0])}
        // The same file, mended, is looked at again.
        onClick={(event) => (event.currentTarget.value = "")}
      />
      <p role="alert">{trouble}</p>
      <div role="status">{looked === null ? null : <Preview reply={looked.reply} />}</div>
      <div class="actions">
        {looked === null || changes === 0 ? null : (
          <button type="button" class="primary" disabled={busy} onClick={() => void apply(looked)}>
            {ta.value.apply(changes)}
          </button>
        )}
        <button type="button" onClick={() => dialog.current?.close()}>
          {t.value.cancel}
        </button>
      </div>
    </dialog>
  );
}

function Preview({ reply: { problems, changes, rows } }: { readonly reply: ImportReply }) {
  const { store } = usePage();
  if (problems.length > 0)
    return (
      <>
        <p>{ta.value.problemsFound(problems.length)}</p>
        <table>
          <thead>
            <tr>
              <th scope="col">{ta.value.row}</th>
              <th scope="col">{ta.value.column}</th>
              <th scope="col">{ta.value.problem}</th>
            </tr>
          </thead>
          <tbody>
            {problems.map(({ line, column, message }) => (
              <tr key={`${line} ${column} ${message.en}`}>
                <td>{line}</td>
                <td>{columnLetter(column)}</td>
                <td>{said(message)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </>
    );
  if (changes.length === 0) return <p>{ta.value.nothingToDo(rows)}</p>;
  return (
    <>
      <p>{ta.value.willChange(changes.length, rows)}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.value.device}</th>
            <th scope="col">{ta.value.field}</th>
            <th scope="col">{ta.value.before}</th>
            <th scope="col">{ta.value.after}</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, CHANGES_SHOWN_MAX).map(({ device, field, before, after }) => (
            <tr key={`${device} ${field}`}>
              <td>{said(store.room.device(device)?.name ?? { zh: device, en: device })}</td>
              <td>{said(FIELD_WORDS[field])}</td>
              <td>{before === "" ? "–" : before}</td>
              <td>{after === "" ? "–" : after}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length <= CHANGES_SHOWN_MAX ? null : <p class="dim">{ta.value.moreChanges(changes.length - CHANGES_SHOWN_MAX)}</p>}
    </>
  );
}

/** As a spreadsheet heads its columns: A, B, … Z, AA. */
function columnLetter(column: number): string {
  const rest = Math.floor((column - 1) / 26);
  return `${rest === 0 ? "" : columnLetter(rest)}${String.fromCharCode(65 + ((column - 1) % 26))}`;
}

function base64Of(file: File): Promise<string | null> {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => resolve(null);
    reader.readAsDataURL(file);
  });
}
