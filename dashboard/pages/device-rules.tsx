import { useState } from "preact/hooks";
import type { OriginView, RulesReply, RuleView } from "../../firmware/contract/rules.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { originText, spanOf, tr } from "../text/rules.ts";
import { said } from "../text/words.ts";
import { SeverityMark } from "../ui/severity.tsx";
import "./device-rules.css";

/** How the device is judged, and who says so; asked for when somebody opens it. */
export function DeviceRules({ device }: { readonly device: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="panel device-rules" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{tr.value.judgedBy}</h2>
      </summary>
      {isOpen ? <Rules device={device} /> : null}
    </details>
  );
}

function Rules({ device }: { readonly device: string }) {
  const { answer } = useAsked(() => ask<RulesReply>("GET", `/api/v1/rules?device=${encodeURIComponent(device)}`), device);
  if (answer === null) return <p role="status">{tr.value.loading}</p>;
  if (!answer.ok) return <p role="alert">{said(answer.message)}</p>;
  const rules = answer.data.rules.toSorted((a, b) => Number(a.judges === "silence") - Number(b.judges === "silence"));
  if (rules.length === 0) return <p>{tr.value.none}</p>;
  return (
    <>
      <p class="label">{tr.value.explain}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll with the keyboard, too */}
      <section class="scrolls" aria-label={tr.value.judgedBy} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{tr.value.rule}</th>
              <th scope="col">{tr.value.limits}</th>
              <th scope="col">{tr.value.delays}</th>
              <th scope="col">{tr.value.saidBy}</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => (
              <RuleRow key={rule.key} rule={rule} />
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

function RuleRow({ rule }: { readonly rule: RuleView }) {
  const { limitsFrom, deadband, onDelayMs, offDelayMs, latched, reAlarmMs, formula, unit } = rule;
  const numbers: readonly (readonly [string, OriginView])[] = [
    [tr.value.ofLimits, limitsFrom],
    ...(deadband === null || deadband.value === 0 ? [] : ([[tr.value.ofDeadband, deadband.from]] as const)),
    [tr.value.ofOn, onDelayMs.from],
    [tr.value.ofOff, offDelayMs.from],
    ...(latched.value ? ([[tr.value.latched, latched.from]] as const) : []),
    ...(reAlarmMs === null ? [] : ([[tr.value.ofReAlarm, reAlarmMs.from]] as const)),
  ];
  const sayers = Map.groupBy(numbers, ([, from]) => originText(from));
  return (
    <tr>
      <th scope="row" title={rule.type}>
        {said(rule.text)}
        {formula === null ? null : <code class="label">{formula}</code>}
      </th>
      <td>
        <Levels limits={rule.limits} severity={rule.severity} unit={unit} />
        {rule.scheduled.map((variant) => (
          <p key={variant.schedules.join()} class="label">
            {tr.value.during(variant.schedules.join(", "))}: <Levels limits={variant.limits} severity={variant.severity} unit={unit} />
          </p>
        ))}
      </td>
      <td class="label">
        <p>
          {tr.value.on(spanOf(onDelayMs.value))} · {tr.value.off(spanOf(offDelayMs.value))}
        </p>
        {deadband === null || deadband.value === 0 ? null : <p>{tr.value.deadband(`${deadband.value} ${unit}`)}</p>}
        {latched.value ? <p>{tr.value.latched}</p> : null}
        {reAlarmMs === null ? null : <p>{tr.value.reAlarm(spanOf(reAlarmMs.value))}</p>}
      </td>
      <td class="label">
        {[...sayers].map(([origin, said]) => (
          <p key={origin}>
            {sayers.size === 1 ? "" : tr.value.saysOf(said.map(([what]) => what).join(tr.value.and))}
            {origin}
          </p>
        ))}
        {limitsFrom.clause === undefined ? null : <p>{said(limitsFrom.clause)}</p>}
        {limitsFrom.unverified === true ? <p>({tr.value.unverified})</p> : null}
      </td>
    </tr>
  );
}

function Levels({ limits, severity, unit }: Pick<RuleView, "limits" | "severity" | "unit">) {
  if (severity !== null) return <SeverityMark severity={severity} />;
  if (limits.length === 0) return <span>{tr.value.notJudged}</span>;
  return (
    <>
      {limits.map((level) => (
        <span key={level.severity} class="level">
          <SeverityMark severity={level.severity} /> {level.limit} {unit}
        </span>
      ))}
    </>
  );
}
