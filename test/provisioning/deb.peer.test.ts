import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VERSION } from "../../firmware/version.ts";
import { runForeignPrograms } from "../peers/debian.ts";
import { describePeer } from "../peers/peer.ts";
import { type Answer, bareDebian, boot, copyOfRoot, inRoot } from "./roots.ts";

const OLDER = "0.0.1";
const NODE = "/usr/lib/roomward/bin/node";
const LOADS_BINDING = "typeof require('/usr/lib/roomward/node_modules/@serialport/bindings-cpp').autoDetect().open";
const LOADS_GPIO = "typeof require('/usr/lib/roomward/node_modules/onoff').Gpio";
/** The language of dpkg-query. */
const FIELDS = ["db:Status-Status", "Version"].map((field) => `\${${field}}`).join(" ");
/** In the service's own walls, as the driver runs it, and as a thread does it that lets the others go first. */
const PING_AS_SERVICE = "/usr/bin/ping -n -c 2 -i 0.2 -W 1 127.0.0.1";
const YIELD_AS_SERVICE = `${NODE} -e "require('os').setPriority(+require('path').basename(require('fs').readlinkSync('/proc/thread-self')),10)"`;
const MAKING_MS = 240_000;
/** Every script of every package of that system runs in an emulator. */
const FOREIGN_MAKING_MS = 900_000;

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-deb-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Uncompressed: a test does not wait for xz. */
function makeDeb(architecture: string, version: string): string {
  const out = join(work, version);
  const options = ["--arch", architecture, "--version", version, "--out", out, "--compress", "none"];
  return execFileSync("tsx", ["provisioning/system/deb.ts", ...options], { encoding: "utf8" }).trim();
}

describePeer("the package on a bare Debian, amd64", ["debootstrap"], () => {
  let root: string;
  const run = (...command: readonly string[]): Answer => inRoot(root, ...command);
  const install = (deb: string): Answer => {
    copyFileSync(deb, join(root, "tmp", basename(deb)));
    return run("dpkg", "-i", `/tmp/${basename(deb)}`);
  };
  const state = (): string => run("dpkg-query", "-W", "-f", FIELDS, "roomward").output;
  const inside = (path: string): string => join(root, path);
  let older: string;
  let newer: string;

  beforeAll(async () => {
    older = makeDeb("amd64", OLDER);
    newer = makeDeb("amd64", VERSION);
    root = join(work, "root");
    copyOfRoot(await bareDebian("amd64"), root);
  }, MAKING_MS);

  test("installs, and its command runs: version, check, profiles, the serial binding", { timeout: 90_000 }, () => {
    expect(install(older)).toMatchObject({ status: 0 });
    expect(state()).toBe(`installed ${OLDER}`);
    expect(run("roomward", "version")).toEqual({ status: 0, output: `${VERSION}\n` });
    expect(run("roomward", "check", "/etc/roomward/site.yaml")).toMatchObject({ status: 0 });
    expect(run("roomward", "profiles").output).toContain("ups/ietf-rfc1628");
    expect(run(NODE, "-p", LOADS_BINDING).output).toBe("function\n");
    expect(run(NODE, "-p", LOADS_GPIO).output).toBe("function\n");
    expect(run("id", "roomward").output).toMatch(/\(dialout\).*\(gpio\)|\(gpio\).*\(dialout\)/);
    expect(run("stat", "-c", "%A %U:%G", "/var/lib/roomward", "/etc/roomward/site.yaml").output).toBe(
      "drwx------ roomward:roomward\n-rw-r----- root:roomward\n",
    );
    expect(enabled()).toBe(true);
  });

  test("what root does with the command, the service can read", () => {
    expect(run("roomward", "token", "add", "duty-desk").output).toContain("rw_");
    expect(run("stat", "-c", "%U", "/var/lib/roomward/data/people.json").output).toBe("roomward\n");
  });

  test("its units are right for systemd and shut in", () => {
    const units = ["roomward.service", "roomward-backup.service", "roomward-backup.timer", "roomward-stick@sda1.service"];
    expect(run("systemd-analyze", "verify", ...units)).toEqual({ status: 0, output: "" });
    const verdict = run("systemd-analyze", "security", "--offline=true", "roomward.service").output;
    expect(Number(/exposure level for roomward\.service: (\d+\.\d+)/.exec(verdict)?.[1])).toBeLessThanOrEqual(2);
  });

  test("an upgrade, and the same package again, keep the site file, the data and what is switched on", { timeout: 90_000 }, () => {
    appendFileSync(inside("etc/roomward/site.yaml"), "# mine\n");
    expect(install(newer)).toMatchObject({ status: 0 });
    expect(install(newer)).toMatchObject({ status: 0 });
    expect(state()).toBe(`installed ${VERSION}`);
    expect(readFileSync(inside("etc/roomward/site.yaml"), "utf8")).toMatch(/# mine\n$/);
    expect(run("roomward", "token", "list").output).toContain("duty-desk");
    expect(enabled()).toBe(true);
  });

  describePeer("booted", ["nspawn"], () => {
    test("systemd runs the service shut in, it answers, is started again when it hangs, and its daily backup opens", {
      timeout: 120_000,
    }, async () => {
      // A minute is too long for a test.
      mkdirSync(inside("etc/systemd/system/roomward.service.d"), { recursive: true });
      writeFileSync(
        inside("etc/systemd/system/roomward.service.d/soon.conf"),
        `[Service]\nWatchdogSec=5\nExecStartPre=${PING_AS_SERVICE}\nExecStartPre=${YIELD_AS_SERVICE}\n`,
      );
      const said = await boot(
        root,
        `for n in 1 2 3 4 5 6 7 8 9 10; do ${NODE} -e 'fetch("http://127.0.0.1:8080/api/v1/health").then(r=>r.text()).then(t=>{console.log("health",t)},()=>process.exit(1))' && break; sleep 1; done
        systemctl show -P ActiveState -P User roomward.service
        echo "a passphrase of this box" > /etc/roomward/backup.passphrase
        systemd-tmpfiles --create roomward.conf
        systemctl start roomward-backup.service && echo "backup made"
        sleep 8; systemctl show -P NRestarts roomward.service | sed 's/^/fed: /'
        kill -STOP $(systemctl show -P MainPID roomward.service)
        for n in $(seq 20); do test "$(systemctl show -P NRestarts roomward.service)" != 0 && break; sleep 1; done
        systemctl show -P NRestarts roomward.service | sed 's/^/hung: /'
        sleep 3; systemctl reload roomward.service
        for n in $(seq 10); do sleep 1; journalctl -u roomward -o cat --no-pager | grep -q 'is as it was' && break; done
        journalctl -u roomward -o cat --no-pager | grep -c 'is as it was' | sed 's/^/reloaded: /'
        mv /etc/roomward/site.yaml /root/; systemctl restart roomward.service; sleep 4
        systemctl show -P ActiveState roomward.service | sed 's/^/without its file: /'
        roomward configuration list | head -1
        mv /root/site.yaml /etc/roomward/; systemctl stop roomward.service
        cp /var/backups/roomward/*.backup /root/room.backup`,
      );
      expect(said).toMatch(/health \{.*"version":"\d/);
      expect(said).toContain("roomward\nactive\n");
      expect(said).toContain("backup made");
      expect(said).toContain("fed: 0\nhung: 1\n");
      expect(said).toMatch(/reloaded: [1-9]/);
      expect(said).toMatch(/without its file: active\n1\t.*\tfile\tsite-file\t/);
      const where = ["--site", "/etc/roomward/site.yaml", "--passphrase-file", "/etc/roomward/backup.passphrase"];
      expect(run("roomward", "restore", "/root/room.backup", ...where)).toMatchObject({ status: 1 });
      expect(run("roomward", "restore", "/root/room.backup", ...where, "--replace").output).toContain("Restored the backup");
      const files = ["/var/lib/roomward/data", "/var/lib/roomward/data/journal.db", "/etc/roomward/site.yaml"];
      expect(run("stat", "-c", "%A %U:%G", ...files).output).toBe(
        "drwx------ roomward:roomward\n-rw------- roomward:roomward\n-rw-r----- root:roomward\n",
      );
      expect(run("roomward", "token", "list").output).toContain("duty-desk");
    });
  });

  test("removed it leaves data and settings; purged it leaves the backups alone", { timeout: 60_000 }, () => {
    mkdirSync(inside("var/backups/roomward"), { recursive: true });
    writeFileSync(inside("var/backups/roomward/kept"), "");
    expect(run("dpkg", "-r", "roomward")).toMatchObject({ status: 0 });
    expect(existsSync(inside("usr/lib/roomward"))).toBe(false);
    expect(existsSync(inside("var/lib/roomward/data/people.json"))).toBe(true);
    expect(existsSync(inside("etc/roomward/site.yaml"))).toBe(true);
    expect(run("dpkg", "-P", "roomward")).toMatchObject({ status: 0 });
    expect(existsSync(inside("var/lib/roomward"))).toBe(false);
    expect(existsSync(inside("etc/roomward"))).toBe(false);
    expect(existsSync(inside("var/backups/roomward/kept"))).toBe(true);
  });

  function enabled(): boolean {
    return run("systemctl", "is-enabled", "roomward.service", "roomward-backup.timer").output === "enabled\nenabled\n";
  }
});

describePeer("the package on a bare Debian, arm64, through qemu", ["debootstrap", "qemu-arm64", "aarch64-g++"], () => {
  let root: string;
  let takeBack: (() => void) | null;
  let older: string;
  let newer: string;
  const run = (...command: readonly string[]): Answer => inRoot(root, ...command);
  const install = (deb: string): Answer => {
    copyFileSync(deb, join(root, "tmp", basename(deb)));
    return run("dpkg", "-i", `/tmp/${basename(deb)}`);
  };

  beforeAll(async () => {
    takeBack = runForeignPrograms();
    older = makeDeb("arm64", OLDER);
    newer = makeDeb("arm64", VERSION);
    root = join(work, "arm64");
    copyOfRoot(await bareDebian("arm64"), root);
  }, FOREIGN_MAKING_MS);
  afterAll(() => takeBack?.());

  test("installs, and its programs run on that processor: version, check, the serial binding", { timeout: 120_000 }, () => {
    expect(install(older)).toMatchObject({ status: 0 });
    expect(run("dpkg-query", "-W", "-f", FIELDS, "roomward").output).toBe(`installed ${OLDER}`);
    expect(run("roomward", "version")).toEqual({ status: 0, output: `${VERSION}\n` });
    expect(run("roomward", "check", "/etc/roomward/site.yaml")).toMatchObject({ status: 0 });
    expect(run(NODE, "-p", `process.arch + " " + ${LOADS_BINDING}`).output).toBe("arm64 function\n");
    expect(run(NODE, "-p", LOADS_GPIO).output).toBe("function\n");
    expect(run("id", "roomward").output).toContain("(dialout)");
    expect(run("roomward", "token", "add", "duty-desk").output).toContain("rw_");
  });

  test("an upgrade keeps site file, data and what is switched on; purged it is gone", { timeout: 120_000 }, () => {
    appendFileSync(join(root, "etc/roomward/site.yaml"), "# mine\n");
    expect(install(newer)).toMatchObject({ status: 0 });
    expect(run("dpkg-query", "-W", "-f", FIELDS, "roomward").output).toBe(`installed ${VERSION}`);
    expect(readFileSync(join(root, "etc/roomward/site.yaml"), "utf8")).toMatch(/# mine\n$/);
    expect(run("roomward", "token", "list").output).toContain("duty-desk");
    expect(run("systemctl", "is-enabled", "roomward.service", "roomward-backup.timer").output).toBe("enabled\nenabled\n");
    expect(run("dpkg", "-P", "roomward")).toMatchObject({ status: 0 });
    for (const path of ["usr/lib/roomward", "var/lib/roomward", "etc/roomward"]) expect(existsSync(join(root, path)), path).toBe(false);
  });
});

describePeer("the package before lintian", ["lintian"], () => {
  test("has no errors", { timeout: 180_000 }, () => {
    const { stdout } = spawnSync("lintian", ["--allow-root", makeDeb("amd64", VERSION)], { encoding: "utf8" });
    const errors = stdout.split("\n").filter((line) => line.startsWith("E:"));
    // Its two words on what a test leaves out show that it looked.
    expect(errors.map((line) => line.split(" ")[2])).toEqual([
      "uses-no-compression-for-control-tarball",
      "uses-no-compression-for-data-tarball",
    ]);
  });
});
