import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { type Box, newToken, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, type Look, launchBrowser, openGlass } from "./browser.ts";

const SITE = `
site: { id: t, name: Test, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
network: { allow: [10.2.0.0/16] }
`;
const PASSWORD = "tea kettle orbit";
const OTHER = "quiet harbour lamp";

describePeer("people, audit log and one's own account at the real gateway", ["chromium"], () => {
  let work: ReturnType<typeof workFolder>;
  let box: Box;
  let browser: Browser;
  let administrator: Page;

  beforeAll(async () => {
    work = workFolder();
    box = await startBox(writeSite(work.path, SITE), join(work.path, "data"));
    browser = await launchBrowser();
    administrator = await enter(`${box.url}/#code=${/#code=([\w-]+)/.exec(box.peer.output())?.[1] ?? ""}`, "wang");
  });
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    work.dispose();
  });

  /** Follows a one-time link and chooses a password; the first administrator a name too. */
  async function enter(link: string, name = ""): Promise<Page> {
    const { page } = await openGlass(browser, box.url, "");
    await page.goto(link);
    await page.reload();
    if (name !== "") await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("New password").fill(PASSWORD);
    await page.getByLabel("Once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Save and sign in" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    return page;
  }

  const row = (page: Page, section: string, name: string) =>
    page.getByRole("region", { name: section }).getByRole("listitem").filter({ hasText: name });

  test("an administrator enters somebody, who comes in by the link; sees them signed in, and ends it within seconds", async () => {
    await administrator.getByRole("link", { name: "People" }).click();
    const add = administrator.getByRole("form", { name: "Add a user" });
    await add.getByLabel("Name").fill("li");
    await add.getByLabel("Role").selectOption("operator");
    await add.getByRole("button").click();
    const link = await administrator.getByRole("textbox", { name: "One-time link for li" }).inputValue();
    expect(link).toContain(`${box.url}/#code=`);
    await row(administrator, "Users", "li").filter({ hasText: "Waits for them" }).waitFor();

    const li = await enter(link);
    await administrator.reload();
    await row(administrator, "Users", "li").filter({ hasText: "Has a password" }).waitFor();
    expect(await administrator.getByText("#code=").count()).toBe(0);
    await row(administrator, "Signed in now", "li").filter({ hasText: "from 127.0.0.1" }).waitFor();
    await administrator.getByRole("button", { name: "End: li" }).click();
    await administrator.getByRole("dialog").getByRole("button", { name: "End" }).click();
    await li.getByLabel("Password", { exact: true }).waitFor({ timeout: 60_000 });
    await row(administrator, "Signed in now", "li").waitFor({ state: "detached" });
    await li.context().close();
  });

  test("a role is changed, a name that is taken is said at the line, and the last administrator stays", async () => {
    await administrator.goto(`${box.url}/#/people`);
    await administrator.getByRole("button", { name: "Change role: li" }).click();
    const dialog = administrator.getByRole("dialog");
    await dialog.getByLabel("Role").selectOption("auditor");
    await dialog.getByRole("button", { name: "Change role" }).click();
    await row(administrator, "Users", "li").filter({ hasText: "Auditor" }).waitFor();

    const add = administrator.getByRole("form", { name: "Add a user" });
    await add.getByLabel("Name").fill("LI");
    await add.getByRole("button").click();
    await add.getByRole("alert").filter({ hasText: "already" }).waitFor();

    await administrator.getByRole("button", { name: "Remove: wang" }).click();
    await dialog.filter({ hasText: "cannot be brought back" }).getByRole("button", { name: "Remove" }).click();
    await dialog.getByRole("alert").filter({ hasText: "last administrator" }).waitFor();
    await administrator.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await row(administrator, "Users", "wang").waitFor();
  });

  test("a token is shown once and works until it is removed; who may connect is said", async () => {
    await administrator.goto(`${box.url}/#/people`);
    const add = administrator.getByRole("form", { name: "Add a token" });
    await add.getByLabel("What it is for").fill("wall");
    await add.getByRole("button").click();
    const token = await administrator.getByRole("textbox", { name: "Token wall" }).inputValue();
    const status = async () => (await fetch(`${box.url}/api/v1/points`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await status()).toBe(200);
    await administrator.getByRole("button", { name: "Close" }).click();
    expect(await administrator.getByRole("textbox", { name: "Token wall" }).count()).toBe(0);
    await administrator.getByRole("button", { name: "Remove: wall" }).click();
    await administrator.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await row(administrator, "API tokens", "wall").waitFor({ state: "detached" });
    expect(await status()).toBe(401);
    await administrator.getByRole("region", { name: "Addresses that may connect" }).getByText("10.2.0.0/16").waitFor();
    await administrator.getByText("What each role may do").click();
    await administrator.getByText("Operator · Engineer · Administrator").first().waitFor();
  });

  test("the auditor reads who did what with both values, filters, takes it along, and is shown that it is whole", async () => {
    const token = newToken(box.folder, "shen", "auditor");
    const { page, context, complaints } = await openGlass(browser, box.url, token);
    await page.getByRole("link", { name: "People" }).click();
    await page.getByText("change nothing").waitFor();
    await row(page, "Users", "li").waitFor();
    expect(await page.getByRole("main").getByRole("button").count()).toBe(0);

    await page.getByRole("link", { name: "Audit" }).click();
    await page.getByText(/Whole: all \d+ lines/).waitFor();
    await page.getByLabel("Action").selectOption("user.role");
    const lines = page.getByRole("region", { name: "Audit log" }).getByRole("listitem");
    await lines
      .filter({ hasText: "wang" })
      .filter({ hasText: "li" })
      .filter({ hasText: /Operator.*Auditor/ })
      .waitFor();
    await expect.poll(() => lines.count()).toBe(1);
    await page.getByLabel("Day").fill("2020-01-01");
    await page.getByText("No line fits.").waitFor();
    await page.getByLabel("Day").fill("");
    await lines.first().waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as CSV" }).click()]);
    const csv = readFileSync(await download.path(), "utf8").split("\r\n");
    expect(csv[0]).toBe("\u{FEFF}Number,Time,Who,From,Action,Subject,Detail,Before,After,Hash,Time as told,Boot,Uptime ms,Clock");
    expect(csv[1]).toMatch(/\+08:00,wang,127\.0\.0\.1,user\.role,li,,operator,auditor,[0-9a-f]{64},[^,]*,1,\d+,(unsynced|ntp|battery)$/);
    expect(csv).toHaveLength(3);
    await page.getByLabel("Action").selectOption("");
    await page.getByLabel("Who").selectOption("shen");
    await page.reload();
    await lines.filter({ hasText: "shen" }).filter({ hasText: "Exported the audit log" }).waitFor();
    expect(await lines.filter({ hasText: "shen" }).filter({ hasText: "Read the audit log" }).count()).toBe(1);

    // Somebody with access to the card changes a line under the running gateway.
    const db = new DatabaseSync(join(box.folder, "journal.db"));
    db.exec("UPDATE audit SET new = 'viewer' WHERE action = 'user.role'");
    db.close();
    await page.getByRole("button", { name: "Check again" }).click();
    await page.getByText(/Line \d+ was altered/).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("who may not see a page is told which role it takes", async () => {
    const { page, context } = await openGlass(browser, box.url, box.token);
    expect(await page.getByRole("link", { name: "People" }).count()).toBe(0);
    for (const name of ["people", "audit"]) {
      await page.goto(`${box.url}/#/${name}`);
      await page.getByText("takes the role Administrator / Auditor; yours is Operator").waitFor();
    }
    await page.getByRole("link", { name: "Me", exact: true }).click();
    await page.getByText("signed in with a token").waitFor();
    await context.close();
  });

  test("one's own password: what is wrong stands at its field, and other places are signed out", async () => {
    const elsewhere = await openGlass(browser, box.url, "");
    await elsewhere.page.getByLabel("Name", { exact: true }).fill("wang");
    await elsewhere.page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await elsewhere.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await elsewhere.page.getByRole("navigation", { name: "Main" }).waitFor();

    await administrator.getByRole("link", { name: "Me", exact: true }).click();
    await expect.poll(() => administrator.getByRole("region", { name: "Where I am signed in" }).getByRole("listitem").count()).toBe(2);
    const change = async (current: string, next: string, again = next): Promise<void> => {
      await administrator.getByLabel("Present password").fill(current);
      await administrator.getByLabel("New password").fill(next);
      await administrator.getByLabel("Once more").fill(again);
      await administrator.getByRole("button", { name: "Change password" }).click();
    };
    const described = async (label: string): Promise<string> => {
      const field = administrator.getByLabel(label);
      await expect.poll(() => field.getAttribute("aria-invalid")).toBe("true");
      return (await administrator.locator(`#${await field.getAttribute("aria-describedby")}`).textContent()) ?? "";
    };
    await change(PASSWORD, OTHER, "something else");
    expect(await described("Once more")).toContain("differ");
    await change(PASSWORD, "short");
    expect(await described("New password")).toContain("10");
    await change("not this one", OTHER);
    expect(await described("Present password")).toContain("wrong");
    await change(PASSWORD, OTHER);
    await administrator.getByText("The password is changed").waitFor();
    await elsewhere.page.getByLabel("Password", { exact: true }).waitFor({ timeout: 60_000 });
    await administrator.getByRole("link", { name: "People" }).click();
    await row(administrator, "Users", "wang").waitFor();
    await elsewhere.context.close();
  });

  test.each<Look>([
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ])("the pages have no serious fault of access and nothing sticks out: %o", async (look) => {
    const token = newToken(box.folder, `axe ${look.widthPx}`, "administrator");
    const { page, context } = await openGlass(browser, box.url, token, look);
    for (const name of ["people", "audit", "account"]) {
      await page.goto(`${box.url}/#/${name}`);
      await page.getByRole("main").getByRole("heading", { level: 2 }).first().waitFor();
      await page.waitForTimeout(500);
      expect([name, await accessibilityFaults(page)]).toEqual([name, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      const shots = process.env["ROOMWARD_SHOTS"];
      if (shots !== undefined)
        await page.screenshot({ path: join(shots, `${name}-${look.theme}-${look.language}-${look.widthPx}.png`), fullPage: true });
    }
    await context.close();
  });
});
