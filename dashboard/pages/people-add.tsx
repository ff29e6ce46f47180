import { useState } from "preact/hooks";
import { ROLES } from "../../firmware/contract/roles.ts";
import type { Role } from "../../firmware/contract/site.ts";
import type { Answer } from "../live/api.ts";
import { tp } from "../text/people.ts";
import { roleWord } from "../text/roles.ts";
import { said } from "../text/words.ts";

export function RoleField({ id, value }: { readonly id: string; readonly value: Role }) {
  return (
    <select id={id} name="role" defaultValue={value}>
      {ROLES.map((role) => (
        <option key={role} value={role} selected={role === value}>
          {roleWord(role)}
        </option>
      ))}
    </select>
  );
}

export function roleIn(fields: FormData): Role {
  return ROLES.find((role) => role === fields.get("role")) ?? "viewer";
}

/** One line to add a user or a token: name and role. */
export function AddLine<T>({
  id,
  label,
  verb,
  add,
  done,
}: {
  readonly id: string;
  readonly label: string;
  readonly verb: string;
  readonly add: (name: string, role: Role) => Promise<Answer<T>>;
  readonly done: (name: string, answer: T) => void;
}) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget as HTMLFormElement;
    const fields = new FormData(form);
    const name = String(fields.get("name") ?? "").trim();
    setBusy(true);
    const answer = await add(name, roleIn(fields));
    setBusy(false);
    setProblem(answer.ok ? "" : said(answer.message));
    if (!answer.ok) return;
    form.reset();
    done(name, answer.data);
  };
  return (
    <form class="line add" aria-label={verb} onSubmit={(event) => void submit(event)}>
      <span>
        <label for={`${id}-name`}>{label}</label>
        <input
          id={`${id}-name`}
          name="name"
          required
          maxLength={64}
          autocomplete="off"
          autocapitalize="none"
          aria-invalid={problem !== ""}
          aria-describedby={`${id}-problem`}
        />
      </span>
      <span>
        <label for={`${id}-role`}>{tp.value.role}</label>
        <RoleField id={`${id}-role`} value="viewer" />
      </span>
      <button type="submit" disabled={busy}>
        {verb}
      </button>
      <p id={`${id}-problem`} role="alert" class="problem">
        {problem}
      </p>
    </form>
  );
}
