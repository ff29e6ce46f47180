/**
 * How often a fault is tried: `make test` takes the short count, so that everybody runs every fault with every change; `make faults`
 * (`FAULTS=full`) the count that the promise is made of.
 */
export function times(count: { readonly short: number; readonly full: number }): number {
  return process.env["FAULTS"] === "full" ? count.full : count.short;
}
