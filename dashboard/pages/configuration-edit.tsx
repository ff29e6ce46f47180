import { useEffect, useRef, useState } from "preact/hooks";
import type { CheckReply } from "../../firmware/contract/configuration.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import { changeText, checkText, getRevisionText } from "../live/configuration.ts";
import { tf } from "../text/configuration.ts";
import { said, t } from "../text/words.ts";
import { Difference } from "./configuration-difference.tsx";

type SiteProblem = CheckReply["problems"][number];

interface Props {
  /** The version that is edited: the newest. */
  readonly base: number;
  readonly done: (number: number) => void;
  readonly close: () => void;
}

/** The whole text, checked by the box before it can be saved: problems beside their lines, then what it would change, then why. */
export function ConfigurationEdit({ base, done, close }: Props) {
  const [original, setOriginal] = useState<string | null>(null);
  const [text, setText] = useState("");
  const [check, setCheck] = useState<{ readonly text: string; readonly reply: CheckReply } | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState("");
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    void getRevisionText(base).then((answer) => {
      if (!answer.ok) return setTrouble(said(answer.message));
      setOriginal(answer.data.text);
      setText(answer.data.text);
    });
  }, [base]);
  const isEdited = original !== null && text !== original;
  useEffect(() => {
    if (!isEdited) return;
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [isEdited]);

  const isFresh = check?.text === text;
  const problems = isFresh ? check.reply.problems : [];
  const difference = isFresh && problems.length === 0 ? check.reply.difference : null;
  const run = async (): Promise<void> => {
    setBusy(true);
    const answer = await checkText(text);
    setBusy(false);
    setTrouble(answer.ok ? "" : said(answer.message));
    setCheck(answer.ok ? { text, reply: answer.data } : null);
  };
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget as HTMLFormElement).get("reason") ?? "").trim();
    setBusy(true);
    const answer = await changeText(text, reason, base);
    setBusy(false);
    if (!answer.ok) return setTrouble(said(answer.message));
    setOriginal(text);
    done(answer.data.number);
  };
  const goTo = ({ line, column }: SiteProblem): void => {
    const before = text.split("\n", line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.current?.focus();
    area.current?.setSelectionRange(before + column - 1, before + column - 1);
  };
  return (
    <section class="panel edit" aria-label={tf.value.editing(base)}>
      <h3>{tf.value.editing(base)}</h3>
      {original === null ? <p role="status">{t.value.loading}</p> : <Editor area={area} text={text} change={setText} problems={problems} />}
      <p class="label" id="configuration-help">
        {tf.value.textHelp}
      </p>
      <div class="buttons">
        <button type="button" class={difference === null ? "primary" : ""} disabled={busy || !isEdited} onClick={() => void run()}>
          {tf.value.check}
        </button>
        <button type="button" onClick={close}>
          {tf.value.stop}
        </button>
      </div>
      <p role="alert" class="problem">
        {trouble}
      </p>
      <div role="status">
        {busy ? <p>{tf.value.checking}</p> : null}
        {check !== null && !isFresh ? <p class="dim">{tf.value.checkFirst}</p> : null}
        {problems.length === 0 ? null : <Problems problems={problems} goTo={goTo} />}
      </div>
      {difference === null ? null : (
        <>
          <p>
            <strong>✓ {tf.value.good}</strong>
          </p>
          <Difference difference={difference} />
          <form onSubmit={(event) => void save(event)}>
            <label for="configuration-reason">{tf.value.reason}</label>
            <input id="configuration-reason" name="reason" required maxLength={REASON_MAX} placeholder={tf.value.reasonHelp} />
            <button type="submit" class="primary" disabled={busy}>
              {tf.value.save}
            </button>
          </form>
        </>
      )}
    </section>
  );
}

function Problems({ problems, goTo }: { readonly problems: readonly SiteProblem[]; readonly goTo: (problem: SiteProblem) => void }) {
  return (
    <>
      <p class="problem">{tf.value.problems(problems.length)}</p>
      <ol class="problems">
        {problems.map((problem) => (
          <li key={`${problem.line} ${problem.column} ${problem.path} ${problem.message.en}`}>
            <button type="button" onClick={() => goTo(problem)}>
              {tf.value.place(problem.line, problem.column)}
            </button>
            <span>
              {problem.path === "" ? null : <code>{problem.path} </code>}
              {said(problem.message)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}

/** A plain text field with line numbers beside it; those with a problem carry a mark. */
function Editor({
  area,
  text,
  change,
  problems,
}: {
  readonly area: { current: HTMLTextAreaElement | null };
  readonly text: string;
  readonly change: (text: string) => void;
  readonly problems: readonly SiteProblem[];
}) {
  const gutter = useRef<HTMLPreElement>(null);
  const marked = new Set(problems.map(({ line }) => line));
  const numbers = Array.from({ length: text.split("\n").length }, (_, index) => index + 1);
  return (
    <div class="editor">
      <pre ref={gutter} aria-hidden="true">
        {numbers.map((number) => (marked.has(number) ? `▲ ${number}` : `${number}`)).join("\n")}
      </pre>
      <textarea
        ref={area}
        aria-label={tf.value.text}
        aria-describedby="configuration-help"
        aria-invalid={problems.length > 0}
        wrap="off"
        spellcheck={false}
        autocapitalize="off"
        autocomplete="off"
        value={text}
        onInput={(event) => change(event.currentTarget.value)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
