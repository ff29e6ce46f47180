import { readdir, readFile, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ListedPort, UsbName } from "./port.ts";

/** How far above a port's own folder its USB device may be: interface, device, and one hub driver between. */
const USB_LEVELS_MAX = 5;
const LINK_FOLDERS = ["dev/serial/by-id", "dev/serial/by-path"] as const;

/**
 * The serial ports of this machine, from sysfs and the links of udev. What has no device behind it (consoles) is none; `names` that lead to
 * something else that is there, such as a pseudo terminal, are listed by themselves.
 */
export async function listPorts(names: readonly string[], root = "/"): Promise<readonly ListedPort[]> {
  const tty = join(root, "sys/class/tty");
  const links = [...(await linksOf(root)), ...(await leadingTo(names.filter((name) => name.startsWith("/"))))];
  const ports: ListedPort[] = [];
  for (const name of await entriesOf(tty)) {
    const device = await placeOf(join(tty, name, "device"));
    if (device === null) continue;
    const path = join(root, "dev", name);
    ports.push({ path, links: links.filter(([, to]) => to === path).map(([link]) => link), usb: await usbOf(device) });
  }
  for (const [link, to] of links)
    if (names.includes(link) && to !== null && !ports.some(({ path }) => path === to)) ports.push({ path: link, links: [], usb: null });
  return ports;
}

type Link = readonly [link: string, to: string | null];

const leadingTo = (paths: readonly string[]): Promise<readonly Link[]> =>
  Promise.all(paths.map(async (path): Promise<Link> => [path, await placeOf(path)]));

async function linksOf(root: string): Promise<readonly Link[]> {
  const folders = await Promise.all(
    LINK_FOLDERS.map(async (folder) => (await entriesOf(join(root, folder))).map((name) => join(root, folder, name))),
  );
  return leadingTo(folders.flat());
}

/** The USB device that a port's folder in sysfs lies in. */
async function usbOf(device: string): Promise<UsbName | null> {
  let folder = device;
  for (let level = 0; level < USB_LEVELS_MAX; level += 1, folder = dirname(folder)) {
    const vendor = await textOf(join(folder, "idVendor"));
    if (vendor === "") continue;
    const product = await textOf(join(folder, "idProduct"));
    const serial = await textOf(join(folder, "serial"));
    return `usb:${[vendor, product, ...(serial === "" ? [] : [serial])].join(":")}`;
  }
  return null;
}

// What is not there, or goes while it is read, is not listed: an adapter may be pulled at any time.
const entriesOf = (folder: string): Promise<readonly string[]> => readdir(folder).catch(() => []);
const placeOf = (path: string): Promise<string | null> => realpath(path).catch(() => null);
const textOf = async (path: string): Promise<string> => (await readFile(path, "utf8").catch(() => "")).trim();
