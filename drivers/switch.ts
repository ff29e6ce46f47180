import type { BusFault } from "./driver.ts";

/** What a switch was found at. */
export interface Found {
  /** Read back; null: nobody knows, which is neither on nor off. */
  readonly isOn: boolean | null;
  /** Why it is not known, or was not set; null: nothing went wrong. */
  readonly fault: BusFault | null;
}

/** Something that the box can switch: a coil, a register, a line. Expected trouble is in what is found, never thrown. */
export interface Switch {
  look(): Promise<Found>;
  /** Sets it and looks: what is found is what counts, whatever the answer to the setting was. */
  set(isOn: boolean): Promise<Found>;
}

/** A session that knows switches as well as devices. A switch is used like a device: never while something else is asked on the same wire. */
export interface Switches<Place> {
  switchAt(place: Place): Switch;
}

/** What is found where nobody can look. */
export const notFound = (fault: BusFault): Found => ({ isOn: null, fault });
