import { cpSync, rmSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import { ownArchitecture, stageGpioBinding } from "./system/native.ts";

// The box runs a bundle: one start file, one file for each thread, and what is loaded later in files of their own, so that a
// site without SNMP never parses it. Native serial bindings stay a package; profiles stay readable files.
const OUT = "dist/box";

// An ES import of a built-in touches all it exports, and node:http then loads a whole fetch client; a require does not.
const builtInsByRequire: Plugin = {
  name: "built-ins by require",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, kind }) => (kind === "import-statement" ? { path, namespace: "built-in" } : undefined));
    // Packages fetch these at their start for what a box rarely does: they are loaded when one of their members is named.
    onResolve({ filter: /^(node:)?(http2|https|tls)$/ }, ({ path, kind, namespace }) =>
      kind === "require-call" && namespace === "file" ? { path, namespace: "built-in, late" } : undefined,
    );
    onLoad({ filter: /./, namespace: "built-in, late" }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require("${path}")[name] });`,
    }));
    onLoad({ filter: /./, namespace: "built-in" }, ({ path }) => ({ contents: `module.exports = require("${path}");` }));
  },
};

rmSync(OUT, { recursive: true, force: true });
await build({
  entryPoints: {
    roomward: "firmware/cli.ts",
    "journal-worker": "firmware/journal/worker.ts",
    "journal-look-worker": "firmware/journal/look-worker.ts",
    "history-worker": "firmware/history/worker.ts",
    "password-worker": "firmware/people/password-worker.ts",
    "press-worker": "firmware/report/press-worker.ts",
  },
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node26",
  // The text of what runs stays in memory: without comments and long names it is a third, and one byte a character.
  minify: true,
  sourcemap: "linked",
  legalComments: "linked",
  chunkNames: "[name]-[hash]",
  external: ["@serialport/bindings-cpp", "onoff"],
  // CommonJS packages inside the bundle call require for node's own modules.
  banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
  define: {
    // … and a folder of their own, which the bundle is not: it names what a box never reads.
    __dirname: "import.meta.dirname",
    // A box without a clock begins no earlier; the variable is of reproducible-builds.org.
    BUILT_AT_MS: String(Number(process.env["SOURCE_DATE_EPOCH"] ?? Math.floor(Date.now() / 1_000)) * 1_000),
  },
  plugins: [builtInsByRequire],
  logLevel: "warning",
});
cpSync("drivers/profiles", `${OUT}/profiles`, { recursive: true });
cpSync("node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf", `${OUT}/fonts/NotoSansSC-Regular.ttf`);
const architecture = ownArchitecture();
const noGpio = architecture === null ? `not for ${process.arch}` : await stageGpioBinding(`${OUT}/node_modules`, architecture);
if (noGpio !== null) process.stderr.write(`Without GPIO (dry contacts at the box itself): ${noGpio}\n`);
