import type { SourceText } from "../../drivers/source-text.ts";
import type { SilenceRule } from "../alarms/rule.ts";
import type { Words } from "../contract/alarm.ts";
import { SILENCE_ACTIONS } from "./default-rules.ts";
import type { Device, Door } from "./model.ts";
import type { RuleEntry } from "./rule-schema.ts";
import { alarmKey } from "./rules.ts";
import type { DoorEntry } from "./schema.ts";

/** Points that make a device a reader: it counts, and it shows the card. */
export const READER_COUNTERS = ["access.events", "access.changes"] as const;
const isReader = ({ points }: Device): boolean => points.some(({ name }) => READER_COUNTERS.some((counter) => counter === name));
const has =
  (point: string) =>
  ({ points }: Device): boolean =>
    points.some(({ name }) => name === point);

/** Every door once, its devices there and of the right kind, and each of them at one door only; there it may be reader, contact and button. */
export function checkDoors(
  source: SourceText,
  doors: readonly DoorEntry[],
  file: ReadonlyMap<string, unknown>,
  devices: readonly Device[],
): void {
  const ids = new Set<string>();
  const used = new Map<string, string>();
  const roles = new Set<string>();
  const areas = new Set(idsOf(file.get("areas")));
  const known = new Set(idsOf(file.get("devices")));
  doors.forEach((door, index) => {
    const path = ["access", "doors", index] as const;
    if (ids.has(door.id)) source.add([...path, "id"], { zh: `门 ${door.id} 已定义过`, en: `door ${door.id} is there already` });
    ids.add(door.id);
    if (!areas.has(door.area)) source.add([...path, "area"], { zh: `areas 中没有 ${door.area}`, en: `there is no ${door.area} in areas` });
    if (door.contact === undefined && door.readers.length === 0)
      source.add(path, { zh: `门 ${door.id} 至少要有 contact 或 readers`, en: `door ${door.id} needs a contact or readers` });
    const wired = (place: readonly PropertyKey[], id: string, fits: (device: Device) => boolean, needed: Words): void => {
      const other = used.get(id);
      const role = `${id} ${needed.en}`;
      if (other !== undefined && (other !== door.id || roles.has(role)))
        source.add(place, { zh: `${id} 已属于门 ${other}；一个设备只能属于一扇门`, en: `${id} belongs to door ${other} already` });
      used.set(id, door.id);
      roles.add(role);
      if (!known.has(id)) source.add(place, { zh: `devices 中没有 ${id}`, en: `there is no ${id} in devices` });
      const device = devices.find((one) => one.id === id);
      if (device !== undefined && !fits(device))
        source.add(place, { zh: `${id} 的型号没有${needed.zh}`, en: `the profile of ${id} has no ${needed.en}` });
    };
    if (door.contact !== undefined) wired([...path, "contact"], door.contact, has("door.contact"), CONTACT);
    if (typeof door.exitButton === "string") wired([...path, "exitButton"], door.exitButton, has("door.exit"), BUTTON);
    door.readers.forEach(({ device, direction }, reader) => {
      const place = [...path, "readers", reader, "device"];
      wired(place, device, isReader, READER);
      const found = devices.find((one) => one.id === device);
      if (direction === "told" && found !== undefined && isReader(found) && !has("access.direction")(found))
        source.add([...path, "readers", reader, "direction"], {
          zh: `${device} 的型号不报方向，应为 in 或 out`,
          en: `the profile of ${device} does not tell a direction: expected in or out`,
        });
    });
  });
}

const CONTACT: Words = { zh: "门磁测点 door.contact", en: "door contact (point door.contact)" };
const BUTTON: Words = { zh: "出门按钮测点 door.exit", en: "exit button (point door.exit)" };
const READER: Words = { zh: "读卡计数（access.events 或 access.changes）", en: "counter of cards (point access.events or access.changes)" };

function idsOf(section: unknown): readonly unknown[] {
  return Array.isArray(section) ? section.map((entry: unknown) => Reflect.get(Object(entry), "id")) : [];
}

export function resolveDoor(site: string, entry: DoorEntry): Door {
  const { id, area, readers, exitButton, contact } = entry;
  const device = contact ?? readers[0]?.device ?? id;
  return {
    id,
    name: nameOf(entry),
    area,
    contact: contact ?? null,
    readers,
    exitButton: typeof exitButton === "string" ? exitButton : null,
    openTooLongMs: entry.openTooLong,
    cardOpensForMs: entry.cardOpensFor,
    refusals: { count: entry.refusals.count, withinMs: entry.refusals.within },
    judgesForce: contact !== undefined && exitButton !== true && readers.length > 0,
    alarms: {
      forced: contact === undefined || readers.length === 0 ? null : alarmKey(site, area, device, null, "forced"),
      denied: readers.length === 0 ? null : alarmKey(site, area, device, null, "denied"),
    },
  };
}

/** What the door says of its contact holds over the rules: it is said of this one door. */
export function doorRuleEntries(
  doors: readonly DoorEntry[],
): readonly { readonly entry: RuleEntry; readonly path: readonly PropertyKey[] }[] {
  return doors.flatMap((door, index) => {
    if (door.contact === undefined) return [];
    const points = [`${door.contact}/door.contact`];
    const entry: RuleEntry = { points, state: { open: door.severity.leftOpen }, on: door.openTooLong, off: 0 };
    return [{ entry, path: ["access", "doors", index] }];
  });
}

/** Alarms that are judged from cards and contacts together. */
export function accessRules(entries: readonly DoorEntry[], doors: readonly Door[]): readonly SilenceRule[] {
  return doors.flatMap((door, index): SilenceRule[] => {
    const severity = entries[index]?.severity;
    const rule = (key: string | null, type: "forced" | "denied", severe: SilenceRule["severity"] | undefined, text: Words) =>
      key === null || severe === undefined
        ? []
        : [
            {
              ...{ key, kind: "silence" as const, type, device: door.contact ?? door.readers[0]?.device ?? door.id, pointId: null },
              ...{ unit: "", onDelayMs: 0, offDelayMs: 0, severity: severe, text, action: SILENCE_ACTIONS[type] },
            },
          ];
    const { zh, en } = door.name;
    return [
      ...rule(door.alarms.forced, "forced", severity?.forced, { zh: `${zh} 未经许可被打开`, en: `${en}: opened without a card` }),
      ...rule(door.alarms.denied, "denied", severity?.refused, { zh: `${zh} 多次刷卡被拒`, en: `${en}: cards refused again and again` }),
    ];
  });
}

function nameOf({ id, name }: DoorEntry): Words {
  return name === undefined ? { zh: id, en: id } : typeof name === "string" ? { zh: name, en: name } : name;
}
