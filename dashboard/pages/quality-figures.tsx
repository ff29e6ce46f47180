import type { Figure } from "../../firmware/contract/review.ts";
import { formatDuration, formatNumber } from "../text/format.ts";
import { tq } from "../text/quality.ts";
import { said } from "../text/words.ts";

/** Each figure beside its target, and what to do where it is missed; a word says so first, a colour second. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <section class="panel" aria-label={tq.value.figure}>
      <table>
        <thead>
          <tr>
            <th scope="col">{tq.value.figure}</th>
            <th scope="col">{tq.value.value}</th>
            <th scope="col">{tq.value.target}</th>
            <th scope="col">{tq.value.met}</th>
            <th scope="col">{tq.value.whatToDo}</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((figure) => (
            <Row key={figure.id} figure={figure} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ figure: { label, value, unit, target, source, met, advice } }: { readonly figure: Figure }) {
  const say = (number: number): string =>
    unit === "s" ? formatDuration(number) : `${formatNumber(number, Number.isInteger(number) ? 0 : 1)}${unit === "%" ? " %" : ""}`;
  return (
    <tr class={met === false ? "missed" : undefined}>
      <th scope="row">{said(label)}</th>
      <td data-label={tq.value.value}>{value === null ? "—" : say(value)}</td>
      <td data-label={tq.value.target}>
        {target === null ? "—" : `≤ ${say(target)}`}
        {source === "" ? null : <span class="label source">{source}</span>}
      </td>
      <td data-label={tq.value.met}>
        {met === null ? (
          "—"
        ) : met ? (
          tq.value.yes
        ) : (
          <strong>
            <span aria-hidden="true">▲ </span>
            {tq.value.no}
          </strong>
        )}
      </td>
      <td class="advice">{met === false ? said(advice) : ""}</td>
    </tr>
  );
}
