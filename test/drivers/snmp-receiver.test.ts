import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { Authentication } from "net-snmp";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openNotifier } from "../../drivers/snmp/client.ts";
import { openReceiver } from "../../drivers/snmp/receiver.ts";
import { NotificationSocket } from "../../drivers/snmp/socket.ts";
import type { Heard, SnmpAnswer, SnmpReceiver, SnmpWire, UserSecurity } from "../../drivers/snmp/wire.ts";
import { times } from "../faults/counts.ts";
import { type Seeded, seeded } from "../faults/seeded.ts";

const ENGINE = "80007ed90474";
const SENDER_ENGINE = "80007ed9046f74686572";
const COMMUNITY = { version: "2c", community: "room" } as const;
const OLD = { version: "1", community: "room" } as const;
const SECRET: UserSecurity = {
  version: "3",
  user: "roomward",
  level: "authPriv",
  authProtocol: "sha256",
  authKey: "authenticate-me",
  privProtocol: "aes",
  privKey: "keep-it-private",
};
const SIGNED: UserSecurity = { version: "3", user: "signer", level: "authNoPriv", authProtocol: "sha512", authKey: "sign-it-only" };
const NAMES = [COMMUNITY, SECRET, SIGNED];
const NOTIFICATION = {
  oid: "1.3.6.1.2.1.33.2.1",
  objects: [
    { oid: "1.3.6.1.2.1.33.1.2.2.0", type: 2, value: 12 },
    { oid: "1.3.6.1.4.1.318.2.3.3.0", type: 4, value: Buffer.from("on battery") },
  ],
};
const FROM = { address: "10.0.0.21", port: 50_000 };

/** A manager on loopback that takes what it is told as the box does, and keeps every datagram. */
class Manager {
  readonly heard: Heard[] = [];
  readonly datagrams: Buffer[] = [];
  readonly #socket: NotificationSocket;
  readonly port: number;

  private constructor(
    socket: NotificationSocket,
    port: number,
    take: { by: (bytes: Buffer, from: typeof FROM) => readonly Buffer[] },
    receiver: SnmpReceiver,
  ) {
    this.#socket = socket;
    this.port = port;
    take.by = (bytes, from) => {
      this.datagrams.push(Buffer.from(bytes));
      const heard = receiver.take(bytes, from);
      this.heard.push(heard);
      return heard.outcome === "malformed" ? [] : heard.answers;
    };
  }

  static async start(receiver: SnmpReceiver): Promise<Manager> {
    const port = await freeUdpPort();
    const take: { by: (bytes: Buffer, from: typeof FROM) => readonly Buffer[] } = { by: () => [] };
    const socket = await NotificationSocket.open(
      port,
      "127.0.0.1",
      (bytes, from) => take.by(bytes, from),
      () => {},
    );
    return new Manager(socket, port, take, receiver);
  }

  async told(how: "trap" | "inform", security: SnmpWire["security"]): Promise<SnmpAnswer> {
    const wire = {
      kind: "snmp",
      host: "127.0.0.1",
      port: this.port,
      timeoutMs: 500,
      retries: 0,
      security,
      engineId: SENDER_ENGINE,
    } as const;
    const notifier = openNotifier(wire);
    const count = this.heard.length;
    const answer = await notifier[how](NOTIFICATION);
    await vi.waitUntil(() => this.heard.length > count, { timeout: 60_000 });
    notifier.close();
    return answer;
  }

  outcomes(): readonly string[] {
    return this.heard.map((heard) => (heard.outcome === "rejected" ? heard.wrong : heard.outcome));
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address() as AddressInfo;
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

describe("what is told by somebody who may", () => {
  test.each([
    ["SNMPv1", "trap", OLD, ["notification"]],
    ["SNMPv2c", "trap", COMMUNITY, ["notification"]],
    ["SNMPv2c", "inform", COMMUNITY, ["notification"]],
    ["SNMPv3, signed", "trap", SIGNED, ["notification"]],
    ["SNMPv3, signed", "inform", SIGNED, ["discovery", "notification"]],
    ["SNMPv3, secret", "trap", SECRET, ["notification"]],
    ["SNMPv3, secret", "inform", SECRET, ["discovery", "notification"]],
  ] as const)("%s %s is a notification, and an inform is confirmed", async (_version, how, security, outcomes) => {
    const manager = await Manager.start(openReceiver(ENGINE, NAMES));
    expect(await manager.told(how, security)).toMatchObject({ outcome: "variables" });
    expect(manager.outcomes()).toEqual(outcomes);
    await manager.close();
  });
});

describe("what is told by somebody who may not", () => {
  test.each([
    ["another community", { ...COMMUNITY, community: "rooms" }, "community"],
    ["another user", { ...SECRET, user: "somebody" }, "user"],
    ["no user at all", { version: "3", user: "", level: "noAuthNoPriv" }, "user"],
    ["another key", { ...SECRET, authKey: "authenticate-you" }, "key"],
    ["another privacy key", { ...SECRET, privKey: "keep-it-to-yourself" }, "key"],
    ["a lower level", { version: "3", user: SECRET.user, level: "noAuthNoPriv" }, "user"],
    ["a signature without privacy", { ...SECRET, level: "authNoPriv" }, "user"],
  ] as const)("%s is rejected, and nothing is confirmed", async (_what, security, wrong) => {
    const manager = await Manager.start(openReceiver(ENGINE, NAMES));
    await manager.told("trap", security);
    expect(manager.outcomes()).toEqual([wrong]);
    expect((await manager.told("inform", security)).outcome).toBe("fault");
    expect(manager.outcomes()).not.toContain("notification");
    await manager.close();
  });

  test("a question is no notification, whoever asks", async () => {
    const receiver = openReceiver(ENGINE, NAMES);
    const get = Buffer.from("301f02010104 04726f6f6da0140201010201000201003009300706032b06010500".replaceAll(" ", ""), "hex");
    expect(receiver.take(get, FROM)).toEqual({ outcome: "malformed" });
  });
});

describe("whatever comes", () => {
  let valid: Buffer[];
  let secret: Buffer;
  beforeAll(async () => {
    const manager = await Manager.start(openReceiver(ENGINE, NAMES));
    await manager.told("trap", OLD);
    await manager.told("inform", COMMUNITY);
    await manager.told("trap", SIGNED);
    await manager.told("inform", SECRET);
    valid = manager.datagrams;
    secret = valid.at(-1) as Buffer;
    await manager.close();
  });

  function spoilt(chance: Seeded, right: Buffer): Buffer {
    const bytes = Buffer.from(right);
    switch (chance.whole(6)) {
      case 0: {
        for (let flips = 1 + chance.whole(8); flips > 0; flips -= 1) bytes[chance.whole(bytes.length)] = chance.whole(256);
        return bytes;
      }
      case 1:
        return bytes.subarray(0, chance.whole(bytes.length));
      case 2:
        return Buffer.concat([bytes, random(chance, 1 + chance.whole(40))]);
      case 3: {
        const at = chance.whole(bytes.length);
        return Buffer.concat([bytes.subarray(0, at), random(chance, 1 + chance.whole(8)), bytes.subarray(at)]);
      }
      case 4: {
        // A length that is not true: what hurts a reader of BER most.
        bytes[1 + chance.whole(Math.min(60, bytes.length - 1))] = chance.of([0, 0x80, 0x81, 0x82, 0x84, 0xff]);
        return bytes;
      }
      default:
        return random(chance, chance.whole(300));
    }
  }

  function random(chance: Seeded, length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => chance.whole(256)));
  }

  test("no datagram throws, and none that was spoilt is taken for a secret one", () => {
    const chance = seeded(20_261_126);
    const receiver = openReceiver(ENGINE, NAMES);
    const onlySecret = openReceiver(ENGINE, [SECRET]);
    const seen = new Map<string, number>();
    for (let n = times({ short: 10_000, full: 500_000 }); n > 0; n -= 1) {
      const bytes = spoilt(chance, chance.of(valid));
      const { outcome } = receiver.take(bytes, FROM);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      // Dear to compute: each may be of another engine.
      const wrong = n % 8 === 0 ? spoilt(chance, secret) : secret;
      if (!wrong.equals(secret)) expect(onlySecret.take(wrong, FROM).outcome).not.toBe("notification");
    }
    // All of them were met, so that the law was tried.
    expect([...seen.keys()].toSorted()).toEqual(["discovery", "malformed", "notification", "rejected"]);
  });

  test("through a socket neither, and the next inform is confirmed", async () => {
    const chance = seeded(162);
    const manager = await Manager.start(openReceiver(ENGINE, NAMES));
    const socket: Socket = createSocket("udp4");
    for (let sent = 50; sent <= 10_000; sent += 50) {
      for (let n = 0; n < 50; n += 1) socket.send(spoilt(chance, chance.of(valid)), manager.port, "127.0.0.1");
      await vi.waitUntil(() => manager.heard.length === sent, { interval: 1, timeout: 60_000 });
    }
    socket.close();
    expect(await manager.told("inform", SECRET)).toMatchObject({ outcome: "variables" });
    await manager.close();
  });

  test("senders under ever new engines leave no keys behind, neither among those of our agents", () => {
    const receiver = openReceiver(ENGINE, NAMES);
    const at = secret.indexOf(Buffer.from(ENGINE, "hex"));
    const store = (Authentication as unknown as { authToKeyCache: Record<string, unknown> }).authToKeyCache;
    const before = Object.keys(store).length;
    for (let n = 0; n < 300; n += 1) {
      const forged = Buffer.from(secret);
      forged.writeUInt16BE(n, at + 3);
      receiver.take(forged, FROM);
    }
    expect(Object.keys(store)).toHaveLength(before);
    expect((Authentication as unknown as { authToKeyCache: unknown }).authToKeyCache).toBe(store);
    expect(receiver.take(Buffer.from(secret), FROM).outcome).toBe("notification");
  });
});
