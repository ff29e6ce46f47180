import type { Words } from "../contract/alarm.ts";
import type { IncidentEvent } from "../incidents/event.ts";
import type { Site } from "../site/model.ts";

/** What the event's ids stand for: the words of a place and the kind of thing that stands there. */
export interface Place {
  readonly device: Words;
  /** From the site down to the area. */
  readonly location: Words;
  readonly category: string;
  readonly model: Words;
}

export type Places = (event: IncidentEvent) => Place;

/** Names of the site file for the ids of an event; an id that the file no longer has stands for itself. */
export function placesOf(site: Pick<Site, "name" | "areas" | "devices">): Places {
  const areas = new Map(site.areas.map((area) => [area.id, area]));
  const devices = new Map(site.devices.map((device) => [device.id, device]));
  const path = (id: string | null): readonly Words[] => {
    const area = id === null ? undefined : areas.get(id);
    return area === undefined ? [] : [...path(area.parent), area.name];
  };
  return ({ resource }) => {
    const device = devices.get(resource.device);
    const known = path(resource.area);
    const names = [site.name, ...(known.length > 0 ? known : [{ zh: resource.area, en: resource.area }])];
    return {
      device: device?.name ?? { zh: resource.device, en: resource.device },
      location: { zh: names.map(({ zh }) => zh).join(" / "), en: names.map(({ en }) => en).join(" / ") },
      category: device?.profile.class ?? resource.area,
      model: device?.profile.label ?? { zh: "", en: "" },
    };
  };
}
