import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describePeer } from "../peers/peer.ts";
import { eventually, newToken } from "./box.ts";
import { accessibilityFaults, go, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

const DAMAGED = "journal.db.damaged-2026-11-20T01-02-03-004Z";

describePeer("the page Storage on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;
  const tokenOf = (role: string): string => newToken(demo.box.folder, `the ${role}`, role);
  const openPage = async (token: string, look?: Look) => {
    const glass = await openGlass(demo.browser, demo.box.url, token, look);
    await go(glass.page, "#/storage");
    await glass.page.getByRole("table").waitFor();
    return glass;
  };
  const isDamagedAlarm = async (): Promise<boolean> =>
    (await demo.box.alarms()).some(({ type, clearedAtMs }) => type === "damaged" && clearedAtMs === null);

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 10 });
  });
  afterAll(() => demo.stop());

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 360 },
    { theme: "dark", language: "zh", widthPx: 1_280 },
    { theme: "light", language: "en", widthPx: 1_920 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, calm or with a damaged file", async (look) => {
    const { page, context, complaints } = await openPage(demo.box.token, look);
    const isWide = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await isWide()).toBe(0);
    writeFileSync(join(demo.box.folder, "people.json.damaged"), "x");
    await page.reload();
    await page.getByText("people.json.damaged").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await isWide()).toBe(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a duty engineer sees what is kept, and that a damaged file needs somebody who may delete it", async () => {
    writeFileSync(join(demo.box.folder, DAMAGED), Buffer.alloc(3_000_000));
    await eventually(isDamagedAlarm, Boolean);
    const { page, context } = await openPage(demo.box.token);
    await page.getByRole("rowheader", { name: "Audit log" }).waitFor();
    expect(await page.getByText(/of 512 MiB in use/).count()).toBe(1);
    expect(await page.getByText("2.9 MiB").count()).toBe(1);
    expect(await page.getByRole("button", { name: /Delete/ }).count()).toBe(0);
    await page.getByText("An engineer or an administrator can delete them.").waitFor();
    await context.close();
  });

  test("an administrator is asked first, deletes it, and the alarm is over; the audit log has it", async () => {
    const { page, context, complaints } = await openPage(tokenOf("administrator"));
    await page.getByRole("button", { name: `Delete ${DAMAGED}` }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.getByText(DAMAGED, { exact: true }).count()).toBe(1);
    for (const name of [DAMAGED, "people.json.damaged"]) {
      await page.getByRole("button", { name: `Delete ${name}` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByText(name, { exact: true }).waitFor({ state: "detached" });
    }
    await page.getByText("No file is damaged.").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
    await eventually(isDamagedAlarm, (isThere) => !isThere);
    const response = await fetch(`${demo.box.url}/api/v1/audit?action=storage.delete`, {
      headers: { authorization: `Bearer ${tokenOf("auditor")}` },
    });
    const { lines } = (await response.json()) as { lines: { subject: string; by: string }[] };
    expect(lines.map(({ subject }) => subject)).toEqual(["people.json.damaged", DAMAGED]);
    expect(lines[0]?.by).toBe("the administrator");
  });
});
