import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { debianMirror, SUITE } from "../peers/debian.ts";

/** Where the roots are kept between runs; `make clean` takes them away. */
const CACHE = "dist/deb/cache";
const ADMIN_PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
const ENVIRONMENT = { PATH: ADMIN_PATH, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };
type Architecture = "amd64" | "arm64";

/** What a command inside of a root answered. */
export interface Answer {
  readonly status: number | null;
  readonly output: string;
}

/**
 * A bare Debian system with systemd, made once by debootstrap; one of a foreign processor runs its own scripts, which takes minutes.
 * @returns its folder, which nobody may change.
 */
export async function bareDebian(architecture: Architecture): Promise<string> {
  const root = resolve(CACHE, `${SUITE}-${architecture}-systemd-ping`);
  if (existsSync(root)) return root;
  const unfinished = `${root}.new`;
  remove(unfinished);
  mkdirSync(CACHE, { recursive: true });
  const log = `${root}.log`;
  const options = ["--variant=minbase", `--arch=${architecture}`, "--include=systemd,udev,libatomic1,iputils-ping"];
  const foreign = architecture === "amd64" ? [] : ["--foreign"];
  await logged(log, "debootstrap", [...options, ...foreign, SUITE, unfinished, debianMirror()]);
  if (architecture === "arm64") {
    // Without a right to mount, debootstrap leaves a link to this machine's /proc.
    if (existsSync(join(unfinished, "proc", "self"))) unlinkSync(join(unfinished, "proc"));
    mkdirSync(join(unfinished, "proc"), { recursive: true });
    await logged(log, "unshare", [...NAMESPACES, unfinished, "/debootstrap/debootstrap", "--second-stage"]);
  }
  renameSync(unfinished, root);
  return root;
}

/** A copy of a bare system that a test may change. */
export function copyOfRoot(bare: string, to: string): void {
  execFileSync("cp", ["-a", "--reflink=auto", bare, to]);
}

/** What is mounted in there goes with the namespace: nothing of this machine can be reached, or removed, through the root. */
const NAMESPACES = ["--mount", "--pid", "--fork", "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'];

/** Runs a command inside of a root, as root, with a /proc of its own that goes with it. */
export function inRoot(root: string, ...command: readonly string[]): Answer {
  const { status, stdout, stderr } = spawnSync("unshare", [...NAMESPACES, root, ...command], {
    encoding: "utf8",
    timeout: 60_000,
    env: ENVIRONMENT,
  });
  return { status, output: `${stdout}${stderr}` };
}

/** Leaves other file systems alone, should one be mounted in there. */
function remove(folder: string): void {
  if (existsSync(folder)) execFileSync("rm", ["-rf", "--one-file-system", folder]);
}

async function logged(log: string, program: string, args: readonly string[]): Promise<void> {
  const out = createWriteStream(log, { flags: "a" });
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: ENVIRONMENT });
  child.stdout.pipe(out, { end: false });
  child.stderr.pipe(out, { end: false });
  const status = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  out.end();
  await finished(out);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}; see ${log}`);
}

/**
 * Boots a root under systemd in namespaces of its own, runs a script when the system is up, and powers it off; `more` are options of
 * systemd-nspawn. @returns what the script said.
 */
export async function boot(root: string, script: string, more: readonly string[] = []): Promise<string> {
  const unit = join(root, "etc/systemd/system/proof.service");
  const out = join(root, "proof.log");
  writeFileSync(join(root, "proof.sh"), `${script}\necho the end\nkill -38 1 # SIGRTMIN+4: power off\n`);
  writeFileSync(
    unit,
    "[Unit]\nAfter=roomward.service\n[Service]\nType=exec\nExecStart=/bin/sh /proof.sh\nStandardOutput=append:/proof.log\nStandardError=append:/proof.log\n",
  );
  const wants = join(root, "etc/systemd/system/multi-user.target.wants/proof.service");
  rmSync(wants, { force: true });
  symlinkSync("/etc/systemd/system/proof.service", wants);
  const options = ["-D", root, "-b", "--quiet", "--register=no", "--keep-unit", "--private-network", "--console=pipe", ...more];
  const container = spawn("systemd-nspawn", options, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise((resolve) => container.once("exit", resolve));
  const late = setTimeout(() => container.kill("SIGKILL"), 60_000);
  await ended;
  clearTimeout(late);
  rmSync(wants);
  return existsSync(out) ? readFileSync(out, "utf8") : "it did not boot";
}
