import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InspectionMonth } from "../../firmware/contract/inspection.ts";
import { describePeer } from "../peers/peer.ts";
import { newToken, runBox } from "./box.ts";
import { accessibilityFaults, go, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

describePeer("finished documents on the real gateway and the demo room", ["chromium", "poppler"], () => {
  let demo: DemoRoom;
  const pdfText = (file: string): string => spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8" }).stdout;

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 10 });
  });
  afterAll(() => demo.stop());

  test("an inspector exports today's sheet and takes it away as PDF; both are in the audit log", async () => {
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("link", { name: "Reports" }).click();
    await page
      .getByRole("button", { name: /Export now/ })
      .first()
      .click();
    await page.getByText("Written; see the list below.").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: / PDF$/ }).first().click();
    const taken = await download;
    const file = join(demo.folder, "taken.pdf");
    await taken.saveAs(file);
    const { today } = await demo.box.get<InspectionMonth>("/api/v1/inspection");
    expect(taken.suggestedFilename()).toMatch(new RegExp(`^inspection-[a-z0-9-]+-${today}\\.en\\.pdf$`));
    const text = pdfText(file);
    expect(text).toContain(today);
    expect(text).toContain("Probe 1");
    expect(text).toMatch(/not answered/);
    expect(complaints).toEqual([]);
    await context.close();
    const auditor = newToken(demo.box.folder, "inspector", "auditor");
    const response = await fetch(`${demo.box.url}/api/v1/audit?limit=50`, { headers: { authorization: `Bearer ${auditor}` } });
    const { lines } = (await response.json()) as { lines: { action: string }[] };
    expect(lines.map(({ action }) => action)).toEqual(expect.arrayContaining(["export.download", "export.make"]));
  });

  test("the command writes the same day beside the running gateway, in Chinese, and says which files", async () => {
    const { today } = await demo.box.get<InspectionMonth>("/api/v1/inspection");
    const out = join(demo.folder, "out");
    const { status, output } = runBox(["export", "inspection", "--day", today, "--site", demo.site, "--data", demo.box.folder, "-o", out]);
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
      demo.site,
      "--data",
      demo.box.folder,
      "-o",
      join(demo.folder, "none"),
    ]);
    expect(before).toMatchObject({ status: 1, output: expect.stringContaining("2020-01-01") });
    expect(existsSync(join(demo.folder, "none"))).toBe(false);
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px", async (look) => {
    const { page, context } = await openGlass(demo.browser, demo.box.url, demo.box.token, look);
    await go(page, "#/exports");
    await page.getByRole("link", { name: / PDF$/ }).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    await context.close();
  });
});
