import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { PointTable } from "../../firmware/points/table.ts";
import { engineIdOf } from "../../firmware/site/snmp.ts";
import { probableCause } from "../../firmware/upstream/cause.ts";
import { dialectOf } from "../../firmware/upstream/dialect-of.ts";
import { heartbeatOf, notificationOf } from "../../firmware/upstream/dialects/snmp-notification.ts";
import { snmpTrapDialect } from "../../firmware/upstream/dialects/snmp-trap.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { acknowledged, cleared, raised, temporaryFolder } from "./journal-entries.ts";
import { eventFor, rowFor } from "./upstream-rows.ts";
import { PLACES_SITE } from "./upstream-site.ts";

const places = placesOf(PLACES_SITE);

test("every notification carries the same objects in the same order, and the same bytes at every attempt", () => {
  const all = [raised(), acknowledged(), cleared()].map((change) => notificationOf(eventFor(change), places(eventFor(change))));
  for (const { objects } of all) expect(objects.map(({ oid }) => oid)).toEqual(all[0]?.objects.map(({ oid }) => oid));
  expect(all.map(({ oid }) => oid)).toEqual([1, 4, 2].map((kind) => `1.3.6.1.4.1.32473.1.0.${kind}`));
  expect(notificationOf(eventFor(), places(eventFor()))).toEqual(all[0]);
});

describe("what is sent is what our MIB file says", () => {
  const mib = mibOf(readFileSync("provisioning/mib/ROOMWARD-MIB.txt", "utf8"));
  const escalated = {
    ...eventFor(),
    state: "escalate" as const,
    escalation: { plan: "night", step: 2, steps: 3, round: 0, onCall: [{ name: { zh: "王工", en: "Wang" }, phone: "138" }], why: null },
  };
  const events = [eventFor(), eventFor(cleared()), { ...eventFor(), state: "update" as const }, eventFor(acknowledged()), escalated];
  const sent = [
    ...events.map((event) => notificationOf(event, places(event))),
    heartbeatOf({ atMs: Date.UTC(2026, 8, 20), number: 4_294_967_296, live: [eventFor()] }),
  ];

  test("every notification, under its number, with its objects in the file's order", () => {
    const told = sent.map(({ oid, objects }) => [Number(oid.split(".").at(-1)), objects.map((one) => Number(one.oid.split(".").at(-2)))]);
    expect(told.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual(
      [...mib.notifications].map(([number, names]) => [number, names.map((name) => mib.objects.get(name)?.number)]),
    );
    for (const { objects } of sent) for (const { oid } of objects) expect(oid).toMatch(/^1\.3\.6\.1\.4\.1\.32473\.1\.1\.\d+\.0$/);
  });

  test("every object with its type, within its bounds", () => {
    const byNumber = new Map([...mib.objects.values()].map((one) => [one.number, one.syntax]));
    for (const { objects } of sent)
      for (const { oid, type, value } of objects) {
        const syntax = byNumber.get(Number(oid.split(".").at(-2))) ?? "";
        const text = /^(RoomwardText|DateAndTime)/.test(syntax);
        expect([syntax, type, typeof value]).toEqual([
          syntax,
          text ? 4 : syntax.startsWith("Unsigned32") ? 66 : 2,
          text ? "object" : "number",
        ]);
        const [, least, most] = /\((\d+)\.\.(\d+)\)/.exec(syntax) ?? [];
        if (!text && least !== undefined) expect(Number(value) >= Number(least) && Number(value) <= Number(most)).toBe(true);
        const named = [...syntax.matchAll(/\w\((\d+)\)/g)].map(([, number]) => Number(number));
        if (named.length > 0) expect(named).toContain(value);
      }
  });
});

/** The objects and notifications of a module, by name and by number, in the file's order. */
function mibOf(text: string) {
  const entries = [...text.matchAll(/^(rw\w+) (OBJECT|NOTIFICATION)-TYPE\n([\s\S]*?)::= \{ rw\w+ (\d+) \}/gm)];
  const objects = new Map<string, { readonly number: number; readonly syntax: string }>();
  const notifications = new Map<number, readonly string[]>();
  for (const [, name = "", kind, said = "", number] of entries)
    if (kind === "OBJECT") objects.set(name, { number: Number(number), syntax: /SYNTAX\s+([\s\S]*?)\s+MAX-ACCESS/.exec(said)?.[1] ?? "" });
    else
      notifications.set(
        Number(number),
        (/OBJECTS \{([^}]*)\}/.exec(said)?.[1] ?? "").split(",").map((one) => one.trim()),
      );
  return { objects, notifications };
}

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
    { ...at, kind: "sparkplug", security: "none", group: "roomward" },
  ] as const;
  const folder = temporaryFolder();
  const table = new PointTable(PLACES_SITE.points, PLACES_SITE.spans);
  const room = { table, dataFolder: folder.path, onDamage: () => undefined, onTrouble: () => undefined };
  for (const target of targets) {
    const dialect = await dialectOf(
      { ...target, ...("to" in target ? { to: [...target.to] } : {}) } as Parameters<typeof dialectOf>[0],
      PLACES_SITE,
      systemClock,
      room,
    );
    dialect.close();
  }
  folder.remove();
});
