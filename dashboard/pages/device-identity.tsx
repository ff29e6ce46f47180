import type { BusHealth, DeviceView } from "../../firmware/contract/site.ts";
import { formatDuration } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";

/** Who the device is, what feeds it, and how its wire is. */
export function DeviceIdentity({ device }: { readonly device: DeviceView }) {
  const { store } = usePage();
  const { site } = store.room;
  const area = site.areas.find(({ id }) => id === device.area);
  const bus = store.buses.value.find(({ id }) => id === device.bus);
  return (
    <section class="panel" aria-label={t.value.device}>
      <dl class="facts">
        <dt>{t.value.profile}</dt>
        <dd>{said(device.profileLabel)}</dd>
        <dt>{t.value.area}</dt>
        <dd>{area === undefined ? device.area : said(area.name)}</dd>
        <dt>{t.value.bus}</dt>
        <dd>
          {device.bus} · {device.address}
        </dd>
        <dt>{t.value.period}</dt>
        <dd>{formatDuration(device.periodMs / 1_000)}</dd>
        {device.parents.length === 0 ? null : (
          <>
            <dt>{t.value.fedBy}</dt>
            <dd>
              {device.parents.map((parent) => (
                <a key={parent} href={href.device(parent)}>
                  {said(store.room.device(parent)?.name ?? { zh: parent, en: parent })}
                </a>
              ))}
            </dd>
          </>
        )}
        <dt>{t.value.register}</dt>
        <dd>
          <a href={href.to("assets", device.id)}>{t.value.assetRecord}</a>
        </dd>
        <dt>{t.value.communication}</dt>
        <dd>{bus === undefined ? t.value.connecting : <Communication bus={bus} device={device.id} />}</dd>
      </dl>
    </section>
  );
}

function Communication({ bus, device }: { readonly bus: BusHealth; readonly device: string }) {
  const { time } = usePage();
  const words = {
    ...{ ok: t.value.busOk, degraded: t.value.busDegraded, silent: t.value.busSilent, adapterMissing: t.value.busMissing },
    lent: t.value.busLent(bus.lent?.to ?? "", bus.lent === null ? "" : time.clock(bus.lent.sinceMs)),
  };
  const faults = Object.entries(bus.faults);
  return (
    <>
      <p>{bus.devicesBackingOff.includes(device) ? t.value.deviceBackingOff : words[bus.state]}</p>
      <p class="label">
        {faults.length === 0 ? t.value.noFaults : `${t.value.faults}: ${faults.map(([reason, count]) => `${reason} ${count}`).join(", ")}`}
      </p>
      {bus.lastFault === "" ? null : (
        <p class="label">
          {t.value.lastFault}: {bus.lastFault}
        </p>
      )}
    </>
  );
}
