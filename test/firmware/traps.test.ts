import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openNotifier } from "../../drivers/snmp/client.ts";
import type { Heard } from "../../drivers/snmp/wire.ts";
import { TrapDesk } from "../../firmware/acquire/trap-desk.ts";
import { ignoredWords } from "../../firmware/acquire/trap-words.ts";
import { listenForTraps, type TrapListener } from "../../firmware/acquire/traps.ts";
import type { MonotonicMs } from "../../firmware/contract/time.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";
import { ManualClock } from "./manual-clock.ts";

const NOTIFICATION: Heard = { outcome: "notification", answers: [] };
const from = (address: string) => ({ address, port: 50_000 });

describe("the desk for traps", () => {
  let nowMs = 0;
  let costMs = 0;
  let hints: string[];
  let desk: TrapDesk;

  /** Senders whose datagrams cost time and are all the same. */
  function sender(buses: readonly string[], heard: Heard = NOTIFICATION) {
    return {
      buses,
      receiver: {
        take: () => {
          nowMs += costMs;
          return heard;
        },
      },
    };
  }
  const tell = (address: string) => desk.take(Buffer.from("x"), from(address));

  beforeEach(() => {
    nowMs = 10_000;
    costMs = 0;
    hints = [];
    desk = new TrapDesk(
      () => nowMs as MonotonicMs,
      (bus) => hints.push(bus),
    );
    desk.expect(
      new Map([
        ["10.0.0.21", sender(["ups", "ups-sensors"])],
        ["fd00::7", sender(["pdu"])],
        ["10.0.0.66", sender(["rogue"], { outcome: "rejected", wrong: "key", answers: [] })],
      ]),
    );
  });

  test("hastens every bus at the sender's address, IPv4 within IPv6 or not", () => {
    tell("10.0.0.21");
    tell("::ffff:10.0.0.21");
    tell("fd00::7");
    expect(hints).toEqual(["ups", "ups-sensors", "ups", "ups-sensors", "pdu"]);
    expect([desk.ofBus("ups"), desk.ofBus("pdu"), desk.ofBus("never")].map(({ heard }) => heard)).toEqual([2, 1, 0]);
  });

  test("hastens nothing for a stranger or a wrong key, and counts them", () => {
    tell("10.9.9.9");
    tell("10.0.0.66");
    expect(hints).toEqual([]);
    expect(desk.counts()).toMatchObject({
      ...{ heard: 0, strangers: 1, lastStranger: "10.9.9.9" },
      ...{ rejected: 1, lastRejected: { address: "10.0.0.66", wrong: "key" } },
    });
    expect(desk.ofBus("rogue")).toEqual({ heard: 0, rejected: 1 });
  });

  test("spends no more than a share of each second on one sender, counts the rest, and hears the others", () => {
    for (let second = 0; second < 3; second += 1) {
      for (let n = 0; n < 10_000; n += 1) tell("10.0.0.21");
      tell("fd00::7");
      nowMs += 1_000;
    }
    expect(desk.ofBus("ups").heard).toBe(150);
    expect(desk.ofBus("pdu").heard).toBe(3);
    expect(desk.counts().dropped).toBe(30_000 - 150);
  });

  test("does not spend the processor on keys that are dear to compute, whoever wants it to", () => {
    costMs = 20;
    const startedMs = nowMs;
    for (let n = 0; n < 10_000; n += 1) for (const address of ["10.0.0.21", "fd00::7", "10.0.0.66"]) tell(address);
    // Each takes its share and one more datagram, which was begun before it was spent.
    expect(nowMs - startedMs).toBeLessThanOrEqual(3 * (50 + 20));
  });

  test("forgets who is not expected any more", () => {
    desk.expect(new Map([["fd00::7", sender(["pdu"])]]));
    tell("10.0.0.21");
    expect(hints).toEqual([]);
    expect(desk.counts().strangers).toBe(1);
  });
});

describe("the listener", () => {
  class BeatingClock extends ManualClock {
    beat = (): void => {};
    override every = (_ms?: number, task?: () => void): (() => void) => {
      this.beat = task ?? this.beat;
      return () => {};
    };
  }

  let clock: BeatingClock;
  let listener: TrapListener | null;
  let holder: Socket;
  let port: number;
  let deaf: boolean[];
  let hints: string[];
  let said: string[];

  beforeEach(async () => {
    clock = new BeatingClock();
    [deaf, hints, said, listener] = [[], [], [], null];
    holder = createSocket("udp4");
    await new Promise<void>((resolve) => holder.bind(0, "127.0.0.1", resolve));
    port = (holder.address() as AddressInfo).port;
  });
  afterEach(async () => {
    await listener?.close();
  });
  const free = (): Promise<void> => new Promise((resolve) => holder.close(() => resolve()));

  function listen(traps = ""): void {
    const site = siteWith(`snmpTraps: { port: ${port}, address: 127.0.0.1${traps} }`);
    if (site.snmpTraps === null) throw new Error("the site has traps");
    listener = listenForTraps({
      ...{ site, traps: site.snmpTraps, clock },
      hint: (bus) => hints.push(bus),
      deaf: (isDeaf) => deaf.push(isDeaf),
      log: (_, { en }) => said.push(en),
    });
  }

  async function trap(community: string): Promise<void> {
    const notifier = openNotifier({
      ...{ kind: "snmp", host: "127.0.0.1", port, timeoutMs: 500, retries: 0 },
      security: { version: "2c", community },
    });
    await notifier.trap({ oid: "1.3.6.1.2.1.33.2.1", objects: [] });
    notifier.close();
  }

  test("says once why a port cannot be had, and takes it when it is free", async () => {
    listen();
    await vi.waitUntil(() => deaf.length === 1, { timeout: 60_000 });
    await clock.step();
    await vi.waitUntil(() => deaf.length === 2, { timeout: 60_000 });
    expect(listener?.health()).toMatchObject({ listening: false, port });
    await free();
    await clock.step();
    await vi.waitUntil(() => deaf.length === 3, { timeout: 60_000 });
    expect(deaf).toEqual([true, true, false]);
    expect(said).toEqual([
      expect.stringMatching(/^SNMP traps cannot be heard: another program has port .*`ss -lunp`.*Polling goes on/),
      expect.stringMatching(/^listening for SNMP traps/),
    ]);
    expect(listener?.health().listening).toBe(true);
  });

  test("knows hosts by their names as well", async () => {
    await free();
    listen();
    await vi.waitUntil(() => listener?.health().listening, { timeout: 60_000 });
    await vi.waitUntil(
      async () => {
        await trap("public");
        return hints.includes("by-name");
      },
      { timeout: 60_000 },
    );
    expect(new Set(hints)).toEqual(new Set(["by-address", "by-name"]));
  });

  test("sums up once a minute what it ignored", async () => {
    await free();
    listen();
    await vi.waitUntil(() => listener?.health().listening, { timeout: 60_000 });
    said.length = 0;
    await trap("guess");
    await trap("guess");
    await vi.waitUntil(() => listener?.health().rejected === 2, { timeout: 60_000 });
    expect(said).toEqual([]);
    clock.beat();
    clock.beat();
    expect(said).toEqual([expect.stringMatching(/^rejected 2 SNMP traps, the last one from 127\.0\.0\.1: unknown community/)]);
    expect(said.join()).not.toContain("guess");
  });
});

test("everything that is ignored has its sentence in both languages, with what to do", () => {
  const none = {
    listening: true,
    port: 162,
    heard: 0,
    rejected: 0,
    malformed: 0,
    dropped: 0,
    strangers: 0,
    lastStranger: null,
    lastRejected: null,
  };
  expect(ignoredWords(none, { ...none, heard: 5 })).toEqual([]);
  const much = ignoredWords(none, {
    ...{ ...none, rejected: 2, malformed: 3, dropped: 4, strangers: 5 },
    ...{ lastStranger: "10.9.9.9", lastRejected: { address: "10.0.0.66", wrong: "user" } },
  });
  expect(much.map(({ en }) => en.match(/\d+/)?.[0])).toEqual(["5", "2", "3", "4"]);
  expect(much.map(({ zh }) => zh.match(/\d+/)?.[0])).toEqual(["5", "2", "3", "4"]);
});

describe("the section snmpTraps of a site file", () => {
  test("is off when it is not there, and complete when it is empty", () => {
    expect(siteWith("").snmpTraps).toBeNull();
    expect(siteWith("snmpTraps:").snmpTraps).toEqual({ port: 162, users: [] });
  });

  test("says everything that is wrong with it, with its place and without its secrets", () => {
    const problems = problemsWith(`snmpTraps:
  port: 0
  address: ups.example
  communities: [public]
  users:
    - { user: a, level: authPriv, authKey: short }`);
    expect(problems).toEqual([
      expect.stringContaining("snmpTraps.port expected a port number"),
      expect.stringContaining("snmpTraps.address expected one address of the box"),
      expect.stringContaining("snmpTraps.communities unknown key"),
      expect.stringContaining("snmpTraps.users[0].authKey"),
    ]);
    expect(problems.join()).not.toContain("short");
    expect(
      problemsWith("snmpTraps: { users: [{ user: a, level: authPriv, authKey: long-enough }, { user: a, level: noAuthNoPriv }] }"),
    ).toEqual([
      expect.stringContaining("snmpTraps.users[0] SNMPv3 authPriv needs privKey"),
      expect.stringContaining("snmpTraps.users[1].user user a is in users[0] already"),
    ]);
  });
});

function textWith(section: string): string {
  return `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses:
  - { id: by-address, kind: snmp, host: 127.0.0.1 }
  - { id: by-name, kind: snmp, host: localhost }
devices: [{ id: ups, area: room, bus: by-address, profile: ups/ietf-rfc1628 }]
${section}
`;
}

function siteWith(section: string): Site {
  return loadedSite(textWith(section));
}

function problemsWith(section: string): readonly string[] {
  const loaded = loadSite(textWith(section));
  return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path} ${message.en}`) : [];
}
