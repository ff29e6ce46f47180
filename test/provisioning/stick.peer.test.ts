import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describePeer, freePort, listening } from "../peers/peer.ts";
import type { Listening } from "../room/wire/listen.ts";
import { startModbusTcp } from "../room/wire/modbus-tcp.ts";
import type { Slave } from "../room/wire/pdu.ts";
import { Drive, run } from "./stick-drive.ts";
import { beBox, SERIAL } from "./stick-stage.ts";

const BUNDLE = resolve("dist/box/roomward.js");

let work: string;
let drive: Drive;
let wire: Listening;
let port: number;
/** Units that have power. */
let powered: Set<number>;
const at = (...parts: string[]): string => join(work, ...parts);

/** systemctl as provisioning uses it, for a gateway without systemd; `then` is run when the gateway was stopped. */
function installSystemctl(then = "true"): void {
  const start = `setsid "${process.execPath}" "${BUNDLE}" run --site "${at("etc/site.yaml")}" --data "${at("data")}" --port ${port} >>"${at("gateway.log")}" 2>&1 </dev/null & echo $! >"${at("pid")}"`;
  const stop = `if [ -e "${at("pid")}" ]; then kill "$(cat "${at("pid")}")"; while kill -0 "$(cat "${at("pid")}")" 2>/dev/null; do sleep 0.1; done; rm "${at("pid")}"; fi; ${then}`;
  mkdirSync(at("bin"), { recursive: true });
  writeFileSync(
    at("bin/systemctl"),
    `#!/bin/sh\necho "$@" >>"${at("systemctl.log")}"\ncase "$1" in\nstart) ${start} ;;\nstop) ${stop} ;;\nesac\n`,
  );
  chmodSync(at("bin/systemctl"), 0o755);
}

function roomward(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUNDLE, ...args], {
    encoding: "utf8",
    timeout: 60_000,
    env: { ...process.env, LC_ALL: "en_US.UTF-8", PATH: `${at("bin")}:${process.env["PATH"]}` },
  });
  return { status, output: `${stdout}${stderr}` };
}

// Asynchronous only where the simulated devices of this process must answer meanwhile.
async function provision(...more: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }> {
  const { spawn } = await import("node:child_process");
  const where = ["--site", at("etc/site.yaml"), "--data", at("data"), "--machine", at("box"), "--service", "roomward", "--port", `${port}`];
  const child = spawn(process.execPath, [BUNDLE, "provision", drive.folder, ...where, ...more], {
    env: { ...process.env, LC_ALL: "en_US.UTF-8", PATH: `${at("bin")}:${process.env["PATH"]}` },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((done) => child.once("close", (status) => done({ status, output })));
}

const site = (id: string): string => `site: { id: ${id}, name: { zh: 一号机房, en: Room 1 } }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${wire.port}, timeout: 300ms }]
devices:
  - { id: th-1, name: { zh: 冷通道温湿度, en: Cold aisle }, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }
  - { id: th-2, name: { zh: 热通道温湿度, en: Hot aisle }, area: room, bus: line, unit: 2, profile: sensor/xy-md02, every: 1s }
`;

/** The planner's half: a bundle, straight onto the stick. */
function planned(id: string): void {
  writeFileSync(at("site.yaml"), site(id));
  writeFileSync(at("boxes.csv"), `box,name\n${SERIAL},一号机房\n`);
  drive.mount("rw");
  const made = roomward("bundle", "make", at("site.yaml"), "--boxes", at("boxes.csv"), "--key", at("office.key"), "-o", drive.folder);
  expect(made).toMatchObject({ status: 0 });
  drive.unmount();
}

beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), "roomward-stick-"));
  port = await freePort();
  powered = new Set([1, 2]);
  const slave = (unit: number): Slave => ({
    read: (table, address, count) => (table === "input" && address + count <= 3 ? [0, 231, 456].slice(address, address + count) : null),
    silent: () => !powered.has(unit),
  });
  wire = await startModbusTcp(0, new Map([1, 2].map((unit) => [unit, slave(unit)])));
  drive = new Drive(at("stick.img"), at("mnt"));
  beBox(at("box"), SERIAL, []);
  mkdirSync(at("etc/trusted.d"), { recursive: true });
  installSystemctl();
  expect(roomward("key", "new", "-o", at("office"))).toMatchObject({ status: 0 });
  writeFileSync(at("etc/trusted.d/office.trust"), readFileSync(at("office.trust")));
});
afterEach(async () => {
  spawnSync(at("bin/systemctl"), ["stop"]);
  drive.unmount();
  await wire.stop();
  rmSync(work, { recursive: true, force: true });
});

describePeer("a stick on a real mount, with a real gateway and devices on a wire", ["stick"], () => {
  test("plugged into a new box: the gateway runs with it, the receipt says what answers and why not, the audit log knows", {
    timeout: 120_000,
  }, async () => {
    planned("sz1");
    powered.delete(2);
    drive.mount("ro");
    const said = await provision("--receipt-later");
    expect(said.output).toContain("th-1: answers, 2 of 2 points have a value");
    expect(said.output).toContain("1 of 2 devices do not answer");
    expect(said.status).toBe(0);
    expect(await listening(port)).toBe(true);
    expect(readFileSync(at("systemctl.log"), "utf8")).toBe("stop roomward\nstart roomward\n");

    drive.unmount();
    drive.mount("rw");
    expect(roomward("receipt", drive.folder, "--data", at("data"))).toMatchObject({ status: 0, output: "" });
    drive.unmount();
    drive.mount("ro");
    expect(readdirSync(drive.folder).sort()).toEqual(["receipt.html", "receipt.json", "receipts", "roomward"]);
    expect(readdirSync(join(drive.folder, "receipts")).sort()).toEqual([`${SERIAL}.html`, `${SERIAL}.json`]);
    const receipt = JSON.parse(readFileSync(join(drive.folder, "receipt.json"), "utf8"));
    expect(receipt).toMatchObject({ verdict: "kept", box: { serial: SERIAL }, row: { name: "一号机房" } });
    expect(receipt.devices[1]).toMatchObject({ device: "th-2", answered: false, reason: "exception" });
    expect(receipt.devices[1].says.en).toMatch(/The gateway .* answers, the device with address 2 behind it does not/);
    const html = readFileSync(join(drive.folder, "receipt.html"), "utf8");
    for (const words of ["冷通道温湿度", "Hot aisle", "它后面地址 2 的设备没有", "已安装", "Installed"]) expect(html).toContain(words);

    spawnSync(at("bin/systemctl"), ["stop"]);
    expect(roomward("audit", "verify", "--data", at("data"))).toMatchObject({ status: 0 });
    const { DatabaseSync } = await import("node:sqlite");
    const journal = new DatabaseSync(at("data/journal.db"), { readOnly: true });
    const acts = journal.prepare("SELECT * FROM audit WHERE action LIKE 'site.%'").all();
    journal.close();
    expect(acts).toMatchObject([{ action: "site.provision", subject: "sz1", origin: "stick" }]);
  });

  test("the wiring is mended and the same stick comes again: asked again, and content", { timeout: 120_000 }, async () => {
    planned("sz1");
    powered.delete(2);
    drive.mount("rw");
    await provision();
    powered.add(2);
    expect((await provision()).output).toContain("the devices were asked again. All 2 devices answer.");
    expect(JSON.parse(readFileSync(join(drive.folder, "receipt.json"), "utf8")).devices).toMatchObject([
      { answered: true },
      { answered: true },
    ]);
    expect(await listening(port)).toBe(true);
    // And once more: nothing to do, and the receipt is still the one that says what was done.
    rmSync(join(drive.folder, "receipt.html"));
    const again = await provision();
    expect(again.output).toContain("There is nothing to do");
    expect(readFileSync(join(drive.folder, "receipt.html"), "utf8")).toContain("All 2 devices answer");
  });

  test("pulled in the middle: the box ends what it began, writes nowhere else, and gives the receipt when the stick comes again", {
    timeout: 120_000,
  }, async () => {
    planned("sz1");
    installSystemctl(`umount -l "${drive.folder}"`);
    drive.mount("rw");
    const said = await provision();
    expect(said.output).toContain("Installed; the gateway runs with it");
    expect(said.output).toMatch(/receipt cannot be written to the stick \(the stick is gone\)/);
    expect(await listening(port)).toBe(true);
    expect(readFileSync(at("etc/site.yaml"), "utf8")).toBe(site("sz1"));
    expect(readdirSync(drive.folder)).toEqual([]);
    installSystemctl();
    drive.unmount();
    drive.mount("rw");
    await provision();
    expect(JSON.parse(readFileSync(join(drive.folder, "receipt.json"), "utf8"))).toMatchObject({ verdict: "kept" });
  });

  test("told to end in the middle: the gateway is not left stopped", { timeout: 120_000 }, async () => {
    planned("sz1");
    installSystemctl("kill -INT $PPID; kill -TERM $PPID; kill -HUP $PPID");
    drive.mount("rw");
    const said = await provision();
    // From here on it is this process that calls it.
    installSystemctl();
    expect(said.output).toContain("One moment: the gateway is brought back first");
    expect(said.status).toBe(0);
    expect(await listening(port)).toBe(true);
  });

  test("damaged while it is read (the device goes away below the file system): nothing changes, in words", {
    timeout: 60_000,
  }, async () => {
    planned("sz1");
    writeFileSync(at("etc/site.yaml"), site("old"));
    drive.mount("ro");
    run("truncate", "-s", "4096", drive.image);
    // What the kernel has read already is no longer what is on the stick.
    writeFileSync("/proc/sys/vm/drop_caches", "3");
    const said = await provision();
    expect(said.status).toBe(1);
    expect(said.output).toMatch(/Nothing was changed/);
    expect(readFileSync(at("etc/site.yaml"), "utf8")).toBe(site("old"));
    expect(existsSync(at("systemctl.log"))).toBe(false);
  });

  test("full: the box is as it should be, the receipt stays on it, and nothing half lies on the stick", { timeout: 120_000 }, async () => {
    planned("sz1");
    drive.mount("rw");
    const { bavail, bsize } = statfsSync(drive.folder);
    writeFileSync(join(drive.folder, "holiday.mov"), Buffer.alloc(bavail * bsize));
    const said = await provision();
    expect(said.output).toMatch(/receipt cannot be written to the stick \(ENOSPC\)/);
    expect(await listening(port)).toBe(true);
    expect(existsSync(at("data/provision/receipt/receipt.html"))).toBe(true);
    expect(readdirSync(drive.folder, { recursive: true }).filter((name) => /receipt.*\.(html|json|new)/.test(String(name)))).toEqual([]);
    rmSync(join(drive.folder, "holiday.mov"));
    expect(roomward("receipt", drive.folder, "--data", at("data"))).toMatchObject({ status: 0 });
    expect(existsSync(join(drive.folder, "receipt.html"))).toBe(true);
  });

  test("a gateway that does not come up with it: the former site again, and the gateway with it", { timeout: 200_000 }, async () => {
    writeFileSync(at("etc/site.yaml"), site("old"));
    planned("sz1");
    drive.mount("rw");
    // It starts with the former file alone, as one does whose data folder or port only the former fits.
    const broken = readFileSync(at("bin/systemctl"), "utf8").replace(
      "start) ",
      `start) grep -q "id: old" "${at("etc/site.yaml")}" || exit 1; `,
    );
    writeFileSync(at("bin/systemctl"), broken);
    const said = await provision();
    expect(said.status).toBe(1);
    expect(said.output).toContain("the gateway did not come up with the new site file");
    expect(readFileSync(at("etc/site.yaml"), "utf8")).toBe(site("old"));
    expect(await listening(port)).toBe(true);
    expect(JSON.parse(readFileSync(join(drive.folder, "receipt.json"), "utf8"))).toMatchObject({ verdict: "returned" });
  });
});

describePeer("a FAT image, read by a FAT driver that is not the kernel's", ["fusefat"], () => {
  test("brings its bundle: the names and bytes of a bundle survive FAT", { timeout: 60_000 }, async () => {
    const image = at("fat.img");
    run("truncate", "-s", "16M", image);
    run("mkfs.vfat", image);
    writeFileSync(at("site.yaml"), site("sz1"));
    writeFileSync(at("boxes.csv"), `box,name\n${SERIAL},一号机房\n`);
    roomward("bundle", "make", at("site.yaml"), "--boxes", at("boxes.csv"), "--key", at("office.key"), "-o", at("staged"));
    run("mcopy", "-s", "-i", image, at("staged/roomward"), "::/");
    const device = run("losetup", "-f", "--show", image).trim();
    run("fusefat", "-o", "ro", device, drive.folder);
    try {
      const said = await provision();
      expect(said.output).toContain("All 2 devices answer");
      expect(said.output).toMatch(/receipt cannot be written to the stick \(E\w+\)/);
      expect(await listening(port)).toBe(true);
    } finally {
      run("umount", drive.folder);
      run("losetup", "-d", device);
    }
  });
});
