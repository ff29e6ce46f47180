import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { describe } from "vitest";
import { debianMirror, runForeignPrograms, SUITE } from "./debian.ts";

/** NUT's driver for network cards; Debian keeps drivers outside of the path. */
export const NUT_SNMP = "/lib/nut/snmp-ups";

/** Programs and files that a group of tests needs from the machine, each with how to see that it is there. */
const PRESENT: Readonly<Record<string, () => boolean>> = {
  socat: () => onPath("socat"),
  openssl: () => onPath("openssl"),
  ping: () => runs("ping", ["-V"]),
  "redis-server": () => onPath("redis-server"),
  memcached: () => onPath("memcached"),
  prometheus: () => onPath("prometheus") && onPath("promtool"),
  // As root: another user without capabilities, and a network of its own.
  setpriv: () => process.getuid?.() === 0 && runs("setpriv", ["--reuid", "65534", "--no-new-privs", "true"]),
  netns: () => process.getuid?.() === 0 && runs("unshare", ["--net", "ip", "link", "show", "lo"]),
  "nut-server": () => runs("sh", ["-c", "test -x /lib/nut/nutdrv_qx && test -x /lib/nut/apcsmart"]),
  cc: () => onPath("cc"),
  snmpd: () => onPath("snmpd"),
  snmpsim: () => onPath("snmpsimd"),
  "nut-snmp": () => runs("test", ["-x", NUT_SNMP]),
  chromium: () => onPath("chromium-headless-shell"),
  tmpfs: () =>
    process.getuid?.() === 0 && runs("sh", ["-c", 'd=$(mktemp -d) && mount -t tmpfs -o size=64k tmpfs "$d" && umount "$d" && rmdir "$d"']),
  // Loop devices with a file system that can be made to fail.
  ext4: () =>
    process.getuid?.() === 0 &&
    onPath("mkfs.ext4") &&
    runs("sh", ["-c", "f=$(mktemp) && truncate -s 1M $f && l=$(losetup -f --show $f) && losetup -d $l && rm $f"]),
  snmptrapd: () => onPath("snmptrapd"),
  snmptranslate: () => onPath("snmptranslate"),
  smilint: () => onPath("smilint"),
  "request-tracker": () =>
    runs("sh", [
      "-c",
      "test -x /usr/share/request-tracker5/libexec/standalone_httpd && test -r /var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb",
    ]),
  rsyslogd: () => onPath("rsyslogd"),
  "prometheus-alertmanager": () => onPath("prometheus-alertmanager"),
  "rsyslog-gnutls": () => runs("sh", ["-c", "test -e /usr/lib/*/rsyslog/lmnsd_gtls.so"]),
  mosquitto: () => onPath("mosquitto") && onPath("mosquitto_sub"),
  zbarimg: () => onPath("zbarimg") && onPath("pdftoppm"),
  lintian: () => onPath("lintian") && onPath("dpkg-deb"),
  "qemu-arm64": foreignProgramsRun,
  "aarch64-g++": () => onPath("aarch64-linux-gnu-g++"),
  // As root, with a mirror that answers.
  debootstrap: () =>
    process.getuid?.() === 0 &&
    process.arch === "x64" &&
    onPath("debootstrap") &&
    runs("unshare", ["--mount", "--pid", "--fork", "true"]) &&
    mirrorAnswers(),
  // Loop devices, and FAT or (by FUSE) exFAT to mount.
  stick: () =>
    process.getuid?.() === 0 &&
    runs("sh", ["-c", "f=$(mktemp) && truncate -s 1M $f && l=$(losetup -f --show $f) && losetup -d $l && rm $f"]) &&
    (runs("sh", ["-c", "modprobe -q vfat; grep -qw vfat /proc/filesystems && command -v mkfs.vfat"]) ||
      (onPath("mount.exfat-fuse") && onPath("mkfs.exfat"))),
  // As root, a file as a disk, with ext4 on it.
  "loop-ext4": () =>
    process.getuid?.() === 0 &&
    runs("sh", [
      "-c",
      "d=$(mktemp -d) && truncate -s 8M $d/i && l=$(losetup -f --show $d/i) && mkfs.ext4 -q $l && mkdir $d/m && mount $l $d/m; s=$?; umount $d/m; losetup -d $l; rm -r $d; exit $s",
    ]),
  // A file system in this process, in a mount namespace, and what it is built with.
  "gpio-sysfs": () =>
    process.getuid?.() === 0 &&
    onPath("cc") &&
    onPath("fusermount3") &&
    existsSync("/usr/include/fuse3/fuse.h") &&
    existsSync("/dev/fuse") &&
    runs("unshare", ["-m", "true"]),
  // No package of the list: installed, it would open the machine to the network.
  sshd: () => process.getuid?.() === 0 && existsSync("/usr/sbin/sshd") && onPath("ssh-keygen"),
  exim4: () => process.getuid?.() === 0 && existsSync("/usr/sbin/exim4"),
  libmodbus: () => onPath("cc") && existsSync("/usr/include/modbus/modbus.h"),
  fusefat: () => process.getuid?.() === 0 && onPath("fusefat") && onPath("mcopy") && onPath("mkfs.vfat"),
  nspawn: () => process.getuid?.() === 0 && onPath("systemd-nspawn"),
  faketime: () => FAKETIME !== null,
  poppler: () => onPath("pdftotext") && onPath("pdftoppm"),
  openpyxl: () => runs("/usr/bin/python3", ["-c", "import openpyxl"]),
  python3: () => runs("/usr/bin/python3", ["-c", "import xml.etree.ElementTree"]),
  gammu: () => runs("/usr/bin/python3", ["-c", "import gammu"]),
  pymodbus: () => runs("/usr/bin/python3", ["-c", "import pymodbus"]),
};

/** The library that gives a process a time of its own, from the Debian package `faketime`; null: it is not there. */
export const FAKETIME: string | null =
  ["x86_64", "aarch64"].map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`).find((file) => existsSync(file)) ??
  null;

/** A `describe` that is skipped by name, with the reason in the name, when the machine lacks what it needs. */
export function describePeer(name: string, needs: readonly string[], body: () => void): void {
  const missing = peerMissing(needs);
  if (missing === null) describe(name, body);
  else describe.skip(`${name} [${missing}]`, body);
}

/** What a machine lacks of it, in words; null: nothing. */
export function peerMissing(needs: readonly string[]): string | null {
  const missing = needs.filter((need) => PRESENT[need]?.() !== true);
  return missing.length === 0 ? null : `needs ${missing.join(", ")}`;
}

function mirrorAnswers(): boolean {
  const script = 'd=$(mktemp -d) && /usr/lib/apt/apt-helper download-file "$0" "$d/Release"; s=$?; rm -rf "$d"; exit $s';
  try {
    return runs("sh", ["-c", script, `${debianMirror()}dists/${SUITE}/Release`]);
  } catch {
    return false;
  }
}

function foreignProgramsRun(): boolean {
  const takeBack = process.getuid?.() === 0 && onPath("qemu-aarch64-static") ? runForeignPrograms() : null;
  takeBack?.();
  return takeBack !== null;
}

function onPath(program: string): boolean {
  return runs("sh", ["-c", `command -v ${program} || test -x /usr/sbin/${program}`]);
}

function runs(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export interface Peer {
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Ends it and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts a real server and waits until `ready` says so; a peer that ends early, or is not ready in time, is an error with its output. */
export async function startPeer(
  program: string,
  args: readonly string[],
  options: {
    readonly ready: (output: string) => boolean | Promise<boolean>;
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly withinMs?: number;
  },
): Promise<Peer> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin`, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", (error) => {
      output += String(error);
      resolve();
    });
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const killer = setTimeout(() => child.kill("SIGKILL"), 3_000);
    await ended;
    clearTimeout(killer);
  };
  const deadline = performance.now() + (options.withinMs ?? 60_000);
  while (!(await options.ready(output))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await stop("SIGKILL");
      throw new Error(`${program} ${args.join(" ")} did not become ready:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { pid: child.pid ?? 0, output: () => output, stop };
}

/** A TCP port on loopback that nobody listens on at present. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no port"))));
    });
  });
}

/** Whether somebody takes connections on a loopback port. */
export async function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
