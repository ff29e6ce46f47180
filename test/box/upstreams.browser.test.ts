import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TargetsReply } from "../../firmware/contract/targets.ts";
import { describePeer, freePort } from "../peers/peer.ts";
import { type Box, eventually, newToken, SECRET, startBox, startReceiver, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";

describePeer("the page Upstreams, with a receiver that refuses what it is told", ["chromium"], () => {
  const work = workFolder();
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let box: Box;
  let browser: Browser;
  const targets = async () => (await box.get<TargetsReply>("/api/v1/targets")).targets;
  const openPage = async (token: string, look?: Look) => {
    const glass = await openGlass(browser, box.url, token, look);
    await go(glass.page, "#/upstreams");
    await glass.page.getByRole("region", { name: /itsm/ }).waitFor();
    return glass;
  };

  beforeAll(async () => {
    receiver = await startReceiver();
    receiver.answer.status = 400;
    const site = writeSite(
      work.path,
      `site: { id: sz1, name: Shenzhen, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${await freePort()}, timeout: 200ms }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
targets: [{ id: itsm, kind: webhook, url: "${receiver.url}", secret: "${SECRET}" }]
`,
    );
    box = await startBox(site, join(work.path, "data"));
    browser = await launchBrowser();
    await eventually(targets, ([itsm]) => (itsm?.parked ?? 0) > 0, 60_000);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    await receiver.stop();
    work.dispose();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 360 },
    { theme: "dark", language: "en", widthPx: 360 },
    { theme: "dark", language: "zh", widthPx: 1_280 },
    { theme: "light", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px", async (look) => {
    const { page, context, complaints } = await openPage(box.token, look);
    await page.getByText("HTTP 400").first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0);
    if (process.env["SHOTS"] !== undefined)
      await page.screenshot({
        path: join(process.env["SHOTS"], `upstreams-${look.theme}-${look.language}-${look.widthPx}.png`),
        fullPage: true,
      });
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("a viewer sees the answer, and that somebody else has to send it again", async () => {
    const { page, context } = await openPage(newToken(box.folder, "wall", "viewer"));
    await page.getByText("HTTP 400").first().waitFor();
    await page.getByText(/an engineer or an administrator can send them again/).waitFor();
    expect(await page.getByRole("button", { name: /Send/ }).count()).toBe(0);
    await context.close();
  });

  test("somebody on duty sends them again once the receiver takes them, and it is in the audit log", async () => {
    receiver.answer.status = 200;
    const { page, context, complaints } = await openPage(box.token);
    await page.getByRole("button", { name: "Send all of itsm again" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send again" }).click();
    await page.getByText(/queued again, 0 still refused/).waitFor();
    await page.getByText("Delivering").waitFor();
    expect(await page.getByText("Refused messages").count()).toBe(0);
    const [itsm] = await eventually(targets, ([one]) => one?.state === "ok");
    expect(itsm).toMatchObject({ state: "ok", parked: 0, queued: 0 });
    expect(itsm?.latency?.count).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await context.close();
    const response = await fetch(`${box.url}/api/v1/audit?action=target.resend`, {
      headers: { authorization: `Bearer ${newToken(box.folder, "auditor", "auditor")}` },
    });
    const { lines } = (await response.json()) as { lines: { subject: string }[] };
    expect(lines.map(({ subject }) => subject)).toEqual(["itsm"]);
  });
});
