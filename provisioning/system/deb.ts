import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { ARCHITECTURES, type Architecture, nodePackage, stageGpioBinding, stageSerialBinding } from "./native.ts";

// `tsx provisioning/system/deb.ts [--arch amd64] [--version 0.1.0] [--out dist/deb] [--compress none]`: a package for each
// architecture, from what `make build` built. The same sources give the same bytes.
const HOUSE = "provisioning/system";
const MAINTAINER = "The Roomward developers <maintainers@roomward.org>";
const EXECUTABLE = /^(usr\/bin\/roomward|usr\/lib\/roomward\/(stick|bin\/node))$/;

const { values } = parseArgs({
  options: {
    arch: { type: "string", multiple: true, default: Object.keys(ARCHITECTURES) },
    version: { type: "string", default: versionOfProduct() },
    out: { type: "string", default: "dist/deb" },
    compress: { type: "string", default: "xz" },
  },
});
const committedAt = execFileSync("git", ["log", "-1", "--format=%ct"], { encoding: "utf8" }).trim();
for (const architecture of values.arch) {
  if (architecture !== "amd64" && architecture !== "arm64") throw new Error(`unknown architecture ${architecture}`);
  process.stdout.write(`${await makePackage(architecture)}\n`);
}

async function makePackage(architecture: Architecture): Promise<string> {
  const { version, out, compress } = values;
  const stage = join(out, `stage-${architecture}`);
  rmSync(stage, { recursive: true, force: true });
  try {
    await stageFiles(stage, architecture);
    stageDocuments(join(stage, "usr/share/doc/roomward"), nodePackage(architecture));
    stageControl(stage, architecture);
    setModes(stage);
    const file = join(out, `roomward_${version}_${architecture}.deb`);
    const options = ["--root-owner-group", `-Z${compress}`, ...(compress === "xz" ? ["-z3"] : [])];
    execFileSync("dpkg-deb", [...options, "--build", stage, file], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, SOURCE_DATE_EPOCH: committedAt },
    });
    return file;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

async function stageFiles(stage: string, architecture: Architecture): Promise<void> {
  const home = join(stage, "usr/lib/roomward");
  mkdirSync(home, { recursive: true });
  cpSync(join(HOUSE, "tree"), stage, { recursive: true });
  cpSync("dist/box", join(home, "box"), { recursive: true, filter: isForBoxes });
  cpSync("dist/dashboard", join(home, "dashboard"), { recursive: true });
  cpSync(join(nodePackage(architecture), "bin/node"), join(home, "bin/node"));
  await stageSerialBinding(join(home, "node_modules"), architecture);
  const noGpio = await stageGpioBinding(join(home, "node_modules"), architecture);
  if (noGpio !== null) process.stderr.write(`${architecture}: without GPIO (dry contacts at the box itself): ${noGpio}\n`);
  cpSync("provisioning/site.schema.json", join(stage, "usr/share/roomward/site.schema.json"));
  cpSync("provisioning/mib/ROOMWARD-MIB.txt", join(stage, "usr/share/snmp/mibs/ROOMWARD-MIB.txt"));
}

/** Of what was built here: native files are added for each architecture. */
function isForBoxes(path: string): boolean {
  return !path.endsWith(".map") && path !== "dist/box/node_modules";
}

/** What Debian's policy wants of every package: copyright and a changelog. */
function stageDocuments(folder: string, node: string): void {
  mkdirSync(folder, { recursive: true });
  const others =
    "The licences of Node.js and of what it contains are in NODE-LICENSE.gz, those of bundled packages in *.LEGAL.txt beside them.";
  writeFileSync(join(folder, "copyright"), `${readFileSync("LICENSE", "utf8")}\n${others}\n`);
  writeFileSync(join(folder, "NODE-LICENSE.gz"), gzipSync(readFileSync(join(node, "LICENSE")), { level: 9 }));
  const date = new Date(Number(committedAt) * 1_000).toUTCString().replace("GMT", "+0000");
  const entry = `roomward (${values.version}) stable; urgency=medium\n\n  * See CHANGELOG.md beside this file.\n\n -- ${MAINTAINER}  ${date}\n`;
  writeFileSync(join(folder, "changelog.gz"), gzipSync(entry, { level: 9 }));
  cpSync("CHANGELOG.md", join(folder, "CHANGELOG.md"));
}

function stageControl(stage: string, architecture: Architecture): void {
  const files = filesBelow(stage);
  const bytes = files.reduce((sum, file) => sum + lstatSync(join(stage, file)).size, 0);
  const sums = files
    .filter((file) => !file.startsWith("etc/"))
    .map(
      (file) =>
        `${createHash("md5")
          .update(readFileSync(join(stage, file)))
          .digest("hex")}  ${file}\n`,
    );
  const control = join(stage, "DEBIAN");
  cpSync(join(HOUSE, "debian"), control, { recursive: true });
  writeFileSync(join(control, "md5sums"), sums.join(""));
  const fields = {
    Package: "roomward",
    Version: values.version,
    Architecture: architecture,
    Maintainer: MAINTAINER,
    "Installed-Size": String(Math.ceil(bytes / 1_024)),
    // Node.js 26 is linked against glibc 2.28 or later and libatomic.
    Depends: "libc6 (>= 2.28), libstdc++6, libgcc-s1, libatomic1, systemd (>= 247), udev, iputils-ping",
    Section: "misc",
    Priority: "optional",
    Description: [
      "Edge gateway for machine rooms",
      " Reads the UPS, the air-conditioners, temperature and humidity, doors, leaks,",
      " meters and servers of a machine room; judges limits itself; shows the room",
      " live; remembers what happened through power cuts; and tells the service",
      " desk above it. Brings its own Node.js.",
    ].join("\n"),
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(control, "control"), lines.join(""));
}

/** The same modes whatever the umask of whoever builds. */
function setModes(stage: string): void {
  chmodSync(stage, 0o755);
  for (const entry of readdirSync(stage, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const inside = relative(stage, path);
    const runs = EXECUTABLE.test(inside) || /^DEBIAN\/(pre|post)(inst|rm)$/.test(inside);
    chmodSync(path, entry.isDirectory() || runs ? 0o755 : 0o644);
  }
}

function filesBelow(folder: string): readonly string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

function versionOfProduct(): string {
  const { version } = Object(JSON.parse(readFileSync("package.json", "utf8")));
  return String(version);
}
