/** Mulberry32: small, fast, and the same on every machine. Gives a number in [0, 1) and the next state. */
function nextRandom(state: number): readonly [value: number, state: number] {
  const next = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return [((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296, next];
}

/** Advances all wandering values by `dtSeconds`; each stays within about ±3, with a standard deviation of 1 and a memory of `memorySeconds`. */
export function wander<Name extends string>(
  values: Readonly<Record<Name, number>>,
  randomState: number,
  dtSeconds: number,
  memorySeconds: number,
): readonly [values: Record<Name, number>, randomState: number] {
  const keep = Math.exp(-dtSeconds / memorySeconds);
  const kick = Math.sqrt(1 - keep * keep);
  const next: Record<Name, number> = { ...values };
  let state = randomState;
  for (const name in values) {
    // Three uniform draws make a bell whose tails end at ±3: a believable sensor never jumps out of the world.
    let sum = 0;
    for (let draw = 0; draw < 3; draw += 1) {
      const [random, nextState] = nextRandom(state);
      state = nextState;
      sum += random;
    }
    next[name] = values[name] * keep + (sum * 2 - 3) * kick;
  }
  return [next, state];
}
