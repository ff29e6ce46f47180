import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newKeys, readPlannerKey } from "../../provisioning/stick/keys.ts";
import { makeBundle } from "../../provisioning/stick/make.ts";
import { describePeer } from "../peers/peer.ts";
import { bareDebian, boot, copyOfRoot, inRoot } from "./roots.ts";
import { Drive, run } from "./stick-drive.ts";

const NODE = "/usr/lib/roomward/bin/node";
const MAKING_MS = 240_000;
const SITE = (id: string): string => `site: { id: ${id}, name: { zh: 一号机房, en: Room 1 } }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: 1502, timeout: 300ms }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }
  - { id: th-2, area: room, bus: line, unit: 2, profile: sensor/xy-md02, every: 1s }
`;

// The rule, the unit, its script and the installed package, on a booted system. What is not there is USB: the device is a loop device,
// and somebody else says that it was plugged in.
describePeer("a stick that is plugged into an installed box", ["debootstrap", "nspawn", "stick"], () => {
  let work: string;
  let root: string;
  const drives: Drive[] = [];
  const inside = (path: string): string => join(root, path);

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "roomward-stick-unit-"));
    root = join(work, "root");
    copyOfRoot(await bareDebian("amd64"), root);
    const options = ["provisioning/system/deb.ts", "--arch", "amd64", "--out", join(work, "deb"), "--compress", "none"];
    const deb = execFileSync("tsx", options, { encoding: "utf8" }).trim();
    copyFileSync(deb, join(root, "tmp", basename(deb)));
    expect(inRoot(root, "dpkg", "-i", `/tmp/${basename(deb)}`)).toMatchObject({ status: 0 });
    await build({
      entryPoints: ["test/provisioning/stick-wire.ts"],
      outfile: inside("root/wire.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
    });
    await newKeys(join(work, "office"), null);
    copyFileSync(join(work, "office.trust"), inside("etc/roomward/trusted.d/office.trust"));
    for (const id of ["sz1", "sz2"]) drives.push(await plannedDrive(id));
    if (!readFileSync("/proc/filesystems", "utf8").includes("vfat")) bringExfat();
  }, MAKING_MS);
  afterAll(() => {
    for (const drive of drives) drive.unmount();
    rmSync(work, { recursive: true, force: true });
  });

  async function plannedDrive(id: string): Promise<Drive> {
    const siteFile = join(work, `${id}.yaml`);
    writeFileSync(siteFile, SITE(id));
    const keyFile = join(work, "office.key");
    const key = await readPlannerKey(keyFile, async () => "");
    const drive = new Drive(join(work, `${id}.img`), join(work, `mnt-${id}`));
    drive.mount("rw");
    const about = { version: "0.1.0", nowMs: Date.now(), id: crypto.randomUUID() };
    await makeBundle({ siteFile, boxesFile: null, keyFile, key, output: drive.folder, ...about });
    drive.unmount();
    drive.plug();
    return drive;
  }

  /** Where the kernel has no FAT the same stick is exFAT, and its driver a program. */
  function bringExfat(): void {
    copyFileSync("/sbin/mount.exfat-fuse", inside("usr/sbin/mount.exfat-fuse"));
    symlinkSync("mount.exfat-fuse", inside("usr/sbin/mount.exfat"));
    const library = run("sh", "-c", "ldd /sbin/mount.exfat-fuse | sed -n 's/.*=> \\(.*libfuse[^ ]*\\) .*/\\1/p'").trim();
    copyFileSync(library, inside(`usr/lib/x86_64-linux-gnu/${basename(library)}`));
  }

  test("udev asks for its unit when a USB stick with a FAT file system appears", { timeout: 60_000 }, () => {
    const rules = inside("etc/udev/rules.d");
    mkdirSync(rules, { recursive: true });
    const device = basename(drives[0]?.device ?? "");
    const properties = (bus: string): string => {
      // What the kernel would say of a stick; a loop device has no bus. The file system is found by udev itself.
      writeFileSync(join(rules, "70-as-if.rules"), `SUBSYSTEM=="block", ENV{ID_BUS}="${bus}"\n`);
      const mounts = 'mount --rbind /sys "$0/sys" && mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc"';
      const script = `${mounts} && exec chroot "$0" udevadm test --action=add /sys/class/block/${device} 2>&1`;
      return run("unshare", "--mount", "sh", "-c", script, root);
    };
    expect(properties("usb")).toContain(`SYSTEMD_WANTS=roomward-stick@${device}.service`);
    expect(properties("ata")).not.toContain("SYSTEMD_WANTS");
    rmSync(join(rules, "70-as-if.rules"));
  });

  test("the unit mounts, provisions, writes the receipt and leaves nothing mounted; killed in the middle, the gateway runs again", {
    timeout: 180_000,
  }, async () => {
    const [first, second] = drives.map(({ device }) => basename(device));
    // What stands for a stick here is a loop device, and on some kernels a program.
    mkdirSync(inside("etc/systemd/system/roomward-stick@.service.d"), { recursive: true });
    writeFileSync(
      inside("etc/systemd/system/roomward-stick@.service.d/loop.conf"),
      "[Service]\nDeviceAllow=block-loop rw\nDeviceAllow=/dev/fuse rw\n",
    );
    const health = `${NODE} -e 'fetch("http://127.0.0.1:8080/api/v1/health").then(r=>r.text()).then(t=>{console.log("health",t)},()=>process.exit(1))'`;
    const said = await boot(
      root,
      `systemd-run -q --unit=wire ${NODE} /root/wire.mjs
      for n in 1 2 3 4 5 6 7 8 9 10; do ${health} && break; sleep 1; done
      systemctl start roomward-stick@${first}.service; systemctl show -P Result -P ExecMainStatus roomward-stick@${first}.service | sed 's/^/first: /'
      systemctl is-active roomward.service | sed 's/^/gateway: /'
      grep -o 'id: sz.' /etc/roomward/site.yaml
      stat -c '%A %U:%G %n' /etc/roomward/site.yaml /etc/roomward/trusted.d /var/lib/roomward-provision
      grep -c roomward-stick /proc/mounts | sed 's/^/mounted: /'
      setpriv --reuid roomward --regid roomward --init-groups find /var/lib/roomward ! -user roomward | sed 's/^/foreign: /'
      systemctl start --no-block roomward-stick@${second}.service
      for n in $(seq 100); do systemctl is-active -q roomward.service || break; sleep 0.1; done
      systemctl kill -s KILL roomward-stick@${second}.service
      for n in $(seq 100); do systemctl is-active -q roomward.service && break; sleep 0.1; done
      systemctl is-active roomward.service | sed 's/^/after the kill: /'
      grep -c roomward-stick /proc/mounts | sed 's/^/mounted: /'
      roomward audit verify
      journalctl -u 'roomward-stick@*' -o cat --no-pager`,
      ["--bind=/dev/fuse", ...drives.map(({ device }) => `--bind=${device}`), "--property=DeviceAllow=block-loop rw"],
    );
    expect(said).toContain("first: success\nfirst: 0\ngateway: active\nid: sz1\n");
    expect(said).toContain("-rw-r----- root:roomward /etc/roomward/site.yaml\ndrwx------ root:root /etc/roomward/trusted.d\n");
    expect(said).not.toContain("foreign:");
    expect(said.match(/^mounted: .*$/gm)).toEqual(["mounted: 0", "mounted: 0"]);
    expect(said).toContain("after the kill: active");
    expect(said).toContain("th-1: answers, 2 of 2 points have a value");
    expect(existsSync(inside("var/lib/roomward-provision/receipt/receipt.html"))).toBe(true);
    for (const drive of drives) drive.unmount();
    const [drive] = drives;
    drive?.mount("ro");
    const receipt = JSON.parse(readFileSync(join(drive?.folder ?? "", "receipt.json"), "utf8"));
    expect(receipt).toMatchObject({ verdict: "kept", devices: [{ answered: true }, { answered: false, reason: "exception" }] });
  });
});
