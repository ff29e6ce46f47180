import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

const FOLDER = "dist/peers";
const FLAGS = ["-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];

/** The program that `test/peers/NAME.c` is, built when it is not there or older than its text. Two tests that build it at once do no harm. */
export function compiled(name: string, flags: readonly string[], libraries: readonly string[]): string {
  const source = new URL(`./${name}.c`, import.meta.url).pathname;
  const file = join(process.cwd(), FOLDER, name);
  if (existsSync(file) && statSync(file).mtimeMs > statSync(source).mtimeMs) return file;
  mkdirSync(FOLDER, { recursive: true });
  const own = `${file}.${process.pid}`;
  execFileSync("cc", [...FLAGS, ...flags, "-o", own, source, ...libraries], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(own, file);
  return file;
}
