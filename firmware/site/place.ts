import type { Words } from "../contract/alarm.ts";
import type { Area, Site } from "./model.ts";

/** From the site down to the area. An id that the site file no longer has stands for itself. */
export function areaPath({ name, areas }: Pick<Site, "name" | "areas">, area: string): Words {
  const names = [name, ...pathOf(areas, area)];
  const known = names.length > 1 ? names : [name, { zh: area, en: area }];
  return { zh: known.map(({ zh }) => zh).join(" / "), en: known.map(({ en }) => en).join(" / ") };
}

function pathOf(areas: readonly Area[], id: string | null): readonly Words[] {
  const area = areas.find((known) => known.id === id);
  return area === undefined ? [] : [...pathOf(areas, area.parent), area.name];
}
