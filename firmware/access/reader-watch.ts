/**
 * How a reader counts. `events`: one step per card. `changes`: one step when a card comes and one when it goes, as readers do that show the
 * card as long as it is there. `told`: it does not count; it tells each card once, and the driver counts them from its start on.
 */
export type Counting = "events" | "changes" | "told";

/** Back at zero and empty, after more steps than one card makes: switched off and on, however full the counter was. */
const BLANK_STEPS_MAX = 2;

/** What is remembered of a reader, also over a restart: nothing is taken twice and nothing is lost unseen. */
export interface ReaderMemory {
  readonly counter: number;
  /** No card was there at that count. */
  readonly blank: boolean;
}

/** One good reading of a reader. `blank`: there is no card in it. */
export interface ReaderSight {
  readonly counter: number;
  readonly blank: boolean;
}

/**
 * What a reading says beyond the one before. `fresh`: the card in it is a new event. `missed`: so many events came and went unseen; null:
 * the reader began to count anew, and nobody can say how many.
 */
export interface ReaderVerdict {
  readonly fresh: boolean;
  readonly missed: number | null;
  readonly memory: ReaderMemory;
}

/** More steps than this between two readings are not people: the reader was restarted and counts anew. */
export const STEPS_MAX = 1_000;

/**
 * How a reader counts, as far as it has shown: one that takes the card away at the same count does not count the going. The makers of such
 * readers do not agree with themselves about it.
 */
export function countingShown(before: ReaderMemory | null, sight: ReaderSight, counting: Counting): Counting {
  if (counting === "told") return counting;
  const wentUncounted = before !== null && before.counter === sight.counter && !before.blank && sight.blank;
  return wentUncounted ? "events" : counting;
}

const nothingNew = (memory: ReaderMemory): ReaderVerdict => ({ fresh: false, missed: 0, memory });

/** Compares a reading with the last one. `modulus`: the counter starts at zero again there. The first reading ever is only remembered. */
export function seeReader(before: ReaderMemory | null, sight: ReaderSight, counting: Counting, modulus: number): ReaderVerdict {
  const memory: ReaderMemory = { counter: sight.counter, blank: sight.blank };
  if (before === null || before.counter === sight.counter) return nothingNew(before ?? memory);
  const steps = (sight.counter - before.counter + modulus) % modulus;
  const anew = sight.counter === 0 && sight.blank && steps > BLANK_STEPS_MAX;
  if (steps > STEPS_MAX || anew) {
    // What it shows happened after it was switched on, so it is news; what happened before that, nobody knows.
    const fresh = !sight.blank && sight.counter > 0;
    return { fresh, missed: null, memory };
  }
  const fresh = !sight.blank;
  const came = counting === "events" ? steps : cardsWithin(steps, before.blank);
  return { fresh, missed: Math.max(0, came - (fresh ? 1 : 0)), memory };
}

/**
 * The same of a reader that tells each card once. `eventsLost`: it may have told cards to nobody since the reading before, also because
 * the box was off.
 */
export function hearReader(before: ReaderMemory | null, sight: ReaderSight, eventsLost: boolean): ReaderVerdict {
  const memory: ReaderMemory = { counter: sight.counter, blank: sight.blank };
  const fresh = !sight.blank;
  if (before === null) return { fresh, missed: 0, memory };
  return { fresh, missed: eventsLost ? null : Math.max(0, sight.counter - before.counter - (fresh ? 1 : 0)), memory };
}

/** Cards that came during so many changes, when coming and going take turns: from an empty reader the first change is a card. */
function cardsWithin(steps: number, fromBlank: boolean): number {
  return Math.floor((steps + (fromBlank ? 1 : 0)) / 2);
}

/** The number of a card from its two halves of 32 bits, in decimal; null when there is no card. */
export function cardNumber(low: number, high: number): string | null {
  const number = (BigInt(high) << 32n) | BigInt(low);
  return number === 0n ? null : number.toString();
}
