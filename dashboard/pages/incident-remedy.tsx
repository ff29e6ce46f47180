import { useState } from "preact/hooks";
import type { Remedy, RemedyDecision } from "../../firmware/contract/incidents.ts";
import { may } from "../../firmware/contract/permissions.ts";
import { REASON_MAX } from "../../firmware/contract/reason.ts";
import type { Answer } from "../live/api.ts";
import { ti } from "../text/incidents.ts";
import { AskDialog } from "../ui/ask-dialog.tsx";
import { usePage } from "../ui/page.ts";
import { Line } from "./incident-acts.tsx";

/** A workaround or solution with how far it is approved; who may, and did not write it, decides. */
export function RemedyText<Done>({
  what,
  remedy,
  decide,
  done,
}: {
  readonly what: RemedyDecision["what"];
  readonly remedy: Remedy | null;
  readonly decide: (decision: RemedyDecision) => Promise<Answer<Done>>;
  readonly done: (answer: Done) => void;
}) {
  const { store } = usePage();
  const [asking, setAsking] = useState<RemedyDecision["verdict"] | null>(null);
  if (remedy === null) return null;
  const mayDecide = remedy.state === "proposed" && may(store.session.role, "runbook.approve");
  return (
    <div class="remedy" data-state={remedy.state}>
      <h3>
        {ti.value[what]} <RemedyMark remedy={remedy} />
      </h3>
      <p class="written">{remedy.text}</p>
      {mayDecide ? (
        <div class="acts">
          {remedy.by === store.session.name ? null : (
            <button type="button" onClick={() => setAsking("approve")}>
              {ti.value.approve}
            </button>
          )}
          <button type="button" onClick={() => setAsking("reject")}>
            {ti.value.reject}
          </button>
        </div>
      ) : null}
      {asking === null ? null : (
        <AskDialog
          title={`${ti.value[asking]}: ${ti.value[what]}`}
          does={ti.value.decideDoes}
          verb={ti.value[asking]}
          run={(fields) => decide({ what, verdict: asking, reason: String(fields.get("reason") ?? "").trim() })}
          done={done}
          close={() => setAsking(null)}
        >
          <p class="written">{remedy.text}</p>
          <Line name="reason" label={ti.value.reason} max={REASON_MAX} needed={asking === "reject"} />
        </AskDialog>
      )}
    </div>
  );
}

/** `proposed · by li` */
export function RemedyMark({ remedy: { state, by, decidedBy } }: { readonly remedy: Remedy }) {
  return (
    <span class="label">
      {ti.value[state]} · {ti.value.by(by)}
      {decidedBy === null || state !== "approved" ? null : ` · ${ti.value.approvedBy(decidedBy)}`}
    </span>
  );
}
