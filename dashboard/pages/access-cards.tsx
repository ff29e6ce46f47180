import { useId, useState } from "preact/hooks";
import type { Holder } from "../../firmware/contract/access.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { Fault } from "../../firmware/contract/site.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { ta } from "../text/access.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { Field, SendForm } from "./access-forms.tsx";

/** Whose card is whose; an administrator keeps the list, by hand or from a spreadsheet. */
export function CardHolders() {
  const { store } = usePage();
  const { answer, again: reload } = useAsked<{ readonly holders: readonly Holder[] }>(() => ask("GET", "/api/v1/access/holders"));
  const [find, setFind] = useState("");
  const mayChange = may(store.session.role, "access.holders");
  const all = answer?.ok === true ? answer.data.holders : [];
  const wanted = find.trim().toLowerCase();
  const holders = all.filter(({ card, name, company }) => `${name} ${company} ${card}`.toLowerCase().includes(wanted));
  const id = useId();
  return (
    <>
      <section class="panel" aria-labelledby="cards">
        <div class="top">
          <h3 id="cards">
            {ta.value.cards} <span class="dim">{ta.value.count(all.length)}</span>
          </h3>
          <label for={id}>
            <span class="visually-hidden">{ta.value.find}</span>
            <input
              id={id}
              type="search"
              placeholder={ta.value.find}
              value={find}
              onInput={({ currentTarget }) => setFind(currentTarget.value)}
            />
          </label>
        </div>
        {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
        {answer?.ok === true && all.length === 0 ? <p class="dim">{ta.value.noCards}</p> : null}
        {holders.length === 0 ? null : <Holders holders={holders} mayChange={mayChange} changed={reload} />}
      </section>
      {mayChange ? (
        <div class="pair">
          <section class="panel" aria-labelledby="holder">
            <h3 id="holder">{ta.value.addHolder}</h3>
            <SendForm
              send={({ validUntil = "", ...holder }) =>
                ask("POST", "/api/v1/access/holders", { ...holder, validUntil: validUntil === "" ? null : validUntil })
              }
              done={reload}
              label={ta.value.save}
              success={ta.value.written}
            >
              <Field name="card" label={ta.value.card} max={20} required />
              <Field name="name" label={ta.value.name} max={40} required />
              <Field name="company" label={ta.value.company} max={60} />
              <Until />
            </SendForm>
          </section>
          <Import changed={reload} />
        </div>
      ) : (
        <p class="label">{ta.value.mayNotCards}</p>
      )}
    </>
  );
}

function Until() {
  const id = useId();
  return (
    <label for={id}>
      <span>{ta.value.validUntil}</span>
      <input id={id} name="validUntil" type="date" />
    </label>
  );
}

function Holders({
  holders,
  mayChange,
  changed,
}: {
  readonly holders: readonly Holder[];
  readonly mayChange: boolean;
  readonly changed: () => void;
}) {
  const [problem, setProblem] = useState("");
  const remove = async ({ card, name }: Holder): Promise<void> => {
    if (!confirm(ta.value.removeAsk(name))) return;
    const answer = await ask("POST", "/api/v1/access/holders/remove", { card });
    setProblem(answer.ok ? "" : said(answer.message));
    changed();
  };
  return (
    <>
      <p role="alert">{problem}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{ta.value.name}</th>
            <th scope="col">{ta.value.company}</th>
            <th scope="col">{ta.value.card}</th>
            <th scope="col">{ta.value.validUntil}</th>
            {mayChange ? (
              <th scope="col">
                <span class="visually-hidden">{ta.value.remove}</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {holders.map((holder) => (
            <tr key={holder.card}>
              <th scope="row">{holder.name}</th>
              <td>{holder.company}</td>
              <td>{holder.card}</td>
              <td>{holder.validUntil ?? ta.value.noEnd}</td>
              {mayChange ? (
                <td>
                  <button type="button" aria-label={ta.value.removeCard(holder.name)} onClick={() => void remove(holder)}>
                    {ta.value.remove}
                  </button>
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface Imported {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

function Import({ changed }: { readonly changed: () => void }) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ readonly text: string; readonly faults: readonly Fault[] } | null>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const file = new FormData(form).get("list");
    if (busy || !(file instanceof File)) return;
    setBusy(true);
    const replace = new FormData(form).get("replace") === "on";
    const answer = await ask<Imported>("POST", "/api/v1/access/holders/import", { csv: await textOf(file), replace });
    setBusy(false);
    if (!answer.ok) return setResult({ text: said(answer.message), faults: answer.faults ?? [] });
    setResult({ text: ta.value.imported(answer.data.added, answer.data.changed, answer.data.removed), faults: [] });
    form.reset();
    changed();
  };
  return (
    <section class="panel" aria-labelledby="import">
      <h3 id="import">{ta.value.importTitle}</h3>
      <p class="label">{ta.value.importHelp}</p>
      <form class="fields" onSubmit={(event) => void submit(event)}>
        <label for={id}>
          <span>{ta.value.file}</span>
          <input id={id} name="list" type="file" accept=".csv,text/csv,text/plain" required />
        </label>
        <label>
          <input type="checkbox" name="replace" /> {ta.value.replaceAll}
        </label>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {ta.value.doImport}
          </button>
        </div>
        <div role="alert">
          <p>{result?.text ?? ""}</p>
          <ul>
            {(result?.faults ?? []).map(({ path, expected }) => (
              <li key={`${path} ${expected.en}`}>
                {ta.value.line(path.replace("line ", ""))}: {said(expected)}
              </li>
            ))}
          </ul>
        </div>
      </form>
    </section>
  );
}

/** Spreadsheets in Chinese save CSV as GBK unless they are told otherwise. */
async function textOf(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
