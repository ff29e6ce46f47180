import { useState } from "preact/hooks";
import type { Session } from "../../firmware/contract/site.ts";
import { signIn } from "../live/api.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import "./sign-in.css";

/** Name and password for people; a token for a screen on the wall. Where either comes from is said beside it. */
export function SignInPage({ signedIn }: { readonly signedIn: (session: Session) => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const [withToken, setWithToken] = useState(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string): string => String(form.get(name) ?? "");
    setBusy(true);
    const answer = await signIn(withToken ? { token: field("token").trim() } : { name: field("name").trim(), password: field("password") });
    setBusy(false);
    if (answer.ok) signedIn(answer.data);
    else setProblem(answer.status === 401 && withToken ? t.value.signInRefused : said(answer.message));
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>{t.value.product}</h1>
        {withToken ? <TokenField /> : <PersonFields />}
        <p role="alert" class="problem">
          {problem}
        </p>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {t.value.signIn}
          </button>
          <button type="button" onClick={() => setWithToken(!withToken)}>
            {withToken ? t.value.useName : t.value.useToken}
          </button>
          <button type="button" onClick={() => (language.value = language.value === "zh" ? "en" : "zh")}>
            {t.value.language}
          </button>
        </div>
      </form>
    </main>
  );
}

function PersonFields() {
  return (
    <>
      <label for="name">{t.value.userName}</label>
      <input id="name" name="name" autocomplete="username" autocapitalize="none" required autofocus />
      <label for="password">{t.value.password}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby="password-help" />
      <p id="password-help" class="label">
        {t.value.passwordHelp}
      </p>
    </>
  );
}

function TokenField() {
  return (
    <>
      <label for="token">{t.value.token}</label>
      <input id="token" name="token" type="password" autocomplete="off" required autofocus aria-describedby="token-help" />
      <p id="token-help" class="label">
        {t.value.tokenHelp}
        <code>roomward token add NAME --role operator --data DIR</code>
      </p>
    </>
  );
}
