import { chosenSegment, type PointDefinition } from "../../drivers/vocabulary.ts";
import type { Words } from "../contract/alarm.ts";
import type { Device, Site } from "../site/model.ts";
import { pointText } from "../site/rules.ts";

/** A number that a wire brings, with its device, as sentences name it. Of thousands of points nearly none is ever named. */
export class PlacedPoint {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly device: Device;
  readonly unit: string;
  readonly digits: number;
  readonly #definition: PointDefinition;
  readonly #row: string | null;

  constructor(
    number: number,
    entry: Site["points"][number],
    definition: Exclude<PointDefinition, { kind: "state" }>,
    device: Device,
    row: string | null,
  ) {
    this.number = number;
    this.id = entry.id;
    this.name = entry.name;
    this.device = device;
    this.unit = definition.unit;
    this.digits = definition.digits;
    this.#definition = definition;
    this.#row = row;
  }

  get words(): Words {
    return pointText(this.device.name, this.#definition, this.#row ?? chosenSegment(this.name));
  }

  /** `27 °C`: a value of this point with no more decimals than it needs. */
  text(value: number): string {
    return numberText(value, this.digits, this.unit);
  }
}

/** By their place in the table; states have none. */
export function placedPoints(site: Pick<Site, "devices" | "spans" | "points">): readonly (PlacedPoint | null)[] {
  return site.devices.flatMap((device, index) => {
    const { first, count } = site.spans[index] ?? { first: 0, count: 0 };
    return site.points.slice(first, first + count).map((entry, offset): PlacedPoint | null => {
      const { definition } = entry;
      return definition.kind === "state"
        ? null
        : new PlacedPoint(first + offset, entry, definition, device, device.points[offset]?.row ?? null);
    });
  });
}

export function numberText(value: number, digits: number, unit: string): string {
  const text = String(Number(value.toFixed(digits)));
  return unit === "" ? text : `${text} ${unit}`;
}
