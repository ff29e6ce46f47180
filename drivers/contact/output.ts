import { readFile, writeFile } from "node:fs/promises";
import type { Pace } from "../driver.ts";
import { type Found, notFound, type Switch } from "../switch.ts";
import { codeOf, directionOf, fileOf, handOut, lineNumber, permission, release } from "./sysfs.ts";
import { type ContactTrouble, faultOf } from "./trouble.ts";

/** Where an output is: a line of the chip that the bus names. */
export interface LineOutput {
  /** Place on the chip; on a Raspberry Pi the BCM number. */
  readonly line: number;
  /** What the line is at while the output is on. */
  readonly on: "low" | "high";
  /** What a line that is not driven yet begins with. */
  readonly initially: boolean;
}

/**
 * An output at a GPIO line. A line that is new becomes an output with its first level in one step; one that is driven already (this program
 * ended badly while it was on) stays at what it is at until it is set. It is never handed back: a line that nobody drives floats, and whatever
 * hangs on it with it.
 */
export function lineOutput(chip: string | undefined, address: LineOutput, pace: Pace): Switch {
  const { line, on, initially } = address;
  const onLevel = on === "high" ? "1" : "0";
  const level = (isOn: boolean): "0" | "1" => (isOn === (on === "high") ? "1" : "0");

  /** The number of the line once it is driven; it is looked up every time, for lines are taken away and chips move. */
  const driven = async (): Promise<{ readonly number: number } | { readonly trouble: ContactTrouble }> => {
    const found = await lineNumber(chip, line);
    if ("trouble" in found) return found;
    const { number } = found;
    const direction = await directionOf(number);
    if (direction === "out") return found;
    // An input that was left by a start of before: handed out anew, so that no edge is awaited on it.
    if (direction !== null) await release(number);
    const refused = (await handOut(number, line)) ?? (await notPermitted(number, line, pace));
    if (refused !== null) return { trouble: refused };
    try {
      await writeFile(fileOf(number, "active_low"), "0");
      await writeFile(fileOf(number, "direction"), level(initially) === "1" ? "high" : "low");
      return found;
    } catch (error) {
      await release(number);
      return { trouble: { kind: "notExported", line, said: codeOf(error) } };
    }
  };

  const look = async (number: number): Promise<Found> => {
    const text = await readFile(fileOf(number, "value"), "utf8").catch(() => null);
    if (text === null) return notFound(faultOf({ kind: "gone", line }));
    return { isOn: text.trim() === onLevel, fault: null };
  };

  return {
    async look() {
      const found = await driven();
      return "trouble" in found ? notFound(faultOf(found.trouble)) : look(found.number);
    },
    async set(isOn) {
      const found = await driven();
      if ("trouble" in found) return notFound(faultOf(found.trouble));
      try {
        await writeFile(fileOf(found.number, "value"), level(isOn));
      } catch (error) {
        const { isOn: is } = await look(found.number);
        return { isOn: is, fault: faultOf({ kind: "notExported", line, said: codeOf(error) }) };
      }
      return look(found.number);
    },
  };
}

async function notPermitted(number: number, line: number, pace: Pace): Promise<ContactTrouble | null> {
  const said = await permission(number, pace);
  if (said === null) return null;
  await release(number);
  return { kind: "lineNotPermitted", line, said };
}
