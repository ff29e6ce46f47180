import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import type { IncidentDetail } from "../../firmware/contract/incidents.ts";
import { describePeer } from "../peers/peer.ts";
import { eventually, newToken } from "./box.ts";
import { accessibilityFaults, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

describePeer("the service desk on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;
  let alarm: AlarmRecord;
  let engineer: string;

  beforeAll(async () => {
    demo = await startDemoRoom({ speed: 10 });
    demo.room.scenario("dead-slave", true);
    const alarms = await eventually(
      () => demo.box.alarms(),
      (found) => found.some(({ type }) => type === "lost"),
      60_000,
    );
    alarm = alarms.find(({ type }) => type === "lost") as AlarmRecord;
    engineer = newToken(demo.box.folder, "the engineer", "engineer");
  });
  afterAll(() => demo.stop());

  test("an operator takes an incident, writes a solution and resolves it; its alarm stands", async () => {
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, demo.box.token);
    await page.getByRole("link", { name: "Incidents", exact: true }).click();
    await page.getByRole("link", { name: new RegExp(`^${alarm.incidentNumber}`) }).click();
    await page.getByRole("heading", { name: new RegExp(`^${alarm.incidentNumber}`) }).waitFor();
    await page.getByText(/left/).first().waitFor();
    const write = async (button: string, field: string, text: string): Promise<void> => {
      await page.getByRole("button", { name: button, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(field).fill(text);
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.waitFor({ state: "detached" });
    };
    await write("Assign", "Or a group", "cooling team");
    await write("Wait", "For what", "a new cable");
    await page.getByText("waits for: a new cable").waitFor();
    await write("Solution", "Text", "Replace the RS-485 cable");
    await write("Resolve", "Note", "cable is in");
    await page.getByText("its alarms still stand").waitFor();
    const { incident, moments } = await demo.box.get<IncidentDetail>(`/api/v1/incidents/${alarm.incidentNumber}`);
    expect(incident.work).toMatchObject({ state: "resolved", assignee: "cooling team", solution: { state: "proposed" } });
    expect(moments.map(({ kind }) => kind)).toEqual(["alarm.raise", "assign", "wait", "solution", "resolve"]);
    expect((await demo.box.alarms()).some(({ key }) => key === alarm.key)).toBe(true);
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("an engineer approves what others wrote, and the alarm shows it", async () => {
    const proposed = await demo.box.post("/api/v1/runbooks", { title: "No answer", text: "Look at the plug", scope: { type: "lost" } });
    expect(proposed.status).toBe(200);
    const { page, context, complaints } = await openGlass(demo.browser, demo.box.url, engineer);
    await page.goto(`${demo.box.url}/#/incidents/runbooks`);
    await page.getByText("Proposal", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await page.getByText("approved by the engineer").waitFor();
    await page.goto(`${demo.box.url}/#/alarms/${encodeURIComponent(alarm.key)}`);
    await page.getByText("Look at the plug").waitFor();
    await page.getByText(/Replace the RS-485 cable/).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 390 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe, and nothing too wide, in $theme, $language, $widthPx px", async (look) => {
    await demo.box.post("/api/v1/problems", { title: "RS-485 cable", incidents: [alarm.incident] });
    const { page, context } = await openGlass(demo.browser, demo.box.url, demo.box.token, look);
    const folder = process.env["SHOTS"];
    for (const tail of ["", `/${alarm.incidentNumber}`, "/problems", "/runbooks"]) {
      await page.goto(`${demo.box.url}/#/incidents${tail}`);
      await page.locator(".service-desk .panel").first().waitFor();
      await page.waitForTimeout(500);
      if (folder !== undefined)
        await page.screenshot({
          path: `${folder}/incidents${tail.replace("/", "-")}-${look.language}-${look.widthPx}.png`,
          fullPage: true,
        });
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(look.widthPx);
    }
    await context.close();
  });
});
