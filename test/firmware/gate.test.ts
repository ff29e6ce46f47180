import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { machineOf, matcherOf, plainAddress, subnetOf } from "../../firmware/platform/subnet.ts";
import { makeCertificate } from "../../firmware/serve/certificate.ts";
import { CONNECTIONS_PER_ADDRESS_MAX, SILENT_PER_ADDRESS_MAX } from "../../firmware/serve/gate.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { Follower, openStage, type Stage, settle, until } from "./serve-stage.ts";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function stageOf(options: Parameters<typeof openStage>[0]): Promise<Stage> {
  const stage = await openStage(options);
  open.push(stage);
  return stage;
}

/** A connection from one of the addresses that this machine has for itself. */
async function connected(stage: Stage, localAddress: string): Promise<Socket> {
  const socket = connect({ port: stage.port, host: "127.0.0.1", localAddress });
  socket.on("error", () => {});
  open.push({ close: () => socket.destroy() });
  await until("connected", () => !socket.connecting);
  return socket;
}

/** Asks for something that is open to everybody; the status line, or empty when the connection was ended without a byte. */
async function ask(stage: Stage, localAddress: string): Promise<string> {
  const socket = await connected(stage, localAddress);
  return askOn(socket, stage);
}

async function askOn(socket: Socket, stage: Stage): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.write(`GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1:${stage.port}\r\n\r\n`);
  await until("answered or ended", () => text.includes("\r\n") || socket.destroyed || socket.readableEnded);
  return text.split("\r\n", 1)[0] ?? "";
}

/** The gateway hears a moment later that a connection has ended. */
async function letIn(stage: Stage, localAddress: string): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    await settle();
    if ((await ask(stage, localAddress)) !== "") return;
  }
  throw new Error("the place was not given back");
}

const onlyFirst = (address: string): boolean => address === "127.0.0.1";

describe("the list of addresses", () => {
  test("lets those in it connect, and gives the others not a byte; the box itself always may", async () => {
    const stage = await stageOf({ allow: ["127.0.5.0/24"], isExempt: onlyFirst });
    expect(await ask(stage, "127.0.5.9")).toBe("HTTP/1.1 200 OK");
    expect(await ask(stage, "127.0.6.9")).toBe("");
    expect(await ask(stage, "127.0.0.1")).toBe("HTTP/1.1 200 OK");
    expect(stage.gate.refused).toBe(1);
    const shown = await (await stage.fetch("/api/v1/people/network", { as: "auditor" })).json();
    expect(shown).toEqual({ allow: ["127.0.5.0/24"], refused: 1 });
  });

  test("holds for the live stream too", async () => {
    const stage = await stageOf({ allow: ["10.0.0.0/8"], isExempt: () => false });
    const follower = new Follower(stage.url, 8, { token: stage.token.viewer });
    await until("ended", () => follower.closed !== null);
    expect(follower.messages).toEqual([]);
  });

  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4")?.address;
  test.skipIf(own === undefined)("really keeps a machine of the network out, with nothing set aside for the test", async () => {
    for (const [allow, status] of [
      [["203.0.113.0/24"], ""],
      [[`${own}/32`], "HTTP/1.1 200 OK"],
    ] as const) {
      const stage = await stageOf({ allow });
      expect(await ask(stage, own ?? "")).toBe(status);
    }
  });

  test("without one everybody may connect", async () => {
    const stage = await stageOf({ isExempt: () => false });
    expect(await ask(stage, "127.0.6.9")).toBe("HTTP/1.1 200 OK");
  });

  test("who is refused is written down at once, then once a minute with the count", async () => {
    const stage = await stageOf({ allow: ["10.0.0.0/8"], isExempt: onlyFirst });
    for (let n = 0; n < 5; n += 1) await ask(stage, "127.0.0.7");
    await ask(stage, "127.0.0.8");
    await stage.clock.advance(60_000);
    await ask(stage, "127.0.0.7");
    expect(stage.notes.map(({ by, from, action, subject, detail }) => [by, from, action, subject, detail])).toEqual([
      ["", "127.0.0.7", "network.refused", "not in network.allow", "1 connection"],
      ["", "127.0.0.8", "network.refused", "not in network.allow", "1 connection"],
      ["", "127.0.0.7", "network.refused", "not in network.allow", "5 connections"],
    ]);
    expect(stage.gate.refused).toBe(7);
  });

  test("many addresses at once fill neither the log nor the memory", async () => {
    const stage = await stageOf({ allow: ["10.0.0.0/8"], isExempt: onlyFirst });
    for (let n = 1; n <= 30; n += 1) await ask(stage, `127.0.7.${n}`);
    expect(stage.notes).toHaveLength(10);
    expect(stage.gate.refused).toBe(30);
  });
});

describe("one address", () => {
  test("cannot hold connections on which it asks for nothing, and others still come in", async () => {
    const stage = await stageOf({ isExempt: onlyFirst });
    const silent: Socket[] = [];
    for (let n = 0; n < SILENT_PER_ADDRESS_MAX; n += 1) silent.push(await connected(stage, "127.0.0.7"));
    await settle();
    expect(await ask(stage, "127.0.0.7")).toBe("");
    expect(await ask(stage, "127.0.0.8")).toBe("HTTP/1.1 200 OK");
    for (const socket of silent.slice(1)) socket.destroy();
    await letIn(stage, "127.0.0.7");
    expect(stage.notes).toMatchObject([{ from: "127.0.0.7", subject: "too many connections" }]);
  });

  test("is understood the same over HTTPS: who has asked is not silent, and who is not listed gets no handshake", async () => {
    const names = { hosts: ["localhost"], addresses: ["127.0.0.1"] };
    const certificate = { ...makeCertificate(names, Date.now()), hostNames: [], fingerprint: "" };
    const stage = await stageOf({ isExempt: () => false, allow: ["127.0.0.7"], certificate });
    const overTls = async (localAddress: string): Promise<string> => {
      const socket = connectTls({ socket: await connected(stage, localAddress), rejectUnauthorized: false });
      socket.on("error", () => {});
      open.push({ close: () => socket.destroy() });
      return askOn(socket, stage);
    };
    for (let n = 0; n <= SILENT_PER_ADDRESS_MAX; n += 1) expect(await overTls("127.0.0.7")).toBe("HTTP/1.1 200 OK");
    expect(await ask(stage, "127.0.0.8")).toBe("");
  });

  test("that asks may have more, but not all of them; what it gives back it may have again", async () => {
    const stage = await stageOf({ isExempt: onlyFirst });
    const sockets: Socket[] = [];
    for (let n = 0; n < CONNECTIONS_PER_ADDRESS_MAX; n += 1) {
      const socket = await connected(stage, "127.0.0.7");
      expect(await askOn(socket, stage)).toBe("HTTP/1.1 200 OK");
      sockets.push(socket);
    }
    expect(await ask(stage, "127.0.0.7")).toBe("");
    expect(await ask(stage, "127.0.0.8")).toBe("HTTP/1.1 200 OK");
    const ended = sockets[0];
    ended?.destroy();
    await letIn(stage, "127.0.0.7");
  });
});

describe("a subnet", () => {
  test.each([
    ["10.0.0.0/8", true],
    ["10.0.0.7", true],
    ["0.0.0.0/0", true],
    ["fd00::/8", true],
    ["::1", true],
    ["10.0.0.0/33", false],
    ["10.0.0/8", false],
    ["10.0.0.0/", false],
    ["10.0.0.0/8/8", false],
    ["10.0.0.0/-1", false],
    ["fe80::1%eth0", false],
    ["example.com", false],
    ["", false],
  ])("%j is one: %s", (text, isOne) => {
    expect(subnetOf(text) !== null).toBe(isOne);
  });

  test("law: an IPv4 address is in a subnet when its first bits are the subnet's, also as a socket that speaks IPv6 shows it", () => {
    const number = fc.integer({ min: 0, max: 0xffffffff });
    const dotted = (n: number): string => [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join(".");
    fc.assert(
      fc.property(number, number, fc.integer({ min: 0, max: 32 }), fc.boolean(), (one, other, prefix, near) => {
        const address = near && prefix < 32 ? (one ^ (1 << (31 - prefix))) >>> 0 : other;
        const subnet = subnetOf(`${dotted(one)}/${prefix}`);
        const expected = prefix === 0 || one >>> (32 - prefix) === address >>> (32 - prefix);
        expect(subnet !== null && matcherOf([subnet])(plainAddress(`::ffff:${dotted(address)}`))).toBe(expected);
      }),
    );
  });

  test("an IPv6 machine counts by its network, of which it has all addresses to choose from", () => {
    expect(machineOf("2001:db8:1:2:3::9")).toBe("2001:db8:1:2::/64");
    expect(machineOf("2001:db8::9")).toBe("2001:db8:0:0::/64");
    expect(machineOf("2001:db8:1:2::1")).toBe(machineOf("2001:0db8:1:2:ffff:ffff:ffff:ffff"));
    expect(machineOf("fe80::1")).toBe("fe80::1");
    expect(machineOf("10.0.0.7")).toBe("10.0.0.7");
  });
});

describe("in the site file", () => {
  const SITE = `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: /dev/x }]
devices: [{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }]
`;

  test("the list is read; without it all may connect", () => {
    expect(loadSite(`${SITE}network: { allow: [10.2.0.0/16, "fd00::/8"] }`)).toMatchObject({
      site: { network: { allow: ["10.2.0.0/16", "fd00::/8"] } },
    });
    expect(loadSite(SITE)).toMatchObject({ site: { network: { allow: null } } });
  });

  test.each([
    ["network: { allow: [10.2.0.0/16, 10.2.0.0/40] }", "network.allow[1]", "an address or subnet"],
    ["network: { allow: [] }", "network.allow", "leave it out"],
    ["network: { alow: [10.0.0.0/8] }", "network.alow", "unknown key"],
    ["network: 10.0.0.0/8", "network", ""],
  ])("%s is a problem with its place", (text, path, message) => {
    const loaded = loadSite(SITE + text);
    const problem = "problems" in loaded ? loaded.problems[0] : undefined;
    expect(problem).toMatchObject({ path, line: 6 });
    expect(problem?.message.en).toContain(message);
  });
});
