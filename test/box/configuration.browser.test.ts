import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { siteOf } from "../firmware/configuration-site.ts";
import { describePeer } from "../peers/peer.ts";
import { type Box, newToken, SECRET, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, launchBrowser, openGlass } from "./browser.ts";

const TARGET = `targets:\n  - { id: itsm, kind: webhook, url: "http://127.0.0.1:9/hook", secret: "${SECRET}" }\n`;
/** Set to a folder, it gets pictures to look at. */
const SHOTS = process.env["SHOTS"];

describePeer("the configuration on the real gateway", ["chromium"], () => {
  let work: ReturnType<typeof workFolder>;
  let site: string;
  let box: Box;
  let browser: Browser;
  let administrator: string;
  let engineer: string;

  beforeAll(async () => {
    work = workFolder();
    site = writeSite(work.path, siteOf(1, TARGET));
    const data = join(work.path, "data");
    box = await startBox(site, data);
    browser = await launchBrowser();
    const token = (role: string): string => newToken(data, `the ${role}`, role);
    administrator = token("administrator");
    engineer = token("engineer");
  });
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    work.dispose();
  });

  const opened = async (token = administrator, look?: Parameters<typeof openGlass>[3]) => {
    const glass = await openGlass(browser, box.url, token, look);
    await glass.page.getByRole("navigation").waitFor();
    await go(glass.page, "#/configuration");
    await glass.page.getByRole("heading", { level: 3, name: /Running|正在运行/ }).waitFor();
    return glass;
  };
  const edit = async (page: Page, change: (text: string) => string): Promise<void> => {
    const field = page.getByLabel("Site file (YAML)");
    await field.waitFor();
    await field.fill(change(await field.inputValue()));
  };
  const isRunning = (page: Page, number: number) => page.getByRole("heading", { level: 3, name: `Running: Version ${number}` }).waitFor();

  test("an administrator edits, is shown every problem beside its line, mends, sees what it changes, says why, and it runs", async () => {
    const { page, context } = await opened();
    await page.getByRole("button", { name: "Edit" }).click();
    await edit(page, (text) => text.replace("unit: 1", "unit: 900").replace("every: 1s", "every: soon"));
    expect(await page.getByLabel("Site file (YAML)").inputValue()).not.toContain(SECRET);
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("2 problems").waitFor();
    expect(await page.locator(".editor pre").textContent()).toContain("▲ 6");
    await page
      .getByRole("button", { name: /line 6, column/ })
      .first()
      .click();
    const caret = await page.getByLabel("Site file (YAML)").evaluate((field) => {
      const { value, selectionStart } = field as HTMLTextAreaElement;
      return value.slice(selectionStart, selectionStart + 3);
    });
    expect(caret).toBe("900");
    expect(await page.getByRole("button", { name: "Save and run" }).count()).toBe(0);
    await edit(page, (text) => text.replace("unit: 900", "unit: 1").replace("every: soon", "every: 4s"));
    await page.getByText("The text has changed; check it first").waitFor();
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByText("device th-1 changes: every 1s → 4s").waitFor();
    await page.getByLabel("Reason").fill("the probe is slow");
    await page.getByRole("button", { name: "Save and run" }).click();
    // The browser finds the new room by itself.
    await isRunning(page, 2);
    await page.getByText("the probe is slow").first().waitFor();
    await context.close();
  });

  test("somebody else was faster: nothing is changed, and the words say so", async () => {
    const { page, context } = await opened();
    await page.getByRole("button", { name: "Edit" }).click();
    await edit(page, (text) => text.replace("every: 4s", "every: 5s"));
    await page.getByRole("button", { name: "Check" }).click();
    await page.getByLabel("Reason").fill("slower");
    // A command does not wait for the page; nobody tells the gateway, so that the page stays as it is.
    const { ConfigurationStore } = await import("../../firmware/configuration/store.ts");
    const { systemClock } = await import("../../firmware/platform/clock.ts");
    const store = new ConfigurationStore(site, join(work.path, "data"), systemClock);
    expect(await store.change(siteOf("faster", TARGET), 2, { by: "li", from: "console" }, "first", "command")).toEqual({ number: 3 });
    await page.getByRole("button", { name: "Save and run" }).click();
    await page.getByText("you looked at version 2, now it is version 3").waitFor();
    await page.getByRole("button", { name: "Discard" }).click();
    process.kill(box.peer.pid, "SIGHUP");
    await isRunning(page, 3);
    await context.close();
  });

  test("going back says what will change before it does, and asks for a reason", async () => {
    const { page, complaints, context } = await opened();
    await page.getByRole("button", { name: "Compare version 1" }).click();
    await page.getByRole("region", { name: "Difference", exact: true }).getByText("site t changes: name Room 1 → Room faster").waitFor();
    await page.getByRole("row", { name: /added: site: / }).waitFor();
    await page.getByRole("button", { name: "Go back to version 1" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("site t changes: name Room faster → Room 1").waitFor();
    await dialog.getByLabel("Reason").fill("the fast one was wrong");
    expect(complaints).toEqual([]);
    await dialog.getByRole("button", { name: "Go back" }).click();
    await isRunning(page, 4);
    await page.getByText("gone back · the text of version 1").first().waitFor();
    await context.close();
  });

  test("a file that cannot be used is an alarm with its line; keeping what runs ends it", async () => {
    writeFileSync(site, siteOf(5).replace("unit: 1", "unit: many"));
    process.kill(box.peer.pid, "SIGHUP");
    const { page, context } = await opened();
    const trouble = page.getByRole("alert").filter({ hasText: "An alarm stands".toLowerCase() });
    await trouble.getByText(/site\.yaml:6:\d+ devices\[0\]\.unit: expected/).waitFor();
    await trouble.getByText("run systemctl reload roomward").waitFor();
    if (SHOTS !== undefined) await shoot("trouble");
    await page.getByRole("button", { name: "Keep what runs" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("mended tomorrow");
    await page.getByRole("dialog").getByRole("button", { name: "Keep what runs" }).click();
    await trouble.waitFor({ state: "detached" });
    await page.getByText("somebody has chosen what runs instead").waitFor();
    await context.close();
  });

  test("a good edit on the disk can be taken over here", async () => {
    writeFileSync(site, siteOf(6, TARGET));
    const { page, context } = await opened();
    await page.getByText("is right, and is not taken over yet").waitFor();
    await page.getByRole("button", { name: "Take over the site file" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take over the site file" }).click();
    await page.getByText("Room 6").first().waitFor();
    await page.getByText("is what runs").waitFor();
    await context.close();
  });

  test("an engineer may look and is told who may change; an operator is not let in", async () => {
    const { page, context } = await opened(engineer);
    await page.getByText("Your role may only look").waitFor();
    expect(await page.getByRole("button", { name: /^Edit|Go back/ }).count()).toBe(0);
    await page.getByRole("button", { name: "Compare version 1" }).waitFor();
    await context.close();
    const other = await openGlass(browser, box.url, box.token);
    await other.page.getByRole("navigation").waitFor();
    await go(other.page, "#/configuration");
    await other.page
      .getByText(/administrator/i)
      .first()
      .waitFor();
    expect(await other.page.getByText("Versions").count()).toBe(0);
    await other.context.close();
  });

  const looks = (["light", "dark"] as const).flatMap((theme) => (["zh", "en"] as const).map((language) => [theme, language] as const));
  test.each(looks)("axe finds nothing serious, and nothing is wider than the screen (%s, %s)", async (theme, language) => {
    for (const widthPx of [360, 1_280, 1_920]) {
      const { page, context } = await opened(administrator, { theme, language, widthPx });
      await page.locator(".lines").waitFor();
      const look = async (what: string): Promise<void> => {
        expect(await accessibilityFaults(page)).toEqual([]);
        const { scroll, client } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scroll: scrollWidth, client: clientWidth };
        });
        expect(scroll).toBeLessThanOrEqual(client);
        if (SHOTS === undefined) return;
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `${what}-${theme}-${language}-${widthPx}.png`), fullPage: true });
      };
      await look("configuration");
      await page.getByRole("button", { name: language === "zh" ? "修改配置" : "Edit" }).click();
      const field = page.locator("textarea");
      await field.fill((await field.inputValue()).replace("unit: 1", "unit: 900"));
      await page.getByRole("button", { name: language === "zh" ? "检查" : "Check" }).click();
      await page.locator(".problems").waitFor();
      await look("edit");
      await context.close();
    }
  });

  async function shoot(what: string): Promise<void> {
    for (const [theme, language] of looks) {
      const { page, context } = await opened(administrator, { theme, language, widthPx: 1_280 });
      mkdirSync(SHOTS ?? "", { recursive: true });
      await page.screenshot({ path: join(SHOTS ?? "", `${what}-${theme}-${language}.png`), fullPage: true });
      await context.close();
    }
  }
});
