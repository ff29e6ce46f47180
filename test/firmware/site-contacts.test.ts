import { describe, expect, test } from "vitest";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { siteView } from "../../firmware/site/view.ts";
import { loadedSite } from "./loaded-site.ts";

const HEAD = "site: { id: t, name: T }\nareas: [{ id: room, name: Room }]\n";
const file = (buses: readonly string[], devices: readonly string[]): string =>
  `${HEAD}buses:\n${buses.map((bus) => `  - { ${bus} }\n`).join("")}devices:\n${devices.map((device) => `  - { area: room, ${device} }\n`).join("")}`;
function site(buses: readonly string[], devices: readonly string[]): Site {
  return loadedSite(file(buses, devices));
}
function problems(
  buses: readonly string[],
  devices: readonly string[],
): readonly { readonly at: string; readonly zh: string; readonly en: string }[] {
  const loaded = loadSite(file(buses, devices));
  return "problems" in loaded ? loaded.problems.map(({ path, message }) => ({ at: path, ...message })) : [];
}
const english = (buses: readonly string[], devices: readonly string[]): readonly string[] =>
  problems(buses, devices).map(({ at, en }) => `${at}: ${en}`);

const DI = ["id: di, kind: gpio"];
const DOOR = "id: door, bus: di, profile: door/generic-contact, channel: 17";

describe("dry contacts in the site file", () => {
  test("need their line alone: chip and wiring are as a Raspberry Pi and the profile have them", () => {
    const { buses, devices } = site(DI, [DOOR]);
    expect(buses).toEqual([{ id: "di", kind: "gpio" }]);
    expect(devices[0]).toMatchObject({ channel: 17, normally: null, closed: "low", periodMs: 1_000 });
  });

  test("can be on a chip that is named, and wired the other way", () => {
    const { buses, devices } = site(["id: di, kind: gpio, chip: pinctrl-rp1"], [`${DOOR}, normally: open, closed: high`]);
    expect(buses).toEqual([{ id: "di", kind: "gpio", chip: "pinctrl-rp1" }]);
    expect(devices[0]).toMatchObject({ normally: "open", closed: "high" });
  });

  test("show on the label where they are", () => {
    const facts = { version: "", revision: "", demo: false };
    expect(siteView(site(DI, [DOOR]), facts).devices[0]?.address).toBe("GPIO · line 17");
    const named = site(["id: di, kind: gpio, chip: pinctrl-rp1"], [DOOR]);
    expect(siteView(named, facts).devices[0]?.address).toBe("GPIO pinctrl-rp1 · line 17");
  });

  test("say what is unavailable when their bus or their line is", () => {
    const { rules } = site(DI, [DOOR]);
    const missing = rules.find(({ type }) => type === "adapterMissing");
    expect(missing?.text).toEqual({ zh: "总线 di 的开关量输入不可用（GPIO）", en: "Digital inputs of bus di are unavailable (GPIO)" });
    expect(missing?.action?.en).toContain("The page Buses says why");
    expect(rules.find(({ type }) => type === "lost")?.text).toEqual({ zh: "door 无法读取", en: "door cannot be read" });
  });

  test("lie at a line that there is, one at each", () => {
    expect(english(DI, [DOOR.replace("17", "64")])).toEqual([
      "devices[0].channel: expected a GPIO line 0–63 (the BCM number, not the pin of the header, and not the global number of sysfs), found 64",
    ]);
    expect(english(DI, [DOOR.replace("17", "529")])[0]).toContain("not the global number of sysfs), found 529");
    expect(english(DI, [DOOR.replace("17", "-1")])[0]).toMatch(/^devices\[0\]\.channel: /);
    expect(english(DI, [DOOR.replace(", channel: 17", "")])).toEqual([
      "devices[0]: door lacks channel (the GPIO line, which is the BCM number, 0–63)",
    ]);
    expect(english(DI, [DOOR, "id: leak, bus: di, profile: leak/generic-contact, channel: 17"])).toEqual([
      "devices[1].channel: GPIO 17 of bus di has door already; a line is one contact",
    ]);
  });

  test("are on a chip that is called by its label", () => {
    for (const chip of ["gpiochip0", "gpiochip512", "/dev/gpiochip4", "512", "two words", '""'])
      expect(english([`id: di, kind: gpio, chip: ${chip}`], [DOOR]).join(), chip).toMatch(/^buses\[0\]\.chip: .*the label of a GPIO chip/);
    for (const chip of ["pinctrl-bcm2711", "raspberrypi-exp-gpio", "gpio-brcmstb@107d508500", '"INT33FC:00"', "fe200000.gpio"])
      expect(english([`id: di, kind: gpio, chip: ${chip}`], [DOOR]), chip).toEqual([]);
  });

  test("are on one bus per chip", () => {
    expect(english([...DI, "id: di-2, kind: gpio"], [DOOR])).toEqual(["buses[1]: GPIO belongs to bus di already; a wire is one bus"]);
    expect(english([...DI, "id: di-2, kind: gpio, chip: pinctrl-rp1"], [DOOR])).toEqual([
      "buses[0]: with several gpio buses each names its chip: bus di lacks chip",
    ]);
  });

  test("have no unit, and others have no contact", () => {
    expect(english(DI, [`${DOOR}, unit: 3`])).toEqual(["devices[0].unit: a contact device has no unit"]);
    const rtu = ["id: di, kind: modbus-rtu, path: /dev/a"];
    expect(english(rtu, ["id: th, bus: di, unit: 1, profile: sensor/xy-md02, normally: open"])).toEqual([
      "devices[0].normally: a Modbus device has no normally",
    ]);
    expect(english(rtu, [DOOR])).toEqual(["devices[0].bus: profile door/generic-contact speaks contact, but bus di is modbus-rtu"]);
  });

  test("are explained in Chinese, too", () => {
    for (const { zh } of problems(DI, [DOOR.replace("17", "64"), DOOR, DOOR.replace("door,", "d2,")]))
      expect(zh).toMatch(/[\u4e00-\u9fff]/);
  });
});
