import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import { tb } from "../text/buses.ts";
import { said } from "../text/words.ts";

/** What is most likely wrong with a bus, why, and what to do next; the most important first. */
export function BusFindings({ look: { findings, exchanges } }: { readonly look: BusDoctorView }) {
  if (findings.length === 0) return <p>{exchanges === 0 ? tb.value.tooSoon : tb.value.noAdvice}</p>;
  const certainties = { certain: tb.value.certain, likely: tb.value.likely, unsure: tb.value.unsure };
  return (
    <ol class="findings">
      {findings.map(({ causes, certainty, devices, what, why, next }) => (
        <li key={`${causes.join()} ${devices.join()}`}>
          <p class="what">
            {said(what)} <span class="label">{certainties[certainty]}</span>
          </p>
          <p class="dim">
            {tb.value.why}
            {said(why)}
          </p>
          <p>
            <strong>{tb.value.next}</strong>
            {said(next)}
          </p>
        </li>
      ))}
    </ol>
  );
}
