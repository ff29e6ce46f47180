import { join } from "node:path";
import type { Browser } from "playwright-core";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { IncidentEvent } from "../../firmware/incidents/event.ts";
import { describePeer, freePort } from "../peers/peer.ts";
import { type Box, eventually, newToken, SECRET, startBox, startReceiver, workFolder, writeSite } from "./box.ts";
import { accessibilityFaults, go, type Look, launchBrowser, openGlass } from "./browser.ts";

describePeer("on call, with a mail server and a receiver that are there", ["chromium"], () => {
  const work = workFolder();
  const mails: string[] = [];
  let smtp: SMTPServer;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let box: Box;
  let browser: Browser;

  beforeAll(async () => {
    const mailPort = await freePort();
    smtp = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ["STARTTLS"] },
      onRcptTo: ({ address }, _session, done) => {
        mails.push(address);
        done();
      },
      onData: (stream, _session, done) => {
        stream.resume();
        stream.on("end", () => done());
      },
    });
    await new Promise<void>((resolve) => smtp.listen(mailPort, "127.0.0.1", resolve));
    receiver = await startReceiver();
    const site = writeSite(
      work.path,
      `site: { id: sz1, name: Shenzhen, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1, port: ${await freePort()}, timeout: 200ms }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }]
targets:
  - { id: post, kind: mail, host: 127.0.0.1, port: ${mailPort}, security: none, from: room@example.com, to: [team@example.com] }
  - { id: itsm, kind: webhook, url: "${receiver.url}", secret: "${SECRET}" }
rotas:
  - id: duty
    name: { zh: 值班工程师, en: Duty engineer }
    people:
      - { id: wang, name: { zh: 王工, en: Wang }, phone: "13800000001", mail: wang@example.com }
      - { id: li, name: { zh: 李工, en: Li }, phone: "13800000002", mail: li@example.com }
    handOver: { at: ["00:00", "08:00", "16:00"] }
escalation:
  - id: lines
    name: { zh: 线路, en: Lines }
    when: { classes: [sensor, bus] }
    steps: [{ onCall: [duty] }, { after: 3s, targets: [itsm] }, { targets: [post] }]
`,
    );
    box = await startBox(site, join(work.path, "data"));
    browser = await launchBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await box.peer.stop();
    await receiver.stop();
    await new Promise<void>((resolve) => smtp.close(() => resolve()));
    work.dispose();
  });

  test("a wire that is dead calls whoever is on call by mail, then the ticket system, and people see both", async () => {
    const told = () =>
      receiver.received.map(({ event }) => event as unknown as IncidentEvent).filter(({ type }) => type === "adapterMissing");
    await eventually(told, (events) => events.length > 0, 60_000);
    expect(told()).toMatchObject([{ state: "escalate", escalation: { plan: "lines", step: 2, steps: 3, round: 0 } }]);
    const [now] = (await box.get<{ rotas: { now: { who: string } }[] }>("/api/v1/on-call")).rotas;
    expect(mails).toContain(`${now?.now.who}@example.com`);
    const { page, context, complaints } = await openGlass(browser, box.url, box.token);
    await page.getByRole("link", { name: "On call" }).click();
    const running = page.getByRole("region", { name: "Running escalations" });
    await running.getByText(/step 1: (Wang|Li) · post/).waitFor();
    await running.getByText(/step 2: itsm/).waitFor();
    await running.getByText(/step 3 in .* min: post/).waitFor();
    await running.getByRole("link").first().click();
    await page.getByRole("heading", { name: "Escalation" }).waitFor();
    await page.getByText(/step 3 in .* min: post/).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  test("somebody swaps a shift and writes a hand-over; a colleague confirms it", async () => {
    const { page, context, complaints } = await openGlass(browser, box.url, box.token);
    await page.getByRole("link", { name: "On call" }).click();
    const card = page.getByRole("region", { name: "Duty engineer" });
    await card.getByRole("button", { name: "Swap" }).click();
    await page.getByLabel("Who").selectOption("Li");
    await page.getByLabel("When").selectOption({ index: 1 });
    await page.getByLabel("Remark (optional)").fill("dentist");
    await page.getByRole("button", { name: "Save" }).click();
    await card.getByText(/Li \(entered by test-/).waitFor();
    await card.getByRole("button", { name: "Write hand-over" }).click();
    await page.getByLabel("What to hand over").fill("Probe 1 is lost; the spare is in cabinet 3.");
    await page.getByRole("button", { name: "Save" }).click();
    const list = page.getByRole("region", { name: "Hand-overs" });
    await list.getByText("the spare is in cabinet 3").waitFor();
    await list.getByText(/\d+ open alarms?/).waitFor();
    await context.close();
    const colleague = await openGlass(browser, box.url, newToken(box.folder, "colleague", "engineer"));
    await colleague.page.getByRole("link", { name: "On call" }).click();
    await colleague.page.getByRole("button", { name: "Confirm" }).click();
    await colleague.page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
    await colleague.page.getByText(/confirmed by colleague/).waitFor();
    expect([...complaints, ...colleague.complaints]).toEqual([]);
    await colleague.context.close();
  });

  const looks: readonly Look[] = [
    { theme: "light", language: "zh", widthPx: 390 },
    { theme: "dark", language: "en", widthPx: 1_280 },
  ];
  test.each(looks)("nothing serious for axe in $theme, $language, $widthPx px, and nothing stands out of the page", async (look) => {
    const { page, context } = await openGlass(browser, box.url, box.token, look);
    await go(page, "#/on-call");
    await page.getByText("13800000001").or(page.getByText("13800000002")).first().waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    const shots = process.env["ROOMWARD_SHOTS"];
    if (shots !== undefined) await page.screenshot({ path: join(shots, `on-call-${look.widthPx}.png`), fullPage: true });
    await context.close();
  });
});
