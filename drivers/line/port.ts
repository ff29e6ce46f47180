/** A serial port of this machine, and all that it can be known by. */
export interface ListedPort {
  /** E.g. `/dev/ttyUSB0`, which is another adapter after the next start. */
  readonly path: string;
  /** Links that lead to it, as udev makes them: `/dev/serial/by-id/…` names the adapter, `/dev/serial/by-path/…` the socket. */
  readonly links: readonly string[];
  /** `usb:vendor:product:serial`; without the serial number where the adapter has none. Null for ports that are no USB. */
  readonly usb: UsbName | null;
}

export type UsbName = `usb:${string}`;

/** Where a port was found. `stranger`: what is wrong with the adapter there, or null. */
export interface FoundPort {
  readonly path: string;
  readonly adapter: string;
  readonly stranger: string | null;
}

const BY_ID = "/dev/serial/by-id/";
const isUsbName = (name: string): name is UsbName => name.startsWith("usb:");
/** Names that say which adapter it is, and not only where it is plugged in. */
const namesAdapter = (name: string): boolean => isUsbName(name) || name.startsWith(BY_ID);

/**
 * Finds a port by the first of its names that leads to one. Pure. The adapter there is a stranger when the names say another, or when
 * they say none and it is not the one that was accepted before.
 * @param names as the site has them, most telling first.
 */
export function findPort(names: readonly string[], ports: readonly ListedPort[], accepted: string | null): FoundPort | null {
  for (const name of names) {
    const port = ports.find((each) => (isUsbName(name) ? carries(each, name) : each.path === name || each.links.includes(name)));
    if (port === undefined) continue;
    const path = isUsbName(name) ? port.path : name;
    const adapter = port.usb ?? port.path;
    const expected = names.filter(namesAdapter);
    const isKnown = accepted === adapter || (expected.length === 0 ? accepted === null : expected.some((one) => carries(port, one)));
    const wanted = expected.length === 0 ? (accepted ?? "") : expected.join(" or ");
    return { path, adapter, stranger: isKnown ? null : `another adapter is at ${path}: expected ${wanted}, found ${adapter}` };
  }
  return null;
}

/** Whether a name of an adapter is this port's. After an update of the system the links may be gone; the serial number stays. */
function carries({ links, usb }: ListedPort, name: string): boolean {
  if (links.includes(name)) return true;
  if (usb === null) return false;
  if (isUsbName(name)) return usb === name;
  const serial = usb.split(":").slice(3).join(":");
  return serial !== "" && name.includes(`_${serial}-`);
}
