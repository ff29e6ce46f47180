import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { OutputsReply } from "../../firmware/contract/outputs.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { to } from "../text/outputs.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { LinkageCard } from "./outputs-linkage.tsx";
import { OutputCard } from "./outputs-output.tsx";
import "./outputs.css";

const LOOK_EVERY_MS = 2_000;

/** What a card needs to let somebody act: how to show a dialog, and what to do when it is done. */
export interface Acting {
  readonly mayOperate: boolean;
  readonly mayArm: boolean;
  readonly ask: (dialog: ComponentChildren) => void;
  /** `words`: what came of it, where that is not seen on the page anyway. */
  readonly done: (words?: string) => void;
}

/** What sounds, lights and switches in the room, and why; for engineers also how to try it and to take it over. */
export function OutputsPage(_: DestinationProps) {
  const { store } = usePage();
  const { answer, again } = useAsked(() => ask<OutputsReply>("GET", "/api/v1/outputs"), "", LOOK_EVERY_MS);
  const [dialog, setDialog] = useState<ComponentChildren>(null);
  const [result, setResult] = useState("");
  if (answer === null) return <p role="status">{t.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const { outputs, linkages, inactive } = answer.data;
  const { role } = store.session;
  const acting: Acting = {
    mayOperate: may(role, "output.operate"),
    mayArm: may(role, "linkage.arm"),
    ask: setDialog,
    done(words = "") {
      setResult(words);
      again();
    },
  };
  return (
    <div class="outputs">
      <h2 class="title">{to.value.outputs}</h2>
      <p class="dim">{outputs.length === 0 ? to.value.none : to.value.explain}</p>
      {acting.mayOperate || outputs.length === 0 ? null : <p class="dim">{to.value.readOnly}</p>}
      <p role="status">{result}</p>
      <ul class="cards">
        {outputs.map((output) => (
          <OutputCard key={output.id} output={output} acting={acting} />
        ))}
      </ul>
      {linkages.length === 0 ? null : (
        <section aria-labelledby="outputs-linkages">
          <h2 id="outputs-linkages" class="title">
            {to.value.linkages}
          </h2>
          {inactive === null ? null : (
            <p class="panel urgent" data-severity="minor">
              <span aria-hidden="true">▲ </span>
              {said(inactive)}
            </p>
          )}
          <ul class="cards">
            {linkages.map((linkage) => (
              <LinkageCard key={linkage.id} linkage={linkage} canBeArmed={inactive === null} acting={acting} />
            ))}
          </ul>
        </section>
      )}
      {dialog}
    </div>
  );
}
