import { constants } from "node:fs";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import type { Pace } from "../driver.ts";
import { type ChipListing, findLine, parseChips } from "./chips.ts";
import type { ContactTrouble } from "./trouble.ts";

/** Where the kernel shows its lines, and where onoff looks for them. (Linux, Documentation/ABI/obsolete/sysfs-gpio) */
const ROOT = "/sys/class/gpio";
/** After an export udev gives the files of the line to the group gpio, which takes it a moment. (raspberrypi/linux#553) */
const PERMISSION_TRIES = 20;
const PERMISSION_PAUSE_MS = 100;

/** The global number of line `place` on the chip with this label; undefined: of the chip of the header. */
export async function lineNumber(label: string | undefined, place: number): Promise<ReturnType<typeof findLine>> {
  const noRoot = await rootTrouble();
  return noRoot === null ? findLine(parseChips(await listChips()), label, place) : { trouble: noRoot };
}

/** What a line that is handed out is at present, `in` or `out`; null for one that is not. */
export async function directionOf(number: number): Promise<string | null> {
  const direction = await readFile(fileOf(number, "direction"), "utf8").catch(() => null);
  return direction?.trim() ?? null;
}

/** Has a line handed out that is not. @returns why it is not given. */
export async function handOut(number: number, line: number): Promise<ContactTrouble | null> {
  try {
    await writeFile(`${ROOT}/export`, String(number));
    return null;
  } catch (error) {
    const said = codeOf(error);
    return said === "EBUSY" ? { kind: "busy", line } : { kind: "notExported", line, said };
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

/** Hands a line back. */
export async function release(number: number): Promise<void> {
  // What is not handed out any more needs no handing back.
  await writeFile(`${ROOT}/unexport`, String(number)).catch(() => {});
}

/** Waits until the files of the line may be used. @returns why not. */
export async function permission(number: number, pace: Pace): Promise<string | null> {
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
export const fileOf = (number: number, file: string): string => `${ROOT}/gpio${number}/${file}`;

/** Why a file cannot be used, as the system calls it; null when it can. */
async function whyNot(path: string, mode: number): Promise<string | null> {
  try {
    await access(path, mode);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

/** How the system calls an error. */
export function codeOf(error: unknown): string {
  const code: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : error instanceof Error ? error.message : String(error);
}
