import type { BusFault, DeviceReader, ReadReport } from "../driver.ts";
import { isGood, QUALITY, type Readings } from "../reading.ts";
import { type Found, notFound, type Switch } from "../switch.ts";
import { type FoundPort, findPort, type ListedPort } from "./port.ts";
import { listPorts } from "./port-list.ts";

/**
 * Stands before a serial port that may be another adapter than it was: finds it by its names at every opening, and lets nothing pass from
 * a stranger until a device of the site has answered through it as its profile says.
 */
export class PortGuard {
  readonly #names: readonly string[];
  readonly #list: (names: readonly string[]) => Promise<readonly ListedPort[]>;
  #present: FoundPort | null = null;
  #accepted: string | null = null;

  /** @param names device files and `usb:vendor:product:serial`, most telling first. */
  constructor(names: readonly string[], list: (names: readonly string[]) => Promise<readonly ListedPort[]> = listPorts) {
    this.#names = names;
    this.#list = list;
  }

  /** Where the port is now; asked before it is opened. */
  async find(): Promise<{ readonly path: string } | { readonly fault: BusFault }> {
    this.#present = findPort(this.#names, await this.#list(this.#names), this.#accepted);
    if (this.#present === null)
      return {
        fault: {
          reason: "adapterMissing",
          detail: `${this.#names.join(", ")}: not there: plug the adapter in, or correct the path of the bus`,
        },
      };
    if (this.#present.stranger === null) this.#accepted = this.#present.adapter;
    return { path: this.#present.path };
  }

  /** What is wrong with the adapter that is there, or null. */
  get stranger(): string | null {
    return this.#present !== null && this.#present.adapter !== this.#accepted ? this.#present.stranger : null;
  }

  /** A device of this wire has answered through the adapter that is there: it may stay. */
  accept(): void {
    this.#accepted = this.#present?.adapter ?? null;
  }
}

/** A reader behind a guarded port: what comes through a stranger is no reading of this device. */
export function guarded(reader: DeviceReader, guard: PortGuard, isOptional: readonly boolean[]): DeviceReader {
  return {
    pointNames: reader.pointNames,
    async read(into): Promise<ReadReport> {
      const report = await reader.read(into);
      const { stranger } = guard;
      if (stranger === null) return report;
      if (report.answered && fitsProfile(into, isOptional)) {
        guard.accept();
        return report;
      }
      into.values.fill(Number.NaN);
      into.qualities.fill(QUALITY.adapterMissing);
      const detail = `${stranger}; nothing is believed until a device of this bus answers as its profile says`;
      return { answered: false, transactions: report.transactions, faults: [{ reason: "adapterMissing", detail }] };
    },
  };
}

/** A switch behind a guarded port: nothing is switched through a stranger, behind which may be anything. */
export function guardedSwitch(wire: Switch, guard: PortGuard): Switch {
  const unlessStrange = async (act: () => Promise<Found>): Promise<Found> => {
    const { stranger } = guard;
    return stranger === null ? act() : notFound({ reason: "adapterMissing", detail: `${stranger}; nothing is switched through it` });
  };
  return { look: () => unlessStrange(() => wire.look()), set: (isOn) => unlessStrange(() => wire.set(isOn)) };
}

/** Whether an answer can be this device's: all that the profile promises is there, and nothing is what the profile cannot be. */
function fitsProfile({ qualities }: Readings, isOptional: readonly boolean[]): boolean {
  const isImpossible = (quality: number): boolean => quality === QUALITY.outOfRange || quality === QUALITY.unknownState;
  const fits = [...qualities].every((quality, column) =>
    isOptional[column] === true ? !isImpossible(quality) : isGood(quality) || quality === QUALITY.sentinel,
  );
  return fits && qualities.some(isGood);
}
