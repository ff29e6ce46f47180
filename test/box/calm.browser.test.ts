import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlarmRecord } from "../../firmware/contract/alarm.ts";
import { describePeer } from "../peers/peer.ts";
import { eventually, newToken, settled } from "./box.ts";
import { accessibilityFaults, go, type Look, openGlass } from "./browser.ts";
import { type DemoRoom, startDemoRoom } from "./demo-room.ts";

const LOOKS: readonly Look[] = [
  { theme: "light", language: "zh", widthPx: 390 },
  { theme: "dark", language: "en", widthPx: 390 },
  { theme: "dark", language: "zh", widthPx: 1_280 },
  { theme: "light", language: "en", widthPx: 1_280 },
];
const DOOR_CONTACT = "door-1/door.contact";

/** Each goes through several pages with axe; only there to end what hangs. */
const WITHIN_MS = 240_000;

describePeer("what is set aside, and how a device is judged, on the real gateway and the demo room", ["chromium"], () => {
  let demo: DemoRoom;
  let engineer: string;
  let lost: AlarmRecord;
  let leak: AlarmRecord;

  beforeAll(async () => {
    demo = await startDemoRoom({
      speed: 0,
      change(site) {
        const { areas } = site.toJS() as { areas: readonly { readonly id: string }[] };
        const at = (id: string): number => areas.findIndex((area) => area.id === id);
        site.setIn(["areas", at("cold-aisle"), "limits"], "gb50174-2017-cold-aisle");
        site.setIn(["areas", at("hot-aisle"), "limits"], "ashrae-2021-a2");
      },
    });
    await settled(demo.box);
    engineer = newToken(demo.box.folder, "engineer zhao", "engineer");
    demo.room.scenario("dead-slave", true);
    demo.room.scenario("leak", true);
    const alarms = await eventually(
      () => demo.box.alarms(),
      (found) => found.some(({ type }) => type === "lost") && found.some(({ emergency }) => emergency === true),
      60_000,
    );
    lost = alarms.find(({ type }) => type === "lost") as AlarmRecord;
    leak = alarms.find(({ emergency }) => emergency === true) as AlarmRecord;
  });
  afterAll(() => demo?.stop());

  const now = async (key: string): Promise<AlarmRecord | undefined> => (await demo.box.alarms()).find((alarm) => alarm.key === key);
  const open = async (tail: string, look?: Look) => {
    const glass = await openGlass(demo.browser, demo.box.url, engineer, look);
    await glass.page.getByRole("navigation", { name: look?.language === "zh" ? "主导航" : "Main" }).waitFor();
    await go(glass.page, `#/${tail}`);
    return glass;
  };

  test(
    "silence takes the sound and no more: the alarm is not acknowledged, and who did it is said",
    async () => {
      const { page, context, complaints } = await open(`alarms/${encodeURIComponent(lost.key)}`);
      await page.getByRole("button", { name: "Silence for 10 min" }).click();
      await page.getByText(/Silenced by engineer zhao until .*; not acknowledged/).waitFor();
      const silenced = await now(lost.key);
      expect(silenced).toMatchObject({ state: "B", acknowledgement: null, soundOff: { by: "engineer zhao" } });
      const row = page.getByRole("row").filter({ hasText: "Silenced" });
      expect(await row.getByText("Unacknowledged").count()).toBe(1);
      expect(await row.getByRole("button", { name: "Acknowledge" }).isEnabled()).toBe(true);
      expect(await page.getByRole("button", { name: "Silence for 10 min" }).isDisabled()).toBe(true);
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test(
    "nothing goes on the shelf without a reason; with one it is off the list, counted, and can be taken back",
    async () => {
      const { page, context, complaints } = await open(`alarms/${encodeURIComponent(lost.key)}`);
      await page.getByRole("button", { name: "Shelve", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("How long").selectOption({ label: "4 hours" });
      await dialog.getByLabel("Reason").fill("   ");
      await dialog.getByRole("button", { name: "Shelve" }).click();
      expect(await dialog.getByLabel("Reason").evaluate((field) => (field as HTMLTextAreaElement).validity.valueMissing)).toBe(true);
      expect(await now(lost.key)).toMatchObject({ state: "B" });
      await dialog.getByLabel("Reason").fill("the probe is at the calibration lab");
      await dialog.getByRole("button", { name: "Shelve" }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByText("Shelved 1").click();
      const line = page.getByRole("listitem").filter({ hasText: "Shelved by engineer zhao" });
      await line.getByText(/until .*: the probe is at the calibration lab/).waitFor();
      const { shelf } = (await now(lost.key)) ?? {};
      expect(((shelf?.untilMs ?? 0) - Date.now()) / 3_600_000).toBeCloseTo(4, 1);
      expect(await page.getByRole("row").filter({ hasText: "Probe 5" }).count()).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      await line.getByRole("button").click();
      await page.getByText("No alarm is shelved, suppressed or out of service.").waitFor();
      expect(await now(lost.key)).toMatchObject({ state: "B" });
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test(
    "water on the floor has no shelf: the page offers none and says why, and the box refuses it",
    async () => {
      const { page, context, complaints } = await open(`alarms/${encodeURIComponent(leak.key)}`);
      await page.getByText("Leak, smoke and fire cannot be shelved.").waitFor();
      expect(await page.getByRole("button", { name: "Silence for 5 min" }).isEnabled()).toBe(true);
      expect(await page.getByRole("button", { name: "Shelve", exact: true }).count()).toBe(0);
      const { body } = await demo.box.post("/api/v1/alarms/shelve", { keys: [leak.key], reason: "it is only a drop", forMs: 3_600_000 });
      expect(body).toMatchObject({ done: [], refused: [{ key: leak.key, why: { zh: expect.stringContaining("漏水") } }] });
      expect(await now(leak.key)).toMatchObject({ state: "B" });
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test(
    "a window that ends before it begins is refused at its field, and nothing that was typed is lost",
    async () => {
      const { page, context, complaints } = await open("maintenance");
      await page.getByRole("button", { name: "Plan a window" }).click();
      const dialog = page.getByRole("dialog");
      const typed = { "Change number": "CHG-2207", "Requested by": "Wang Wei", Reason: "door lock is replaced" };
      for (const [label, text] of Object.entries(typed)) await dialog.getByLabel(label).fill(text);
      await dialog.getByLabel("Scope").selectOption({ label: "Front door" });
      const end = await dialog.getByLabel("Until").inputValue();
      await dialog.getByLabel("Until").fill(await dialog.getByLabel("From").inputValue());
      await dialog.getByRole("button", { name: "Plan a window" }).click();
      await dialog.getByText("Until: expected an end after the start").waitFor();
      expect(await dialog.getByLabel("Until").getAttribute("aria-invalid")).toBe("true");
      expect(await dialog.locator("[aria-invalid]").count()).toBe(1);
      for (const [label, text] of Object.entries(typed)) expect(await dialog.getByLabel(label).inputValue()).toBe(text);
      expect(await accessibilityFaults(page)).toEqual([]);
      // What the browser itself complains of: a request that was refused.
      expect(complaints.splice(0)).toEqual([expect.stringContaining("400")]);
      await dialog.getByLabel("Until").fill(end);
      await dialog.getByRole("button", { name: "Plan a window" }).click();
      await dialog.waitFor({ state: "detached" });
      const line = page.getByRole("listitem").filter({ hasText: "CHG-2207 · Wang Wei · door lock is replaced" });
      await line.getByText("In force").waitFor();

      demo.room.scenario("door-open", true);
      const door = await eventually(
        async () => (await demo.box.alarms()).find(({ point }) => point === DOOR_CONTACT),
        (found) => found !== undefined,
      );
      expect(door).toMatchObject({ state: "G" });
      await line.getByRole("button", { name: "End now: Front door" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "End now" }).click();
      await line.getByText("Ended").waitFor();
      await eventually(
        async () => (await now(door?.key ?? ""))?.state,
        (state) => state === "B",
      );
      demo.room.scenario("door-open", false);
      const audit = await openGlass(demo.browser, demo.box.url, newToken(demo.box.folder, "the auditor", "auditor"));
      await audit.page.getByRole("navigation", { name: "Main" }).waitFor();
      await go(audit.page, "#/audit");
      await audit.page.locator("span", { hasText: "Maintenance window began" }).first().waitFor();
      await audit.page.locator("span", { hasText: "Maintenance window ended" }).first().waitFor();
      expect(await audit.page.getByText(/CHG-2207/).count()).toBeGreaterThanOrEqual(2);
      await audit.context.close();
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test(
    "a device out of service is counted on the alarms page with its reason, until it is put back",
    async () => {
      const { page, context, complaints } = await open("maintenance");
      await page.getByRole("button", { name: "Take a device out of service" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Device").selectOption({ label: "Probe 5 (battery room)" });
      await dialog.getByLabel("Reason").fill("sent in for repair");
      await dialog.getByRole("button", { name: "Take a device out of service" }).click();
      await dialog.waitFor({ state: "detached" });
      await page.getByRole("listitem").filter({ hasText: "sent in for repair" }).getByText("In force").waitFor();
      await go(page, "#/alarms");
      await page.getByText("Out of service 1").click();
      await page.getByText("Out of service: sent in for repair").waitFor();
      expect(await now(lost.key)).toMatchObject({ state: "G" });
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test(
    "the device page says who set each number, with the clause of the standard and what nobody has read in it",
    async () => {
      const { page, context, complaints } = await open("device/th-1");
      await page.getByRole("heading", { name: "Judged by" }).click();
      const table = page.getByRole("region", { name: "Judged by" });
      const humid = table.getByRole("row").filter({ hasText: "standard gb50174-2017-cold-aisle" }).filter({ hasText: "60 %" });
      await humid.getByText(/GB 50174-2017.*appendix A/).waitFor();
      expect(await humid.getByText("limits: standard gb50174-2017-cold-aisle").count()).toBe(1);
      expect(await humid.getByText("deadband, on delay, off delay: product default").count()).toBe(1);
      // The rule of the site gives way to no standard.
      expect(
        await table
          .getByRole("row")
          .filter({ hasText: "27 °C" })
          .getByText(/point rules\[0\]/)
          .count(),
      ).toBe(1);
      await go(page, "#/device/th-4");
      await page.getByRole("heading", { name: "Judged by" }).click();
      await table
        .getByText(/unverified: not read in the standard itself/)
        .first()
        .waitFor();
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );

  test.each(LOOKS)(
    "nothing serious for axe, and nothing too wide, in $theme, $language, $widthPx px",
    async (look) => {
      const { page, context, complaints } = await open("alarms", look);
      const zh = look.language === "zh";
      const inspect = async (name: string): Promise<void> => {
        const folder = process.env["SHOTS"];
        if (folder !== undefined)
          await page.screenshot({ path: join(folder, `${name}-${look.theme}-${look.language}-${look.widthPx}.png`), fullPage: true });
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
      };
      await page.getByText(zh ? "维护中 1" : "Out of service 1").click();
      await inspect("aside");
      await go(page, `#/alarms/${encodeURIComponent(leak.key)}`);
      await page.getByText(zh ? "漏水、烟雾和火警不能搁置。" : "Leak, smoke and fire cannot be shelved.").waitFor();
      await inspect("leak");
      await go(page, `#/alarms/${encodeURIComponent(lost.key)}`);
      await page.getByRole("heading", { name: zh ? "经过" : "Life line" }).waitFor();
      await inspect("out-of-service");
      await go(page, "#/maintenance");
      await page.getByRole("listitem").filter({ hasText: "CHG-2207" }).waitFor();
      await inspect("maintenance");
      await page.getByRole("button", { name: zh ? "新建维护窗口" : "Plan a window" }).click();
      await page.getByLabel(zh ? "变更单号" : "Change number").fill("CHG-1");
      await page.getByLabel(zh ? "申请人" : "Requested by").fill("Wang");
      await page.getByLabel(zh ? "原因" : "Reason").fill("?");
      await page
        .getByLabel(zh ? "结束" : "Until", { exact: true })
        .fill(await page.getByLabel(zh ? "开始" : "From", { exact: true }).inputValue());
      await page.getByRole("dialog").locator("button[type=submit]").click();
      await page.getByRole("dialog").getByRole("listitem").waitFor();
      await inspect("plan");
      complaints.splice(0);
      await page.keyboard.press("Escape");
      for (const device of ["th-1", "th-4"]) {
        await go(page, `#/device/${device}`);
        await page.getByRole("heading", { name: zh ? "判断依据" : "Judged by" }).click();
        await page.getByRole("region", { name: zh ? "判断依据" : "Judged by" }).waitFor();
        await inspect(`rules-${device}`);
      }
      expect(complaints).toEqual([]);
      await context.close();
    },
    WITHIN_MS,
  );
});
