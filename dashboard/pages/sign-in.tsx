import { useState } from "preact/hooks";
import type { Session } from "../../firmware/contract/site.ts";
import { signIn } from "../live/api.ts";
import { language } from "../text/preferences.ts";
import { said, t } from "../text/words.ts";
import "./sign-in.css";

/** One field: the token. Where it comes from is said beside it. */
export function SignInPage({ signedIn }: { readonly signedIn: (session: Session) => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget as HTMLFormElement).get("token");
    if (busy || typeof token !== "string") return;
    setBusy(true);
    const answer = await signIn(token.trim());
    setBusy(false);
    if (answer.ok) signedIn(answer.data);
    else setProblem(answer.status === 401 ? t.value.signInRefused : said(answer.message));
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>{t.value.product}</h1>
        <label for="token">{t.value.token}</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="token-help" />
        <p id="token-help" class="label">
          {t.value.tokenHelp}
          <code>roomward token add NAME --role operator --data DIR</code>
        </p>
        <p role="alert" class="problem">
          {problem}
        </p>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {t.value.signIn}
          </button>
          <button type="button" onClick={() => (language.value = language.value === "zh" ? "en" : "zh")}>
            {t.value.language}
          </button>
        </div>
      </form>
    </main>
  );
}
