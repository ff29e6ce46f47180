import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

const SOURCES = new URL("./native/", import.meta.url).pathname;
const BUILT = new URL("../../dist/faults/", import.meta.url).pathname;

/** Builds one of the libraries in `native/` with cc, unless it is newer than its sources. @returns its file, for LD_PRELOAD. */
export function nativeLibrary(name: "recorder" | "faultdisk"): string {
  const library = join(BUILT, `${name}.so`);
  const newest = Math.max(...readdirSync(SOURCES).map((source) => statSync(join(SOURCES, source)).mtimeMs));
  if (existsSync(library) && statSync(library).mtimeMs > newest) return library;
  mkdirSync(BUILT, { recursive: true });
  // Several tests may build it at once: each under a name of its own.
  const own = `${library}.${process.pid}`;
  const flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
  execFileSync("cc", [...flags, "-o", own, join(SOURCES, `${name}.c`), "-ldl", "-lpthread"], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(own, library);
  return library;
}
