import { chosenSegment } from "../../drivers/vocabulary.ts";
import type { Limit, PointView, SiteView } from "../contract/site.ts";
import { hasLine, placeOf, whereText } from "./line.ts";
import type { Site } from "./model.ts";

/** The site as people and the API see it. `revision` names this state of the site file and this program. */
export function siteView(site: Site, facts: { readonly version: string; readonly revision: string; readonly demo: boolean }): SiteView {
  const limits = Map.groupBy(
    // What is derived from the value is no line beside it.
    site.rules.flatMap((rule) => (rule.kind === "limit" && rule.derivation === undefined ? [rule] : [])),
    ({ pointId }) => pointId,
  );
  const limitsOf = (id: string): Limit[] =>
    (limits.get(id) ?? []).flatMap(({ type, levels }) =>
      levels
        .filter(({ limit }) => Number.isFinite(limit))
        .map(({ severity, limit }) => ({ type: type === "high" ? type : "low", severity, limit })),
    );
  const pointOf = (number: number, device: string, row: string | null): PointView => {
    const entry = site.points[number];
    if (entry === undefined) throw new Error(`device ${device} has more points than its span`);
    const { definition, id, name, optional } = entry;
    const segment = row ?? chosenSegment(name);
    const label = segment === "" ? definition.label : { zh: `${definition.label.zh} ${segment}`, en: `${definition.label.en} ${segment}` };
    const state = definition.kind === "state";
    return {
      ...{ id, device, name, kind: definition.kind, unit: definition.unit, digits: state ? 0 : definition.digits, label, optional },
      states: state ? definition.states.map((word) => ({ ...word })) : [],
      limits: limitsOf(id),
    };
  };
  const buses = new Map(site.buses.map((bus) => [bus.id, bus]));
  return {
    ...facts,
    id: site.id,
    name: site.name,
    timezone: site.timezone,
    areas: [...site.areas],
    buses: site.buses.map((bus) => ({ id: bus.id, kind: bus.kind, hasLine: hasLine(bus) })),
    devices: site.devices.map((device) => {
      const { id, name, area, bus, channel, profile, parents, periodMs } = device;
      const wire = buses.get(bus);
      const where = wire === undefined ? "" : whereText(wire, device);
      const unit = placeOf(device);
      const called = profile.protocol === "contact" ? "line" : "unit";
      const place =
        unit === null ? "" : ` · ${called} ${unit}${profile.protocol === "modbus" && profile.perChannel ? ` · channel ${channel}` : ""}`;
      return {
        id,
        name,
        class: profile.class,
        area,
        bus,
        address: `${where}${place}`,
        profile: profile.id,
        profileLabel: profile.label,
        parents: [...parents],
        periodMs,
      };
    }),
    points: [
      ...site.devices.flatMap((device, index) => {
        const first = site.spans[index]?.first ?? 0;
        return device.points.map(({ row }, offset) => pointOf(first + offset, device.id, row));
      }),
      ...site.formulas
        .toSorted((a, b) => a.number - b.number)
        .map(({ number, device, text }) => ({ ...pointOf(number, device, null), formula: text })),
    ],
    targets: site.targets.map(({ id, kind }) => ({ id, kind })),
  };
}
