import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { type Answer, ask } from "../live/api.ts";
import { ta } from "../text/access.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";

/** Sends what a form holds and says what came of it; the form is empty again only when the box has it on disk. */
export function SendForm({
  send,
  done,
  label,
  success,
  children,
}: {
  readonly send: (fields: Readonly<Record<string, string>>) => Promise<Answer<unknown>>;
  readonly done?: () => void;
  readonly label: string;
  readonly success: string;
  readonly children: ComponentChildren;
}) {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<{ readonly text: string; readonly ok: boolean } | null>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    if (busy) return;
    setBusy(true);
    const fields = Object.fromEntries(
      [...new FormData(form)].map(([name, value]) => [name, typeof value === "string" ? value.trim() : ""]),
    );
    const answer = await send(fields);
    setBusy(false);
    setResult(answer.ok ? { text: success, ok: true } : { text: explained(answer), ok: false });
    if (!answer.ok) return;
    form.reset();
    done?.();
  };
  return (
    <form class="fields" onSubmit={(event) => void submit(event)}>
      {children}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {label}
        </button>
        <p role={result?.ok === false ? "alert" : "status"}>{result?.text ?? ""}</p>
      </div>
    </form>
  );
}

function explained(answer: Exclude<Answer<unknown>, { readonly ok: true }>): string {
  const faults = (answer.faults ?? []).map(({ path, expected }) => `${path}: ${said(expected)}`);
  return [said(answer.message), ...faults].join(" ");
}

/** One labelled line of a form. */
export function Field({
  name,
  label,
  max,
  required = false,
  list,
}: {
  readonly name: string;
  readonly label: string;
  readonly max: number;
  readonly required?: boolean;
  readonly list?: readonly string[];
}) {
  const id = useId();
  return (
    <label for={id}>
      <span>{label}</span>
      <input
        type="text"
        id={id}
        name={name}
        maxLength={max}
        required={required}
        autocomplete="off"
        {...(list === undefined ? {} : { list: `${id}-list` })}
      />
      {list === undefined ? null : (
        <datalist id={`${id}-list`}>
          {list.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </label>
  );
}

export function VisitorForm({ changed }: { readonly changed: () => void }) {
  const { store } = usePage();
  const { areas } = store.room.site;
  const id = useId();
  const send = ({ area, ...visit }: Readonly<Record<string, string>>): Promise<Answer<unknown>> =>
    ask("POST", "/api/v1/access/visits", area === "" ? visit : { ...visit, area });
  return (
    <section class="panel" aria-labelledby="visitor">
      <h3 id="visitor">{ta.value.visitorIn}</h3>
      <SendForm send={send} done={changed} label={ta.value.enter} success={ta.value.written}>
        <Field name="name" label={ta.value.name} max={40} required />
        <Field name="company" label={ta.value.company} max={60} />
        <Field name="purpose" label={ta.value.purpose} max={200} required />
        <Field name="escort" label={ta.value.escort} max={40} />
        <label for={id}>
          <span>{t.value.area}</span>
          <select id={id} name="area">
            <option value="">—</option>
            {areas.map((area) => (
              <option key={area.id} value={area.id}>
                {said(area.name)}
              </option>
            ))}
          </select>
        </label>
      </SendForm>
    </section>
  );
}

export function PowerForm() {
  const { store } = usePage();
  const servers = store.room.site.devices.filter((device) => device.class === "host").map(({ name }) => said(name));
  return (
    <section class="panel" aria-labelledby="power">
      <h3 id="power">{ta.value.powerTitle}</h3>
      <SendForm send={(fields) => ask("POST", "/api/v1/access/power", fields)} label={ta.value.write} success={ta.value.written}>
        <Field name="server" label={ta.value.server} max={80} required list={servers} />
        <fieldset>
          <legend class="visually-hidden">{ta.value.what}</legend>
          <label>
            <input type="radio" name="state" value="on" defaultChecked /> {ta.value.poweredOn}
          </label>
          <label>
            <input type="radio" name="state" value="off" /> {ta.value.poweredOff}
          </label>
        </fieldset>
        <Field name="note" label={ta.value.note} max={300} />
      </SendForm>
    </section>
  );
}

/** Asks for a reason before something is put right by hand. */
export function ReasonDialog({
  title,
  close,
  send,
  done,
}: {
  readonly title: string;
  readonly close: () => void;
  readonly send: (reason: string) => Promise<Answer<unknown>>;
  readonly done: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="access-dialog" aria-labelledby="reason-title" onClose={close}>
      <h2 id="reason-title">{title}</h2>
      <p>{ta.value.takeOffHelp}</p>
      <SendForm
        send={({ reason = "" }) => send(reason)}
        done={() => {
          done();
          dialog.current?.close();
        }}
        label={ta.value.takeOff}
        success=""
      >
        <Field name="reason" label={ta.value.reason} max={200} required />
      </SendForm>
      <button type="button" onClick={() => dialog.current?.close()}>
        {t.value.cancel}
      </button>
    </dialog>
  );
}
