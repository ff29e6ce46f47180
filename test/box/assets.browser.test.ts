import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { type Box, newToken, runBox, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, launchBrowser, openGlass } from "./browser.ts";

const SITE = `
site: { id: t, name: { zh: 测试机房, en: Test room } }
areas: [{ id: room, name: { zh: 主机房, en: Main room } }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/serial/by-id/not-there }]
devices:
  - { id: th-1, name: { zh: 1 号温湿度, en: Probe 1 }, area: room, bus: line, unit: 1, profile: sensor/xy-md02, asset: { maker: Acme, serial: "0012", warrantyUntil: 2035-05-01, phone: "+86 755 1234" } }
  - { id: th-2, name: { zh: 2 号温湿度, en: Probe 2 }, area: room, bus: line, unit: 2, profile: sensor/xy-md02, asset: { owner: Li } }
`;
/** Set to a folder, it gets pictures to look at. */
const SHOTS = process.env["SHOTS"];

describePeer("the assets on the real gateway", ["chromium"], () => {
  let work: ReturnType<typeof workFolder>;
  let site: string;
  let data: string;
  let box: Box;
  let browser: Browser;
  let engineer: string;

  beforeAll(async () => {
    work = workFolder();
    site = writeSite(work.path, SITE);
    data = join(work.path, "data");
    box = await startBox(site, data);
    browser = await launchBrowser();
    engineer = newToken(data, "engineer", "engineer");
  });
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    work.dispose();
  });

  const opened = async (hash: string, token = engineer, look?: Parameters<typeof openGlass>[3]) => {
    const glass = await openGlass(browser, box.url, token, look);
    await glass.page.getByRole("navigation").waitFor();
    await go(glass.page, hash);
    return glass;
  };

  test("an engineer finds a device, edits it, and it is there after the next load", async () => {
    const { page, complaints, context } = await opened("#/assets");
    await page.getByRole("row", { name: /Probe 1/ }).waitFor();
    await page.getByLabel("Filter").fill("acme 0012");
    await page.getByRole("row", { name: /Probe 2/ }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Edit Probe 1" }).click();
    await page.getByLabel("Owner").fill("Wang");
    await page.getByLabel("Contract until").fill("2034-12-31");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Probe 1 is saved").waitFor();
    await page.reload();
    const row = page.getByRole("row", { name: /Probe 1/ });
    await row.getByText("Wang").waitFor();
    await row.getByText("edited here").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("the exported sheet, changed in a spreadsheet, is looked at and then imported as a whole", async () => {
    const { page, complaints, context } = await opened("#/assets");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export CSV" }).click()]);
    const sheet = readFileSync(await download.path(), "utf8");
    expect(sheet).toContain("'+86 755 1234");
    await page.getByRole("button", { name: "Import CSV" }).click();
    const choose = async (text: string): Promise<void> => {
      await page.getByLabel("Choose a CSV file").setInputFiles({ name: "sheet.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    };
    await choose(sheet);
    await page.getByText("the same as here").waitFor();
    await choose(sheet.replace("2035-05-01", "next year"));
    await page.getByRole("cell", { name: /expected a date/ }).waitFor();
    await choose(sheet.replace(",Li,", ",Chen,"));
    await page.getByRole("cell", { name: "Chen" }).waitFor();
    await page.getByRole("button", { name: "Apply 1 change" }).click();
    await page.getByRole("row", { name: /Probe 2.*Chen/ }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("somebody who may only look is told so", async () => {
    const { page, context } = await opened("#/assets", box.token);
    await page.getByText("Your role may only look").waitFor();
    expect(await page.getByRole("button", { name: /^Edit|Import/ }).count()).toBe(0);
    await context.close();
  });

  test("the command line writes the same sheet, and what it imports is on the page within seconds", async () => {
    const file = join(work.path, "console.csv");
    expect(runBox(["assets", "export", file, "--site", site, "--data", data]).status).toBe(0);
    expect(runBox(["assets", "import", file, "--site", site, "--data", data]).output).toContain("0 changes are imported");
    writeFileSync(file, "Device,Serial number\nth-2,S-77\n");
    expect(runBox(["assets", "import", file, "--site", site, "--data", data]).output).toContain('th-2 serial: "" → "S-77"');
    writeFileSync(file, "Device,Warranty until\nth-2,never\nth-9,\n");
    const refused = runBox(["assets", "import", file, "--site", site, "--data", data]);
    expect([refused.status, refused.output]).toEqual([2, expect.stringMatching(/console\.csv:2:2: [\s\S]*console\.csv:3:1: /)]);
    const { page, context } = await opened("#/assets");
    for (let n = 0; n < 50 && (await page.getByText("S-77").count()) === 0; n += 1) {
      await page.waitForTimeout(200);
      await page.reload();
      await page.getByRole("row", { name: /Probe 2/ }).waitFor();
    }
    await page.getByText("S-77").waitFor();
    await context.close();
  });

  const looks = (["light", "dark"] as const).flatMap((theme) => (["zh", "en"] as const).map((language) => [theme, language] as const));
  test.each(looks)("axe finds nothing serious, and nothing is wider than the screen (%s, %s)", async (theme, language) => {
    for (const widthPx of [360, 1_920])
      for (const hash of ["#/assets", "#/labels"]) {
        const { page, context, complaints } = await opened(hash, engineer, { theme, language, widthPx });
        await page.locator(hash === "#/assets" ? ".assets-table" : ".sheet").waitFor();
        if (hash === "#/assets") await page.getByRole("button", { name: /Probe 1|1 号温湿度/ }).click();
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(widthPx);
        expect(complaints).toEqual([]);
        if (SHOTS !== undefined) {
          mkdirSync(SHOTS, { recursive: true });
          const name = `${hash.slice(2)}-${theme}-${language}-${widthPx}`;
          await page.screenshot({ path: join(SHOTS, `${name}-dialog.png`) });
          await page.keyboard.press("Escape");
          await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
        }
        await context.close();
      }
  });

  describePeer("a phone before a printed label", ["zbarimg"], () => {
    const read = (picture: string): readonly string[] =>
      execFileSync("zbarimg", ["-q", "--raw", picture], { encoding: "utf8" }).trim().split("\n").sort();

    test("reads the address of the device's page off every label, in every size, also in the dark theme and on paper", async () => {
      const { page, context } = await opened("#/labels", engineer, { theme: "dark", language: "en", widthPx: 1_280 });
      await page.getByLabel("Address of this box").fill("https://10.20.30.40:8443/");
      for (const size of ["70x37", "105x57", "52x29"]) {
        await page.getByLabel("Size").selectOption(size);
        const picture = join(work.path, `labels-${size}.png`);
        await page.locator(".sheet").screenshot({ path: picture });
        expect(read(picture)).toEqual(["https://10.20.30.40:8443/#/device/th-1", "https://10.20.30.40:8443/#/device/th-2"]);
      }
      const paper = join(work.path, "labels.pdf");
      await page.pdf({ path: paper, preferCSSPageSize: true });
      execFileSync("pdftoppm", ["-r", "150", "-png", paper, join(work.path, "paper")]);
      const pages = execFileSync("sh", ["-c", `ls ${join(work.path, "paper")}*`], { encoding: "utf8" })
        .trim()
        .split("\n");
      expect(pages).toHaveLength(1);
      expect(read(pages[0] ?? "")).toHaveLength(2);
      if (SHOTS !== undefined) execFileSync("cp", [pages[0] ?? "", join(SHOTS, "paper.png")]);
      await context.close();
    });

    test("or the plain number of the asset, where a sheet is to outlive the box's address", async () => {
      const { page, context } = await opened("#/labels/th-2");
      await page.getByLabel("The code holds").selectOption("plain");
      const picture = join(work.path, "plain.png");
      await page.locator(".sheet").screenshot({ path: picture });
      expect(read(picture)).toEqual(["th-2"]);
      await context.close();
    });
  });
});
