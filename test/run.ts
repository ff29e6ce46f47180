import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { type Failure, OUTCOME, outcomeSchema, WANTED } from "./outcome.ts";

/**
 * `make test`: installs what the tests use from Debian where it may, runs every check, names everything that failed, and ends with one
 * line of true counts. A check that is not a vitest run (lint, types, dead code, build) counts as one, and so does a group of tests whose
 * set-up failed, or a file that cannot be loaded.
 */
interface Counts {
  passed: number;
  skipped: number;
  readonly failures: Failure[];
}

const counts: Counts = { passed: 0, skipped: 0, failures: [] };

installDebianPackages();
await Promise.all([
  check("lint and import rules", "biome", ["ci", "--error-on-warnings", "."]),
  check("types", "tsc", []),
  check("dead code", "knip", []),
  check("build of dashboard and box", "npm", ["run", "--silent", "build"]),
]);
runVitest();

const { passed, skipped, failures } = counts;
for (const { name, error } of failures) console.log(`\n✗ ${name}\n${error.replace(/^/gm, "    ")}`);
console.log("");
console.log(`${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failures.length === 0 ? 0 : 1);

/** What it says is shown in one piece when it is over: others run beside it. */
async function check(name: string, program: string, args: readonly string[]): Promise<void> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  const status = await new Promise<number | string | null>((ended) => {
    child.once("error", (error) => ended(String(error)));
    child.once("close", ended);
  });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(Buffer.concat(said));
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (status === 0) counts.passed += 1;
  else counts.failures.push({ name, error: `${program} ended with ${status}; what it said is above` });
}

function runVitest(): void {
  rmSync(OUTCOME, { force: true });
  const { status, signal } = spawnSync("vitest", ["run"], { stdio: "inherit", env: { ...process.env, [WANTED]: "1" } });
  let failed: readonly Failure[] = [];
  try {
    const outcome = outcomeSchema.parse(JSON.parse(readFileSync(OUTCOME, "utf8")));
    counts.passed += outcome.passed;
    counts.skipped += outcome.skipped;
    failed = outcome.failures;
  } catch (error) {
    failed = [{ name: "vitest", error: `no outcome of the run: ${String(error)}` }];
  }
  counts.failures.push(...failed);
  if (status !== 0 && failed.length === 0) counts.failures.push({ name: "vitest", error: `ended with ${status ?? signal}` });
}

/** Installs from the list what is not there. */
function installDebianPackages(): void {
  const lines = readFileSync("test/debian-packages.txt", "utf8").split("\n");
  const wanted = lines.filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.trim());
  const missing = wanted.filter((name) => spawnSync("dpkg", ["-s", name], { stdio: "ignore" }).status !== 0);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) {
    console.log(`Not installed (needs apt and root), tests that use them are skipped by name: ${missing.join(" ")}`);
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): void => void execFileSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env });
  try {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", ...missing);
  } catch (error) {
    console.log(`apt could not install ${missing.join(" ")}: ${String(error)}; tests that use them are skipped by name`);
  }
}
