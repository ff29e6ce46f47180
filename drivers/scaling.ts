import type { Conversion, SCALED_AS } from "./profile-parts.ts";

/** How a number changes by what another variable of the device says about it. */
export type Scaling =
  | { readonly kind: "number"; readonly as: (typeof SCALED_AS)[number] }
  | { readonly kind: "codes"; readonly codes: ReadonlyMap<string, Conversion> };

/** What a profile writes: `as`, or `codes`. */
export type ScalingEntry = { readonly as: (typeof SCALED_AS)[number] } | { readonly codes: Readonly<Record<string, Conversion>> };

const DECIMALS_MAX = 12;
const ZERO_CELSIUS_IN_KELVIN = 273.15;
/** Doubles keep 15 digits; after a multiplication the last ones are dust. */
const HOUSE_DIGITS = 12;

export function scalingOf(entry: ScalingEntry): Scaling {
  if ("as" in entry) return { kind: "number", as: entry.as };
  return { kind: "codes", codes: new Map(Object.entries(entry.codes).map(([code, conversion]) => [code.toLowerCase(), conversion])) };
}

/** The value in the unit that is meant, or null when what is said is not among what is known. */
export function scaledBy(value: number, said: number | string, scaling: Scaling): number | null {
  if (scaling.kind === "codes") {
    const conversion = scaling.codes.get(String(said).toLowerCase());
    return conversion === undefined ? null : converted(value, conversion);
  }
  if (typeof said !== "number" || !Number.isFinite(said)) return null;
  switch (scaling.as) {
    case "divisor":
      return said === 0 ? null : tidy(value / said);
    case "factor":
      return tidy(value * said);
    case "decimals":
      return Number.isInteger(said) && Math.abs(said) <= DECIMALS_MAX ? tidy(said < 0 ? value * 10 ** -said : value / 10 ** said) : null;
    case "signed":
      return said === 0 ? value : tidy(said < 0 ? value / -said : value * said);
    default:
      return scaling.as satisfies never;
  }
}

/** A number by a factor, or a temperature in degrees Celsius. */
export function converted(value: number, conversion: Conversion): number {
  switch (conversion) {
    case "celsius":
      return value;
    case "fahrenheit":
      return tidy(((value - 32) * 5) / 9);
    case "kelvin":
      return tidy(value - ZERO_CELSIUS_IN_KELVIN);
    default:
      return conversion === 1 ? value : tidy(value * conversion);
  }
}

function tidy(value: number): number {
  return Number(value.toPrecision(HOUSE_DIGITS));
}
