import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emptyReadings, type QualityName, qualityName } from "../../drivers/reading.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import { openSnmp, type SnmpWire } from "../../drivers/snmp/session.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { snmpProfile } from "../peers/snmp-profiles.ts";

const TIMEOUT_MS = 400;
const USER = {
  version: "3",
  user: "roomward",
  level: "authPriv",
  authProtocol: "sha256",
  authKey: "authenticate-me",
  privProtocol: "aes",
  privKey: "keep-it-private",
} as const;
const SETTINGS = ["rocommunity public 127.0.0.1", "includeAllDisks 5%", "engineID roomward"];
/** Made by snmpd from the text in `SETTINGS` (RFC 3411, format 4). */
const ENGINE_ID = `0x80001f8804${Buffer.from("roomward").toString("hex")}`;
const COMMUNITY = { version: "2c", community: "public" } as const;

interface Reading {
  readonly value: number;
  readonly quality: QualityName;
}

class HostReader {
  readonly #session;
  readonly #device;
  constructor(port: number, security: SnmpWire["security"]) {
    this.#session = openSnmp({ kind: "snmp", host: "127.0.0.1", port, timeoutMs: TIMEOUT_MS, retries: 1, security }, systemClock);
    this.#device = this.#session.device({ profile: snmpProfile("host/net-snmp-linux"), rows: { interface: ["lo"], disk: ["/"] } });
  }
  async read(): Promise<{
    readonly at: (name: string) => Reading;
    readonly qualities: readonly QualityName[];
    readonly details: readonly string[];
  }> {
    const { pointNames } = this.#device;
    const readings = emptyReadings(pointNames.length);
    const report = await this.#device.read(readings);
    const at = (name: string): Reading => {
      const column = pointNames.indexOf(name);
      return { value: readings.values[column] ?? Number.NaN, quality: qualityName(readings.qualities[column] ?? 255) };
    };
    const qualities = [...new Set(Array.from(readings.qualities, qualityName))];
    return { at, qualities, details: report.faults.map(({ detail }) => detail) };
  }
  close(): Promise<void> {
    return this.#session.close();
  }
}

describePeer("a Linux host with snmpd", ["snmpd"], () => {
  let folder: string;
  let port: number;
  let agent: Peer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roomward-snmpd-"));
    port = await freePort();
    agent = await startAgent();
  });
  afterAll(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true });
  });

  /** Starts the agent; it counts one more start than it is told. */
  async function startAgent(startsBefore = 5): Promise<Peer> {
    const file = join(folder, "roomward.conf");
    const user = `createUser ${USER.user} SHA-256 "${USER.authKey}" AES "${USER.privKey}"`;
    writeFileSync(file, [...SETTINGS, user, `rouser ${USER.user} priv`, ""].join("\n"));
    writeFileSync(join(folder, "snmpd.conf"), `engineBoots ${startsBefore}\noldEngineID ${ENGINE_ID}\n`);
    return startPeer("snmpd", ["-f", "-Le", "-c", file, `udp:127.0.0.1:${port}`], {
      env: { SNMP_PERSISTENT_DIR: folder, SNMPCONFPATH: folder, MIBS: "" },
      ready: async () => {
        const client = openClient({ kind: "snmp", host: "127.0.0.1", port, timeoutMs: 200, retries: 0, security: COMMUNITY }, systemClock);
        const answer = await client.get(["1.3.6.1.2.1.1.3.0"]);
        client.close();
        return answer.outcome === "variables";
      },
    });
  }

  describe.each([
    ["version 2c", COMMUNITY],
    ["version 3, SHA-256 and AES", USER],
  ] as const)("%s", (_name, security) => {
    test("tells the load, memory, up time and traffic that the kernel tells", async () => {
      const reader = new HostReader(port, security);
      const { at } = await reader.read();
      await reader.close();
      const memory = (line: string): number =>
        Number(new RegExp(`^${line}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
      expect(at("host.memory.total")).toEqual({ value: memory("MemTotal"), quality: "good" });
      expect(Math.abs(at("host.memory.free").value - memory("MemFree"))).toBeLessThan(0.1 * memory("MemTotal"));
      expect(Math.abs(at("host.uptime").value - uptime())).toBeLessThan(10);
      expect(Math.abs(at("host.load.1m").value - (loadavg()[0] ?? Number.NaN))).toBeLessThan(cpus().length + 1);
      expect(at("host.processes").value).toBeGreaterThan(1);
      expect(at("interface.lo.status")).toEqual({ value: 0, quality: "good" });
      expect(at("interface.lo.in.octets").value).toBeGreaterThan(0);
    });
  });

  test.each([
    ["key", { authKey: "another-secret" }],
    ["user", { user: "nobody" }],
    ["protocol", { authProtocol: "sha512" }],
  ] as const)("a wrong %s is refused at once, and says what to check", async (_what, wrong) => {
    const reader = new HostReader(port, { ...USER, ...wrong });
    const startedAt = performance.now();
    const { qualities, details } = await reader.read();
    await reader.close();
    expect(qualities).toEqual(["refused"]);
    expect(details[0]).toContain("check user, level, protocols and keys");
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS);
  });

  test("a wrong privacy key never yields a value", async () => {
    const reader = new HostReader(port, { ...USER, privKey: "another-secret" });
    const { qualities, details } = await reader.read();
    await reader.close();
    expect(qualities).toHaveLength(1);
    expect(["refused", "timeout"]).toContain(qualities[0]);
    expect(details[0]).toMatch(/privacy key|keys/);
  });

  test("a wrong community is silence", async () => {
    const reader = new HostReader(port, { ...COMMUNITY, community: "guess" });
    const { qualities } = await reader.read();
    await reader.close();
    expect(qualities).toEqual(["timeout"]);
  });

  test.each([
    ["version 2c", COMMUNITY],
    ["version 3", USER],
  ] as const)("%s: an agent that dies is lost at once and read again when it is back", async (_name, security) => {
    const reader = new HostReader(port, security);
    expect((await reader.read()).at("host.uptime").quality).toBe("good");
    await agent.stop("SIGKILL");
    expect((await reader.read()).qualities).toEqual(["refused"]);
    agent = await startAgent();
    expect((await reader.read()).at("host.uptime").quality).toBe("good");
    await reader.close();
  });

  test.each([
    ["counts on", 8],
    ["has forgotten how often it started", 1],
  ])("version 3: an agent that restarts between two reads and %s is read without a gap", async (_what, startsBefore) => {
    const reader = new HostReader(port, USER);
    expect((await reader.read()).at("host.uptime").quality).toBe("good");
    await agent.stop();
    agent = await startAgent(startsBefore);
    expect((await reader.read()).at("host.uptime").quality).toBe("good");
    await reader.close();
    await agent.stop();
    agent = await startAgent();
  });
});
