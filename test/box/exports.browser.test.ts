import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InspectionMonth } from "../../firmware/contract/inspection.ts";
import { describePeer } from "../peers/peer.ts";
import { type Room, startRoom } from "../room/room.ts";
import { type Box, eventually, runBox, startBox, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, type Look, launchBrowser, openGlass } from "./browser.ts";

describePeer("finished documents on the real gateway and the demo room", ["chromium", "poppler"], () => {
  let work: ReturnType<typeof workFolder>;
  let room: Room;
  let box: Box;
  let browser: Browser;
  let site: string;
  const pdfText = (file: string): string => spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }).stdout;

  beforeAll(async () => {
    work = workFolder();
    room = await startRoom({ ports: "free", speed: 10, seed: 3 });
    site = writeSite(work.path, room.siteYaml);
    box = await startBox(site, join(work.path, "data"), { demo: true });
    browser = await launchBrowser();
    await eventually(
      () => box.health(),
      ({ points }) => points.fresh > 100,
    );
  });
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    await room.stop();
    work.dispose();
  });

  test("an inspector exports today's sheet and takes it away as PDF; both are in the audit log", async () => {
    const { page, context, complaints } = await openGlass(browser, box.url, box.token);
    await page.getByRole("link", { name: "Reports" }).click();
    await page
      .getByRole("button", { name: /Export now/ })
      .first()
      .click();
    await page.getByText("Written; see the list below.").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: / PDF$/ }).first().click();
    const taken = await download;
    const file = join(work.path, "taken.pdf");
    await taken.saveAs(file);
    const { today } = await box.get<InspectionMonth>("/api/v1/inspection");
    expect(taken.suggestedFilename()).toMatch(new RegExp(`^inspection-[a-z0-9-]+-${today}\\.en\\.pdf$`));
    const text = pdfText(file);
    expect(text).toContain(today);
    expect(text).toContain("Probe 1");
    expect(text).toMatch(/not answered/);
    expect(complaints).toEqual([]);
    await context.close();
    const auditor = runBox(["token", "add", "inspector", "--role", "auditor", "--data", box.folder]).output.match(/rw_\S+/)?.[0] ?? "";
    const response = await fetch(`${box.url}/api/v1/audit?limit=50`, { headers: { authorization: `Bearer ${auditor}` } });
    const { lines } = (await response.json()) as { lines: { action: string }[] };
    expect(lines.map(({ action }) => action)).toEqual(expect.arrayContaining(["export.download", "export.make"]));
  });

  test("the command writes the same day beside the running gateway, in Chinese, and says which files", async () => {
    const { today } = await box.get<InspectionMonth>("/api/v1/inspection");
    const out = join(work.path, "out");
    const { status, output } = runBox(["export", "inspection", "--day", today, "--site", site, "--data", box.folder, "-o", out]);
    expect({ status, output }).toMatchObject({ status: 0 });
    const names = readdirSync(out);
    expect(names.map((name) => name.split(".").at(-1)).sort()).toEqual(expect.arrayContaining(["csv", "pdf", "xlsx"]));
    const pdf = names.find((name) => name.endsWith(".zh.pdf")) ?? "";
    expect(pdfText(join(out, pdf))).toContain("温湿度");
    expect(output).toContain(pdf);
    const csv = names.find((name) => name.endsWith(".zh.csv")) ?? "";
    expect(readFileSync(join(out, csv), "utf8")).toContain("现场查看项");
    const before = runBox([
      "export",
      "inspection",
      "--day",
      "2020-01-01",
      "--site",
      site,
      "--data",
      box.folder,
      "-o",
      join(work.path, "none"),
    ]);
    expect(before).toMatchObject({ status: 1, output: expect.stringContaining("2020-01-01") });
    expect(existsSync(join(work.path, "none"))).toBe(false);
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px", async (look) => {
    const { page, context } = await openGlass(browser, box.url, box.token, look);
    await page.evaluate(() => {
      location.hash = "#/exports";
    });
    await page.getByRole("link", { name: / PDF$/ }).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await context.close();
  });
});
