import type { DeviceView } from "../../firmware/contract/site.ts";
import type { Room } from "../live/store.ts";
import { said, t } from "../text/words.ts";
import { keyPoints } from "../ui/key-points.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { PointValue } from "../ui/value.tsx";
import { worstOf } from "./room-devices.tsx";

/** How deep a chain is drawn; deeper ones go on at their device's page. */
const DEPTH_MAX = 5;

/** What feeds and cools what, from the parents of the site file: each row is one way from its source downwards. */
export function RoomChain() {
  const { store } = usePage();
  const chains = chainsOf(store.room.site.devices);
  if (chains.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="chain">
      <h2 id="chain">{t.value.powerAndCooling}</h2>
      {chains.map((chain) => (
        <ol key={chain.map(({ id }) => id).join()} class="chain">
          {chain.map((device) => (
            <ChainNode key={device.id} device={device} room={store.room} />
          ))}
        </ol>
      ))}
    </section>
  );
}

function ChainNode({ device, room }: { readonly device: DeviceView; readonly room: Room }) {
  const { store } = usePage();
  const worst = worstOf(store.alarms.value, device.id);
  const [point] = keyPoints(room, device.id);
  return (
    <li {...(worst === null ? {} : { "data-severity": worst.severity })}>
      <a class={worst === null ? "node" : "node bad"} href={href.device(device.id)}>
        <span class="label">
          {worst === null ? null : <SeverityMark severity={worst.severity} word={false} />}
          {said(device.name)}
        </span>
        {point === undefined ? null : <PointValue point={point} />}
      </a>
    </li>
  );
}

/** One way per UPS or cooling unit that has a source or something below it; sensors, doors and leaks are not links of a chain. */
export function chainsOf(devices: readonly DeviceView[]): readonly (readonly DeviceView[])[] {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const isLink = ({ class: kind }: DeviceView): boolean =>
    kind === "meter" || kind === "ups" || kind === "cooling" || kind === "other" || kind === "host";
  const links = devices.filter(isLink);
  const feeds = new Set(links.flatMap(({ parents }) => parents));
  const ends = links.filter((device) => !feeds.has(device.id) && device.parents.some((parent) => byId.has(parent)));
  return ends.map((end) => {
    const chain: DeviceView[] = [];
    for (
      let device: DeviceView | undefined = end;
      device !== undefined && chain.length < DEPTH_MAX;
      device = byId.get(device.parents[0] ?? "")
    )
      chain.unshift(device);
    return chain;
  });
}
