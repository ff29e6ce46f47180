import type { DeviceView } from "../../firmware/contract/site.ts";
import type { Room } from "../live/store.ts";
import { said, t } from "../text/words.ts";
import { keyPoints } from "../ui/key-points.ts";
import { usePage } from "../ui/page.ts";
import { href } from "../ui/route.ts";
import { SeverityMark } from "../ui/severity.tsx";
import { PointValue } from "../ui/value.tsx";
import { worstOf } from "./room-devices.tsx";

/** How deep the tree is drawn; deeper ones go on at their device's page. */
const DEPTH_MAX = 5;

/** What feeds and cools what, from the parents of the site file: sources on the left, what hangs on them to the right. */
export function RoomChain() {
  const { store } = usePage();
  const roots = feedTrees(store.room.site.devices);
  if (roots.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="chain">
      <h2 id="chain">{t.value.powerAndCooling}</h2>
      <ul class="chain">
        {roots.map((root) => (
          <Branch key={root.device.id} branch={root} />
        ))}
      </ul>
    </section>
  );
}

function Branch({ branch }: { readonly branch: FeedTree }) {
  const { store } = usePage();
  return (
    <li class="branch">
      <ChainNode device={branch.device} room={store.room} />
      {branch.feeds.length === 0 ? null : (
        <ul>
          {branch.feeds.map((inner) => (
            <Branch key={inner.device.id} branch={inner} />
          ))}
        </ul>
      )}
    </li>
  );
}

function ChainNode({ device, room }: { readonly device: DeviceView; readonly room: Room }) {
  const { store } = usePage();
  const worst = worstOf(store.alarms.value, device.id);
  const [point] = keyPoints(room, device.id);
  return (
    <a
      class={worst === null ? "node" : "node bad"}
      href={href.device(device.id)}
      {...(worst === null ? {} : { "data-severity": worst.severity })}
    >
      <span class="label">
        {worst === null ? null : <SeverityMark severity={worst.severity} word={false} />}
        {said(device.name)}
      </span>
      {point === undefined ? null : <PointValue point={point} />}
    </a>
  );
}

/** A device with what it feeds or cools. */
export interface FeedTree {
  readonly device: DeviceView;
  readonly feeds: readonly FeedTree[];
}

/** The sources that feed something. A device with two feeds hangs on its first; sensors, doors and leaks are no links of a chain. */
export function feedTrees(devices: readonly DeviceView[]): readonly FeedTree[] {
  const links = devices.filter(({ class: kind }) => kind !== "sensor" && kind !== "door" && kind !== "leak");
  const known = new Set(links.map(({ id }) => id));
  const parentOf = ({ parents }: DeviceView): string | undefined => parents.find((parent) => known.has(parent));
  const children = Map.groupBy(links, (device) => parentOf(device) ?? "");
  const grow = (device: DeviceView, depth: number): FeedTree => ({
    device,
    feeds: depth >= DEPTH_MAX ? [] : (children.get(device.id) ?? []).map((inner) => grow(inner, depth + 1)),
  });
  return (children.get("") ?? []).map((device) => grow(device, 1)).filter(({ feeds }) => feeds.length > 0);
}
