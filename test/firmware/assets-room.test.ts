import { afterEach, beforeEach, expect, test } from "vitest";
import { openAssets } from "../../firmware/assets/open.ts";
import { siteDay, subjectsOf } from "../../firmware/assets/subject.ts";
import { Gateway } from "../../firmware/gateway.ts";
import type { Journal } from "../../firmware/journal/journal.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import type { Site } from "../../firmware/site/model.ts";
import { eventOf } from "../../firmware/upstream/body.ts";
import { siteWith } from "./assets-stage.ts";
import { journalHere, temporaryFolder } from "./journal-entries.ts";

let folder: ReturnType<typeof temporaryFolder>;
let journal: Journal;
beforeEach(() => {
  folder = temporaryFolder();
  journal = journalHere(folder.path);
});
afterEach(async () => {
  await journal.close();
  folder.remove();
});

/** The gateway with its register as they run, on a box that knows the time of day or does not. */
async function room(site: Site, wallTrusted: boolean) {
  const clock: Clock = { ...systemClock, wallTrusted: () => wallTrusted, every: () => () => {} };
  let register: Awaited<ReturnType<typeof openAssets>> | null = null;
  const gateway = new Gateway({
    ...{ site, journal, live: await journal.liveAlarms(), deliveries: {}, clock, version: "t" },
    minutes: { take: () => {}, tick: () => {} },
    lastIncidentNumber: await journal.lastIncidentNumber(),
    subject: subjectsOf(site, (device) => register?.book.of(device) ?? null, clock),
    wakeUpstream: () => {},
    log: () => {},
  });
  const room = { alarms: () => gateway.desk.alarms(), judgeComputed: gateway.judgeComputed.bind(gateway) };
  register = await openAssets({ site, dataFolder: folder.path, journal, clock, onTrouble: () => {}, room });
  register.remind();
  return {
    ...{ gateway, book: register.book },
    async close() {
      await register?.close();
      await gateway.stop();
    },
  };
}

const inDays = (days: number): string => {
  const day = siteDay("Asia/Shanghai", { ...systemClock, wallTrusted: () => true }) ?? "";
  return Temporal.PlainDate.from(day).add({ days }).toString();
};
const withTarget = (site: Site): Site => ({
  ...site,
  targets: [{ id: "itsm", kind: "webhook", url: "http://127.0.0.1:9/", secret: "0123456789abcdef" }],
});

test("a warranty that ends is an alarm like any other: in the journal with a number, told to the service desk, over when the date is extended", async () => {
  const site = withTarget(siteWith(`{ serial: "S1", warrantyUntil: ${inDays(20)} }`));
  const one = await room(site, true);
  expect(one.gateway.desk.alarms()).toMatchObject([
    { point: "th-1/warranty.remaining", severity: "minor", value: 20, unit: "d", incidentNumber: "RW-000001" },
  ]);
  await one.close();
  const { rows } = await journal.dueDeliveries({ target: "itsm", nowMs: 1, limit: 5 });
  expect(rows.map((row) => eventOf(row))).toMatchObject([{ number: "RW-000001", service: { serial: "S1", inWarranty: true } }]);

  const two = await room(site, true);
  expect(two.gateway.desk.alarms()).toHaveLength(1);
  await two.close();
  const three = await room(siteWith(`{ serial: "S1", warrantyUntil: ${inDays(400)} }`), true);
  expect(three.gateway.desk.alarms()).toMatchObject([{ state: "D", clearedAtMs: expect.any(Number) }]);
  await three.close();
  expect(await journal.lastIncidentNumber()).toBe(1);
});

test("a box that does not know the time of day says nothing of warranties", async () => {
  const it = await room(siteWith(`{ warrantyUntil: ${inDays(-3)} }`), false);
  expect(it.gateway.desk.alarms()).toEqual([]);
  await it.close();
});

test("an edit on the page rings or ends the reminder at once, and stands in the audit log of the journal", async () => {
  const it = await room(siteWith(""), true);
  const edit = (before: string, after: string) =>
    it.book.change("th-2", [{ field: "contractUntil", before, after }], { by: "wang", from: "10.0.0.7" });
  expect(await edit("", inDays(-3))).toBeNull();
  expect(it.gateway.desk.alarms()).toMatchObject([{ point: "th-2/contract.remaining", severity: "major", state: "B" }]);
  expect(await edit(inDays(-3), "")).toBeNull();
  expect(it.gateway.desk.alarms()).toMatchObject([{ state: "D" }]);
  await it.close();
  expect(await journal.audit(5)).toMatchObject([
    { by: "wang", from: "10.0.0.7", action: "asset.change", subject: "th-2", after: '{"contractUntil":""}' },
    { action: "asset.change", before: '{"contractUntil":""}', after: JSON.stringify({ contractUntil: inDays(-3) }) },
  ]);
});
