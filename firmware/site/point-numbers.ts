import { chosenSegment, findPoint } from "../../drivers/vocabulary.ts";
import type { PointEntry, PointSpan } from "../points/table.ts";
import type { PlannedPoint } from "./computed-points.ts";
import { COMPUTED_NAMES } from "./default-rules.ts";
import type { Device } from "./model.ts";
import type { IndexedPoint, RuledPoint } from "./point-index.ts";
import type { PointPlace } from "./point-rules.ts";
import { LOST_AFTER_MIN_MS, LOST_POLLS } from "./rules.ts";

/** A point with its number, how often it is read, and whether its device may lack it. */
export interface NumberedPlace extends PointPlace {
  readonly optional: boolean;
  readonly periodMs: number;
}

/** All points of a site in the order of their numbers: those of the wires, device by device, then those that are worked out. */
export function placesOf(devices: readonly Device[], planned: readonly PlannedPoint[]): readonly NumberedPlace[] {
  const places: NumberedPlace[] = [];
  for (const device of devices)
    for (const { name, field, row, optional, everyMs } of device.points) {
      const definition = findPoint(name);
      if (definition === undefined) throw new Error(`point ${name} passed the catalogue without a definition`);
      const segment = field.includes("#") && row !== null ? row : chosenSegment(name);
      const periodMs = Math.max(device.periodMs, everyMs);
      places.push({ device, definition, id: `${device.id}/${name}`, name, field, number: places.length, segment, optional, periodMs });
    }
  for (const { device, name, definition } of planned)
    places.push({
      ...{ device, definition, id: `${device.id}/${name}`, name, field: null, number: places.length, segment: chosenSegment(name) },
      // It is there when its inputs are: until then it is no point that has failed.
      ...{ optional: true, periodMs: device.periodMs },
    });
  return places;
}

export function spansOf(devices: readonly Device[]): readonly PointSpan[] {
  let first = 0;
  return devices.map(({ points: { length: count } }) => {
    const span = { first, count };
    first += count;
    return span;
  });
}

export function entriesOf(places: readonly NumberedPlace[]): readonly PointEntry[] {
  return places.map(({ id, name, definition, optional, periodMs }) => {
    const staleAfterMs = Math.max(LOST_POLLS * periodMs, LOST_AFTER_MIN_MS);
    return { id, name, definition, optional, staleAfterMs };
  });
}

/** What the box remembers of every device: numbers without a wire. */
export function remindersOf(devices: readonly Device[]): readonly RuledPoint[] {
  return devices.flatMap(({ id: device, area, periodMs }) =>
    COMPUTED_NAMES.flatMap((name): RuledPoint[] => {
      const definition = findPoint(name);
      return definition === undefined ? [] : [{ id: `${device}/${name}`, device, area, name, definition, periodMs }];
    }),
  );
}

export function numbered(places: readonly NumberedPlace[]): readonly IndexedPoint[] {
  return places.map(({ id, number, definition, device, name, periodMs }) => ({
    ...{ id, number, definition, name, periodMs },
    ...{ device: device.id, area: device.area },
  }));
}
