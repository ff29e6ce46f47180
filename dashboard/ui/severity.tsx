import type { Severity } from "../../firmware/contract/alarm.ts";
import { t } from "../text/words.ts";

const SHAPES: Readonly<Record<Severity, string>> = { critical: "▲", major: "◆", minor: "■", warning: "●" };
const HOLLOW: Readonly<Record<Severity, string>> = { critical: "△", major: "◇", minor: "□", warning: "○" };

/** A severity as shape, word and colour, never colour alone; hollow when the condition has gone. */
export function SeverityMark({
  severity,
  returned = false,
  word = true,
}: {
  readonly severity: Severity;
  readonly returned?: boolean;
  readonly word?: boolean;
}) {
  return (
    <span class="severity" data-severity={severity}>
      <span class="shape" aria-hidden="true">
        {(returned ? HOLLOW : SHAPES)[severity]}
      </span>
      {word ? ` ${t.value[severity]}` : <span class="visually-hidden">{t.value[severity]}</span>}
    </span>
  );
}
