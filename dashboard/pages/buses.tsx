import type { BusDoctorView, DoctorReply } from "../../firmware/contract/doctor.ts";
import { may } from "../../firmware/contract/permissions.ts";
import type { BusHealth, DeviceView } from "../../firmware/contract/site.ts";
import type { DestinationProps } from "../destinations.ts";
import { ask } from "../live/api.ts";
import { useAsked } from "../live/asked.ts";
import { errorWord, tb } from "../text/buses.ts";
import { formatDuration, formatNumber } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { BusFindings } from "./bus-findings.tsx";
import "./buses.css";

const LOOK_EVERY_MS = 10_000;

/** For the installer beside the rack: does each bus answer, which device does not, what is most likely wrong, and what to do next. */
export function BusesPage(_: DestinationProps) {
  const { store } = usePage();
  const { answer } = useAsked(() => ask<DoctorReply>("GET", "/api/v1/buses/doctor"), "", LOOK_EVERY_MS);
  const buses = store.buses.value;
  const mayRecord = may(store.session.role, "bus.record");
  const withLine = new Set(store.room.site.buses.flatMap(({ id, hasLine }) => (hasLine ? [id] : [])));
  const looks = answer?.ok === true ? answer.data.buses : [];
  return (
    <div class="buses">
      <h2 class="title">{tb.value.buses}</h2>
      {buses.length === 0 ? <p role="status">{t.value.connecting}</p> : null}
      {answer?.ok === false ? <p role="alert">{said(answer.message)}</p> : null}
      {buses.map((bus) => (
        <Bus
          key={bus.id}
          bus={bus}
          mayRecord={mayRecord && withLine.has(bus.id)}
          look={looks.find((look) => look.bus === bus.id) ?? null}
          devices={store.room.site.devices.filter((device) => device.bus === bus.id)}
        />
      ))}
    </div>
  );
}

interface BusProps {
  readonly bus: BusHealth;
  /** Null until the box has said how it was. */
  readonly look: BusDoctorView | null;
  readonly devices: readonly DeviceView[];
  readonly mayRecord: boolean;
}

function Bus({ bus, look, devices, mayRecord }: BusProps) {
  const { time } = usePage();
  const words = {
    ...{ ok: t.value.busOk, degraded: t.value.busDegraded, silent: t.value.busSilent, adapterMissing: t.value.busMissing },
    lent: t.value.busLent(bus.lent?.to ?? "", bus.lent === null ? "" : time.clock(bus.lent.sinceMs)),
  };
  return (
    <section class="panel" aria-labelledby={`bus-${bus.id}`}>
      <h3 id={`bus-${bus.id}`}>
        {bus.id} <span class={bus.state === "ok" || bus.state === "lent" ? "dim" : "trouble"}>{words[bus.state]}</span>
      </h3>
      {bus.state === "lent" ? <p>{tb.value.adviceLent}</p> : bus.advice === null ? null : <p>{said(bus.advice)}</p>}
      {look === null || bus.state === "lent" || bus.advice !== null || (look.findings.length === 0 && bus.state !== "ok") ? null : (
        <BusFindings look={look} />
      )}
      {look === null ? null : <Figures look={look} />}
      <p class="label">
        {tb.value.transactions(bus.transactions)}
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
        <thead>
          <tr>
            <th scope="col">{tb.value.device}</th>
            <th scope="col">{t.value.address}</th>
            <th scope="col">{tb.value.latencyShort}</th>
            <th scope="col">{t.value.state}</th>
          </tr>
        </thead>
        <tbody>
          {devices.map((device) => (
            <DeviceRow key={device.id} bus={bus} device={device} look={look?.devices.find((each) => each.device === device.id) ?? null} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function DeviceRow({
  bus,
  device,
  look,
}: {
  readonly bus: BusHealth;
  readonly device: DeviceView;
  readonly look: BusDoctorView["devices"][number] | null;
}) {
  return (
    <tr>
      <th scope="row">
        <a href={href.device(device.id)}>{said(device.name)}</a>
      </th>
      <td data-label={t.value.address}>{device.address}</td>
      <td data-label={tb.value.latencyShort}>{latencyText(look?.latency ?? null)}</td>
      <td data-label={t.value.state}>
        {bus.devicesBackingOff.includes(device.id) ? (
          <span class="trouble">{tb.value.backingOff}</span>
        ) : bus.state === "lent" ? (
          tb.value.notReadNow
        ) : bus.state === "adapterMissing" ? (
          <span class="trouble">{t.value.qAdapterMissing}</span>
        ) : (
          tb.value.answering
        )}
        {look === null || Object.keys(look.errors).length === 0 ? null : <p class="label">{errorsText(look.errors)}</p>}
      </td>
    </tr>
  );
}

/** How the last minutes were. */
function Figures({ look }: { readonly look: BusDoctorView }) {
  const { windowSeconds, exchanges, answered, busyPercent, loadPercent, latency, errors } = look;
  const failed = exchanges === 0 ? null : ((exchanges - answered) / exchanges) * 100;
  const percent = (value: number | null): string => (value === null ? "—" : `${formatNumber(value, 1)} %`);
  return (
    <dl class="figures" aria-label={tb.value.window(formatDuration(windowSeconds))}>
      <div>
        <dt>{tb.value.exchanges(formatDuration(windowSeconds))}</dt>
        <dd>{formatNumber(exchanges, 0)}</dd>
      </div>
      <div>
        <dt>{tb.value.failed}</dt>
        <dd>{percent(failed)}</dd>
      </div>
      <div>
        <dt>{tb.value.busy}</dt>
        <dd>{percent(busyPercent)}</dd>
      </div>
      <div>
        <dt>{tb.value.load}</dt>
        <dd class={loadPercent !== null && loadPercent > 100 ? "trouble" : undefined}>{percent(loadPercent)}</dd>
      </div>
      <div>
        <dt>{tb.value.latency}</dt>
        <dd>{latencyText(latency)}</dd>
      </div>
      {Object.keys(errors).length === 0 ? null : (
        <div class="wide">
          <dt>{tb.value.errors}</dt>
          <dd>{errorsText(errors)}</dd>
        </div>
      )}
    </dl>
  );
}

function latencyText(latency: BusDoctorView["latency"]): string {
  if (latency === null) return "—";
  const { p50Ms, p95Ms, p99Ms } = latency;
  return `${[p50Ms, p95Ms, p99Ms].map((ms) => formatNumber(ms, ms < 10 ? 1 : 0)).join(" / ")} ms`;
}

function errorsText(errors: BusDoctorView["errors"]): string {
  return Object.entries(errors)
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${errorWord(kind)} ${count}`)
    .join(" · ");
}
