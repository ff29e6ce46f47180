import type { AuditCheck } from "../../firmware/contract/people.ts";
import { useAsked } from "../live/asked.ts";
import { checkAudit } from "../live/people.ts";
import { ta } from "../text/audit.ts";
import { said } from "../text/words.ts";

/** Whether every line is as it was written. Checked by the box when the page opens. */
export function AuditChain() {
  const { answer, again } = useAsked(checkAudit);
  return (
    <section class="panel chain" aria-label={ta.value.integrity}>
      <div role="status">
        {answer === null ? <p>{ta.value.checking}</p> : answer.ok ? <Verdict check={answer.data} /> : <p>{said(answer.message)}</p>}
      </div>
      {answer === null ? null : (
        <button type="button" onClick={again}>
          {ta.value.checkAgain}
        </button>
      )}
    </section>
  );
}

function Verdict({ check: { lines, dropped, head, wrong } }: { readonly check: AuditCheck }) {
  if (wrong !== null) {
    const { altered, removed, addedLine } = ta.value;
    const sentence = { altered, removed, added: addedLine }[wrong.how];
    return (
      <>
        <p class="broken">
          <span aria-hidden="true">▲ </span>
          {sentence(wrong.number)}
        </p>
        <p>{ta.value.wrongHelp}</p>
      </>
    );
  }
  return (
    <>
      <p>
        <strong>✓ {ta.value.whole(lines)}</strong>
        {dropped === 0 ? null : <span class="dim"> · {ta.value.dropped(dropped)}</span>}
      </p>
      <p class="label">
        {ta.value.head} <code>{head}</code>
      </p>
      <p class="label">{ta.value.headHelp}</p>
    </>
  );
}
