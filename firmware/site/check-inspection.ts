import type { SourceText } from "../../drivers/source-text.ts";
import { keyNames } from "../contract/key-names.ts";
import type { Placed } from "./check.ts";
import { INSPECTION_ITEMS_MAX, type InspectionEntry, type InspectionItemEntry } from "./inspection-schema.ts";
import type { Device } from "./model.ts";
import { fitsPattern } from "./rules.ts";

type Path = readonly PropertyKey[];
const SHOWN_MAX = 12;

/** Every id once per template, every device and point one that the site has, and a range that something can lie in. */
export function checkInspection(source: SourceText, templates: readonly Placed<InspectionEntry>[], devices: readonly Device[]): void {
  const first = new Map<string, number>();
  for (const { entry, path } of templates) {
    const earlier = first.get(entry.id);
    if (earlier === undefined) first.set(entry.id, path[1]);
    else
      source.add([...path, "id"], {
        zh: `编号 ${entry.id} 已在 inspection[${earlier}] 用过`,
        en: `id ${entry.id} is already used by inspection[${earlier}]`,
      });
    checkItems(source, entry, path, devices);
  }
}

function checkItems(source: SourceText, entry: InspectionEntry, path: Path, devices: readonly Device[]): void {
  const seen = new Map<string, number>();
  const all = new Set<string>();
  entry.items.forEach((item, index) => {
    const place = [...path, "items", index];
    checkDevice(source, item, place, devices);
    if (item.kind === "measured") {
      const points = measuredPoints(item, devices);
      for (const point of points) all.add(point);
      if (points.length === 0) sayNoPoint(source, item, place, devices);
      // A pattern may meet what was named before; naming the same point twice is a slip.
      if (item.point?.includes("*") === true || item.point === undefined) return;
    } else {
      all.add(item.id);
      checkAnswer(source, item, place);
    }
    const id = item.kind === "measured" ? (measuredPoints(item, devices)[0] ?? "") : item.id;
    const earlier = seen.get(id);
    if (earlier === undefined) seen.set(id, index);
    else if (id !== "")
      source.add(item.kind === "measured" ? [...place, "point"] : [...place, "id"], {
        zh: `${id} 已在 items[${earlier}] 用过`,
        en: `${id} is already used by items[${earlier}]`,
      });
  });
  if (all.size > INSPECTION_ITEMS_MAX)
    source.add([...path, "items"], {
      zh: `共 ${all.size} 项，上限 ${INSPECTION_ITEMS_MAX}；请缩小通配范围或分成几个模板`,
      en: `${all.size} items; the limit is ${INSPECTION_ITEMS_MAX}. Narrow the patterns or make several templates`,
    });
}

function checkDevice(source: SourceText, item: InspectionItemEntry, place: Path, devices: readonly Device[]): void {
  if (item.device === undefined || devices.length === 0 || devices.some(({ id }) => id === item.device)) return;
  const names = devices.slice(0, SHOWN_MAX).map(({ id }) => id);
  source.add([...place, "device"], {
    zh: `devices 中没有 ${item.device}；现有：${names.join("、")}`,
    en: `there is no ${item.device} in devices; there are: ${names.join(", ")}`,
  });
}

function sayNoPoint(
  source: SourceText,
  item: Extract<InspectionItemEntry, { kind: "measured" }>,
  place: Path,
  devices: readonly Device[],
): void {
  if (item.device === undefined && item.point === undefined) {
    source.add(place, { zh: "measured 需要 point 或 device", en: "measured needs point or device" });
    return;
  }
  const device = devices.find(({ id }) => id === (item.device ?? item.point?.split("/")[0]));
  // Who cannot be resolved, or is not there, was spoken of already.
  if (devices.length === 0 || (device === undefined && item.device !== undefined)) return;
  const names = device?.points.slice(0, SHOWN_MAX).map(({ name }) => name) ?? devices.slice(0, SHOWN_MAX).map(({ id }) => id);
  source.add(item.point === undefined ? [...place, "device"] : [...place, "point"], {
    zh: `没有测点符合 ${item.point ?? item.device}；应为${device === undefined ? "“设备/测点名”，设备" : `${device.id} 的测点`}，如：${names.join("、")}`,
    en: `no point matches ${item.point ?? item.device}; expected ${device === undefined ? "`device/point-name`, of the devices" : `a point of ${device.id}`}, e.g. ${names.join(", ")}`,
  });
}

function checkAnswer(source: SourceText, item: Exclude<InspectionItemEntry, { kind: "measured" }>, place: Path): void {
  if (item.kind === "number" && item.min !== undefined && item.max !== undefined && item.min > item.max)
    source.add([...place, "max"], {
      zh: `上限 ${item.max} 低于下限 ${item.min}：任何数值都会异常`,
      en: `max ${item.max} is below min ${item.min}: every number would be abnormal`,
    });
  if (item.kind !== "choice") return;
  const ids = item.choices.map(({ id }) => id);
  for (const [index, id] of ids.entries())
    if (ids.indexOf(id) !== index)
      source.add([...place, "choices", index, "id"], { zh: `选项编号 ${id} 重复`, en: `choice id ${id} is used twice` });
  if (item.choices.every(({ abnormal }) => abnormal))
    source.add([...place, "choices"], { zh: "至少要有一个正常的选项", en: "at least one choice must be normal" });
}

/** Ids of the points that a measured item stands for, in the order of the site; the most telling ones of a device when it names none. */
export function measuredPoints(item: Extract<InspectionItemEntry, { kind: "measured" }>, devices: readonly Device[]): readonly string[] {
  const { device, point } = item;
  if (device === undefined && point === undefined) return [];
  if (device !== undefined) {
    const found = devices.find(({ id }) => id === device);
    if (found === undefined) return [];
    const names = found.points.map(({ name }) => name);
    const chosen = point === undefined ? keyNames(found.profile.class, names) : names.filter((name) => fitsPattern(point, name));
    return chosen.map((name) => `${device}/${name}`);
  }
  return devices.flatMap(({ id, points }) =>
    points.map(({ name }) => `${id}/${name}`).filter((candidate) => fitsPattern(point ?? "", candidate)),
  );
}
