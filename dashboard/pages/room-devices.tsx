import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { DeviceView } from "../../firmware/contract/site.ts";
import { said, t } from "../text/words.ts";
import { keyPoints } from "../ui/key-points.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { isFitted, PointValue } from "../ui/value.tsx";

/** An area asks for room for this many tiles side by side at most. */
const TILES_ABREAST_MAX = 5;

/** Every device in its area with the values one looks at first: useful on a new box that nobody has drawn a plan for. */
export function RoomDevices() {
  const { store } = usePage();
  const { areas, devices } = store.room.site;
  const byArea = Map.groupBy(devices, ({ area }) => area);
  return (
    <section class="panel areas" aria-label={t.value.devices}>
      {areas.map(({ id, name, parent }) => {
        const here = byArea.get(id);
        if (here === undefined) return null;
        const around = areas.find((area) => area.id === parent);
        return (
          <section key={id} class="area" aria-label={said(name)} data-tiles={Math.min(here.length, TILES_ABREAST_MAX)}>
            <h2>
              {around === undefined ? "" : `${said(around.name)} · `}
              {said(name)}
            </h2>
            <ul class="tiles">
              {here.map((device) => (
                <DeviceTile key={device.id} device={device} />
              ))}
            </ul>
          </section>
        );
      })}
    </section>
  );
}

function DeviceTile({ device }: { readonly device: DeviceView }) {
  const { store } = usePage();
  const worst = worstOf(store.alarms.value, device.id);
  const points = keyPoints(store.room, device.id).filter((point) => isFitted(point, store.room.readings.of(point.number).value));
  const [first, ...rest] = points;
  return (
    <li>
      <a
        class={worst === null ? "tile" : "tile bad"}
        href={href.device(device.id)}
        {...(worst === null ? {} : { "data-severity": worst.severity })}
      >
        <span class="name">
          {worst === null ? null : <SeverityMark severity={worst.severity} word={false} />}
          {said(device.name)}
        </span>
        {first === undefined ? null : (
          <span class="main">
            <PointValue point={first} />
            {first.unit === "" && first.kind !== "state" ? <span class="label"> {said(first.label)}</span> : null}
          </span>
        )}
        <span class="rest">
          {rest.map((point) => (
            <span key={point.id} class="row">
              <span class="label">{said(point.label)}</span>
              <PointValue point={point} />
            </span>
          ))}
        </span>
      </a>
    </li>
  );
}

/** The worst alarm of a device; the list is in order already. */
export function worstOf(alarms: readonly AlarmRecord[], device: string): AlarmRecord | null {
  return alarms.find((alarm) => alarm.device === device && alarm.clearedAtMs === null) ?? null;
}
