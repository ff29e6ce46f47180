import { spawnSync } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { type GpioSysfs, startGpioSysfs } from "../peers/gpio-sysfs.ts";
import { describePeer } from "../peers/peer.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

/** Only there to end what hangs: each starts the product, some twice. */
const TIMEOUT_MS = 120_000;
/** Numbers of a Pi 4 since Linux 6.6: line 17 is 529. */
const PI_4 = ["pinctrl-bcm2711:512:58", "raspberrypi-exp-gpio:570:8"];
const DOOR = 529;
const EXIT = 539;
const LEAK = 534;

const site = (every = "1s", chip = "") => `
site: { id: t, name: T }
areas: [{ id: room, name: Room }]
buses: [{ id: di, kind: gpio${chip} }]
devices:
  - { id: door, area: room, bus: di, profile: door/generic-contact, channel: 17, every: ${every} }
  - { id: leak, area: room, bus: di, profile: leak/generic-contact, channel: 22, normally: closed, every: ${every} }
  - { id: exit, area: room, bus: di, profile: door/generic-exit-contact, channel: 27, every: ${every} }
`;

const work = workFolder();
let gpio: GpioSysfs | null = null;
let box: Box | null = null;
afterEach(async () => {
  await box?.peer.stop();
  box = null;
  await gpio?.stop();
  gpio = null;
});

let folders = 0;
async function start(yaml: string, ...chips: readonly string[]): Promise<{ readonly box: Box; readonly gpio: GpioSysfs }> {
  gpio ??= await startGpioSysfs(...chips);
  folders += 1;
  box = await startBox(writeSite(work.path, yaml), `${work.path}/data-${folders}`, { within: gpio.within });
  return { box, gpio };
}

/** States of the three contacts, or why there is none. */
async function states(from: Box): Promise<readonly (string | null)[]> {
  return (await from.points()).map(({ state, quality }) => (quality === "good" ? state : quality));
}

const is = (...wanted: readonly string[]) => [(seen: readonly (string | null)[]): boolean => seen.join() === wanted.join()] as const;

describePeer("dry contacts at lines of the kernel's GPIO sysfs, through the real onoff", ["gpio-sysfs"], () => {
  test("are read by BCM number, as they are wired", { timeout: TIMEOUT_MS }, async () => {
    const { box, gpio } = await start(site(), ...PI_4);
    // Contacts to ground, lines pulled up: all open. The leak contact is closed while all is well.
    await eventually(() => states(box), ...is("open", "leak", "released"));
    await gpio.command(`level ${DOOR} 0`);
    await gpio.command(`level ${LEAK} 0`);
    await eventually(() => states(box), ...is("closed", "dry", "released"));
    expect(await gpio.command("state")).toBe(`${DOOR}:in:both ${LEAK}:in:both ${EXIT}:in:both`);
  });

  test("tell a change themselves: long before their next turn, and bounces never", { timeout: TIMEOUT_MS }, async () => {
    const { box, gpio } = await start(site("30s"), ...PI_4);
    await eventually(() => states(box), ...is("open", "leak", "released"));
    for (let bounce = 0; bounce < 9; bounce += 1) await gpio.command(`level ${DOOR} ${bounce % 2}`);
    await eventually(() => states(box), ...is("closed", "leak", "released"), 5_000);
    const [{ transactions } = { transactions: 0 }] = await box.buses();
    for (let bounce = 0; bounce < 20; bounce += 1) await gpio.command(`level ${LEAK} ${bounce % 2}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await box.buses())[0]?.transactions).toBe(transactions);
  });

  test("tell a push, and that it is over, long before their next turn", { timeout: TIMEOUT_MS }, async () => {
    const { box, gpio } = await start(site("60s"), ...PI_4);
    await eventually(() => states(box), ...is("open", "leak", "released"));
    await gpio.command(`level ${EXIT} 0`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await gpio.command(`level ${EXIT} 1`);
    // Between two reads that a contact asks for lies half a second: nobody who looks more often misses the push.
    await eventually(() => states(box), ...is("open", "leak", "pressed"), 5_000);
    await eventually(() => states(box), ...is("open", "leak", "released"), 5_000);
  });

  test("of a chip without interrupts are read all the same", { timeout: TIMEOUT_MS }, async () => {
    gpio = await startGpioSysfs(...PI_4);
    for (const number of [DOOR, LEAK, EXIT]) await gpio.command(`noedge ${number}`);
    const { box } = await start(site());
    await eventually(() => states(box), ...is("open", "leak", "released"));
    await gpio.command(`level ${DOOR} 0`);
    await eventually(() => states(box), ...is("closed", "leak", "released"));
  });

  test("are handed back at the end, and taken over after a crash", { timeout: TIMEOUT_MS }, async () => {
    const first = await start(site(), ...PI_4);
    await eventually(() => states(first.box), ...is("open", "leak", "released"));
    await first.box.peer.stop("SIGKILL");
    expect(await first.gpio.command("state")).toContain(`${DOOR}:in:both`);
    const second = await start(site());
    await eventually(() => states(second.box), ...is("open", "leak", "released"));
    await second.gpio.command(`level ${DOOR} 0`);
    await eventually(() => states(second.box), ...is("closed", "leak", "released"));
    await second.box.peer.stop();
    expect(await second.gpio.command("state")).toBe("");
  });

  test("that others have are those lines' trouble alone, and come when they are free", { timeout: TIMEOUT_MS }, async () => {
    gpio = await startGpioSysfs(...PI_4);
    await gpio.command(`busy ${DOOR}`);
    await gpio.command(`output ${LEAK}`);
    const { box } = await start(site());
    await eventually(() => states(box), ...is("refused", "refused", "released"));
    const [bus] = await eventually(
      () => box.buses(),
      ([one]) => one?.advice !== null && (one?.faults["refused"] ?? 0) >= 4,
    );
    expect(bus?.advice?.zh).toMatch(/^GPIO (17|22) .*(占用|输出)/);
    expect(bus?.advice?.en).toMatch(/^GPIO (17|22) is (in use|an output)/);
    // Another program's output stays one.
    expect(await gpio.command("state")).toContain(`${LEAK}:out:none`);
    await gpio.command(`free ${DOOR}`);
    await eventually(() => states(box), ...is("open", "refused", "released"), 25_000);
  });

  test("that are taken away while they are watched end nothing and are taken anew", { timeout: TIMEOUT_MS }, async () => {
    const { box, gpio } = await start(site(), ...PI_4);
    await eventually(() => states(box), ...is("open", "leak", "released"));
    for (const number of [DOOR, LEAK, EXIT]) await gpio.command(`take ${number}`);
    await eventually(
      () => box.buses(),
      ([bus]) => (bus?.faults["refused"] ?? 0) >= 3,
    );
    await gpio.command(`level ${DOOR} 0`);
    await eventually(() => states(box), ...is("closed", "leak", "released"));
  });

  test("wait for udev to give their files to the service", { timeout: TIMEOUT_MS }, async () => {
    gpio = await startGpioSysfs(...PI_4);
    await gpio.command("late 600");
    const { box } = await start(site());
    await eventually(() => states(box), ...is("open", "leak", "released"));
    expect((await box.buses())[0]?.faults).toEqual({});
  });

  test.each([
    ["no chip of that name", site("1s", ", chip: pinctrl-rp1"), PI_4, /no GPIO chip is labelled pinctrl-rp1.*there are: pinctrl-bcm2711/],
    ["no header", site(), ["INT33FC:512:60"], /no chip of a Raspberry Pi header was found.*there are: INT33FC/],
    ["a kernel without global numbers", site(), [...PI_4, "-legacy"], /no longer offers lines by global number/],
    ["no permission", site(), [...PI_4, "-nowrite"], /may not be written.*group gpio/],
  ] as const)("with %s: a probe says that digital inputs are unavailable, and what to do", async (_, yaml, chips, said) => {
    gpio = await startGpioSysfs(...chips);
    const output = probe(gpio, yaml);
    expect(output.match(/Digital inputs are unavailable/g)).toHaveLength(3);
    expect(output).toMatch(said);
  });

  test("a probe says of each what to do, and hands the lines back", async () => {
    gpio = await startGpioSysfs(...PI_4);
    await gpio.command(`busy ${DOOR}`);
    const output = probe(gpio, site());
    expect(output).toMatch(/door.*GPIO 17 is in use by a kernel driver or another program/);
    expect(output).toMatch(/leak.*Answers; 1 points have a value/);
    expect(await gpio.command("state")).toBe("");
  });
});

function probe({ within: [program = "", ...before] }: GpioSysfs, yaml: string): string {
  const args = [...before, process.execPath, "dist/box/roomward.js", "probe", "--site", writeSite(work.path, yaml)];
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", env: { ...process.env, LC_ALL: "en_US.UTF-8" } });
  return `${stdout}${stderr}`;
}

test("on a machine without GPIO they are unavailable, which is an alarm, and the gateway goes on", { timeout: TIMEOUT_MS }, async () => {
  box = await startBox(writeSite(work.path, site()), `${work.path}/data-none`);
  const { peer, buses, points, alarms, health } = box;
  const [bus] = await eventually(buses, ([one]) => one?.state === "adapterMissing");
  const why = /^Digital inputs are unavailable: (the kernel has no|no chip of|sysfs of|\/sys\/class\/gpio may)/;
  expect(bus?.advice?.en).toMatch(why);
  expect(bus?.advice?.zh).toMatch(/^开关量输入不可用：/);
  expect((await points()).map(({ quality }) => quality)).toEqual(["adapterMissing", "adapterMissing", "adapterMissing"]);
  const [alarm] = await eventually(alarms, (list) => list.length > 0);
  expect(alarm?.text.en).toBe("Digital inputs of bus di are unavailable (GPIO)");
  expect((await health()).journal).toBe("ok");
  expect(peer.output()).not.toMatch(/Error/);
});
