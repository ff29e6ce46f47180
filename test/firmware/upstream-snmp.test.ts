import { createSocket } from "node:dgram";
import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { engineIdOf } from "../../firmware/site/snmp.ts";
import { probableCause } from "../../firmware/upstream/cause.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { notificationOf } from "../../firmware/upstream/dialects/snmp-notification.ts";
import { snmpTrapDialect } from "../../firmware/upstream/dialects/snmp-trap.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { acknowledged, cleared, raised } from "./journal-entries.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const places = placesOf(PLACES_SITE);

test("every notification carries the same objects in the same order, and the same bytes at every attempt", () => {
  const all = [raised(), acknowledged(), cleared()].map((change) => notificationOf(eventFor(change), places(eventFor(change))));
  for (const { objects } of all) expect(objects.map(({ oid }) => oid)).toEqual(all[0]?.objects.map(({ oid }) => oid));
  expect(all.map(({ oid }) => oid)).toEqual([1, 4, 2].map((kind) => `1.3.6.1.4.1.32473.1.0.${kind}`));
  expect(notificationOf(eventFor(), places(eventFor()))).toEqual(all[0]);
});

test("no text is longer than the MIB allows, and none ends in half a character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (zh) => {
      const event = eventFor(raised({ text: { zh, en: zh } }));
      for (const { value } of notificationOf(event, places(event)).objects) {
        if (typeof value === "number") continue;
        expect(value.length).toBeLessThanOrEqual(255);
      }
      const text = notificationOf(event, places(event)).objects[15]?.value;
      expect(Buffer.isBuffer(text) && zh.toWellFormed().startsWith(text.toString("utf8"))).toBe(true);
    }),
  );
});

test.each([
  ["ups-a/output.source", "battery", 106],
  ["ups-a/battery.status", "low", 112],
  ["th-1/ambient.humidity", "low", 128],
  ["door-1/door.contact", "open", 118],
  ["leak-1/leak.detected", "leak", 121],
  [null, "lost", 135],
  ["host-1/disk.root.percent", "high", 1024],
] as const)("%s %s has probable cause %i", (point, type, number) => {
  const device = point?.split("/")[0] ?? "ups-a";
  expect(probableCause({ resource: { site: "s", area: "a", device, point }, type }).number).toBe(number);
});

test("the engine of a site is 5 to 32 bytes, and every site has its own", () => {
  expect(engineIdOf("sz1")).toBe("80007ed904737a31");
  expect(engineIdOf("x".repeat(32)).length).toBeLessThanOrEqual(64);
});

test("a manager that keeps silent does not keep the box from stopping", async () => {
  const silent = createSocket("udp4");
  await new Promise<void>((resolve) => silent.bind(0, "127.0.0.1", resolve));
  const wire = {
    kind: "snmp",
    host: "127.0.0.1",
    port: silent.address().port,
    timeoutMs: 60_000,
    retries: 0,
    security: { version: "2c", community: "x" },
  } as const;
  const dialect = snmpTrapDialect({ wire, notification: "inform", places });
  const stop = new AbortController();
  const sending = dialect.send(rowFor(), stop.signal);
  stop.abort();
  expect(await sending).toMatchObject({ outcome: "unavailable", answer: "stopped" });
  dialect.close();
  silent.close();
});

test("every kind of target of a site file has its dialect", async () => {
  const at = { id: "t", host: "127.0.0.1", port: 9, language: "zh" } as const;
  const snmp = { version: "3", community: "", user: "u", level: "noAuthNoPriv", authProtocol: "sha256", privProtocol: "aes" } as const;
  const targets = [
    { id: "t", kind: "webhook", url: "http://127.0.0.1:9/", secret: "0123456789abcdef" },
    { ...at, kind: "syslog", transport: "udp", facility: 20 },
    { ...at, ...snmp, kind: "snmp-trap", notification: "inform", timeout: 1_000, retries: 0 },
    { ...at, kind: "mail", security: "none", from: "a@example.com", to: ["b@example.com"] },
    { ...at, kind: "mqtt", security: "none", topic: "roomward" },
  ] as const;
  for (const target of targets) {
    const dialect = await dialectOf(
      { ...target, ...("to" in target ? { to: [...target.to] } : {}) } as Parameters<typeof dialectOf>[0],
      PLACES_SITE,
      systemClock,
    );
    dialect.close();
  }
});
