import type { PointSpan } from "../points/table.ts";
import type { Device, Site } from "../site/model.ts";
import type { PointPlace } from "./point-lines.ts";
import type { Labels } from "./text.ts";

/** What of a site is told about. */
export type MeteredSite = Pick<Site, "id" | "name" | "devices" | "points" | "spans" | "formulas">;

export interface MeteredDevice {
  readonly id: string;
  readonly span: PointSpan;
  readonly onBus: Labels;
  readonly info: Labels;
}

/** The labels of every point. Computed points belong to their device like those that are read. */
export function pointPlaces(site: MeteredSite): readonly PointPlace[] {
  const owners = new Map(site.devices.map((device) => [device.id, labelsOf(site.id, device)]));
  const formulas = new Map(site.formulas.map(({ number, device }) => [number, owners.get(device) ?? { site: site.id, device }]));
  const read = site.spans.flatMap(({ count }, place) => {
    const labels = labelsOf(site.id, site.devices[place] as Device);
    return Array.from({ length: count }, () => labels);
  });
  return site.points.map((entry, point) => ({ entry, labels: read[point] ?? formulas.get(point) ?? { site: site.id } }));
}

export function meteredDevices(site: MeteredSite): readonly MeteredDevice[] {
  return site.devices.map((device, place) => {
    const onBus = { ...labelsOf(site.id, device), bus: device.bus };
    const { zh: name, en } = device.name;
    return {
      id: device.id,
      span: site.spans[place] as PointSpan,
      onBus,
      info: { ...onBus, profile: device.profile.id, name, name_en: en },
    };
  });
}

function labelsOf(site: string, { area, id, profile }: Device): Labels {
  return { site, area, device: id, class: profile.class };
}
