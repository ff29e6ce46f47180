import { cpSync, rmSync } from "node:fs";
import { build } from "esbuild";

// The box runs a bundle: one start file, one file for the journal's thread, and what is loaded later in files of their own, so that a
// site without SNMP never parses it. Native serial bindings stay a package; profiles stay readable files.
const OUT = "dist/box";

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: { roomward: "firmware/cli.ts", "journal-worker": "firmware/journal/worker.ts" },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node26",
  minify: false,
  sourcemap: "linked",
  legalComments: "linked",
  chunkNames: "[name]-[hash]",
  external: ["@serialport/bindings-cpp"],
  // CommonJS packages inside the bundle call require for node's own modules.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  logLevel: "warning",
});
cpSync("drivers/profiles", `${OUT}/profiles`, { recursive: true });
