import { signal } from "@preact/signals";
import type { OnCallReply } from "../../firmware/contract/escalation.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { DestinationProps } from "../destinations.ts";
import { useAsked } from "../live/asked.ts";
import { getOnCall } from "../live/on-call.ts";
import { to } from "../text/on-call.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { HandOvers } from "./on-call-hand-overs.tsx";
import { RotaCard } from "./on-call-rota.tsx";
import { RunningEscalations } from "./on-call-running.tsx";
import "./on-call.css";

const LOOK_EVERY_MS = 10_000;
/** Grows when something was written, so that the list below is read again. */
const written = signal(0);

/** Who is on call, whom alarms call, and what shifts hand over. `tail` is not used. */
export function OnCallPage(_: DestinationProps) {
  const { answer, again } = useAsked<OnCallReply>(getOnCall, "", LOOK_EVERY_MS);
  const { store } = usePage();
  const done = (): void => {
    written.value += 1;
    again();
  };
  const { role } = store.session;
  return (
    <div class="on-call">
      <h2 class="title">{to.value.onCall}</h2>
      <p class="dim">{to.value.explain}</p>
      {answer === null ? <p role="status">{t.value.loading}</p> : null}
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      {answer?.ok ? (
        <>
          {answer.data.certain ? null : <p role="alert">{to.value.uncertain}</p>}
          {answer.data.rotas.length === 0 ? <p>{to.value.noRotas}</p> : null}
          <div class="rotas">
            {answer.data.rotas.map((rota) => (
              <RotaCard key={rota.id} rota={rota} maySwap={may(role, "onCall.swap")} mayWrite={may(role, "handOver.write")} done={done} />
            ))}
          </div>
          <RunningEscalations reply={answer.data} />
          {answer.data.rotas.length === 0 ? null : (
            <HandOvers rotas={answer.data.rotas} mayWrite={may(role, "handOver.write")} written={written.value} done={done} />
          )}
        </>
      ) : null}
    </div>
  );
}
