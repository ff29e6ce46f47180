import type { ComponentChildren } from "preact";
import type { SessionView } from "../../firmware/contract/people.ts";
import { useAsked } from "../live/asked.ts";
import { endSession, getSessions } from "../live/people.ts";
import { formatAge } from "../text/format.ts";
import { tp } from "../text/people.ts";
import { roleWord } from "../text/roles.ts";
import { said } from "../text/words.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { boxNowMs, usePage } from "../ui/page.ts";

const LOOK_EVERY_MS = 10_000;

/** Who is in the room's dashboard at this moment, from where, and how to end it. */
export function SignedInNow({ mayChange, ask }: { readonly mayChange: boolean; readonly ask: (dialog: ComponentChildren) => void }) {
  const { answer, again } = useAsked(getSessions, "", LOOK_EVERY_MS);
  const end = ({ id, name }: SessionView): void =>
    ask(
      <AskDialog
        title={tp.value.forWhom(tp.value.end, name)}
        does={tp.value.endDoes}
        verb={tp.value.end}
        run={() => endSession(id)}
        done={again}
        close={() => ask(null)}
      />,
    );
  return (
    <section class="panel" aria-labelledby="signed-in">
      <h2 id="signed-in">{tp.value.signedIn}</h2>
      {answer === null ? null : answer.ok ? (
        <SessionList sessions={answer.data.sessions} end={mayChange ? end : null} />
      ) : (
        <p role="alert">{said(answer.message)}</p>
      )}
    </section>
  );
}

/** `end` is null for those who may only look. */
export function SessionList({
  sessions,
  end,
}: {
  readonly sessions: readonly SessionView[];
  readonly end: ((session: SessionView) => void) | null;
}) {
  const { store, time } = usePage();
  const nowMs = boxNowMs(store);
  if (sessions.length === 0) return <p>{tp.value.nobodySignedIn}</p>;
  return (
    <ul>
      {sessions.map((session) => {
        const { id, name, role, kind, from, openedAtMs, seenAtMs, isThis } = session;
        return (
          <li key={id}>
            <strong>
              {name}
              {isThis ? <span class="mark">{tp.value.thisSession}</span> : null}
              {kind === "screen" ? <span class="mark">{tp.value.screen}</span> : null}
            </strong>
            <span>{roleWord(role)}</span>
            <span>
              {from === "" ? tp.value.fromUnknown : tp.value.fromAddress(from)} · {tp.value.seen(formatAge(nowMs - seenAtMs))}
            </span>
            <span class="label">{tp.value.since(time.since(openedAtMs, nowMs))}</span>
            {end === null || isThis ? null : (
              <span class="buttons">
                <button type="button" aria-label={tp.value.forWhom(tp.value.end, name)} onClick={() => end(session)}>
                  {tp.value.end}
                </button>
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}
