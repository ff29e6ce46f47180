import type { LinkageView } from "../../firmware/contract/outputs.ts";
import { to } from "../text/outputs.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import type { Acting } from "./outputs.tsx";
import { OrderButton } from "./outputs-ask.tsx";

/** One linkage: what it waits for, what keeps it from acting, what it has done, and who lets it. */
export function LinkageCard({
  linkage,
  canBeArmed,
  acting,
}: {
  readonly linkage: LinkageView;
  readonly canBeArmed: boolean;
  readonly acting: Acting;
}) {
  const { time } = usePage();
  const { id, when, does, unless, state, blocked, actedAtMs, alarms, armed } = linkage;
  const at = (ms: number): string => `${time.day(ms)} ${time.clock(ms)}`;
  return (
    <li class="panel output" data-severity={state === "blocked" ? "minor" : undefined} aria-labelledby={`linkage-${id}`}>
      <h3 id={`linkage-${id}`}>{said(linkage.name)}</h3>
      <p class="state">
        <span aria-hidden="true">{state === "acted" ? "●" : state === "blocked" ? "▲" : "○"}</span> <strong>{to.value[state]}</strong>
        {actedAtMs === null ? null : ` · ${at(actedAtMs)}`}
      </p>
      <p>{said(does)}</p>
      {blocked === null ? null : <p>{said(blocked)}</p>}
      <dl>
        <dt>{to.value.when}</dt>
        <dd>{said(when)}</dd>
        <dt>{to.value.unless}</dt>
        <dd>{unless.length === 0 ? to.value.noInterlock : unless.map(said).join("; ")}</dd>
        {alarms.length === 0 ? null : (
          <>
            <dt>{to.value.because}</dt>
            <dd>{alarms.join(", ")}</dd>
          </>
        )}
      </dl>
      <p class="dim">{armed === null ? to.value.notArmed : to.value.armedBy(armed.by, at(armed.atMs))}</p>
      <Acts linkage={linkage} canBeArmed={canBeArmed} acting={acting} />
    </li>
  );
}

function Acts({ linkage, canBeArmed, acting }: { readonly linkage: LinkageView; readonly canBeArmed: boolean; readonly acting: Acting }) {
  const name = said(linkage.name);
  const rest = { body: () => ({ linkage: linkage.id }), withReason: true };
  const base = "/api/v1/linkages";
  const arm = { title: to.value.armOf(name), does: to.value.armDoes, verb: to.value.arm, path: `${base}/arm` };
  const disarm = { title: to.value.disarmOf(name), does: to.value.disarmDoes, verb: to.value.disarm, path: `${base}/disarm` };
  const reset = { title: to.value.resetOf(name), does: to.value.resetDoes, verb: to.value.reset, path: `${base}/reset` };
  return (
    <div class="buttons">
      {acting.mayArm && linkage.armed === null && canBeArmed ? (
        <OrderButton label={to.value.arm} acting={acting} order={{ ...arm, ...rest }} />
      ) : null}
      {acting.mayArm && linkage.armed !== null ? (
        <OrderButton label={to.value.disarm} acting={acting} order={{ ...disarm, ...rest }} />
      ) : null}
      {acting.mayOperate && linkage.state === "acted" ? (
        <OrderButton label={to.value.reset} acting={acting} order={{ ...reset, ...rest }} />
      ) : null}
    </div>
  );
}
