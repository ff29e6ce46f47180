import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Where the roots are kept between runs; `make clean` takes them away. */
const CACHE = "dist/deb/cache";
const SUITE = "bookworm";
const MIRROR = "http://deb.debian.org/debian";

/** What a command inside of a root answered. */
export interface Answer {
  readonly status: number | null;
  readonly output: string;
}

/** A bare Debian system, made once by debootstrap. @returns its folder, which nobody may change. */
export function bareDebian(architecture: "amd64" | "arm64"): string {
  const root = resolve(CACHE, `${SUITE}-${architecture}`);
  if (existsSync(root)) return root;
  const unfinished = `${root}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  const options = ["--variant=minbase", `--arch=${architecture}`];
  // A foreign system is only unpacked: its scripts would need the machine to run foreign programs by itself.
  const wanted = architecture === "amd64" ? ["--include=systemd,udev,libatomic1"] : ["--foreign", "--include=libatomic1"];
  execFileSync("debootstrap", [...options, ...wanted, SUITE, unfinished, MIRROR], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
  if (architecture === "arm64") {
    const packages = join(unfinished, "var/cache/apt/archives");
    for (const name of readdirSync(packages).filter((file) => file.startsWith("libatomic1_")))
      execFileSync("dpkg-deb", ["-x", join(packages, name), unfinished]);
  }
  renameSync(unfinished, root);
  return root;
}

/** A copy of a bare system that a test may change. */
export function copyOfRoot(bare: string, to: string): void {
  execFileSync("cp", ["-a", "--reflink=auto", bare, to]);
}

/** Runs a command inside of a root, as root, with a /proc of its own that goes with it. */
export function inRoot(root: string, ...command: readonly string[]): Answer {
  const script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
  const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "--pid", "--fork", "sh", "-c", script, root, ...command], {
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" },
  });
  return { status, output: `${stdout}${stderr}` };
}
