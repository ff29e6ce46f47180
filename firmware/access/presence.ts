import type { AccessEntry, Inside } from "../contract/access.ts";

/** Without a reader at the way out nobody is ever seen leaving: whoever came in is taken off the list after this time. */
export const STAY_WITHOUT_READER_OUT_MS = 24 * 3_600_000;

/** More names than a room holds: beyond it those who came first are forgotten. */
const INSIDE_MAX = 2_000;

/** Who is inside, told from the log alone. Unknown is shown as doubt, never as a negative number. */
export interface Presence {
  readonly inside: ReadonlyMap<string, Inside>;
  readonly unknownExits: number;
  readonly missed: number;
}

export const NOBODY_INSIDE: Presence = { inside: new Map(), unknownExits: 0, missed: 0 };

type Seen = Pick<AccessEntry, "kind" | "atMs" | "direction" | "card" | "person" | "company" | "area" | "door" | "subject" | "count">;

/** The list after one more entry. `hasReaderOut`: whether somebody who leaves this area is read. Pure. */
export function afterEntry(before: Presence, entry: Seen, hasReaderOut: (area: string | null) => boolean): Presence {
  switch (entry.kind) {
    case "granted":
      return entry.card === null || entry.direction === null ? before : moved(before, entry, `card:${entry.card}`, hasReaderOut);
    case "visitorIn":
      return entry.subject === null ? before : came(before, entry, `visit:${entry.subject}`, "none");
    case "visitorOut":
      return entry.subject === null ? before : without(before, `visit:${entry.subject}`);
    case "missed":
      return {
        ...before,
        missed: before.missed + (entry.count ?? 1),
        inside: new Map([...before.inside].map(([key, one]) => [key, doubted(one)])),
      };
    case "reset":
      return entry.subject === null ? NOBODY_INSIDE : without(before, entry.subject);
    default:
      return before;
  }
}

/** As of now: those whose stay nobody could see the end of are off the list after a day. */
export function insideNow({ inside }: Presence, nowMs: number): readonly Inside[] {
  return [...inside.values()].filter(({ doubt, sinceMs }) => doubt !== "noReaderOut" || nowMs - sinceMs < STAY_WITHOUT_READER_OUT_MS);
}

function moved(before: Presence, entry: Seen, key: string, hasReaderOut: (area: string | null) => boolean): Presence {
  if (entry.direction === "in") {
    const doubt = !hasReaderOut(entry.area) ? "noReaderOut" : before.inside.has(key) ? "cameTwice" : "none";
    return came(before, entry, key, doubt);
  }
  return before.inside.has(key) ? without(before, key) : { ...before, unknownExits: before.unknownExits + 1 };
}

function came(before: Presence, entry: Seen, key: string, doubt: Inside["doubt"]): Presence {
  const { person, company, card, area, door, atMs } = entry;
  const others = [...before.inside].filter(([other]) => other !== key).slice(1 - INSIDE_MAX);
  return { ...before, inside: new Map([...others, [key, { key, person, company, card, area, door, sinceMs: atMs, doubt }]]) };
}

function without(before: Presence, key: string): Presence {
  return { ...before, inside: new Map([...before.inside].filter(([other]) => other !== key)) };
}

/** After events that nobody read, a card holder may have left; a visitor is signed out by hand. */
function doubted(one: Inside): Inside {
  return one.key.startsWith("visit:") || one.doubt !== "none" ? one : { ...one, doubt: "eventsMissed" };
}
