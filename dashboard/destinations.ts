import type { ComponentType } from "preact";
import type { Words } from "../firmware/contract/alarm.ts";
import type { Action } from "../firmware/contract/permissions.ts";

/** A page that is fetched when somebody goes there, with words and styles of its own: the wall screen never loads it. */
export interface Destination {
  /** First part of the address after `#/`. */
  readonly name: string;
  readonly words: Words;
  /** Who may see it; others are told which role it takes. */
  readonly action: Action;
  /** Path data of a 24 × 24 line drawing. */
  readonly icon: string;
  readonly load: () => Promise<ComponentType<DestinationProps>>;
}

export interface DestinationProps {
  /** What follows the page's name in the address, decoded; empty when nothing does. */
  readonly tail: string;
}

/** In the order of the navigation. */
export const DESTINATIONS: readonly Destination[] = [
  {
    name: "rounds",
    words: { zh: "巡检", en: "Rounds" },
    action: "inspection.see",
    icon: "M6 4h12v17H6zM9 2h6v4H9zM9 11l2 2 4-4M9 17h6",
    load: () => import("./pages/rounds.tsx").then(({ RoundsPage }) => RoundsPage),
  },
  {
    name: "buses",
    words: { zh: "总线", en: "Buses" },
    action: "room.see",
    icon: "M4 12h16M6 12V6h4v6m4 0v6h4v-6",
    load: () => import("./pages/buses.tsx").then(({ BusesPage }) => BusesPage),
  },
];

export function destinationOf(name: string): Destination | undefined {
  return DESTINATIONS.find((destination) => destination.name === name);
}
