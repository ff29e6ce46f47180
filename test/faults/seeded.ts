/** Chance that can be had again: the same seed gives the same numbers on every machine. */
export interface Seeded {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number from 0 to before `below`. */
  whole(below: number): number;
  of<Item>(items: readonly Item[]): Item;
}

/** The generator "mulberry32" of Tommy Ettinger: 32 bits of state, and seeds that follow each other have nothing in common. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const whole = (below: number): number => Math.floor(next() * below);
  return {
    next,
    whole,
    of(items) {
      const item = items[whole(items.length)];
      if (item === undefined) throw new Error("nothing to choose from");
      return item;
    },
  };
}
