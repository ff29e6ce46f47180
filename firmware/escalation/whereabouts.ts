import type { AlarmRecord } from "../contract/alarm.ts";
import type { Site } from "../site/model.ts";
import type { Asked } from "./scope.ts";

export type Whereabouts = (record: Pick<AlarmRecord, "key" | "device">) => Pick<Asked, "area" | "class" | "tags">;

/** Where an alarm is and what its device is; of the box itself, a bus or a target the class is `box`, `bus` or `target`. */
export function whereaboutsIn({ devices }: Pick<Site, "devices">): Whereabouts {
  const known = new Map(devices.map(({ id, profile, tags }) => [id, { class: profile.class as string, tags }]));
  return ({ key, device }) => {
    const area = key.split("/")[1] ?? "";
    return { area, ...(known.get(device) ?? { class: area, tags: [] }) };
  };
}
