import { execFileSync, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BusHealth, TrapHealth } from "../../firmware/contract/site.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { type Box, eventually, startBox, workFolder, writeSite } from "./box.ts";

const KEYS = ["-a", "SHA-256", "-A", "authenticate-me", "-x", "AES", "-X", "keep-it-private"];
const TEMPERATURE = "1.3.6.1.2.1.33.1.2.7.0";
const ON_BATTERY = "1.3.6.1.2.1.33.2.1";
/** SNMPv3 traps are told under the name of the sender's own engine. */
const ENGINE = ["-e", "0x80001f88046361726431"];
const NO_FILES = { SNMPCONFPATH: "/nowhere", MIBS: "" };

/** Two cards on one agent, so that one may have SNMPv3. They are polled every ten minutes: what is there sooner came by a trap. */
const site = (agent: number, traps: string): string => `
site: { id: t, name: Test }
areas: [{ id: room, name: Room }]
buses:
  - { id: old-card, kind: snmp, host: 127.0.0.1, port: ${agent}, version: 2c, community: public }
  - { id: new-card, kind: snmp, host: 127.0.0.2, port: ${agent}, version: 3, user: roomward, authKey: authenticate-me, privKey: keep-it-private }
devices:
  - { id: ups-old, area: room, bus: old-card, profile: ups/ietf-rfc1628, every: 10min }
  - { id: ups-new, area: room, bus: new-card, profile: ups/ietf-rfc1628, every: 10min }
snmpTraps: ${traps}
`;

describePeer("traps and informs of Net-SNMP", ["snmpd"], () => {
  const work = workFolder();
  let agent: Peer;
  let agentPort = 0;
  let trapPort = 0;
  let box: Box;
  let temperature = 20;

  beforeAll(async () => {
    agentPort = await freePort();
    trapPort = await freePort();
    const conf = join(work.path, "agent.conf");
    writeFileSync(
      conf,
      `rwcommunity public 127.0.0.0/8
override -rw ${TEMPERATURE} integer 20
createUser roomward SHA-256 "authenticate-me" AES "keep-it-private"
rouser roomward priv
`,
    );
    agent = await startPeer("snmpd", ["-f", "-Le", "-C", "-c", conf, `udp:127.0.0.1:${agentPort},udp:127.0.0.2:${agentPort}`], {
      env: { SNMP_PERSISTENT_DIR: work.path, ...NO_FILES },
      ready: (output) => output.includes("NET-SNMP version"),
    });
    const users = `[{ user: signer, level: authNoPriv, authProtocol: sha512, authKey: sign-it-only }, { user: plain, level: noAuthNoPriv }]`;
    box = await startBox(
      writeSite(work.path, site(agentPort, `{ port: ${trapPort}, address: 127.0.0.1, community: for-traps, users: ${users} }`)),
      join(work.path, "data"),
    );
    await eventually(
      () => temperatures(),
      ([old, young]) => old === 20 && young === 20,
    );
    await eventually(traps, ({ listening }) => listening);
  });
  afterAll(async () => {
    await box.peer.stop();
    await agent.stop();
    work.dispose();
  });

  async function temperatures(): Promise<readonly (number | null | undefined)[]> {
    const points = await box.points();
    return ["old", "new"].map((card) => points.find(({ id }) => id === `ups-${card}/battery.temperature`)?.value);
  }
  async function traps(): Promise<TrapHealth> {
    const { traps: health } = await box.get<{ traps: TrapHealth | null }>("/api/v1/buses");
    if (health === null) throw new Error("nobody listens");
    return health;
  }
  async function bus(id: string): Promise<BusHealth> {
    const found = (await box.buses()).find((one) => one.id === id);
    if (found === undefined) throw new Error(`no bus ${id}`);
    return found;
  }

  /** The UPS is another one now; nobody has told the box. */
  function warm(): number {
    temperature += 1;
    const value = ["i", String(temperature)];
    execFileSync("snmpset", ["-v2c", "-c", "public", `127.0.0.1:${agentPort}`, TEMPERATURE, ...value], {
      env: { ...process.env, SNMP_PERSISTENT_DIR: work.path, ...NO_FILES },
    });
    return temperature;
  }

  /** Ends with 0 when an inform was confirmed; a trap is confirmed by nobody. */
  function tell(from: string, program: "snmptrap" | "snmpinform", access: readonly string[], v1 = false): number | null {
    const what = v1 ? ["1.3.6.1.2.1.33.2", "", "6", "1", ""] : ["", ON_BATTERY];
    const { status } = spawnSync(program, ["-r", "0", "-t", "2", `--clientaddr=${from}`, ...access, `127.0.0.1:${trapPort}`, ...what], {
      encoding: "utf8",
      env: { ...process.env, SNMP_PERSISTENT_DIR: work.path, ...NO_FILES },
    });
    return status;
  }

  const AS_POLLED = ["-v3", "-u", "roomward", "-l", "authPriv", ...KEYS];
  test.each([
    ["an SNMPv1 trap", "old", "snmptrap", ["-v1", "-c", "public"]],
    ["an SNMPv2c trap", "old", "snmptrap", ["-v2c", "-c", "public"]],
    ["an SNMPv2c inform", "old", "snmpinform", ["-v2c", "-c", "public"]],
    ["a trap with the community for traps", "old", "snmptrap", ["-v2c", "-c", "for-traps"]],
    ["an SNMPv3 trap of the bus's own user", "new", "snmptrap", [...ENGINE, ...AS_POLLED]],
    ["an SNMPv3 inform of the bus's own user", "new", "snmpinform", AS_POLLED],
    [
      "a trap that is signed only",
      "new",
      "snmptrap",
      [...ENGINE, "-v3", "-u", "signer", "-l", "authNoPriv", "-a", "SHA-512", "-A", "sign-it-only"],
    ],
    [
      "an inform that is signed only",
      "new",
      "snmpinform",
      ["-v3", "-u", "signer", "-l", "authNoPriv", "-a", "SHA-512", "-A", "sign-it-only"],
    ],
    ["a trap of a user without keys", "old", "snmptrap", [...ENGINE, "-v3", "-u", "plain", "-l", "noAuthNoPriv"]],
    ["an inform of a user without keys", "old", "snmpinform", ["-v3", "-u", "plain", "-l", "noAuthNoPriv"]],
  ] as const)("%s lets the device be read at once, and no other", async (_name, card, program, access) => {
    const other = card === "old" ? "new-card" : "old-card";
    const [heard, elsewhere] = [(await bus(`${card}-card`)).traps?.heard ?? 0, await bus(other)];
    const now = warm();
    expect(tell(card === "old" ? "127.0.0.1" : "127.0.0.2", program, access, access[0] === "-v1")).toBe(0);
    await eventually(temperatures, (list) => list[card === "old" ? 0 : 1] === now);
    expect((await bus(`${card}-card`)).traps).toMatchObject({ heard: heard + 1 });
    expect(await bus(other)).toEqual(elsewhere);
    expect(await box.alarms()).toEqual([]);
  });

  test.each([
    ["an unknown community", "community", "snmptrap", ["-v2c", "-c", "guess"], 0],
    ["an unknown user", "user", "snmptrap", [...ENGINE, "-v3", "-u", "nobody", "-l", "authPriv", ...KEYS], 0],
    ["a known user who leaves out the keys", "user", "snmptrap", [...ENGINE, "-v3", "-u", "roomward", "-l", "noAuthNoPriv"], 0],
    [
      "a wrong key",
      "key",
      "snmptrap",
      [...ENGINE, "-v3", "-u", "roomward", "-l", "authPriv", "-a", "SHA-256", "-A", "guess-a-key", "-x", "AES", "-X", "keep-it-private"],
      0,
    ],
    [
      "a wrong privacy key",
      "key",
      "snmptrap",
      [...ENGINE, "-v3", "-u", "roomward", "-l", "authPriv", "-a", "SHA-256", "-A", "authenticate-me", "-x", "AES", "-X", "guess-a-key"],
      0,
    ],
    ["an unknown community, as an inform", "community", "snmpinform", ["-v2c", "-c", "guess"], 1],
    [
      "a wrong key, as an inform",
      "key",
      "snmpinform",
      ["-v3", "-u", "roomward", "-l", "authPriv", "-a", "SHA-256", "-A", "guess-a-key", "-x", "AES", "-X", "keep-it-private"],
      1,
    ],
  ] as const)("%s is counted, not confirmed, and nothing is read", async (_name, wrong, program, access, status) => {
    const before = await bus("new-card");
    const heard = (await traps()).heard;
    warm();
    expect(tell("127.0.0.2", program, access)).toBe(status);
    const health = await eventually(traps, ({ lastRejected }) => lastRejected?.wrong === wrong);
    expect(health.lastRejected?.address).toBe("127.0.0.2");
    await eventually(
      () => bus("new-card"),
      (now) => (now.traps?.rejected ?? 0) === (before.traps?.rejected ?? 0) + 1,
    );
    // Twice the rest between two reads that are asked for.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect((await bus("new-card")).transactions).toBe(before.transactions);
    expect((await traps()).heard).toBe(heard);
  });

  test("a stranger is counted with its address, and is told nothing", async () => {
    const { strangers } = await traps();
    expect(tell("127.0.0.3", "snmpinform", ["-v2c", "-c", "public"])).toBe(1);
    expect(await traps()).toMatchObject({ strangers: strangers + 1, lastStranger: "127.0.0.3" });
  });

  test("another configuration listens anew, by IPv6 for an IPv4 sender as well", async () => {
    writeSite(work.path, site(agentPort, `{ port: ${trapPort}, address: "::ffff:127.0.0.1", community: another }`));
    process.kill(box.peer.pid, "SIGHUP");
    // Between two configurations nobody answers.
    const again = (): Promise<TrapHealth | null> => traps().catch(() => null);
    await eventually(again, (health) => health?.listening === true && health.heard === 0);
    const now = warm();
    await eventually(
      async () => {
        tell("127.0.0.1", "snmptrap", ["-v2c", "-c", "another"]);
        return temperatures();
      },
      ([old]) => old === now,
    );
    expect((await traps()).rejected).toBe(0);
  });
});

describePeer("a port for traps that is taken", ["snmpd"], () => {
  test("is one alarm and one line that says what to do; the room is polled all the same", async () => {
    const work = workFolder();
    const holder = createSocket("udp4");
    await new Promise<void>((resolve) => holder.bind(0, "127.0.0.1", resolve));
    const box = await startBox(
      writeSite(work.path, site(await freePort(), `{ port: ${holder.address().port}, address: 127.0.0.1 }`)),
      join(work.path, "data"),
    );
    try {
      const alarms = await eventually(
        () => box.alarms(),
        (list) => list.some(({ type }) => type === "traps"),
      );
      expect(alarms.filter(({ type }) => type === "traps")).toMatchObject([
        { severity: "minor", text: { en: "SNMP traps cannot be heard" } },
      ]);
      const said = box.peer
        .output()
        .split("\n")
        .filter((line) => line.includes("SNMP traps cannot be heard: another program"));
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/ss -lunp.*Polling goes on/);
      await eventually(
        () => box.buses(),
        (buses) => buses.every(({ transactions }) => transactions > 0),
      );
    } finally {
      await box.peer.stop();
      holder.close();
      work.dispose();
    }
  });
});
