import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { type Box, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, launchBrowser, openGlass } from "./browser.ts";

const SITE = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
`;

describePeer("signing in at the real gateway", ["chromium"], () => {
  let work: ReturnType<typeof workFolder>;
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    work = workFolder();
    box = await startBox(writeSite(work.path, SITE), join(work.path, "data"));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    work.dispose();
  });

  test("from the printed code to the first administrator, out, and in again; nothing serious for axe", async () => {
    const code = /#code=([\w-]+)/.exec(box.peer.output())?.[1] ?? "";
    const { page, complaints, context } = await openGlass(browser, box.url, "");
    await page.goto(`${box.url}/#code=${code}`);
    await page.reload();
    await page.getByRole("heading", { name: "Make the first administrator" }).waitFor();
    expect(page.url()).not.toContain(code);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel("Name", { exact: true }).fill("wang");
    await page.getByLabel("New password").fill("tea kettle orbit");
    await page.getByLabel("Once more").fill("tea kettle");
    await page.getByRole("button", { name: "Save and sign in" }).click();
    await page.getByRole("alert").filter({ hasText: "differ" }).waitFor();
    await page.getByLabel("Once more").fill("tea kettle orbit");
    await page.getByRole("button", { name: "Save and sign in" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Name", { exact: true }).fill("wang");
    await page.getByLabel("Password", { exact: true }).fill("tea kettle");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: "wrong" }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByLabel("Password", { exact: true }).fill("tea kettle orbit");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(complaints.filter((complaint) => !complaint.includes("401"))).toEqual([]);
    await context.close();
  });
});
