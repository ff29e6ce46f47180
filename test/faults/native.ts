import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";

const SOURCES = new URL("./native/", import.meta.url).pathname;
const BUILT = new URL("../../dist/faults/", import.meta.url).pathname;

/** What is built of each source: a library for LD_PRELOAD, or a program. */
const KINDS = { recorder: "library", faultdisk: "library", goingdown: "program" } as const;

/** Builds one of the sources in `native/` with cc, unless it is newer than they are. @returns its file. */
export function native(name: keyof typeof KINDS): string {
  const built = join(BUILT, name);
  const newest = Math.max(...readdirSync(SOURCES).map((source) => statSync(join(SOURCES, source)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return built;
  mkdirSync(BUILT, { recursive: true });
  // Several tests may build it at once: each under a name of its own.
  const own = `${built}.${process.pid}`;
  const kind = KINDS[name] === "library" ? ["-shared", "-fPIC"] : [];
  const flags = [...kind, "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"];
  execFileSync("cc", [...flags, "-o", own, join(SOURCES, `${name}.c`), "-ldl", "-lpthread"], { stdio: ["ignore", "inherit", "inherit"] });
  renameSync(own, built);
  return built;
}
