import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { eventually, newToken, startBox } from "./box.ts";
import { accessibilityFaults, go, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

describePeer("the dashboard on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 10 });
  });
  afterAll(() => demo.stop());

  /**
   * Nothing stands: what does is named. A machine that was held up leaves devices that were not heard and are again, and a person would have
   * seen that by now; any other alarm that came and went is one too many.
   */
  const allNormal = async (page: Page): Promise<void> => {
    const over = await eventually(
      () => demo.box.alarms(),
      (alarms) => alarms.every(({ clearedAtMs }) => clearedAtMs !== null),
    );
    expect(over.filter(({ type }) => type !== "lost" && type !== "busSilent")).toEqual([]);
    const keys = over.map(({ key }) => key);
    if (keys.length > 0) await demo.box.post("/api/v1/alarms/acknowledge", { keys, note: "the machine was held up" });
    await eventually(
      async () => (await page.getByRole("heading", { level: 1 }).textContent()) ?? "",
      (sentence) => sentence.startsWith("All normal"),
    );
  };

  test("the printed link signs in, leaves no token in the address, and shows the room as it is", async () => {
    const { page, complaints, context } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await allNormal(page);
    expect(page.url()).toBe(`${demo.box.url}/#/room`);
    const tile = page.getByRole("link", { name: /Probe 1/ }).first();
    await eventually(
      async () => (await tile.textContent()) ?? "",
      (text) => /\d\d\.\d\s*°C/.test(text),
    );
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a wrong token is refused with words, a right one opens the room", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, "");
    await page.getByRole("button", { name: "Use a token" }).click();
    await page.getByLabel("Token").fill("rw_wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "not valid" }).waitFor();
    await page.getByLabel("Token").fill(demo.box.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await context.close();
  });

  test("mains failure at 3 a.m.: it is on the wall by itself, and one person says that they are on it", async () => {
    const wall = await openGlass(demo.browser, demo.box.url, demo.box.token, { theme: "dark", language: "zh", widthPx: 1_920 });
    const desk = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await allNormal(desk.page);
    demo.room.scenario("mains-failure", true);
    await wall.page.getByRole("heading", { name: /紧急告警/ }).waitFor();
    await desk.page.getByRole("link", { name: "Alarms" }).first().click();
    const row = desk.page.getByRole("row", { name: /Incoming supply meter input L1 voltage too low/ });
    // The supply explains much, but not that the batteries run down: that asks for another hand.
    await desk.page
      .getByRole("row", { name: /UPS A output source: battery/ })
      .getByRole("button", { name: "Acknowledge" })
      .waitFor();
    await row.getByRole("button", { name: "Acknowledge" }).click();
    const dialog = desk.page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("generator is starting");
    await dialog.getByRole("button", { name: /Acknowledge/ }).click();
    await eventually(
      async () => (await demo.box.alarms()).find(({ point }) => point === "meter-1/input.L1-N.voltage")?.acknowledgement?.note,
      (note) => note === "generator is starting",
    );
    await row.getByText("Acknowledged").first().waitFor();
    demo.room.scenario("mains-failure", false);
    expect([...wall.complaints, ...desk.complaints]).toEqual([]);
    await wall.context.close();
    await desk.context.close();
  });

  test("somebody who may only look is told so, and cannot acknowledge", async () => {
    const viewer = newToken(demo.box.folder, "visitor", "viewer");
    demo.room.scenario("leak", true);
    await eventually(
      () => demo.box.alarms(),
      (alarms) => alarms.some(({ type }) => type === "leak"),
    );
    const { page, context } = await openGlass(demo.browser, demo.box.url, viewer);
    await page.getByRole("link", { name: "Alarms" }).first().click();
    await page.getByText("Your role may only look").first().waitFor();
    for (const button of await page.getByRole("button", { name: /^Acknowledge/ }).all()) expect(await button.isDisabled()).toBe(true);
    demo.room.scenario("leak", false);
    await context.close();
  });

  test("a device's page shows who it is, its points and the last hour", async () => {
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("region", { name: "Devices" }).getByRole("link", { name: /UPS A/ }).click();
    await page.getByRole("heading", { name: "UPS A" }).waitFor();
    await page.getByText("Battery charge").first().waitFor();
    await page.locator("canvas").first().waitFor();
    await page.getByRole("button", { name: "7 d" }).click();
    await page.getByRole("region", { name: "Last 7 days" }).locator(".last-hour").waitFor();
    await page.getByRole("button", { name: "1 h" }).click();
    await page.getByRole("region", { name: "Last hour" }).locator("canvas").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the installer sees which bus answers and which device does not, with what to look at", async () => {
    demo.room.scenario("dead-slave", true);
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token, {
      theme: "light",
      language: "en",
      widthPx: 360,
    });
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("link", { name: "Buses" }).click();
    const degraded = page.getByRole("region", { name: /Some devices do not answer/ });
    await degraded.getByText(/It answered before, and not since/).waitFor();
    await degraded.getByText(/Look at power and lamps of Probe 5/).waitFor();
    await degraded.getByRole("row", { name: /No answer; tried less often/ }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
    demo.room.scenario("dead-slave", false);
  });

  test("the gateway goes away: a banner with the time, and the page comes back by itself", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const port = Number(new URL(demo.box.url).port);
    await demo.box.peer.stop("SIGKILL");
    await page.getByText(/Connection lost\. These are the values of \d\d:\d\d:\d\d/).waitFor();
    demo.box = await startBox(demo.site, join(demo.folder, "data"), { port, demo: true });
    await page.getByText(/Connection lost/).waitFor({ state: "detached", timeout: 30_000 });
    await context.close();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 1_280 },
    { theme: "light", language: "en", widthPx: 360 },
    { theme: "dark", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 1_920 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, with alarms on", async (look) => {
    demo.room.scenario("mains-failure", true);
    await eventually(
      () => demo.box.alarms(),
      (alarms) => alarms.some(({ state }) => state === "B"),
    );
    const { page, context } = await openGlass(demo.browser, demo.box.url, demo.box.token, look);
    const faults: string[] = [];
    for (const hash of ["#/room", "#/alarms", "#/device/ups-a", "#/device/th-1", "#/device/nothing", "#/buses", "#/nowhere"]) {
      await go(page, hash);
      await page.waitForTimeout(700);
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${hash} ${fault}`));
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (overflow > 0) faults.push(`${hash} is ${overflow} px too wide`);
    }
    expect(faults).toEqual([]);
    await context.close();
    demo.room.scenario("mains-failure", false);
  });
});
