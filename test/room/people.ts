/** People who come and go through the back door of the demo room. Pure: the same seed and moment are the same people. */
export interface Passage {
  /** What the reader outside shows, and the one inside; 0 is no card. */
  readonly in: { readonly changes: number; readonly card: number };
  readonly out: { readonly changes: number; readonly card: number };
  readonly doorOpen: boolean;
}

/** Staff of the demo room as a list of card holders. The last card that comes by is nobody's. */
export const STAFF_CSV = `card,name,company,validUntil
1100000017,张伟 Zhang Wei,机房值班 Duty,
1100000025,李娜 Li Na,机房值班 Duty,
1100000033,王芳 Wang Fang,空调维保 Cooling service,2030-12-31
`;
const STAFF = [1_100_000_017, 1_100_000_025, 1_100_000_033] as const;
const STRANGER = 4_000_000_021;

/** One visit in so many simulated seconds. */
const SLOT_SECONDS = 300;
const STRANGER_EVERY = 5;
/** A card is held before the reader from the first to the second of these seconds of its slot. */
const IN = [40, 70] as const;
const OUT = [200, 230] as const;
/** The door follows the card. */
const OPEN_AFTER = 10;

export function passageAt(seconds: number, seed: number): Passage {
  const slot = Math.floor(seconds / SLOT_SECONDS);
  const at = seconds - slot * SLOT_SECONDS;
  const isStranger = slot % STRANGER_EVERY === STRANGER_EVERY - 1;
  const card = isStranger ? STRANGER : (STAFF[drawn(slot, seed) % STAFF.length] as number);
  const strangersBefore = Math.floor(slot / STRANGER_EVERY);
  const isIn = within(IN, at);
  const isOut = !isStranger && within(OUT, at);
  return {
    in: { changes: 2 * slot + steps(IN, at), card: isIn ? card : 0 },
    out: { changes: 2 * (slot - strangersBefore) + (isStranger ? 0 : steps(OUT, at)), card: isOut ? card : 0 },
    doorOpen: !isStranger && [IN, OUT].some(([from, to]) => at >= from + OPEN_AFTER && at < to),
  };
}

const within = ([from, to]: readonly [number, number], at: number): boolean => at >= from && at < to;
const steps = ([from, to]: readonly [number, number], at: number): number => (at >= to ? 2 : at >= from ? 1 : 0);

/** A number that depends on slot and seed alone. */
function drawn(slot: number, seed: number): number {
  const mixed = Math.imul(slot + 1, 0x9e37_79b1) ^ Math.imul(seed | 0, 0x85eb_ca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
