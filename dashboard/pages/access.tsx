import type { AccessView } from "../../firmware/contract/access.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { ta } from "../text/access.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { CardHolders } from "./access-cards.tsx";
import { PowerForm, VisitorForm } from "./access-forms.tsx";
import { EntryLog } from "./access-log.tsx";
import { InsideAndDoors } from "./access-now.tsx";
import "./access.css";

const REFRESH_MS = 5_000;

/** Who is in the room, who came and went, and whose card is whose. */
export function AccessPage({ tail }: DestinationProps) {
  const { store } = usePage();
  const { answer: view, again: reload } = useAsked<AccessView>(() => ask("GET", "/api/v1/access"), "", REFRESH_MS);
  const mayEnter = may(store.session.role, "access.enter");
  const links = [
    ["", ta.value.now],
    ["log", ta.value.log],
    ["cards", ta.value.cards],
  ] as const;
  return (
    <div class="access">
      <div class="top">
        <h2 class="title">{ta.value.access}</h2>
        <ul class="sections" aria-label={ta.value.sections}>
          {links.map(([to, words]) => (
            <li key={to}>
              <a href={href.to("access", to)} {...(tail === to ? { "aria-current": "page" as const } : {})}>
                {words}
              </a>
            </li>
          ))}
        </ul>
      </div>
      {view === null ? <p role="status">{t.value.loading}</p> : view.ok ? null : <p role="alert">{said(view.message)}</p>}
      {view?.ok !== true ? null : tail === "log" ? (
        <EntryLog doors={view.data.doors} />
      ) : tail === "cards" ? (
        <CardHolders />
      ) : (
        <>
          <InsideAndDoors view={view.data} changed={reload} mayEnter={mayEnter} />
          {mayEnter ? (
            <div class="pair">
              <VisitorForm changed={reload} />
              <PowerForm />
            </div>
          ) : (
            <p class="label">{ta.value.mayNotEnter}</p>
          )}
        </>
      )}
    </div>
  );
}
