import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { CheckReply, ConfigurationReply, RevisionText, RevisionView } from "../../firmware/contract/configuration.ts";
import { MASK } from "../../firmware/contract/configuration.ts";
import { siteOf } from "../firmware/configuration-site.ts";
import { type Box, eventually, newToken, runBox, SECRET, startBox, startReceiver, workFolder, writeSite } from "./box.ts";

let work: ReturnType<typeof workFolder>;
let box: Box | null = null;
let administrator = "";
beforeEach(() => {
  work = workFolder();
});
afterEach(async () => {
  await box?.peer.stop();
  box = null;
  work.dispose();
});
const data = (): string => join(work.path, "data");
const site = (): string => join(work.path, "site.yaml");

async function start(): Promise<Box> {
  box = await startBox(site(), data());
  const name = `admin-${performance.now()}`;
  administrator = newToken(data(), name, "administrator");
  return box;
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(`${box?.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${administrator}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** While one room ends and the next begins nobody listens. */
const status = (): Promise<ConfigurationReply | null> =>
  ask<ConfigurationReply>("GET", "configuration").then(
    ({ body }) => body,
    () => null,
  );
const running = (number: number) => eventually(status, (now) => now?.running?.number === number && now.next === null);
const hangup = (): void => void process.kill(box?.peer.pid ?? 0, "SIGHUP");
const configurationAlarm = async (): Promise<boolean> => {
  const found = await ask<{ alarms: { key: string; state: string; clearedAtMs: number | null }[] }>("GET", "alarms").catch(() => null);
  return found?.body.alarms.some(({ key, clearedAtMs }) => key === "t/box/configuration/-/configuration" && clearedAtMs === null) ?? false;
};

test("NULs after a power cut: the last good one runs with an alarm; mended and SIGHUP, all is well", { timeout: 60_000 }, async () => {
  writeSite(work.path, siteOf(1));
  await (await start()).peer.stop();
  writeFileSync(site(), "\0".repeat(4_096));
  await start();
  expect(await status()).toMatchObject({
    running: { number: 1 },
    file: { state: "unusable", problems: [{ line: 1, message: { en: expect.stringContaining("NUL") } }] },
  });
  await eventually(configurationAlarm, (is) => is);
  expect(box?.peer.output()).toMatch(/site\.yaml:1:1: the file is NUL bytes.*\n.*the last good version, 1, runs instead/);
  writeFileSync(site(), siteOf(1));
  hangup();
  await eventually(configurationAlarm, (is) => !is);
  expect(await status()).toMatchObject({ running: { number: 1 }, file: { state: "same" }, troubles: [] });
  // Nothing changed for the room: it was not started anew.
  expect(box?.peer.output()).not.toContain("switching");
});

test("an edit is taken over by SIGHUP in less than two seconds, stands in the audit log, and the live alarm keeps its incident", async () => {
  writeSite(work.path, siteOf(1));
  await start();
  const [alarm] = await eventually(
    () => box?.alarms() ?? [],
    (list) => list.length > 0,
  );
  const live = new WebSocket(`${box?.url.replace("http", "ws")}/api/v1/live`, { headers: { authorization: `Bearer ${administrator}` } });
  const closed = new Promise<number>((resolve) => live.once("close", resolve));
  await new Promise((resolve) => live.once("open", resolve));
  writeFileSync(site(), siteOf(1).replace("every: 1s", "every: 2s"));
  const startedAt = performance.now();
  hangup();
  await running(2);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await closed).toBe(1001);
  expect((await box?.alarms())?.find(({ key }) => key === alarm?.key)?.incident).toBe(alarm?.incident);
  // It is told, and an incident, once the new room has heard its devices.
  await eventually(
    async () => (await box?.incidents()) ?? [],
    ({ length }) => length === 1,
  );
  const { body } = await ask<{ lines: { action: string; by: string; detail: string }[] }>("GET", "audit?action=configuration.change");
  expect(body.lines[0]).toMatchObject({ by: "site-file", detail: expect.stringContaining("every 1s → 2s") });
  // A rule that is gone takes its alarm along, as at a start.
  writeFileSync(site(), siteOf(3).replaceAll("th-1", "th-9").replaceAll("line", "wire"));
  hangup();
  await running(3);
  await eventually(
    () => box?.alarms() ?? [],
    (list) => list.length > 0 && list.every(({ key }) => key !== alarm?.key),
  );
});

test("a bad edit changes nothing but the alarm; a version chosen over the API ends it", async () => {
  writeSite(work.path, siteOf(1));
  await start();
  writeFileSync(site(), siteOf(2).replace("unit: 1", "unit: many"));
  hangup();
  await eventually(configurationAlarm, (is) => is);
  expect(await status()).toMatchObject({ running: { number: 1 }, file: { problems: [{ line: 6, path: "devices[0].unit" }] } });
  expect(box?.peer.output()).toMatch(/site\.yaml:6:\d+ devices\[0\]\.unit: expected/);
  expect((await ask("POST", "configuration/revert", { revision: 1, reason: "keep it", base: 1 })).body).toEqual({ number: 2 });
  await eventually(configurationAlarm, (is) => !is);
  expect(await status()).toMatchObject({ file: { state: "overruled" } });
  await eventually(
    () => ask<{ lines: { action: string; detail: string }[] }>("GET", "audit?action=configuration.revert"),
    ({ body }) => body.lines[0]?.detail === "keep it; text of 1",
  );
});

test("changed and gone back over the API, with masked secrets, and only by whoever looked at the newest", { timeout: 60_000 }, async () => {
  const receiver = await startReceiver();
  const target = `targets: [{ id: itsm, kind: webhook, url: "${receiver.url}", secret: "${SECRET}" }]\n`;
  writeSite(work.path, siteOf(1, target));
  await start();
  const { body: first } = await ask<RevisionText>("GET", "configuration/revision?number=1");
  expect([first.text.includes(SECRET), first.text.includes(MASK)]).toEqual([false, true]);
  const edited = first.text.replace("every: 1s", "every: 3s");
  const { body: looked } = await ask<CheckReply>("POST", "configuration/check", { text: edited });
  expect(looked.difference?.changes.map(({ en }) => en)).toEqual(["device th-1 changes: every 1s → 3s"]);
  const tries = await Promise.all(
    [1, 2, 3].map((n) => ask<{ number?: number; code?: string }>("PUT", "configuration", { text: edited, reason: `try ${n}`, base: 1 })),
  );
  expect(tries.map((one) => one.status).sort()).toEqual([200, 409, 409]);
  await running(2);
  // Its secret is still the one it was: the receiver checks every signature.
  await eventually(
    () => receiver.received.length,
    (count) => count > 0,
  );
  const elsewhere = edited.replace(receiver.url.replace("/hook", ""), "https://elsewhere.example");
  const stolen = await ask<{ faults: { path: string }[] }>("PUT", "configuration", { text: elsewhere, reason: "x", base: 2 });
  expect([stolen.status, stolen.body.faults.map(({ path }) => path.split(" ")[1])]).toEqual([422, ["targets[0].url", "targets[0].secret"]]);
  const wrong = await ask<{ faults: { path: string }[] }>("PUT", "configuration", {
    text: edited.replace("unit: 1", "unit: 900"),
    reason: "x",
    base: 2,
  });
  expect([wrong.status, wrong.body.faults[0]?.path]).toEqual([422, expect.stringMatching(/^6:\d+ devices\[0\]\.unit/)]);
  expect((await ask("POST", "configuration/revert", { revision: 1, reason: "too slow", base: 2 })).body).toEqual({ number: 3 });
  const now = await running(3);
  expect(now?.running).toMatchObject({ origin: "revert", of: 1, reason: "too slow" });
  expect(now?.file.state).toBe("same");
  expect((await ask<{ points: { id: string }[] }>("GET", "points")).status).toBe(200);
  const { body: list } = await ask<{ revisions: RevisionView[] }>("GET", "configuration/revisions");
  expect(list.revisions.map(({ number }) => number)).toEqual([3, 2, 1]);
  await receiver.stop();
});

test("the command lists, shows, compares and goes back beside a running gateway, and without one", { timeout: 60_000 }, async () => {
  writeSite(work.path, siteOf(1));
  await start();
  writeFileSync(site(), siteOf(2));
  hangup();
  await running(2);
  const command = (...args: readonly string[]) => runBox(["configuration", ...args, "--data", data()]);
  expect(command("list").output).toMatch(/^2\t.*\tfile\tsite-file\t.*\n1\t/);
  expect(command("show", "1").output).toBe(siteOf(1));
  expect(command("show").output).toBe(siteOf(2));
  expect(command("diff", "1", "2").output).toMatch(/site t changes: name Room 1 → Room 2[\s\S]*\n-site: .*\n\+# 2\n\+site: /);
  expect(command("revert", "1").status).toBe(2);
  expect(command("revert", "9", "--reason", "x").output).toContain("There is no version 9");
  expect(command("revert", "1", "--reason", "by hand", "--site", site()).output).toContain("The gateway switches to it now");
  await running(3);
  await box?.peer.stop();
  expect(command("revert", "2", "--reason", "again").output).toContain("from the next start on");
  await start();
  expect((await status())?.running).toMatchObject({ number: 4, of: 2, reason: "again" });
  const { body } = await ask<{ lines: { from: string; subject: string }[] }>("GET", "audit?action=configuration.revert");
  expect(body.lines.map(({ from, subject }) => [from, subject])).toEqual([
    ["console", "4"],
    ["console", "3"],
  ]);
});

test("fifty configurations later the process is as small as before", { timeout: 240_000 }, async () => {
  writeSite(work.path, siteOf(0));
  await start();
  const descriptors = (): number => readdirSync(`/proc/${box?.peer.pid}/fd`).length;
  const rssMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${box?.peer.pid}/status`, "utf8"))?.[1]) / 1_024;
  const threads = (): number => readdirSync(`/proc/${box?.peer.pid}/task`).length;
  let settled = { descriptors: 0, rssMiB: 0, threads: 0 };
  for (let n = 1; n <= 50; n += 1) {
    writeFileSync(site(), siteOf(n));
    hangup();
    await running(n + 1);
    // The first ones load what a start has no need of.
    if (n === 10) settled = { descriptors: descriptors(), rssMiB: rssMiB(), threads: threads() };
  }
  const last = { descriptors: descriptors(), rssMiB: rssMiB(), threads: threads() };
  console.log(`after 10: ${JSON.stringify(settled)}, after 50: ${JSON.stringify(last)}`);
  expect(last.descriptors).toBeLessThanOrEqual(settled.descriptors + 3);
  expect(last.threads).toBeLessThanOrEqual(settled.threads + 1);
  expect(last.rssMiB).toBeLessThan(settled.rssMiB * 1.2);
});
