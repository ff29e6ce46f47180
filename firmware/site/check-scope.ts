import type { SourceText } from "../../drivers/source-text.ts";
import type { Device } from "./model.ts";
import { refer } from "./refer.ts";
import { devicesOf } from "./resolve-scope.ts";
import type { ScopeEntry } from "./scope-schema.ts";

/** Classes of alarms that are about no device. */
const OTHER_CLASSES = ["bus", "target", "box"] as const;

type Path = readonly PropertyKey[];

/** A scope that names what is there, and that some moment is in. */
export function checkScope(
  source: SourceText,
  { areas, devices: patterns, classes, tags, schedule }: ScopeEntry,
  path: Path,
  known: { readonly devices: readonly Pick<Device, "id" | "profile" | "tags">[]; readonly areas: readonly string[] },
): void {
  for (const [index, area] of (areas ?? []).entries()) refer(source, [...path, "areas", index], "areas", known.areas, area);
  checkSchedule(source, schedule, [...path, "schedule"]);
  // Of a file whose devices read badly nothing can be said about them.
  if (known.devices.length === 0) return;
  const ids = known.devices.map(({ id }) => id);
  for (const [index, pattern] of (patterns ?? []).entries())
    if (devicesOf([pattern], known.devices).length === 0) refer(source, [...path, "devices", index], "devices", ids, pattern);
  const ofDevices = [...new Set(known.devices.map(({ profile }) => profile.class as string))];
  for (const [index, name] of (classes ?? []).entries())
    refer(source, [...path, "classes", index], "classes", [...ofDevices, ...OTHER_CLASSES], name);
  const tagged = [...new Set(known.devices.flatMap((device) => device.tags))];
  for (const [index, tag] of (tags ?? []).entries()) refer(source, [...path, "tags", index], "tags", tagged, tag);
}

function checkSchedule(source: SourceText, schedule: ScopeEntry["schedule"], path: Path): void {
  if (schedule === undefined) return;
  if (schedule.length === 0)
    source.add(path, {
      zh: "时段表为空，永远不会用到；请写时段，或删去 schedule",
      en: "an empty schedule: this would never be used. Name spans, or leave schedule out",
    });
  for (const [index, { from, to }] of schedule.entries())
    if (from === to)
      source.add([...path, index], {
        zh: `从 ${from} 到 ${to} 是空时段；整天请省略 from 和 to`,
        en: `${from} to ${to} is an empty span; for whole days leave from and to out`,
      });
}
