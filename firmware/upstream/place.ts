import type { Words } from "../contract/alarm.ts";
import type { IncidentEvent } from "../incidents/event.ts";
import type { Site } from "../site/model.ts";
import { areaPath } from "../site/place.ts";

/** What the event's ids stand for: the words of a place and the kind of thing that stands there. */
export interface Place {
  readonly device: Words;
  /** From the site down to the area, or to where in it the register says. */
  readonly location: Words;
  readonly category: string;
  readonly model: Words;
}

export type Places = (event: IncidentEvent) => Place;

/** What the event itself says of its subject, else the site file's names for its ids; an id that the file no longer has stands for itself. */
export function placesOf(site: Pick<Site, "name" | "areas" | "devices">): Places {
  const devices = new Map(site.devices.map((device) => [device.id, device]));
  return ({ resource, service }) => {
    const device = devices.get(resource.device);
    return {
      device: service?.device ?? device?.name ?? { zh: resource.device, en: resource.device },
      location: service?.location ?? areaPath(site, resource.area),
      category: service?.category ?? device?.profile.class ?? resource.area,
      model: device?.profile.label ?? { zh: "", en: "" },
    };
  };
}
