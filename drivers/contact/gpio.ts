import { constants } from "node:fs";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import type { Gpio } from "onoff";
import type { Pace } from "../driver.ts";
import { type ChipListing, findLine, parseChips } from "./chips.ts";
import type { Level } from "./debounce.ts";
import type { ContactTrouble } from "./trouble.ts";

/** An input line that is ours until it is closed. */
export interface GpioLine {
  /** What it is at; null once the line was taken away. */
  read(): Promise<Level | null>;
  /** Calls back at the next edge, once. Never on a chip whose lines cannot interrupt: reads are the truth, edges only come sooner. */
  awaitEdge(callback: () => void): void;
  close(): void;
}

export type LineAnswer = { readonly line: GpioLine } | { readonly trouble: ContactTrouble };

/** Opens line `place` of the chip with this label; undefined: of the chip of the header. */
export type OpensLine = (label: string | undefined, place: number, pace: Pace) => Promise<LineAnswer>;

/** Where the kernel shows its lines, and where onoff looks for them. (Linux, Documentation/ABI/obsolete/sysfs-gpio) */
const ROOT = "/sys/class/gpio";
/** After an export udev gives the files of the line to the group gpio, which takes it a moment. (raspberrypi/linux#553) */
const PERMISSION_TRIES = 20;
const PERMISSION_PAUSE_MS = 100;

/**
 * Opens a line through sysfs and onoff. The export is done here and not left to onoff, which would hold up the whole process while it waits
 * for udev, and could not say whether the line was busy.
 */
export const openGpioLine: OpensLine = async (label, place, pace) => {
  const onoff = await loadOnoff();
  if ("trouble" in onoff) return onoff;
  const noRoot = await rootTrouble();
  if (noRoot !== null) return { trouble: noRoot };
  const found = findLine(parseChips(await listChips()), label, place);
  if ("trouble" in found) return found;
  const { number } = found;
  const claimed = await claim(number, place);
  if (claimed !== null) return { trouble: claimed };
  const refused = await permission(number, pace);
  if (refused !== null) {
    await release(number);
    return { trouble: { kind: "lineNotPermitted", line: place, said: refused } };
  }
  try {
    return { line: lineOver(input(onoff.Gpio, number)) };
  } catch (error) {
    await release(number);
    return { trouble: { kind: "notExported", line: place, said: codeOf(error) } };
  }
};

async function loadOnoff(): Promise<{ readonly Gpio: typeof Gpio } | { readonly trouble: ContactTrouble }> {
  try {
    return await import("onoff");
  } catch (error) {
    return { trouble: { kind: "noPackage", said: codeOf(error) } };
  }
}

/** What keeps this process from any line at all. */
async function rootTrouble(): Promise<ContactTrouble | null> {
  const root = await whyNot(ROOT, constants.R_OK);
  if (root === "ENOENT") return { kind: "noSysfs" };
  const code = await whyNot(`${ROOT}/export`, constants.W_OK);
  if (code === "ENOENT") return { kind: "noNumbers" };
  return code === null ? null : { kind: "notPermitted", code };
}

async function listChips(): Promise<readonly ChipListing[]> {
  const names = (await readdir(ROOT)).filter((name) => /^gpiochip\d+$/.test(name));
  const text = (name: string, file: string): Promise<string> => readFile(`${ROOT}/${name}/${file}`, "utf8").catch(() => "");
  return Promise.all(
    names.map(async (name) => ({ label: await text(name, "label"), base: await text(name, "base"), ngpio: await text(name, "ngpio") })),
  );
}

/** Has the line handed out. One that is handed out already was left by a start of ours that ended badly, unless it is somebody's output. */
async function claim(number: number, line: number): Promise<ContactTrouble | null> {
  const direction = await readFile(`${ROOT}/gpio${number}/direction`, "utf8").catch(() => null);
  if (direction?.trim() === "out") return { kind: "output", line };
  if (direction !== null) return null;
  try {
    await writeFile(`${ROOT}/export`, String(number));
    return null;
  } catch (error) {
    const said = codeOf(error);
    return said === "EBUSY" ? { kind: "busy", line } : { kind: "notExported", line, said };
  }
}

async function release(number: number): Promise<void> {
  // What is not handed out any more needs no handing back.
  await writeFile(`${ROOT}/unexport`, String(number)).catch(() => {});
}

/** Waits until the files of the line may be used. @returns why not. */
async function permission(number: number, pace: Pace): Promise<string | null> {
  let refused: string | null = null;
  for (let tries = 0; tries < PERMISSION_TRIES; tries += 1) {
    if (tries > 0) await pace.sleep(PERMISSION_PAUSE_MS);
    const answers = await Promise.all(["value", "direction", "active_low", "edge"].map((file) => whyNot(fileOf(number, file), READ_WRITE)));
    // A line that cannot interrupt has no `edge`.
    refused = answers.find((code, index) => code !== null && !(index === 3 && code === "ENOENT")) ?? null;
    if (refused === null) break;
  }
  return refused;
}

const READ_WRITE = constants.R_OK | constants.W_OK;
const fileOf = (number: number, file: string): string => `${ROOT}/gpio${number}/${file}`;

/** Makes the line an input. Throws what the kernel refuses. */
function input(Opener: typeof Gpio, number: number): Gpio {
  const gpio = new Opener(number, "in", undefined, { activeLow: false });
  // Of a line that was handed out before, onoff passes over what it could not set.
  if (gpio.direction() === "in" && !gpio.activeLow()) return gpio;
  gpio.unexport();
  throw new Error("it cannot be made a plain input");
}

function lineOver(gpio: Gpio): GpioLine {
  let interrupts = true;
  try {
    gpio.setEdge("both");
  } catch {
    interrupts = false;
  }
  survivesLoss(gpio);
  return {
    async read() {
      try {
        return await gpio.read();
      } catch {
        return null;
      }
    },
    awaitEdge(callback) {
      if (!interrupts) return;
      try {
        gpio.unwatchAll();
        gpio.watch(() => {
          // One edge is enough to look; contacts bounce, and a loose wire would keep the processor busy.
          gpio.unwatchAll();
          // onoff calls back from outside of the event loop's turns: promises would wait for something else to wake the process.
          setImmediate(callback);
        });
      } catch {
        interrupts = false;
      }
    },
    close() {
      try {
        gpio.unexport();
      } catch {
        // A line that was taken away has nothing left to close.
      }
    },
  };
}

/** At an edge onoff reads the line by itself, and a line that was taken away would end the process there; its next read says so instead. */
function survivesLoss(gpio: Gpio): void {
  const readSync = gpio.readSync.bind(gpio);
  gpio.readSync = () => {
    try {
      return readSync();
    } catch {
      return 0;
    }
  };
}

/** Why a file cannot be used, as the system calls it; null when it can. */
async function whyNot(path: string, mode: number): Promise<string | null> {
  try {
    await access(path, mode);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : error instanceof Error ? error.message : String(error);
}
