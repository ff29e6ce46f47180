import { useState } from "preact/hooks";
import type { Session } from "../../firmware/contract/site.ts";
import { redeemCode } from "../live/api.ts";
import { said, t } from "../text/words.ts";
import "./sign-in.css";

/** Somebody came with a one-time code: they choose a password, and the first administrator a name too. */
export function WelcomePage(invited: { readonly code: string; readonly name: string; readonly signedIn: (session: Session) => void }) {
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const isFirst = invited.name === "";

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string): string => String(form.get(name) ?? "");
    if (field("password") !== field("again")) {
      setProblem(t.value.passwordsDiffer);
      return;
    }
    setBusy(true);
    const answer = await redeemCode({ code: invited.code, name: field("name").trim(), password: field("password") });
    setBusy(false);
    if (answer.ok) invited.signedIn(answer.data);
    else setProblem(said(answer.message));
  };

  return (
    <main class="sign-in">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>{isFirst ? t.value.firstAdministrator : t.value.choosePassword}</h1>
        <label for="name">{t.value.userName}</label>
        <input
          id="name"
          name="name"
          autocomplete="username"
          autocapitalize="none"
          maxLength={64}
          required
          readOnly={!isFirst}
          defaultValue={invited.name}
        />
        <label for="password">{t.value.newPassword}</label>
        <input id="password" name="password" type="password" autocomplete="new-password" required aria-describedby="password-rule" />
        <p id="password-rule" class="label">
          {t.value.passwordRule}
        </p>
        <label for="again">{t.value.passwordAgain}</label>
        <input id="again" name="again" type="password" autocomplete="new-password" required />
        <p role="alert" class="problem">
          {problem}
        </p>
        <div class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {t.value.saveAndSignIn}
          </button>
        </div>
      </form>
    </main>
  );
}
