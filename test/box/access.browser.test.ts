import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { newToken } from "./box.ts";
import { accessibilityFaults, go, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

describePeer("the access page on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;
  const tokenOf = (role: string): string => newToken(demo.box.folder, `${role}-${Math.random()}`, role);

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 0 });
  });
  afterAll(() => demo.stop());

  test("the duty desk signs a visitor in and out, and the log says so", async () => {
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("link", { name: "Access" }).click();
    const form = page.getByRole("region", { name: "Sign a visitor in" });
    await form.getByLabel("Name").fill("Chen");
    await form.getByLabel("Company").fill("Vertiv");
    await form.getByLabel("Purpose").fill("UPS service");
    await form.getByRole("button", { name: "Sign in" }).click();
    const inside = page.getByRole("region", { name: /Inside now 1 person/ });
    await inside.getByText("Chen").waitFor();
    expect(await form.getByLabel("Name").inputValue()).toBe("");
    await inside.getByRole("button", { name: "Sign out Chen" }).click();
    await page.getByText("By the log nobody is inside now.").waitFor();
    await page.getByRole("link", { name: "Entry log" }).click();
    await page.getByRole("row", { name: /Visitor out Chen · Vertiv/ }).waitFor();
    await page.getByLabel("Name, company or card").fill("nobody");
    await page.getByLabel("Name, company or card").press("Enter");
    await page.getByText("No line fits.").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a door that was forced stands out among the doors and in the log", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("link", { name: "Access" }).click();
    const doors = page.getByRole("region", { name: "Doors" });
    await doors.getByRole("listitem").filter({ hasText: "Back door" }).getByText("Closed").waitFor();
    demo.room.scenario("door-forced", true);
    await doors.getByRole("listitem").filter({ hasText: "Back door" }).getByText("Opened without a card").waitFor();
    await page.getByRole("link", { name: "Entry log" }).click();
    await page.getByRole("row", { name: /Opened without a card Back door/ }).waitFor();
    demo.room.scenario("door-forced", false);
    await context.close();
  });

  test("a list of cards with a fault is refused line by line, a good one is taken, and who takes it along gets the whole log", async () => {
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, tokenOf("administrator"));
    await page.getByRole("link", { name: "Access" }).click();
    await page.getByRole("link", { name: "Card holders" }).click();
    const list = page.getByRole("region", { name: "Import a list (CSV)" });
    const choose = (text: string) =>
      list.getByLabel("File").setInputFiles({ name: "cards.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await choose("card,name\n1200000011,Zhao Lei\nabc,Sun Li");
    await list.getByRole("button", { name: "Import" }).click();
    await list.getByText("line 3: card must be decimal digits").waitFor();
    // The staff of the demo room, and nobody of the refused list.
    await page.getByRole("row", { name: /Li Na.*1100000025/ }).waitFor();
    expect(await page.getByText("Zhao Lei").count()).toBe(0);
    // The refused request is an error of the browser's console too.
    expect(complaints.filter((complaint) => !complaint.includes("422"))).toEqual([]);
    await choose("card,name\n1200000011,Zhao Lei\n1200000029,Sun Li");
    await list.getByRole("button", { name: "Import" }).click();
    await list.getByText("Imported: 2 added").waitFor();
    await page.getByRole("row", { name: /Sun Li 1200000029 No end/ }).waitFor();
    await page.getByRole("link", { name: "Entry log" }).click();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export CSV" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^demo-access-\d{4}-\d\d-01-\d{4}-\d\d-\d\d\.csv$/);
    await context.close();
  });

  test("who may not see the entry log is told which role it takes", async () => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, tokenOf("viewer"));
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(await page.getByRole("link", { name: "Access" }).count()).toBe(0);
    await go(page, "#/access");
    await page.getByText(/This page takes the role/).waitFor();
    await context.close();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 1_280 },
    { theme: "dark", language: "en", widthPx: 360 },
    { theme: "dark", language: "zh", widthPx: 1_920 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, and nothing wider than the screen", async (look) => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, tokenOf("administrator"), look);
    await page.getByRole("heading", { level: 1 }).waitFor();
    const faults: string[] = [];
    for (const hash of ["#/access", "#/access/log", "#/access/cards"]) {
      await go(page, hash);
      await page.waitForTimeout(700);
      faults.push(...(await accessibilityFaults(page)).map((fault) => `${hash} ${fault}`));
      const tooWidePx = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (tooWidePx > 0) faults.push(`${hash} is ${tooWidePx} px too wide`);
    }
    expect(faults).toEqual([]);
    await context.close();
  });
});
