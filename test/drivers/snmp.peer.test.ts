import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, uptime } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DeviceReader } from "../../drivers/driver.ts";
import { emptyReadings, type QualityName, qualityName } from "../../drivers/reading.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import { openSnmp, type SnmpWire } from "../../drivers/snmp/session.ts";
import { findPoint, stateIndex } from "../../drivers/vocabulary.ts";
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
        const client = openClient({ kind: "snmp", host: "127.0.0.1", port, timeoutMs: 200, retries: 0, security: COMMUNITY });
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

/** Recordings of real network cards. They are under GPL and lie beside the project, not in it. */
const RECORDINGS = fileURLToPath(new URL("../../../shared/recordings/snmp/", import.meta.url));
const RECORDED: readonly (readonly [profile: string, recording: string])[] = [
  ["ups/ietf-rfc1628", "abbups_abbups"],
  ["ups/ietf-rfc1628", "cxc_ups"],
  ["ups/ietf-rfc1628", "dell-ups_tower1000w"],
  ["ups/delta-mini-snmp", "deltaups_mini-snmp"],
  ["ups/delta-mini-snmp", "deltaups_rfc1628string"],
  ["ups/ietf-rfc1628", "eaton-mgeups_9px"],
  ["ups/ietf-rfc1628", "eaton-mgeups_9pxle"],
  ["ups/ietf-rfc1628", "eatonupsm2_9px+empg2"],
  ["ups/ietf-rfc1628", "generex-ups_cs141"],
  ["ups/ietf-rfc1628", "generex-ups_cs141-v22036"],
  ["ups/ietf-rfc1628", "liebert_weblbds"],
  ["ups/ietf-rfc1628", "netmanplus_204"],
  ["ups/ietf-rfc1628", "netmanplus_mct20"],
  ["ups/apc-powernet", "apc_powerchute"],
  ["ups/apc-powernet", "apc_smtl1000-nmc3"],
  ["ups/apc-powernet", "apc_smx750"],
  ["ups/apc-powernet", "apc_sua1500rmi2u"],
  ["ups/apc-powernet", "apc_surt3000xl"],
  ["ups/apc-powernet", "apc_symmetralx"],
];
const COMPARED_MIN = 400;

/** Where a card lies and our answer is better than the number: what the reading must be instead of the recorded expectation. */
const LIES: Readonly<Record<string, QualityName | number>> = {
  // No battery sensor: the card sends 0 °C.
  "abbups_abbups battery.temperature": "sentinel",
  "dell-ups_tower1000w battery.temperature": "sentinel",
  "eaton-mgeups_9px battery.temperature": "sentinel",
  "eaton-mgeups_9pxle battery.temperature": "sentinel",
  // A single-phase unit that measures no input current sends −1, which others show as −0.1 A.
  "netmanplus_204 input.L1.current": "sentinel",
  "netmanplus_204 input.L2.current": "sentinel",
  "netmanplus_204 input.L3.current": "sentinel",
  "netmanplus_204 battery.current": "sentinel",
  "apc_surt3000xl battery.packs.bad": "sentinel",
  // Sent in 0.1 V by this one card, output in volts: 1222 V is not believed.
  "cxc_ups input.L1-N.voltage": "outOfRange",
  // Also in 0.1 V: others show 2313 V.
  "deltaups_mini-snmp input.L1-N.voltage": 231.3,
  "deltaups_mini-snmp output.L1-N.voltage": 230.2,
  "deltaups_mini-snmp input.bypass.L1-N.voltage": 230.8,
  "deltaups_rfc1628string input.L1-N.voltage": 236,
  "deltaups_rfc1628string output.L1-N.voltage": 230,
  "deltaups_rfc1628string input.bypass.L1-N.voltage": 235,
};

/** Rows of a recording's table of expected values: OID, raw value, and the value in volts, minutes, … that other software shows. */
function expectations(recording: string): readonly { readonly oid: string; readonly raw: string; readonly expected: number }[] {
  const [head = "", ...lines] = readFileSync(join(RECORDINGS, `${recording}.expected.csv`), "utf8")
    .trim()
    .split("\n");
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    const cell = (name: string): string => cells[names.indexOf(name)] ?? "";
    return { oid: cell("oid"), raw: cell("raw"), expected: Number(cell("expected")) };
  });
}

const snmpsim = existsSync(RECORDINGS) ? ["snmpsim"] : ["snmpsim", "recordings"];
describePeer("recordings of real UPS cards", snmpsim, () => {
  let folder: string;
  let port: number;
  let agent: Peer;
  let compared = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roomward-snmpsim-"));
    for (const part of ["data", "cache"]) mkdirSync(join(folder, part));
    for (const [, name] of RECORDED) copyFileSync(join(RECORDINGS, `${name}.snmprec`), join(folder, "data", `${name}.snmprec`));
    for (const part of [".", "data", "cache"]) chmodSync(join(folder, part), 0o777);
    port = await freePort();
    const unprivileged = process.getuid?.() === 0 ? ["--process-user=nobody", "--process-group=nogroup"] : [];
    const folders = [`--data-dir=${folder}/data`, `--cache-dir=${folder}/cache`];
    agent = await startPeer("snmpsimd", [...folders, `--agent-udpv4-endpoint=127.0.0.1:${port}`, ...unprivileged], {
      ready: (output) => output.includes("Listening at UDP/IPv4"),
      withinMs: 40_000,
    });
  });
  afterAll(async () => {
    await agent.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(RECORDED)("%s reads %s as recorded", async (id, recording) => {
    const profile = snmpProfile(id);
    const security = { version: "2c", community: recording } as const;
    const session = openSnmp({ kind: "snmp", host: "127.0.0.1", port, timeoutMs: 3_000, retries: 1, security }, systemClock);
    const { pointNames, read } = boundReader(session.device({ profile, rows: {} }));
    const readings = emptyReadings(pointNames.length);
    const report = await read(readings);
    await session.close();
    expect(report).toMatchObject({ answered: true, faults: [] });

    const surprises: string[] = [];
    for (const { oid, raw, expected } of expectations(recording)) {
      const name = Object.keys(profile.points).find((point) =>
        [profile.points[point]?.oid, profile.points[point]?.fallback?.oid].includes(oid),
      );
      if (name === undefined) continue;
      const column = pointNames.indexOf(name);
      const quality = qualityName(readings.qualities[column] ?? 255);
      const value = readings.values[column] ?? Number.NaN;
      compared += 1;
      const said = quality === "good" ? value : quality;
      const lie = LIES[`${recording} ${name}`];
      const wanted = lie ?? houseValue(profile, name, raw, expected);
      if (said !== wanted) surprises.push(`${name} ${oid}: raw ${raw}, wanted ${wanted}, said ${said}`);
    }
    expect(surprises).toEqual([]);
  });

  test("and enough of it was compared to mean something", () => {
    expect(compared).toBeGreaterThanOrEqual(COMPARED_MIN);
  });
});

function boundReader(device: DeviceReader): DeviceReader {
  return { pointNames: device.pointNames, read: (into) => device.read(into) };
}

/** The other software shows run times in minutes and states as raw codes. */
function houseValue(profile: SnmpProfile, name: string, raw: string, expected: number): number {
  const definition = findPoint(name);
  if (definition?.kind === "state") return stateIndex(definition, profile.points[name]?.states?.[raw] ?? "") ?? Number.NaN;
  return definition?.unit === "s" ? Math.round(expected * 60) : expected;
}
