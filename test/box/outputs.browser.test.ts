import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { type Box, eventually, newToken, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));

const site = (port: number): string => `
site: { id: t, name: T }
areas: [{ id: room, name: { zh: 机房, en: Room } }]
buses: [{ id: do, kind: modbus-tcp, host: 127.0.0.1, port: ${port} }]
devices: [{ id: th, area: room, bus: do, profile: sensor/xy-md02, unit: 3 }]
outputs:
  - { id: siren, name: { zh: 警笛, en: Siren }, area: room, kind: siren, at: { bus: do, unit: 3, coil: 0 }, when: { types: [lost] } }
  - { id: valve, name: { zh: 水阀, en: Water valve }, area: room, kind: relay, at: { bus: do, unit: 3, coil: 1 }, safe: asItIs }
linkages:
  - { id: hot-valve, name: { zh: 超温关阀, en: Hot room }, when: { point: th/ambient.temperature, above: 60, for: 5s }, set: { output: valve, is: on }, unless: none }
`;

describePeer("the page Outputs on a real box with a pymodbus output module", ["chromium", "pymodbus"], () => {
  const work = workFolder();
  const folder = join(work.path, "data");
  let browser: Browser;
  let box: Box;
  let module_: Peer;

  beforeAll(async () => {
    const port = await freePort();
    const map = join(work.path, "map.json");
    writeFileSync(map, JSON.stringify({ units: { 3: { coil: { 0: 0, 1: 0 }, input: { 1: 235, 2: 456 } } } }));
    module_ = await startPeer("/usr/bin/python3", [SLAVE, map, "tcp", `127.0.0.1:${port}`], { ready: (said) => said.includes("ready") });
    const file = writeSite(work.path, site(port));
    await new ConfigurationStore(file, folder, systemClock).adopt(file, { by: "planner", from: "stick" }, "bundle");
    box = await startBox(file, folder, { role: "engineer" });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await box?.peer.stop();
    await module_?.stop("SIGKILL");
    work.dispose();
  });

  const openPage = async (token: string, look?: Look) => {
    const glass = await openGlass(browser, box.url, token, look);
    await go(glass.page, "#/outputs");
    await glass.page.locator(".output").first().waitFor();
    return glass;
  };

  test("an engineer tests the siren, holds the valve by hand, locks it out and arms the linkage", async () => {
    const { page, context, complaints } = await openPage(box.token);
    const card = (name: string) => page.getByRole("listitem", { name });
    await page.getByRole("button", { name: "Test Siren" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Test" }).click();
    await page.getByText("Siren: told on, read back on").waitFor();

    await page.getByRole("button", { name: "Hold Water valve by hand" }).click();
    await page.getByLabel("Reason").fill("tried on site");
    await page.getByRole("dialog").getByRole("button", { name: "By hand" }).click();
    await card("Water valve").getByText("On", { exact: true }).first().waitFor();
    await card("Water valve")
      .getByText(/^Held by/)
      .waitFor();
    await page.getByRole("button", { name: "Let Water valve go" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Let go" }).click();
    await page.getByRole("button", { name: "Lock Water valve out" }).click();
    await page.getByLabel("Reason").fill("pipe is open");
    await page.getByRole("dialog").getByRole("button", { name: "Lock out" }).click();
    await card("Water valve")
      .getByText(/^✕ Locked out by/)
      .waitFor();

    await page.getByRole("button", { name: "Arm Hot room" }).click();
    await page.getByLabel("Reason").fill("accepted");
    await page.getByRole("dialog").getByRole("button", { name: "Arm" }).click();
    await card("Hot room")
      .getByText(/^Armed by/)
      .waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("who is on duty sees the same and can switch nothing", async () => {
    const { page, context } = await openPage(newToken(folder, "on duty", "operator"));
    await page.getByText("An engineer or an administrator can test, hold, lock out and arm.").waitFor();
    expect(await page.locator(".output button").count()).toBe(0);
    await context.close();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 390 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, dialog included", async (look) => {
    const { page, context, complaints } = await openPage(box.token, look);
    await eventually(
      () => page.locator(".output").count(),
      (count) => count === 3,
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await page.getByRole("button", { name: look.language === "zh" ? "手动控制：警笛" : "Hold Siren by hand" }).click();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
