import type { Severity } from "../../firmware/contract/alarm.ts";
import { SEVERITIES } from "../../firmware/contract/severity.ts";
import type { NumberedPoint } from "../live/store.ts";
import { tq } from "../text/quality.ts";
import { t } from "../text/words.ts";

type Side = "high" | "low";
const SIDES: readonly Side[] = ["high", "low"];

/** A rule as it is being typed; what is empty is not said. */
export interface Draft {
  readonly limits: Readonly<Record<Side, Readonly<Record<Severity, string>>>>;
  readonly deadband: string;
  readonly on: string;
  readonly off: string;
}

/** Today's limits, to begin with. */
export function draftOf(point: NumberedPoint | undefined): Draft {
  const side = (type: Side) =>
    Object.fromEntries(
      SEVERITIES.map((severity) => {
        const found = point?.limits.find((limit) => limit.type === type && limit.severity === severity);
        return [severity, found === undefined ? "" : String(found.limit)];
      }),
    ) as Record<Severity, string>;
  return { limits: { high: side("high"), low: side("low") }, deadband: "", on: "", off: "" };
}

/** As an entry of the site file; what was not changed is not in it. */
export function ruleOf(point: NumberedPoint, draft: Draft): Readonly<Record<string, unknown>> {
  const today = draftOf(point).limits;
  const limits = SIDES.flatMap((side) => {
    if (JSON.stringify(today[side]) === JSON.stringify(draft.limits[side])) return [];
    const said = SEVERITIES.flatMap((severity) => {
      const text = draft.limits[side][severity];
      return text === "" ? [] : [[severity, Number(text)] as const];
    });
    return [[side, Object.fromEntries(said)] as const];
  });
  return {
    points: [point.id],
    ...Object.fromEntries(limits),
    ...(draft.deadband === "" ? {} : { deadband: Number(draft.deadband) }),
    ...(draft.on === "" ? {} : { on: `${draft.on}s` }),
    ...(draft.off === "" ? {} : { off: `${draft.off}s` }),
  };
}

export function RuleFields(props: { readonly point: NumberedPoint; readonly draft: Draft; readonly change: (draft: Draft) => void }) {
  const { point, draft, change } = props;
  const isState = point.kind === "state";
  const field = (name: "deadband" | "on" | "off", label: string) => (
    <span key={name}>
      <label for={`quality-${name}`}>{label}</label>
      <input
        id={`quality-${name}`}
        type="number"
        min={0}
        step="any"
        value={draft[name]}
        onInput={(event) => change({ ...draft, [name]: event.currentTarget.value })}
      />
    </span>
  );
  return (
    <div class="rule">
      {isState ? null : SIDES.map((side) => <Limits key={side} side={side} unit={point.unit} draft={draft} change={change} />)}
      <div class="filters">
        {isState ? null : field("deadband", `${tq.value.deadband}${point.unit === "" ? "" : ` (${point.unit})`}`)}
        {field("on", tq.value.on)}
        {field("off", tq.value.off)}
      </div>
    </div>
  );
}

function Limits(props: { readonly side: Side; readonly unit: string; readonly draft: Draft; readonly change: (draft: Draft) => void }) {
  const { side, unit, draft, change } = props;
  return (
    <fieldset class="filters">
      <legend>
        {tq.value[side]}
        {unit === "" ? "" : ` (${unit})`}
      </legend>
      {SEVERITIES.map((severity) => (
        <span key={severity}>
          <label for={`quality-${side}-${severity}`}>{t.value[severity]}</label>
          <input
            id={`quality-${side}-${severity}`}
            type="number"
            step="any"
            value={draft.limits[side][severity]}
            onInput={(event) => {
              const own = { ...draft.limits[side], [severity]: event.currentTarget.value };
              change({ ...draft, limits: { ...draft.limits, [side]: own } });
            }}
          />
        </span>
      ))}
    </fieldset>
  );
}
