import type { Words } from "../contract/alarm.ts";
import type { InspectionItem, InspectionTemplate, MeasuredItem } from "../contract/inspection.ts";
import { keyNames } from "../contract/key-names.ts";
import type { PointView, SiteView } from "../contract/site.ts";
import { measuredPoints } from "../site/check-inspection.ts";
import type { InspectionEntry, InspectionItemEntry } from "../site/inspection-schema.ts";
import type { Site } from "../site/model.ts";
import { houseItems } from "./house-items.ts";

/** A sheet that nobody asked for stays short enough to be read. */
const HOUSE_POINTS_MAX = 120;
const HOUSE_AT = "18:00";

/** The rounds of a site: those of its file, or the house's own. `view`: the site as people see it. */
export function templatesOf(site: Site, view: Pick<SiteView, "devices" | "points">): readonly InspectionTemplate[] {
  const measured = measuredItemOf(site, view);
  if (site.inspection.length === 0) return [houseTemplate(view, measured)];
  return site.inspection.map((entry) => templateOf(entry, site, view, measured));
}

type MakeMeasured = (point: string, weight: number) => MeasuredItem | null;

function templateOf(entry: InspectionEntry, site: Site, view: Pick<SiteView, "devices">, measured: MakeMeasured): InspectionTemplate {
  const items = new Map<string, InspectionItem>();
  for (const item of entry.items) for (const made of itemsOf(item, site, view, measured)) if (!items.has(made.id)) items.set(made.id, made);
  const who = entry.who === undefined ? null : asWords(entry.who);
  return { id: entry.id, name: asWords(entry.name), at: entry.at, who, items: [...items.values()] };
}

function itemsOf(
  item: InspectionItemEntry,
  site: Site,
  view: Pick<SiteView, "devices">,
  measured: MakeMeasured,
): readonly InspectionItem[] {
  if (item.kind === "measured") return measuredPoints(item, site.devices).flatMap((point) => measured(point, item.weight) ?? []);
  const { id, name, device = null, optional, weight } = item;
  const where = view.devices.find((candidate) => candidate.id === device)?.name ?? null;
  const head = { id, name: asWords(name), device, where, weight, optional };
  switch (item.kind) {
    case "choice":
      return [{ kind: "choice", ...head, choices: item.choices.map((choice) => ({ ...choice, name: asWords(choice.name) })) }];
    case "number":
      return [{ kind: "number", ...head, unit: item.unit, min: item.min ?? null, max: item.max ?? null }];
    case "text":
      return [{ kind: "text", ...head }];
  }
}

/** Without a section in the site file: each device's most telling points, and what eyes and ears check in a machine room. */
function houseTemplate(view: Pick<SiteView, "devices" | "points">, measured: MakeMeasured): InspectionTemplate {
  const byDevice = Map.groupBy(view.points, ({ device }) => device);
  const points = view.devices.flatMap(({ id, class: deviceClass }) => {
    const own = (byDevice.get(id) ?? []).map(({ name }) => name);
    return keyNames(deviceClass, own).map((name) => `${id}/${name}`);
  });
  return {
    id: "daily",
    name: { zh: "每日巡检", en: "Daily round" },
    at: HOUSE_AT,
    who: null,
    items: [...points.slice(0, HOUSE_POINTS_MAX).flatMap((point) => measured(point, 1) ?? []), ...houseItems(view.devices)],
  };
}

function measuredItemOf(site: Site, view: Pick<SiteView, "devices" | "points">): MakeMeasured {
  const points = new Map(view.points.map((point) => [point.id, point]));
  const devices = new Map(view.devices.map((device) => [device.id, device.name]));
  const states = Map.groupBy(
    // Not whether it still moves, and not what holds at some times of the day alone.
    site.rules.flatMap((rule) => (rule.kind === "state" && rule.derivation === undefined && Number.isInteger(rule.state) ? [rule] : [])),
    ({ pointId }) => pointId,
  );
  return (id, weight) => {
    const point: PointView | undefined = points.get(id);
    if (point === undefined) return null;
    return {
      ...{ kind: "measured", id, name: point.label, device: point.device, where: devices.get(point.device) ?? null, weight, point: id },
      ...{ pointKind: point.kind, unit: point.unit, digits: point.digits, fitted: !point.optional },
      ...{ states: [...point.states], limits: [...point.limits] },
      abnormalStates: (states.get(id) ?? []).map(({ state, severity }) => ({ state, severity })),
    };
  };
}

function asWords(name: string | Words): Words {
  return typeof name === "string" ? { zh: name, en: name } : name;
}
