import type { IncidentWorkView, ServiceClockView } from "../../firmware/contract/incidents.ts";
import { formatDuration } from "../text/format.ts";
import { ti } from "../text/incidents.ts";
import { boxNowMs, usePage } from "../ui/page.ts";

/** Both clocks of an incident: what is left, or by how much it is late. */
export function Clocks({ work, dates = false }: { readonly work: IncidentWorkView; readonly dates?: boolean }) {
  return (
    <span class="clocks">
      <Clock name={ti.value.acknowledge} clock={work.clocks.acknowledge} dates={dates} />
      <Clock name={ti.value.resolveIn} clock={work.clocks.resolve} dates={dates} />
    </span>
  );
}

function Clock({ name, clock, dates }: { readonly name: string; readonly clock: ServiceClockView; readonly dates: boolean }) {
  const { store, time } = usePage();
  const { state, leftMs, reached, dueAtMs } = clock;
  const span = formatDuration(Math.abs(leftMs) / 1_000);
  const said =
    state === "done"
      ? reached === "breach"
        ? ti.value.late
        : ti.value.inTime
      : [leftMs < 0 ? ti.value.overdue(span) : ti.value.left(span), ...(state === "paused" ? [ti.value.paused] : [])].join(" · ");
  return (
    <span class="service-clock" data-reached={state === "done" && reached === "warning" ? "" : (reached ?? "")}>
      {name} {reached === "breach" ? "! " : ""}
      {said}
      {dates && dueAtMs !== null ? <span class="label"> · {ti.value.dueAt(time.since(dueAtMs, boxNowMs(store)))}</span> : null}
    </span>
  );
}
