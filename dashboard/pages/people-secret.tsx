import { useRef, useState } from "preact/hooks";
import { tp } from "../text/people.ts";
import { t } from "../text/words.ts";

/** Something that is shown once: a sign-in link or a token, with a way to copy it. */
export interface Secret {
  readonly title: string;
  readonly text: string;
  readonly help: string;
}

export function SecretOnce({ title, text, help, close }: Secret & { readonly close: () => void }) {
  const field = useRef<HTMLInputElement>(null);
  const [result, setResult] = useState("");
  const copy = async (): Promise<void> => {
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setResult(tp.value.copied);
    } catch {
      // Over plain HTTP from elsewhere, or when the person said no.
      setResult(tp.value.copyByHand);
    }
  };
  return (
    <section class="panel secret" aria-labelledby="secret">
      <h3 id="secret">{title}</h3>
      <p>{help}</p>
      <div class="line">
        <input ref={field} readOnly value={text} aria-labelledby="secret" onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="primary" onClick={() => void copy()}>
          {tp.value.copy}
        </button>
        <button type="button" onClick={close}>
          {t.value.close}
        </button>
      </div>
      <p role="status">{result}</p>
    </section>
  );
}
