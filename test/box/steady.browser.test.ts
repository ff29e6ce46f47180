import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { newToken, settled } from "./box.ts";
import { go, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

const PHONE_PX = 390;
const LANGUAGES = [
  { language: "zh", navigation: "主导航", fresh: /^数据 刚刚$/, older: /^数据 \d+ 秒前$/, uncertain: /^时间未校准/ },
  { language: "en", navigation: "Main", fresh: /^data just now$/, older: /^data \d+ s ago$/, uncertain: /^Time not certain/ },
] as const;

describePeer("a page stays where it is under the finger, and needs nobody to come back", ["chromium"], () => {
  let demo: DemoRoom;
  let token: string;

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 0 });
    await settled(demo.box);
    token = newToken(demo.box.folder, "duty engineer", "engineer");
  });
  afterAll(() => demo?.stop());

  test.each(LANGUAGES)(
    "on a phone the age of the data moves no line, in $language",
    async ({ language, navigation, fresh, older, uncertain }) => {
      const { page, context } = await openGlass(demo.browser, demo.box.url, token, { theme: "light", language, widthPx: PHONE_PX });
      await page.getByRole("navigation", { name: navigation }).waitFor();
      const places = [];
      for (const [age, signal] of [
        [fresh, "SIGSTOP"],
        [older, "SIGCONT"],
        [fresh, null],
      ] as const) {
        await page.locator("header").getByText(age).waitFor();
        places.push({
          sign: await page.locator("header").getByText(uncertain).boundingBox(),
          contentTop: (await page.locator("main").boundingBox())?.y,
        });
        // A box that stands still sends nothing, and what is shown grows older.
        if (signal !== null) process.kill(demo.box.peer.pid, signal);
      }
      expect(places[0]?.sign).toMatchObject({ x: expect.any(Number) });
      expect(places).toEqual([places[0], places[0], places[0]]);
      await context.close();
    },
  );

  test("what stands below a curve stays where it is when the curve comes", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, token);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    const answers = await held(page, "**/api/v1/history?*");
    await go(page, "#/device/th-1");
    const below = page.getByRole("heading", { name: "Judged by" });
    await page.locator(".curve").getByText("Loading").waitFor();
    const before = await below.boundingBox();
    answers();
    await page.getByRole("slider").locator("canvas").waitFor();
    expect(await below.boundingBox()).toEqual(before);
    await context.close();
  });

  test("where nobody answered, the page says so, and shows what it was asked for as soon as somebody does", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, token);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.route("**/api/v1/rules?*", (route) => route.abort());
    await go(page, "#/device/th-1");
    await page.getByRole("heading", { name: "Judged by" }).click();
    await page.getByRole("alert").filter({ hasText: "The gateway does not answer" }).waitFor();
    await page.unroute("**/api/v1/rules?*");
    await page.getByRole("region", { name: "Judged by" }).waitFor();
    await context.close();
  });

  test("a read that was lost once is not even noticed", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, token);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    let asked = 0;
    await page.route("**/api/v1/exports", (route) => {
      asked += 1;
      return asked === 1 ? route.abort() : route.continue();
    });
    await go(page, "#/exports");
    await page.getByRole("heading", { name: "Reports" }).waitFor();
    await page
      .getByText(/There is nothing yet|\.pdf/i)
      .first()
      .waitFor();
    expect(await page.getByText("The gateway does not answer").count()).toBe(0);
    expect(asked).toBe(2);
    await context.close();
  });

  test("a wall that is switched on before the gateway is there shows the room by itself", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, token);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    for (const part of ["session", "site"]) {
      await page.route(`**/api/v1/${part}`, (route) => route.abort());
      await page.reload();
      await page.getByText(/The site cannot be loaded: The gateway does not answer/).waitFor();
      await page.unroute(`**/api/v1/${part}`);
      await page.getByRole("navigation", { name: "Main" }).waitFor();
    }
    await context.close();
  });
});

/** Keeps the answers to an address back until what it returns is called. */
async function held(page: Page, address: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(address, async (route) => {
    await promise;
    await route.continue();
  });
  return resolve;
}
