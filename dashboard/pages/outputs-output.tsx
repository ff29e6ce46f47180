import { FORCE_MINUTES_MAX } from "../../firmware/contract/output-limits.ts";
import type { OutputView, TestReply } from "../../firmware/contract/outputs.ts";
import { to } from "../text/outputs.ts";
import { said } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import type { Acting } from "./outputs.tsx";
import { OrderButton } from "./outputs-ask.tsx";

const FORCE_MINUTES = 10;

function stateWord(isOn: boolean | null, unknown = to.value.unknown): string {
  return isOn === null ? unknown : isOn ? to.value.on : to.value.off;
}

/** One output: a word and a shape for its state first, then why; the colour comes last. */
export function OutputCard({ output, acting }: { readonly output: OutputView; readonly acting: Acting }) {
  const { time } = usePage();
  const { id, name, kind, area, where, real, wanted, why, isResting, isFailing, trouble, changedAtMs, safe, lock, force } = output;
  const at = (ms: number): string => `${time.day(ms)} ${time.clock(ms)}`;
  return (
    <li class="panel output" data-severity={isFailing ? "major" : undefined} aria-labelledby={`output-${id}`}>
      <h3 id={`output-${id}`}>{said(name)}</h3>
      <p class="dim">
        {to.value[kind]} · {said(area)} · <code>{where}</code>
      </p>
      <p class="state">
        <span aria-hidden="true">{real === null ? "?" : real ? "●" : "○"}</span> <strong>{stateWord(real)}</strong>
        {isFailing ? (
          <span>
            <span aria-hidden="true"> ▲</span> {to.value.failing}
          </span>
        ) : null}
      </p>
      <p>{said(why)}</p>
      {isResting ? <p class="dim">{to.value.resting}</p> : null}
      {isFailing && trouble !== null ? <p>{said(trouble)}</p> : null}
      {lock === null ? null : (
        <p>
          <span aria-hidden="true">✕ </span>
          {to.value.lockedBy(lock.by)} · {at(lock.atMs)}
        </p>
      )}
      {force === null ? null : <p>{to.value.forcedBy(force.by, at(force.untilMs))}</p>}
      <dl>
        <dt>{to.value.wanted}</dt>
        <dd>{stateWord(wanted, to.value.asItIs)}</dd>
        <dt>{to.value.safe}</dt>
        <dd>{stateWord(safe, to.value.asItIs)}</dd>
        <dt>{to.value.changed}</dt>
        <dd>{changedAtMs === null ? to.value.notYet : at(changedAtMs)}</dd>
      </dl>
      {acting.mayOperate ? <Orders output={output} acting={acting} /> : null}
    </li>
  );
}

function Orders({ output, acting }: { readonly output: OutputView; readonly acting: Acting }) {
  const { id, lock, force } = output;
  const name = said(output.name);
  const base = "/api/v1/outputs";
  const body = () => ({ output: id });
  if (lock !== null) {
    const unlock = { title: to.value.unlockOf(name), does: to.value.unlockDoes, verb: to.value.unlock, path: `${base}/unlock` };
    return (
      <div class="buttons">
        <OrderButton label={to.value.unlock} acting={acting} order={{ ...unlock, body, withReason: true }} />
      </div>
    );
  }
  const test = {
    title: to.value.testOf(name),
    does: to.value.testDoes,
    verb: to.value.test,
    path: `${base}/test`,
    body,
    withReason: false,
  };
  const told = ({ asked, real }: TestReply): string => to.value.tested(name, stateWord(asked), stateWord(real));
  const release = { title: to.value.releaseOf(name), does: to.value.unlockDoes, verb: to.value.release, path: `${base}/release` };
  const byHand = { title: to.value.forceOf(name), does: to.value.forceDoes, verb: to.value.force, path: `${base}/force` };
  const forced = (fields: FormData) => ({ output: id, isOn: fields.get("state") === "on", minutes: Number(fields.get("minutes")) });
  const lockOut = { title: to.value.lockOf(name), does: to.value.lockDoes, verb: to.value.lock, path: `${base}/lock` };
  return (
    <div class="buttons">
      {force === null ? (
        <>
          <OrderButton<TestReply> label={to.value.test} acting={acting} order={{ ...test, told }} />
          <OrderButton
            label={to.value.force}
            acting={acting}
            order={{ ...byHand, body: forced, withReason: true, children: <ForceFields isOn={output.real !== true} /> }}
          />
        </>
      ) : (
        <OrderButton label={to.value.release} acting={acting} order={{ ...release, body, withReason: false }} />
      )}
      <OrderButton label={to.value.lock} acting={acting} order={{ ...lockOut, body, withReason: true }} />
    </div>
  );
}

function ForceFields({ isOn }: { readonly isOn: boolean }) {
  return (
    <>
      <label class="field">
        {to.value.state}
        <select name="state">
          <option value="on" selected={isOn}>
            {to.value.on}
          </option>
          <option value="off" selected={!isOn}>
            {to.value.off}
          </option>
        </select>
      </label>
      <label class="field">
        {to.value.minutes}
        <input name="minutes" type="number" required min={1} max={FORCE_MINUTES_MAX} value={FORCE_MINUTES} />
      </label>
    </>
  );
}
