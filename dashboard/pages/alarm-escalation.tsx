import type { OnCallReply } from "../../firmware/contract/escalation.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { useAsked } from "../live/asked.ts";
import { getOnCall } from "../live/on-call.ts";
import { to } from "../text/on-call.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { nextWords, ToldSteps } from "./on-call-running.tsx";

const LOOK_EVERY_MS = 15_000;

/** Whom an alarm has called, and whom it calls next; nothing where the site has no plans, or one may not know. */
export function AlarmEscalation({ alarmKey }: { readonly alarmKey: string }) {
  const { store } = usePage();
  return may(store.session.role, "onCall.see") ? <Escalation alarmKey={alarmKey} /> : null;
}

function Escalation({ alarmKey }: { readonly alarmKey: string }) {
  const { answer } = useAsked<OnCallReply>(getOnCall, alarmKey, LOOK_EVERY_MS);
  const escalation = answer?.ok ? answer.data.escalations.find(({ alarms }) => alarms.includes(alarmKey)) : undefined;
  if (escalation === undefined) return null;
  return (
    <>
      <h3>
        <a href={href.to("on-call")}>{to.value.escalation}</a>
      </h3>
      <ToldSteps escalation={escalation} />
      <p>{nextWords(escalation)}</p>
    </>
  );
}
