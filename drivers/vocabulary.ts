/**
 * Every point name the product knows, with unit, physical range and labels. Names follow NUT (docs/nut-names.txt, the record
 * named by RFC 9271) where NUT has one: UPS, PDU, meter and ambient names; air-conditioner, door, leak and host names are ours in
 * the same grammar. A `#` stands for one segment chosen by the site (a phase, an interface, a disk).
 */
export type Unit =
  | ""
  | "°C"
  | "K"
  | "%"
  | "V"
  | "A"
  | "W"
  | "kW"
  | "VA"
  | "var"
  | "kWh"
  | "Hz"
  | "s"
  | "min"
  | "Pa"
  | "kPa"
  | "B"
  | "B/s"
  | "1/s"
  | "rpm"
  | "m³/h"
  | "L/min";

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** A number that varies. `range` is what physics allows, not what is good: outside it a reading is not believed. */
export interface MeasureDefinition {
  readonly kind: "measure" | "counter";
  readonly unit: Unit;
  readonly range: readonly [low: number, high: number];
  /** Decimal places a person needs. */
  readonly digits: number;
  readonly label: Words;
}

/** A small set of named states; a reading carries the state's index in `states`. */
export interface StateDefinition {
  readonly kind: "state";
  readonly unit: "";
  readonly states: readonly StateWord[];
  readonly label: Words;
}

export interface StateWord extends Words {
  /** The name that profiles and rules use, e.g. `on-battery`. */
  readonly name: string;
}

export type PointDefinition = MeasureDefinition | StateDefinition;
