const isFull = process.env["FAULTS"] === "full";

/**
 * How often a fault is tried: `make test` takes the short count, so that everybody runs every fault with every change; `make faults`
 * (`FAULTS=full`) the count that the promise is made of.
 */
export function times(count: { readonly short: number; readonly full: number }): number {
  return isFull ? count.full : count.short;
}

/** What a full run found, for whoever reads it; the short one has no room for it. */
export function tell(...what: readonly unknown[]): void {
  if (isFull) console.log(...what);
}
