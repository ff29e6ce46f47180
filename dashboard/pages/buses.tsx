import { may } from "../../firmware/contract/permissions.ts";
import type { BusHealth, DeviceView } from "../../firmware/contract/site.ts";
import type { DestinationProps } from "../destinations.ts";
import { tb } from "../text/buses.ts";
import { faultWord } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import "./buses.css";

/** For the installer beside the rack: does each bus answer, which device does not, and what to look at. */
export function BusesPage(_: DestinationProps) {
  const { store } = usePage();
  const buses = store.buses.value;
  const mayRecord = may(store.session.role, "bus.record");
  const withLine = new Set(store.room.site.buses.flatMap(({ id, hasLine }) => (hasLine ? [id] : [])));
  return (
    <div class="buses">
      <h2 class="title">{tb.value.buses}</h2>
      {buses.length === 0 ? <p role="status">{t.value.connecting}</p> : null}
      {buses.map((bus) => (
        <Bus
          key={bus.id}
          bus={bus}
          devices={store.room.site.devices.filter((device) => device.bus === bus.id)}
          mayRecord={mayRecord && withLine.has(bus.id)}
        />
      ))}
    </div>
  );
}

function Bus({
  bus,
  devices,
  mayRecord,
}: {
  readonly bus: BusHealth;
  readonly devices: readonly DeviceView[];
  readonly mayRecord: boolean;
}) {
  const { time } = usePage();
  const words = {
    ...{ ok: t.value.busOk, degraded: t.value.busDegraded, silent: t.value.busSilent, adapterMissing: t.value.busMissing },
    lent: t.value.busLent(bus.lent?.to ?? "", bus.lent === null ? "" : time.clock(bus.lent.sinceMs)),
  };
  const faults = Object.entries(bus.faults).sort(([, one], [, other]) => other - one);
  const failed = faults.reduce((sum, [, count]) => sum + count, 0);
  return (
    <section class="panel" aria-labelledby={`bus-${bus.id}`}>
      <h3 id={`bus-${bus.id}`}>
        {bus.id} <span class={bus.state === "ok" || bus.state === "lent" ? "dim" : "trouble"}>{words[bus.state]}</span>
      </h3>
      <p>{advice(bus)}</p>
      <p class="label">
        {tb.value.transactions(bus.transactions)}
        {failed === 0 ? null : ` · ${tb.value.share(((failed / Math.max(bus.transactions, failed)) * 100).toFixed(1))}`}
        {faults.map(([reason, count]) => ` · ${faultWord(reason)} ${count}`).join("")}
        {bus.traps === null ? null : ` · ${tb.value.traps(bus.traps.heard)}`}
        {bus.traps === null || bus.traps.rejected === 0 ? null : ` · ${tb.value.trapsRejected(bus.traps.rejected)}`}
      </p>
      {bus.lastFault === "" ? null : (
        <p class="label">
          {tb.value.latest}: {bus.lastFault}
        </p>
      )}
      {mayRecord && bus.state !== "adapterMissing" ? (
        <a class="button" href={`/api/v1/bus-recording?bus=${encodeURIComponent(bus.id)}&seconds=60`} download title={tb.value.recordHint}>
          {tb.value.record}
        </a>
      ) : null}
      <table>
        <thead class="visually-hidden">
          <tr>
            <th scope="col">{tb.value.device}</th>
            <th scope="col">{t.value.address}</th>
            <th scope="col">{t.value.state}</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <tr key={device.id}>
              <th scope="row">
                <a href={href.device(device.id)}>{said(device.name)}</a>
              </th>
              <td>{device.address}</td>
              <td>
                {bus.devicesBackingOff.includes(device.id) ? (
                  <span class="trouble">{tb.value.backingOff}</span>
                ) : bus.state === "lent" ? (
                  tb.value.notReadNow
                ) : bus.state === "adapterMissing" ? (
                  <span class="trouble">{t.value.qAdapterMissing}</span>
                ) : (
                  tb.value.answering
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What to look at first, from what went wrong. */
function advice({ state, faults, advice: told }: BusHealth): string {
  if (told !== null) return said(told);
  if (state === "adapterMissing") return tb.value.adviceMissing;
  if (state === "lent") return tb.value.adviceLent;
  if (state === "silent") return tb.value.adviceSilent;
  const disturbed = (faults["garbled"] ?? 0) + (faults["short"] ?? 0) + (faults["foreign"] ?? 0);
  if (disturbed > 0 && disturbed >= (faults["timeout"] ?? 0)) return tb.value.adviceGarbled;
  return state === "degraded" ? tb.value.adviceTimeout : tb.value.noAdvice;
}
