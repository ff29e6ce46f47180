import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Row } from "./row.ts";

const FOLDER = "dist/dashboard";
const BYTES_PER_KB = 1_000;

/** P9: what a browser fetches before it shows the room, and all there is with the charts. gzip, as it travels. */
export function benchBytes(): Row[] {
  const page = readFileSync(join(FOLDER, "index.html"), "utf8");
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) => /\.(js|css)$/.test(file));
  const first = files.filter((file) => page.includes(file));
  const of = (names: readonly string[], pack: (file: string) => number): number =>
    names.reduce((sum, file) => sum + pack(join(FOLDER, file)), 0) / BYTES_PER_KB;
  const zipped = (file: string): number => gzipSync(readFileSync(file)).length;
  const raw = (file: string): number => readFileSync(file).length;
  return [
    { metric: "dashboard before charts, gzip", value: of(first, zipped), unit: "kB" },
    { metric: "dashboard before charts, raw", value: of(first, raw), unit: "kB" },
    { metric: "dashboard with charts and all pages, gzip", value: of(files, zipped), unit: "kB" },
    { metric: "dashboard with charts and all pages, raw", value: of(files, raw), unit: "kB" },
  ];
}

/** Why the dashboard cannot be looked at, or null. */
export function dashboardMissing(): string | null {
  return existsSync(join(FOLDER, "index.html")) ? null : "the dashboard is not built";
}

if (import.meta.main) console.table(benchBytes());
