import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { PeopleView, UserView } from "../../firmware/contract/people.ts";
import { type Action, may, PERMISSIONS, rolesThatMay } from "../../firmware/contract/permissions.ts";
import { ROLES } from "../../firmware/contract/roles.ts";
import type { DestinationProps } from "../destinations.ts";
import type { Answer } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { addToken, addUser, changeRole, getNetwork, getPeople, removeToken, removeUser, resetUser } from "../live/people.ts";
import { rightWord, tp } from "../text/people.ts";
import { roleWord } from "../text/roles.ts";
import { said, t } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";
import { AddLine, RoleField, roleIn } from "./people-add.tsx";
import { type Secret, SecretOnce } from "./people-secret.tsx";
import { SignedInNow } from "./people-sessions.tsx";
import "./people.css";

/** For the administrator: who may come in and as what, who is in, and what programs use. An auditor sees the same and changes nothing. */
export function PeoplePage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(getPeople);
  const [asking, ask] = useState<ComponentChildren>(null);
  const [secret, show] = useState<Secret | null>(null);
  const mayChange = may(store.session.role, "people.change");
  const page: Parts = { mayChange, ask, show, again };
  return (
    <div class="people fields">
      <h2 class="title">{tp.value.people}</h2>
      {mayChange ? null : <p class="notice">{tp.value.onlyLook}</p>}
      {secret === null ? null : <SecretOnce {...secret} close={() => show(null)} />}
      {answer === null ? <p role="status">{t.value.loading}</p> : answer.ok ? <People people={answer.data} page={page} /> : null}
      {answer === null || answer.ok ? null : <p role="alert">{said(answer.message)}</p>}
      {asking}
    </div>
  );
}

interface Parts {
  readonly mayChange: boolean;
  /** Shows a dialog; null takes it away. */
  readonly ask: (dialog: ComponentChildren) => void;
  readonly show: (secret: Secret | null) => void;
  readonly again: () => void;
}

function People({ people, page }: { readonly people: PeopleView; readonly page: Parts }) {
  return (
    <>
      <Users users={people.users} page={page} />
      <SignedInNow mayChange={page.mayChange} ask={page.ask} />
      <Tokens tokens={people.tokens} page={page} />
      <Network />
      <Rights />
    </>
  );
}

function Users({ users, page }: { readonly users: PeopleView["users"]; readonly page: Parts }) {
  const { time } = usePage();
  const { mayChange, ask, show, again } = page;
  const showLink = (name: string, { code, expiresAtMs }: { readonly code: string; readonly expiresAtMs: number }): void => {
    const text = `${location.origin}/#code=${code}&name=${encodeURIComponent(name)}`;
    show({ title: tp.value.linkFor(name), text, help: tp.value.linkHelp(`${time.day(expiresAtMs)} ${time.clock(expiresAtMs)}`) });
    again();
  };
  const dialog = <T,>(
    verb: string,
    name: string,
    does: string,
    run: (fields: FormData) => Promise<Answer<T>>,
    done: (found: T) => void,
    fields?: ComponentChildren,
  ) =>
    ask(
      <AskDialog title={tp.value.forWhom(verb, name)} does={does} verb={verb} run={run} done={done} close={() => ask(null)}>
        {fields}
      </AskDialog>,
    );
  return (
    <section class="panel" aria-labelledby="users">
      <h2 id="users">{tp.value.users}</h2>
      {users.length === 0 ? <p>{tp.value.noUsers}</p> : null}
      <ul>
        {users.map(({ name, role, createdAtMs, ...state }) => (
          <li key={name}>
            <strong>{name}</strong>
            <span>{roleWord(role)}</span>
            <UserState {...state} />
            <span class="label">{tp.value.added(time.day(createdAtMs))}</span>
            {mayChange ? (
              <span class="buttons">
                <button
                  type="button"
                  aria-label={tp.value.forWhom(tp.value.changeRole, name)}
                  onClick={() =>
                    dialog(
                      tp.value.changeRole,
                      name,
                      tp.value.roleDoes,
                      (fields) => changeRole(name, roleIn(fields)),
                      again,
                      <span class="field">
                        <label for="new-role">{tp.value.role}</label>
                        <RoleField id="new-role" value={role} />
                      </span>,
                    )
                  }
                >
                  {tp.value.changeRole}
                </button>
                <button
                  type="button"
                  aria-label={tp.value.forWhom(tp.value.newCode, name)}
                  onClick={() =>
                    dialog(
                      tp.value.newCode,
                      name,
                      tp.value.resetDoes,
                      () => resetUser(name),
                      (found) => showLink(name, found),
                    )
                  }
                >
                  {tp.value.newCode}
                </button>
                <button
                  type="button"
                  aria-label={tp.value.forWhom(tp.value.remove, name)}
                  onClick={() => dialog(tp.value.remove, name, tp.value.removeDoes, () => removeUser(name), again)}
                >
                  {tp.value.remove}
                </button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {mayChange ? <AddLine id="user" label={t.value.userName} verb={tp.value.addUser} add={addUser} done={showLink} /> : null}
    </section>
  );
}

function UserState({ hasPassword, codeUntilMs }: Pick<UserView, "hasPassword" | "codeUntilMs">) {
  const { store, time } = usePage();
  if (hasPassword) return <span class="dim">{tp.value.hasPassword}</span>;
  if (codeUntilMs === null || codeUntilMs < boxNowMs(store)) return <span class="trouble">{tp.value.codeOver}</span>;
  return <span>{tp.value.waiting(time.since(codeUntilMs, boxNowMs(store)))}</span>;
}

function Tokens({ tokens, page }: { readonly tokens: PeopleView["tokens"]; readonly page: Parts }) {
  const { time } = usePage();
  const { mayChange, ask, show, again } = page;
  const showToken = (name: string, { token }: { readonly token: string }): void => {
    show({ title: tp.value.tokenOf(name), text: token, help: tp.value.tokenHelp });
    again();
  };
  const remove = (name: string): void =>
    ask(
      <AskDialog
        title={tp.value.forWhom(tp.value.remove, name)}
        does={tp.value.tokenRemoveDoes}
        verb={tp.value.remove}
        run={() => removeToken(name)}
        done={again}
        close={() => ask(null)}
      />,
    );
  return (
    <section class="panel" aria-labelledby="tokens">
      <h2 id="tokens">{tp.value.tokens}</h2>
      <p class="label">{tp.value.tokensHelp}</p>
      {tokens.length === 0 ? <p>{tp.value.noTokens}</p> : null}
      <ul>
        {tokens.map(({ id, name, role, createdAtMs }) => (
          <li key={id}>
            <strong>{name}</strong>
            <span>{roleWord(role)}</span>
            <span class="label">{tp.value.added(time.day(createdAtMs))}</span>
            {mayChange ? (
              <span class="buttons">
                <button type="button" aria-label={tp.value.forWhom(tp.value.remove, name)} onClick={() => remove(name)}>
                  {tp.value.remove}
                </button>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {mayChange ? <AddLine id="token" label={tp.value.tokenName} verb={tp.value.addToken} add={addToken} done={showToken} /> : null}
    </section>
  );
}

function Network() {
  const { answer } = useAsked(getNetwork);
  if (answer === null || !answer.ok) return null;
  const { allow, refused } = answer.data;
  return (
    <section class="panel" aria-labelledby="network">
      <h2 id="network">{tp.value.network}</h2>
      {allow === null ? <p>{tp.value.everybodyMay}</p> : <p class="addresses">{allow.join("  ")}</p>}
      <p class="label">{tp.value.refused(refused)}</p>
    </section>
  );
}

/** Made from the one table that the gateway goes by, so that it cannot say anything else. */
function Rights() {
  return (
    <details class="panel">
      <summary>{tp.value.rights}</summary>
      <dl>
        {ACTIONS.map((action) => {
          const roles = rolesThatMay(action);
          return (
            <div key={action}>
              <dt>{rightWord(action)}</dt>
              <dd>{roles.length === ROLES.length ? tp.value.everybody : roles.map(roleWord).join(" · ")}</dd>
            </div>
          );
        })}
      </dl>
    </details>
  );
}

const ACTIONS = Object.keys(PERMISSIONS) as readonly Action[];
