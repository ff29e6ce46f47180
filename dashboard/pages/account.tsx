import { useState } from "preact/hooks";
import type { DestinationProps } from "../destinations.ts";
import { useAsked } from "../live/asked.ts";
import { changePassword, endOwnSession, getOwnSessions } from "../live/people.ts";
import { tp } from "../text/people.ts";
import { roleWord } from "../text/roles.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { SessionList } from "./people-sessions.tsx";
import "./people.css";

/** For everybody: who I am here, my password, and where else I am signed in. */
export function AccountPage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(getOwnSessions);
  const [problem, setProblem] = useState("");
  const { name, role } = store.session;
  const end = async (id: string): Promise<void> => {
    const ended = await endOwnSession(id);
    setProblem(ended.ok ? "" : said(ended.message));
    again();
  };
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { sessions } = answer.data;
  const withToken = sessions.some(({ isThis, kind }) => isThis && kind === "screen");
  return (
    <div class="people fields">
      <h2 class="title">{tp.value.account}</h2>
      <p>
        {name} · {roleWord(role)}
      </p>
      <section class="panel" aria-labelledby="password-title">
        <h2 id="password-title">{tp.value.changePassword}</h2>
        {withToken ? <p>{tp.value.noPassword}</p> : <PasswordForm name={name} changed={again} />}
      </section>
      <section class="panel" aria-labelledby="my-sessions">
        <h2 id="my-sessions">{tp.value.mySessions}</h2>
        <SessionList sessions={sessions} end={({ id }) => void end(id)} />
        <p role="alert" class="problem">
          {problem}
        </p>
      </section>
    </div>
  );
}

type Field = "current" | "next" | "again";

/** What is wrong stands at the field that has to be mended. */
function PasswordForm({ name, changed }: { readonly name: string; readonly changed: () => void }) {
  const [problem, setProblem] = useState<{ readonly at: Field; readonly text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const field = (key: Field): string => String(fields.get(key) ?? "");
    setDone(false);
    if (field("next") !== field("again")) return setProblem({ at: "again", text: t.value.passwordsDiffer });
    setBusy(true);
    const answer = await changePassword(field("current"), field("next"));
    setBusy(false);
    setDone(answer.ok);
    if (!answer.ok) {
      const text = answer.status === NOT_KNOWN ? tp.value.currentIsWrong : said(answer.message);
      return setProblem({ at: answer.status === NOT_ACCEPTED ? "next" : "current", text });
    }
    setProblem(null);
    form.reset();
    changed();
  };
  const input = (key: Field, label: string, help = "") => {
    const text = problem?.at === key ? problem.text : "";
    return (
      <>
        <label for={`${key}-password`}>{label}</label>
        <input
          id={`${key}-password`}
          name={key}
          type="password"
          required
          autocomplete={key === "current" ? "current-password" : "new-password"}
          aria-invalid={text !== ""}
          aria-describedby={`${key}-help`}
        />
        <p id={`${key}-help`} role={text === "" ? undefined : "alert"} class={text === "" ? "label" : "problem"}>
          {text === "" ? help : text}
        </p>
      </>
    );
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <input class="visually-hidden" type="text" autocomplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      {input("current", tp.value.currentPassword)}
      {input("next", t.value.newPassword, t.value.passwordRule)}
      {input("again", t.value.passwordAgain)}
      <button type="submit" class="primary" disabled={busy}>
        {tp.value.changePassword}
      </button>
      <p role="status">{isDone ? tp.value.passwordChanged : ""}</p>
    </form>
  );
}

const NOT_KNOWN = 401;
const NOT_ACCEPTED = 422;
