import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import type { OutputsReply, OutputView, TestReply } from "../../firmware/contract/outputs.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type GpioSysfs, startGpioSysfs } from "../peers/gpio-sysfs.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { type Box, eventually, newToken, startBox, workFolder, writeSite } from "./box.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));
const PYTHON = "/usr/bin/python3";
const PI_4 = ["pinctrl-bcm2711:512:58"];
/** Line 22 of a Pi 4 since Linux 6.6, and line 5. */
const LEAK = 534;
const SIREN = 517;
const TIMEOUT_MS = 120_000;

const site = (port: number): string => `
site: { id: t, name: T }
areas: [{ id: room, name: Room }]
buses:
  - { id: di, kind: gpio }
  - { id: do, kind: modbus-tcp, host: 127.0.0.1, port: ${port}, timeout: 500ms }
devices:
  - { id: leak, area: room, bus: di, profile: leak/generic-contact, channel: 22, every: 1s }
outputs:
  - { id: siren, name: { zh: 警笛, en: Siren }, area: room, kind: siren, at: { bus: di, line: 5 } }
  - { id: beacon, area: room, kind: beacon, at: { bus: do, unit: 3, coil: 1, multiple: true }, when: { types: [leak] }, rest: 200ms }
  - { id: valve, area: room, kind: relay, at: { bus: do, unit: 3, coil: 0 }, safe: asItIs, rest: 200ms }
  - { id: fan, area: room, kind: relay, at: { bus: do, unit: 3, register: 7, on: 5, off: 4 }, safe: off, rest: 200ms }
linkages:
  - { id: leak-valve, when: { alarms: { types: [leak] }, for: 1s }, set: { output: valve, is: on }, unless: [{ output: fan, is: on }] }
`;

const work = workFolder();
let port = 0;
let gpio: GpioSysfs;
let module_: Peer | null = null;
let box: Box | null = null;
let folder = "";
let tests = 0;

beforeEach(async () => {
  tests += 1;
  folder = join(work.path, `data-${tests}`);
  port = await freePort();
  gpio = await startGpioSysfs(...PI_4);
  manners({});
  module_ = await plug();
});
afterEach(async () => {
  await box?.peer.stop();
  box = null;
  await module_?.stop("SIGKILL");
  module_ = null;
  await gpio.stop();
});

const mannersFile = (): string => join(work.path, "manners.json");
const manners = (told: unknown): void => writeFileSync(mannersFile(), JSON.stringify(told));

async function plug(): Promise<Peer> {
  const map = join(work.path, "map.json");
  writeFileSync(map, JSON.stringify({ manners: mannersFile(), units: { 3: { coil: { 0: 0, 1: 0 }, holding: { 7: 4 } } } }));
  return startPeer(PYTHON, [SLAVE, map, "tcp", `127.0.0.1:${port}`], { ready: (output) => output.includes("ready") });
}

/** Brings the site file as a stick does: adopted on purpose, before the gateway starts. */
async function start(isSigned = true): Promise<Box> {
  const file = writeSite(work.path, site(port));
  if (isSigned && box === null) {
    const done = await new ConfigurationStore(file, folder, systemClock).adopt(file, { by: "planner", from: "stick" }, "bundle");
    expect(done).toHaveProperty("number");
  }
  box = await startBox(file, folder, { within: gpio.within, role: "engineer" });
  return box;
}

const outputs = async (): Promise<OutputsReply> => (box as Box).get<OutputsReply>("/api/v1/outputs");
const output = async (id: string): Promise<OutputView> => (await outputs()).outputs.find((one) => one.id === id) as OutputView;
const is = (id: string, real: boolean, withinMs?: number) =>
  eventually(
    () => output(id),
    (one) => one.real === real && one.wanted === real,
    withinMs,
  );
const post = async <T>(path: string, body: unknown): Promise<{ status: number; body: T }> =>
  (await (box as Box).post(`/api/v1/${path}`, body)) as { status: number; body: T };
const driven = async (): Promise<string> => gpio.command("driven");
const writes = (): readonly string[] => (module_?.output() ?? "").split("\n").filter((line) => line.startsWith("write"));
const audit = async (
  action: string,
): Promise<readonly { subject: string; by: string; detail: string; before: string | null; after: string | null }[]> => {
  const token = newToken(folder, `auditor-${performance.now()}`, "auditor");
  const response = await fetch(`${box?.url}/api/v1/audit?limit=200`, { headers: { authorization: `Bearer ${token}` } });
  const { lines } = (await response.json()) as {
    lines: { action: string; subject: string; by: string; detail: string; before: string | null; after: string | null }[];
  };
  return lines.filter((line) => line.action === action);
};

describePeer("outputs at GPIO lines and at a pymodbus output module", ["pymodbus", "gpio-sysfs"], () => {
  test("a leak sounds the siren, lights the beacon and closes the valve once; acknowledged it is quiet, and a restart changes nothing", {
    timeout: TIMEOUT_MS,
  }, async () => {
    await start();
    await is("valve", false);
    // The first level that the line is driven at is its safe one.
    await eventually(driven, (levels) => levels !== "");
    expect(await driven()).toBe(`${SIREN}=0/1`);
    expect((await outputs()).inactive).toBeNull();
    expect((await post("linkages/arm", { linkage: "leak-valve", reason: "tried on site" })).status).toBe(200);
    await gpio.command(`level ${LEAK} 0`);
    await is("siren", true);
    await is("beacon", true);
    await is("valve", true);
    expect(await driven()).toBe(`${SIREN}=1/2`);
    expect(writes().toSorted()).toEqual(["write 15 1", "write 5 0"]);
    const [leak] = (await (box as Box).alarms()).filter(({ type }) => type === "leak");
    await post("alarms/acknowledge", { keys: [leak?.key], note: "on my way" });
    await is("siren", false);
    expect(await output("beacon")).toMatchObject({ real: true });
    expect(await audit("linkage.act")).toMatchObject([
      { subject: "leak-valve", detail: expect.stringContaining("leak/leak.detected/leak") },
    ]);
    const switched = await audit("output.switch");
    expect(switched.find(({ subject }) => subject === "valve")).toMatchObject({
      before: "off",
      after: "on",
      detail: expect.stringContaining("leak-valve"),
    });

    await box?.peer.stop();
    // Stopped: siren and beacon are safe, the valve stays as it is.
    expect(await driven()).toMatch(new RegExp(`^${SIREN}=0/`));
    const after = writes();
    expect(after.filter((line) => line === "write 5 0")).toHaveLength(1);
    await start();
    await is("valve", true);
    await is("beacon", true);
    expect(writes().filter((line) => line === "write 5 0")).toHaveLength(1);
    expect((await outputs()).linkages[0]).toMatchObject({ state: "acted", armed: { by: expect.any(String) } });
    expect((await post<OutputsReply>("linkages/reset", { linkage: "leak-valve", reason: "mended" })).status).toBe(200);
    await is("valve", false);
  });

  test("a module that is pulled, refuses, or does not obey is an alarm, and is set right when it can be", {
    timeout: TIMEOUT_MS,
  }, async () => {
    await start();
    await is("fan", false);
    const failed = async (): Promise<readonly string[]> =>
      (await (box as Box).alarms())
        .filter(({ type, clearedAtMs }) => type === "outputFailed" && clearedAtMs === null)
        .map(({ device }) => device);

    manners({ refuses: [6] });
    await post("outputs/force", { output: "fan", isOn: true, minutes: 5, reason: "try" });
    await eventually(failed, (those) => those.includes("fan"));
    expect(await output("fan")).toMatchObject({ real: false, isFailing: true, trouble: { en: expect.stringContaining("exception 4") } });
    manners({});
    await is("fan", true, 40_000);
    await eventually(failed, (those) => those.length === 0);
    await post("outputs/release", { output: "fan" });
    await is("fan", false);

    manners({ ignores: [5] });
    await post("outputs/force", { output: "valve", isOn: true, minutes: 5, reason: "try" });
    await eventually(failed, (those) => those.includes("valve"));
    expect(await output("valve")).toMatchObject({ real: false, wanted: true, isFailing: true });
    // It obeys nobody, so it is not set for ever.
    expect(writes().filter((line) => line === "write 5 0").length).toBeLessThanOrEqual(5);
    manners({});

    await module_?.stop("SIGKILL");
    await eventually(failed, (those) => those.includes("valve") && those.includes("fan") && those.includes("beacon"), 60_000);
    expect(await output("valve")).toMatchObject({ real: null });
    module_ = await plug();
    await is("valve", true, 60_000);
    await eventually(failed, (those) => those.length === 0, 60_000);
  });

  test("people test, lock out and hold by hand; whoever may not is refused", { timeout: TIMEOUT_MS }, async () => {
    await start();
    await is("siren", false);
    const tested = await post<TestReply>("outputs/test", { output: "siren" });
    expect(tested).toMatchObject({ status: 200, body: { asked: true, real: true, isReached: true, trouble: null } });
    expect(await driven()).toMatch(`${SIREN}=1/`);
    await is("siren", false);
    await post("outputs/lock", { output: "siren", reason: "ears" });
    expect(await post("outputs/test", { output: "siren" })).toMatchObject({ status: 409, body: { code: "notSwitched" } });
    await gpio.command(`level ${LEAK} 0`);
    await is("beacon", true);
    expect(await output("siren")).toMatchObject({ real: false, wanted: false, lock: { reason: "ears" } });
    await post("outputs/unlock", { output: "siren", reason: "done" });
    await is("siren", true);
    expect(await post("outputs/lock", { output: "nobody", reason: "x" })).toMatchObject({ status: 404 });
    const operator = newToken(folder, "op", "operator");
    const answer = await fetch(`${box?.url}/api/v1/outputs/test`, {
      method: "POST",
      headers: { authorization: `Bearer ${operator}`, "content-type": "application/json" },
      body: JSON.stringify({ output: "siren" }),
    });
    expect(answer.status).toBe(403);
    expect((await audit("output.lock"))[0]).toMatchObject({ subject: "siren", detail: "ears" });
  });

  test("linkages of a file that nobody signed are held inactive, and it is said why", { timeout: TIMEOUT_MS }, async () => {
    await start(false);
    await is("valve", false);
    expect((await outputs()).inactive).toMatchObject({ en: expect.stringContaining("did not come from a signed stick") });
    expect(await post("linkages/arm", { linkage: "leak-valve", reason: "please" })).toMatchObject({ status: 409 });
    await gpio.command(`level ${LEAK} 0`);
    await is("beacon", true);
    await eventually(
      () => audit("linkage.pass"),
      (lines) => lines.length === 1,
    );
    expect(await output("valve")).toMatchObject({ real: false });
    expect(await audit("linkage.inactive")).toHaveLength(1);
  });
});
