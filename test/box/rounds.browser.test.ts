import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InspectionMonth, InspectionSheet } from "../../firmware/contract/inspection.ts";
import { describePeer } from "../peers/peer.ts";
import { newToken, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

const PHONE: Look = { theme: "dark", language: "en", widthPx: 360 };
const HARMLESS = /status of 409/;

describePeer("the daily round on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 10 });
  });
  afterAll(() => demo.stop());

  const tokenOf = (role: string): string => newToken(demo.box.folder, `${role}-${performance.now()}`, role);
  const openRounds = async (token: string, look: Look = PHONE) => {
    const glass = await openGlass(demo.browser, demo.box.url, token, look);
    await glass.page.getByRole("navigation", { name: look.language === "zh" ? "主导航" : "Main" }).waitFor();
    await go(glass.page, "#/rounds");
    await glass.page.getByRole("heading", { name: /Daily round|每日巡检/ }).waitFor();
    return glass;
  };
  const sheetToday = async (): Promise<InspectionSheet> => {
    const { today } = await demo.box.get<InspectionMonth>("/api/v1/inspection");
    return demo.box.get<InspectionSheet>(`/api/v1/inspection/sheet?id=daily/${today}`);
  };
  const choose = async (page: Page, item: RegExp, choice: string): Promise<void> => {
    const group = page.getByRole("group", { name: item });
    await group.getByRole("button", { name: choice, exact: true }).click();
    await group.getByText(/Saved/).waitFor();
  };

  test("a viewer sees today's sheet with what was measured, and is told that they may not fill it", async () => {
    const { page, context, complaints } = await openRounds(tokenOf("viewer"), { ...PHONE, widthPx: 1_280 });
    await page.getByText("Your role may look at the sheets, not fill them.").waitFor();
    const measured = page.getByRole("region", { name: "Measured" });
    await measured
      .getByRole("row", { name: /Temperature.*°C.*> 27/ })
      .first()
      .waitFor();
    expect(await page.getByRole("button", { name: "Sign", exact: true }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("by thumb on a phone: every touch is saved, what is missing is named, the signature is asked for once more, then it is read only", async () => {
    const { page, context, complaints } = await openRounds(demo.box.token);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
    await page.getByText("7 items to fill before signing").waitFor();
    expect(await page.getByRole("button", { name: "Sign", exact: true }).isDisabled()).toBe(true);
    for (const choice of await page.locator(".choices .choice").all())
      expect((await choice.boundingBox())?.height).toBeGreaterThanOrEqual(48);

    const lamps = page.getByRole("group", { name: /Panel lamps/ });
    for (const one of [lamps.first(), lamps.last()]) {
      await one.getByRole("button", { name: "Normal", exact: true }).click();
      await one.getByText(/Saved/).waitFor();
    }
    const sounds = page.getByRole("group", { name: /Odd noise/ });
    await sounds.first().getByRole("button", { name: "None" }).click();
    await sounds.last().getByRole("button", { name: "Drips" }).click();
    await sounds.last().getByText("Not normal").waitFor();
    await sounds.last().getByRole("button", { name: "Add a note" }).click();
    await sounds.last().getByLabel("Note").fill("below the valve");
    await choose(page, /Smell/, "None");
    const clean = page.getByRole("group", { name: /Clean/ });
    await clean.getByRole("button", { name: "Not looked at" }).click();
    await clean.getByLabel("Why was it not looked at?").fill("row 3 is locked");
    await clean.getByRole("button", { name: "Save" }).click();
    await clean.getByText(/Saved/).waitFor();

    await page.getByText("1 item to fill before signing").waitFor();
    await page.getByRole("button", { name: "Fire extinguisher pressure" }).click();
    await page.keyboard.type("1,2x");
    await page.getByText("Give a number, e.g. 1.2").waitFor();
    await page.keyboard.press("Backspace");
    await page.keyboard.press("Enter");
    await page.getByText("Everything is filled; it can be signed.").waitFor();

    await page.getByRole("button", { name: "Sign", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Sign this sheet?" });
    await dialog.getByText(/After that it can only be corrected/).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect((await sheetToday()).signature).toBeNull();
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await page.getByText(/Signed by test-/).waitFor();

    expect(await page.locator(".choices").count()).toBe(0);
    const sheet = await sheetToday();
    expect(sheet).toMatchObject({ state: "signed", missing: [] });
    expect(sheet.answers.map(({ item, value, note }) => [item, value, note])).toEqual(
      expect.arrayContaining([
        ["crac-2-sound", "drips", "below the valve"],
        ["clean", null, "row 3 is locked"],
        ["extinguisher", 1.2, ""],
      ]),
    );
    await page.getByRole("link", { name: new RegExp(`${sheet.day}, Signed`) }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("what was signed is corrected with a reason and reviewed by somebody else, never by oneself", async () => {
    const engineer = tokenOf("engineer");
    const { page, context, complaints } = await openRounds(engineer, { ...PHONE, widthPx: 1_280 });
    await page.getByRole("button", { name: "Correct: Smell in the room" }).click();
    const dialog = page.getByRole("dialog", { name: "Correct: Smell in the room" });
    await dialog.getByRole("button", { name: "Smell", exact: true }).click();
    expect(await dialog.getByRole("button", { name: "Correct", exact: true }).isDisabled()).toBe(true);
    await dialog.getByLabel("Reason (needed)").fill("battery gas");
    await dialog.getByRole("button", { name: "Correct", exact: true }).click();
    await page.getByText(/None → Smell \(battery gas\)/).waitFor();
    await page.getByText("Somebody else reviews what you signed or corrected.").waitFor();
    await context.close();

    const other = await openRounds(tokenOf("administrator"), { ...PHONE, widthPx: 1_280 });
    await other.page.getByRole("button", { name: "Review", exact: true }).click();
    await other.page.getByRole("dialog").getByRole("button", { name: "Review" }).click();
    await other.page.getByText(/Reviewed by administrator-/).waitFor();
    expect((await sheetToday()).state).toBe("reviewed");
    expect([...complaints, ...other.complaints]).toEqual([]);
    await other.context.close();
  });

  test.each([
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 1_280 },
    { theme: "light", language: "en", widthPx: 1_920 },
    { theme: "dark", language: "zh", widthPx: 1_280 },
  ] as const)("axe finds nothing serious in $theme $language at $widthPx px", async (look) => {
    const { page, context } = await openRounds(demo.box.token, look);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.widthPx);
    await context.close();
  });
});

describePeer("two people at one sheet", ["chromium"], () => {
  test("the second learns who was faster and sees what the first wrote; nothing is lost", async () => {
    const work = workFolder();
    const site = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;
    const box = await startBox(writeSite(work.path, site), join(work.path, "data"));
    const browser = await launchBrowser();
    try {
      const open = async () => {
        const glass = await openGlass(browser, box.url, box.token, PHONE);
        await glass.page.getByRole("navigation", { name: "Main" }).waitFor();
        await go(glass.page, "#/rounds");
        return glass;
      };
      const [one, other] = [await open(), await open()];
      const lamps = (page: Page) => page.getByRole("group", { name: "Alarm lamps of racks and servers" });
      await lamps(other.page).waitFor();
      await lamps(one.page).getByRole("button", { name: "Some are lit" }).click();
      await lamps(one.page).getByText(/Saved/).waitFor();
      await lamps(other.page).getByRole("button", { name: "None lit" }).click();
      await lamps(other.page).getByRole("alert").filter({ hasText: "has just answered this item" }).waitFor();
      await lamps(other.page).getByRole("button", { name: "Some are lit", pressed: true }).waitFor();
      await lamps(other.page).getByRole("button", { name: "None lit" }).click();
      await lamps(other.page).getByRole("button", { name: "None lit", pressed: true }).waitFor();
      // A probe that nobody hears has no value, and the sheet says so in words.
      await other.page.getByRole("row", { name: /Temperature.*(No full minute|No data)/ }).waitFor();
      expect([...one.complaints, ...other.complaints].filter((complaint) => !HARMLESS.test(complaint))).toEqual([]);
    } finally {
      await browser.close();
      await box.peer.stop();
      work.dispose();
    }
  });
});
