import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";

/**
 * `make test`: installs what the tests use from Debian where it may, runs every check, and ends with one line of true counts.
 * A check that is not a vitest run (lint, types, dead code, build) counts as one.
 */
const REPORT = "dist/test-report.json";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const counts: Counts = { passed: 0, failed: 0, skipped: 0 };

installDebianPackages();
check("lint and import rules", "biome", ["ci", "--error-on-warnings", "."]);
check("types", "tsc", []);
check("dead code", "knip", []);
check("build of dashboard and box", "npm", ["run", "--silent", "build"]);
runVitest();

console.log("");
console.log(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exit(counts.failed === 0 ? 0 : 1);

function check(name: string, program: string, args: readonly string[]): void {
  const started = performance.now();
  const { status } = spawnSync(program, args, { stdio: "inherit" });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${status === 0 ? "✓" : "✗"} ${name} (${seconds} s)`);
  if (status === 0) counts.passed += 1;
  else counts.failed += 1;
}

function runVitest(): void {
  mkdirSync("dist", { recursive: true });
  rmSync(REPORT, { force: true });
  const { status } = spawnSync("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`], {
    stdio: "inherit",
  });
  let failed = 0;
  try {
    const report: unknown = JSON.parse(readFileSync(REPORT, "utf8"));
    failed = numberAt(report, "numFailedTests");
    counts.passed += numberAt(report, "numPassedTests");
    counts.skipped += numberAt(report, "numPendingTests") + numberAt(report, "numTodoTests");
  } catch (error) {
    console.log(`✗ no test report: ${String(error)}`);
  }
  // A file that cannot be loaded, or an error outside of any test, fails the run without a failed test.
  counts.failed += status === 0 ? failed : Math.max(1, failed);
}

function numberAt(report: unknown, key: string): number {
  const value: unknown = typeof report === "object" && report !== null ? Reflect.get(report, key) : undefined;
  if (typeof value !== "number") throw new Error(`${key} is missing in ${REPORT}`);
  return value;
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
