import { EventEmitter } from "node:events";
import { stat } from "node:fs/promises";
import { SerialPort } from "serialport";
import type { BusFault } from "../driver.ts";
import type { Line, LineAnswer, LineListener } from "./line.ts";
import type { PortGuard } from "./port-guard.ts";

export interface SerialSettings {
  /** Eight unless said otherwise. */
  readonly dataBits?: 7 | 8;
  readonly path: string;
  readonly baudRate: number;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
  /** Where the port may have other names, or another adapter may be behind its name. */
  readonly guard?: PortGuard | undefined;
}

const READ_BUFFER_BYTES = 4_096;

/** Opens a serial port for this process alone; a port that is not there or not ours is a named fault with what to do. */
export async function openSerial(settings: SerialSettings, listener: LineListener): Promise<LineAnswer> {
  const { baudRate, parity, stopBits, dataBits = 8 } = settings;
  const found = await (settings.guard?.find() ?? settings);
  if ("fault" in found) return found;
  const { path } = found;
  const port = new SerialPort({ path, baudRate, parity, stopBits, dataBits, autoOpen: false, highWaterMark: READ_BUFFER_BYTES });
  let closing = false;
  let told = false;
  const lose = (cause: string): void => {
    if (closing || told) return;
    told = true;
    listener.lost({ reason: "adapterMissing", detail: `${path}: ${cause}` });
  };
  // Stays for the life of the port: an error without a listener would end the process.
  port.on("error", (error: Error) => lose(error.message));
  const failure = await new Promise<Error | null>((resolve) => port.open((error) => resolve(error)));
  if (failure !== null) return { fault: { reason: "adapterMissing", detail: `${path}: ${advice(failure.message)}` } };
  wakeAfterPolls(port);
  const identity = await identityOf(path);
  port.on("close", (error: Error | null | undefined) => lose(error?.message ?? "the port has closed"));
  port.on("data", (chunk: Buffer) => listener.bytes(chunk));
  return { line: serialLine(port, path, identity, () => (closing = true)) };
}

function serialLine(port: SerialPort, path: string, identity: string | null, closing: () => void): Line {
  return {
    send: (bytes) => {
      // Trouble while writing arrives as `error` or `close`.
      port.write(Buffer.from(bytes));
    },
    check: async (): Promise<BusFault | null> => {
      const present = await identityOf(path);
      if (present === null) return { reason: "adapterMissing", detail: `${path} has gone: plug the adapter in again` };
      if (present !== identity) return { reason: "adapterMissing", detail: `${path} is another adapter now; it is opened anew` };
      return port.isOpen ? null : { reason: "adapterMissing", detail: `${path}: the port has closed` };
    },
    close: async () => {
      closing();
      if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()));
    },
  };
}

/**
 * The port's native poller calls back without letting promises run behind it; since Node 26.4 they then wait until something else
 * wakes the process, and an answer is seen one timeout too late (serialport/bindings-cpp#239). An immediate is such a something.
 */
function wakeAfterPolls(port: SerialPort): void {
  const binding: object | undefined = port.port;
  if (binding === undefined || !("poller" in binding) || !(binding.poller instanceof EventEmitter)) return;
  for (const event of ["readable", "writable", "disconnect"]) binding.poller.on(event, () => setImmediate(() => {}));
}

/** What the path leads to; a USB adapter that was pulled and plugged in again is another node under the same name. */
async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, rdev } = await stat(path);
    return `${dev} ${ino} ${rdev}`;
  } catch {
    return null;
  }
}

function advice(message: string): string {
  if (/No such file|ENOENT|ENXIO|No such device/i.test(message)) return "not there: plug the adapter in, or correct the path of the bus";
  if (/Permission denied|EACCES/i.test(message)) return "no permission: the service's user must be in the group dialout";
  if (/lock|EBUSY|temporarily unavailable/i.test(message)) return "in use by another program: stop that program";
  if (/EIO|Input\/output/i.test(message)) return "the adapter does not answer: unplug it and plug it in again";
  return message;
}
