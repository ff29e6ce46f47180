import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConfigurationStore } from "../../firmware/configuration/store.ts";
import type { ConfigurationReply } from "../../firmware/contract/configuration.ts";
import { run } from "../../firmware/main.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { damagedIn } from "../../firmware/platform/damaged.ts";
import { siteOf } from "./configuration-site.ts";
import { gatewayHere } from "./gateway-here.ts";

// A fault of this program that only one target brings out, while everything else starts beside it.
vi.mock(import("../../firmware/upstream/dialect-of.ts"), async (original) => {
  const { dialectOf } = await original();
  return {
    async dialectOf(target, site, clock, room) {
      if (target.id === "dies") throw new Error("this target ends its start");
      return dialectOf(target, site, clock, room);
    },
  };
});

const TARGET = (id: string): string => `targets: [{ id: ${id}, kind: syslog, host: 127.0.0.1, port: 9 }]\n`;

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "roomward-room-"));
  mkdirSync(join(work, "data"), { mode: 0o700 });
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const gateway = () => gatewayHere(work);

test("a configuration that throws in starting gives way to the one before it, for good, and says so", { timeout: 60_000 }, async () => {
  writeFileSync(join(work, "site.yaml"), siteOf(1, TARGET("lives")));
  const box = await gateway();
  writeFileSync(join(work, "site.yaml"), siteOf(2, TARGET("dies")));
  box.hangup();
  await vi.waitUntil(() => box.ups() === 2, { timeout: 60_000 });
  const status = await box.get<ConfigurationReply>("/api/v1/configuration");
  expect(status.running).toMatchObject({ number: 3, origin: "return", of: 1, by: "gateway" });
  expect(status.troubles.map(({ en }) => en)).toEqual([expect.stringContaining("Version 2 did not start (this target ends its start)")]);
  const { alarms } = await box.get<{ alarms: { key: string }[] }>("/api/v1/alarms");
  expect(alarms.map(({ key }) => key)).toContain("t/box/configuration/-/configuration");
  expect(await box.stop()).toBe(0);

  // The next process does not fall over it again, and goes on saying so.
  const again = await gateway();
  const later = await again.get<ConfigurationReply>("/api/v1/configuration");
  expect([later.running?.number, later.troubles.length]).toEqual([3, 1]);
  writeFileSync(join(work, "site.yaml"), siteOf(4, TARGET("lives")));
  again.hangup();
  await vi.waitUntil(() => again.ups() === 2, { timeout: 60_000 });
  expect(await again.get<ConfigurationReply>("/api/v1/configuration")).toMatchObject({ running: { number: 4 }, troubles: [] });
  expect(await again.stop()).toBe(0);
});

test("the very first configuration that throws ends the process: there is nothing to go back to", { timeout: 60_000 }, async () => {
  writeFileSync(join(work, "site.yaml"), siteOf(1, TARGET("dies")));
  const stopping = new AbortController();
  const ended = run({
    ...{ siteFile: join(work, "site.yaml"), dataFolder: join(work, "data"), host: "127.0.0.1", port: 0, demo: false, machine: "/" },
    ...{ clock: systemClock, signal: stopping.signal, voice: { say: () => undefined, log: () => undefined } },
  });
  await expect(ended).rejects.toThrow("this target ends its start");
});

test("its newest copy damaged while the box was off: the alarms say so, of the choice until it is made, of the file until it is deleted", {
  timeout: 60_000,
}, async () => {
  for (const n of [1, 2]) {
    writeFileSync(join(work, "site.yaml"), siteOf(n, TARGET("lives")));
    const box = await gateway();
    expect(await box.stop()).toBe(0);
  }
  writeFileSync(join(work, "data", "configuration.json"), "{");
  const again = await gateway();
  const active = async () =>
    (await again.get<{ alarms: { key: string; state: string }[] }>("/api/v1/alarms")).alarms
      .filter(({ state }) => state === "B")
      .map(({ key }) => key);
  const { troubles } = await again.get<ConfigurationReply>("/api/v1/configuration");
  expect(troubles.map(({ en }) => en)).toEqual([expect.stringContaining("Newer copies of the configuration's data are damaged")]);
  expect(damagedIn(join(work, "data"))).toMatchObject([{ name: expect.stringMatching(/^configuration\.json\.damaged-/) }]);
  await vi.waitUntil(async () => (await active()).includes("t/box/damaged/-/damaged"), { timeout: 60_000 });
  expect(await active()).toContain("t/box/configuration/-/configuration");
  const store = new ConfigurationStore(join(work, "site.yaml"), join(work, "data"), systemClock);
  expect(await store.revert(1, 2, { by: "li", from: "console" }, "compared")).toMatchObject({ number: 3 });
  again.hangup();
  await vi.waitUntil(() => again.ups() === 2, { timeout: 60_000 });
  expect((await again.get<ConfigurationReply>("/api/v1/configuration")).troubles).toEqual([]);
  await vi.waitUntil(async () => !(await active()).includes("t/box/configuration/-/configuration"), { timeout: 60_000 });
  expect(await active()).toContain("t/box/damaged/-/damaged");
  expect(await again.stop()).toBe(0);
});
