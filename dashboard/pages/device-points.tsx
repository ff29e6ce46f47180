import type { NumberedPoint } from "../live/store.ts";
import { formatAge, formatNumber } from "../text/format.ts";
import { said, t } from "../text/words.ts";
import { boxNowMs, usePage } from "../ui/page.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { PointValue } from "../ui/value.tsx";

interface Props {
  readonly points: readonly NumberedPoint[];
  readonly chosen: readonly string[];
  readonly toggle: (id: string) => void;
}

/** Every point of the device, grouped by the first word of its name, with limits and age. */
export function DevicePoints({ points, chosen, toggle }: Props) {
  const groups = Map.groupBy(points, ({ name }) => name.split(".")[0] ?? "");
  return (
    <section class="panel" aria-labelledby="points">
      <h2 id="points">{t.value.points}</h2>
      <div class="point-groups">
        {[...groups].map(([group, members]) => (
          <table key={group}>
            <caption>{groupWord(group)}</caption>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">{t.value.choosePoints}</th>
                <th scope="col">{t.value.points}</th>
                <th scope="col">{t.value.value}</th>
                <th scope="col">{t.value.limit}</th>
              </tr>
            </thead>
            <tbody>
              {members.map((point) => (
                <PointRow key={point.id} point={point} inChart={chosen.includes(point.id)} toggle={toggle} />
              ))}
            </tbody>
          </table>
        ))}
      </div>
    </section>
  );
}

function PointRow({
  point,
  inChart,
  toggle,
}: {
  readonly point: NumberedPoint;
  readonly inChart: boolean;
  readonly toggle: (id: string) => void;
}) {
  const { store } = usePage();
  const { quality, lastGoodMs } = store.room.readings.of(point.number).value;
  const silent = quality !== "good";
  return (
    <tr>
      <td>
        {point.kind === "state" ? null : (
          <input
            type="checkbox"
            checked={inChart}
            aria-label={`${t.value.choosePoints}: ${said(point.label)}`}
            onChange={() => toggle(point.id)}
          />
        )}
      </td>
      <th scope="row" title={point.name}>
        {said(point.label)}
      </th>
      <td class="number">
        <PointValue point={point} />
        {silent && lastGoodMs !== null ? <span class="label"> {formatAge(boxNowMs(store) - lastGoodMs)}</span> : null}
      </td>
      <td class="limits">
        {point.limits.map(({ type, severity, limit }) => (
          <span key={`${type} ${severity}`} class="label">
            <SeverityMark severity={severity} word={false} />
            {type === "high" ? ">" : "<"} {formatNumber(limit, point.digits)}
          </span>
        ))}
      </td>
    </tr>
  );
}

function groupWord(group: string): string {
  const words: Readonly<Record<string, string>> = {
    battery: t.value.groupBattery,
    input: t.value.groupInput,
    output: t.value.groupOutput,
    ups: "UPS",
    ambient: t.value.groupAmbient,
    cooling: t.value.groupCooling,
    return: t.value.groupReturn,
    supply: t.value.groupSupply,
    host: t.value.groupHost,
    interface: t.value.groupInterface,
    disk: t.value.groupDisk,
    outlet: t.value.groupOutlet,
    rectifier: t.value.groupRectifier,
    storage: t.value.groupStorage,
  };
  return words[group] ?? t.value.groupOther;
}
