import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { BoxRow } from "./manifest.ts";

/** Where a box says who it is, below `/` (tests give another folder). The device tree is that of single-board computers, DMI that of PCs. */
const SERIAL_FILES = ["sys/firmware/devicetree/base/serial-number", "sys/class/dmi/id/product_serial", "sys/class/dmi/id/board_serial"];
const NETWORK = "sys/class/net";
const INTERFACES_MAX = 64;
/** What makers write where they write nothing. */
const NO_SERIAL =
  /^(to be filled.*|default string|system serial number|not (specified|available|applicable)|none|n\/?a|unknown|0+|123456789)$/i;

/** How a box is told from others: the serial number of its board and the addresses of its network cards. */
export interface BoxIdentity {
  readonly serial: string | null;
  readonly macs: readonly string[];
}

export async function boxIdentity(machine: string): Promise<BoxIdentity> {
  let serial: string | null = null;
  for (const file of SERIAL_FILES) serial ??= serialIn(await readFile(join(machine, file), "utf8").catch(() => ""));
  const macs: string[] = [];
  const names = await readdir(join(machine, NETWORK)).catch(() => []);
  for (const name of names.sort().slice(0, INTERFACES_MAX)) {
    // Bridges, tunnels and the loopback have no device behind them, and an address that may be made up.
    const isCard = await realpath(join(machine, NETWORK, name, "device")).then(
      () => true,
      () => false,
    );
    const mac = macIn(await readFile(join(machine, NETWORK, name, "address"), "utf8").catch(() => ""));
    if (isCard && mac !== null && !macs.includes(mac)) macs.push(mac);
  }
  return { serial, macs };
}

/** A serial number as it stands in a manifest; null for what is none. */
export function serialIn(text: string): string | null {
  const serial = text.replaceAll("\0", "").trim().toUpperCase();
  return NO_SERIAL.test(serial) || !/^[A-Z0-9][A-Z0-9._-]{3,63}$/.test(serial) ? null : serial;
}

export function macIn(text: string): string | null {
  const mac = text.trim().toLowerCase().replaceAll("-", ":");
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== "00:00:00:00:00:00" && mac !== "ff:ff:ff:ff:ff:ff" ? mac : null;
}

/** The rows that are for this box: those that name it, otherwise the one for every box. More than one file is the planner's mistake. */
export function rowsOf(rows: readonly BoxRow[], { serial, macs }: BoxIdentity): readonly BoxRow[] {
  const named = rows.filter(({ box }) => box !== null && (box === serial || macs.includes(box)));
  const byFile = [...new Map(named.map((row) => [row.file, row])).values()];
  return byFile.length > 0 ? byFile : rows.filter(({ box }) => box === null);
}

/** What a planner needs to add this box to the table. */
export function identityText({ serial, macs }: BoxIdentity): string {
  return [serial ?? "?", ...macs].join(" · ");
}
