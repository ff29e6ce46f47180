import { useState } from "preact/hooks";
import type { DeviceView } from "../../firmware/contract/site.ts";
import { SERIES_MAX } from "../charts/canvas.tsx";
import { Curve } from "../charts/curve.tsx";
import { isActive } from "../live/order.ts";
import type { NumberedPoint } from "../live/store.ts";
import { said, t } from "../text/words.ts";
import { keyPoints } from "../ui/key-points.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { isFitted } from "../ui/value.tsx";
import { DeviceAhead } from "./ahead.tsx";
import { DeviceIdentity } from "./device-identity.tsx";
import { DevicePoints } from "./device-points.tsx";
import { DeviceRules } from "./device-rules.tsx";
import "./device.css";

/** One device: who it is, whether it is heard, what it says, and its curves. */
export function DevicePage({ id }: { readonly id: string }) {
  const { store } = usePage();
  const device = store.room.device(id);
  if (device === undefined)
    return (
      <div class="message">
        <p role="status">
          {t.value.noSuchDevice}: {id}
        </p>
        <a href={href.room}>{t.value.backToRoom}</a>
      </div>
    );
  return <Device device={device} />;
}

function Device({ device }: { readonly device: DeviceView }) {
  const { store } = usePage();
  const points = store.room.pointsOf(device.id).filter((point) => isFitted(point, store.room.readings.of(point.number).value));
  const drawable = points.filter(({ kind }) => kind !== "state");
  const [chosen, setChosen] = useState<readonly string[]>(() => firstChoice(keyPoints(store.room, device.id)));
  const inChart = drawable.filter(({ id }) => chosen.includes(id)).slice(0, SERIES_MAX);
  const alarms = store.alarms.value.filter((alarm) => alarm.device === device.id);
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(-SERIES_MAX));
  return (
    <div class="device">
      <h2 class="title">{said(device.name)}</h2>
      {alarms.length === 0 ? null : (
        <ul class="device-alarms" aria-label={t.value.activeAlarms}>
          {alarms.map((alarm) => (
            <li key={alarm.key} data-severity={alarm.severity}>
              <a href={href.alarm(alarm.key)}>
                <SeverityMark severity={alarm.severity} returned={!isActive(alarm)} /> {said(alarm.text)}
              </a>
            </li>
          ))}
        </ul>
      )}
      <div class="device-columns">
        <DeviceIdentity device={device} />
        <Curve points={inChart} periodMs={device.periodMs} />
      </div>
      <DeviceAhead device={device.id} />
      <DevicePoints points={points} chosen={chosen} toggle={toggle} />
      <DeviceRules device={device.id} />
    </div>
  );
}

/** The most telling numbers that share a unit: two scales in one picture make limits hard to read. */
function firstChoice(points: readonly NumberedPoint[]): readonly string[] {
  const numbers = points.filter(({ kind }) => kind !== "state");
  return numbers.filter(({ unit }) => unit === numbers[0]?.unit).map(({ id }) => id);
}
