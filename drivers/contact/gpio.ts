import type { Gpio } from "onoff";
import type { Pace } from "../driver.ts";
import type { Level } from "./debounce.ts";
import { codeOf, directionOf, handOut, lineNumber, permission, release } from "./sysfs.ts";
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

/**
 * Opens a line through sysfs and onoff. The export is done here and not left to onoff, which would hold up the whole process while it waits
 * for udev, and could not say whether the line was busy.
 */
export const openGpioLine: OpensLine = async (label, place, pace) => {
  const onoff = await loadOnoff();
  if ("trouble" in onoff) return onoff;
  const found = await lineNumber(label, place);
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

/** Has the line handed out. One that is handed out already was left by a start of ours that ended badly, unless it is somebody's output. */
async function claim(number: number, line: number): Promise<ContactTrouble | null> {
  const direction = await directionOf(number);
  if (direction === "out") return { kind: "output", line };
  return direction === null ? handOut(number, line) : null;
}

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
