import type { PointDefinition } from "../../drivers/vocabulary.ts";
import type { FormulaPoint, Scope } from "../points/formula-value.ts";
import { fitsPattern } from "./rules.ts";

/** A point of the site, read or worked out, as rules and formulas find it. */
export interface IndexedPoint extends FormulaPoint {
  readonly device: string;
  readonly area: string;
  readonly name: string;
  readonly definition: PointDefinition;
  /** How often there is a new reading, milliseconds. */
  readonly periodMs: number;
}

/** A point as its rules are checked; what is remembered of a device (days of warranty left) has rules, too, and is in no formula. */
export type RuledPoint = Omit<IndexedPoint, "number">;

/** In a formula of a rule: points of the same name at other devices of the same area. */
const SIBLINGS = "siblings";

/** All points of a site by their ids. */
export class PointIndex {
  readonly points: readonly IndexedPoint[];
  readonly #byId: ReadonlyMap<string, IndexedPoint>;

  constructor(points: readonly IndexedPoint[]) {
    this.points = points;
    this.#byId = new Map(points.map((point) => [point.id, point]));
  }

  get(id: string): IndexedPoint | undefined {
    return this.#byId.get(id);
  }

  /** What names mean at a device; `self` is the point itself, which is never among several. */
  scopeAt(device: string, self: string | null = null): Scope {
    return {
      find: (name) => {
        const found = this.#find(name, device, self);
        return found.length > 1 ? found.filter(({ id }) => id !== self) : found;
      },
    };
  }

  #find(name: string, device: string, self: string | null): readonly IndexedPoint[] {
    const own = self === null ? undefined : this.#byId.get(self);
    if (name === SIBLINGS && own !== undefined)
      return this.points.filter((point) => point.name === own.name && point.area === own.area && point.device !== own.device);
    if (name.includes("*") && name.includes("/")) return this.points.filter(({ id }) => fitsPattern(name, id));
    const id = name.includes("/") ? name : `${device}/${name}`;
    return name.includes("*")
      ? this.points.filter((point) => fitsPattern(id, point.id))
      : [this.#byId.get(id)].flatMap((point) => point ?? []);
  }
}
