import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SnmpWire } from "../../drivers/snmp/wire.ts";
import { incidentEvent } from "../../firmware/incidents/event.ts";
import { engineIdOf } from "../../firmware/site/snmp.ts";
import { snmpTrapDialect } from "../../firmware/upstream/dialects/snmp-trap.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { eventually } from "../box/box.ts";
import { acknowledged, cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { eventFor, rowFor, rowOf, SUBJECT } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { dispatched } from "./dispatched.ts";

/** The IETF's modules come with the npm package, ours with the product. */
const MIBS = ["-M", "node_modules/net-snmp/lib/mibs:provisioning/mib", "-m", "ROOMWARD-MIB"];
const never = new AbortController().signal;

const V3 = {
  version: "3",
  user: "roomward",
  level: "authPriv",
  authProtocol: "sha256",
  authKey: "authentication secret",
  privProtocol: "aes",
  privKey: "privacy secret",
} as const;

describePeer("our MIB file", ["snmptranslate"], () => {
  const translate = (...args: readonly string[]): string =>
    execFileSync("snmptranslate", [...MIBS, "-Pe", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();

  test("names every notification and object by number", () => {
    expect(translate("1.3.6.1.4.1.32473.1.0.1")).toBe("ROOMWARD-MIB::rwAlarmRaised");
    expect(translate("-On", "ROOMWARD-MIB::rwBy.0")).toBe(".1.3.6.1.4.1.32473.1.1.23.0");
    expect(translate("-Td", "ROOMWARD-MIB::rwSeverity")).toContain("warning(6)");
  });
});

describePeer("smilint", ["smilint"], () => {
  test("finds nothing wrong with our MIB file", () => {
    const said = execFileSync(
      "sh",
      [
        "-c",
        "smilint -l 4 -p node_modules/net-snmp/lib/mibs/SNMPv2-SMI.mib -p node_modules/net-snmp/lib/mibs/SNMPv2-TC.mib -p node_modules/net-snmp/lib/mibs/SNMPv2-CONF.mib provisioning/mib/ROOMWARD-MIB.txt 2>&1 || true",
      ],
      { encoding: "utf8" },
    );
    expect(said.split("\n").filter((line) => line.includes("ROOMWARD-MIB.txt"))).toEqual([]);
  });
});

describePeer("snmptrapd", ["snmptrapd"], () => {
  const folder = temporaryFolder();
  let peer: Peer;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    const conf = join(folder.path, "snmptrapd.conf");
    const keys = `SHA-256 "${V3.authKey}" AES "${V3.privKey}"`;
    writeFileSync(
      conf,
      `createUser ${V3.user} ${keys}
createUser -e 0x${engineIdOf("sz1")} ${V3.user} ${keys}
authUser log ${V3.user} priv
authCommunity log itsm
format2 %w %q %P || %v\\n
`,
    );
    peer = await startPeer("snmptrapd", ["-f", "-Lo", "-C", "-c", conf, ...MIBS, "-OQ", `udp:127.0.0.1:${port}`], {
      env: { SNMP_PERSISTENT_DIR: folder.path },
      ready: (output) => output.includes("NET-SNMP version"),
    });
  });

  afterAll(async () => {
    await peer.stop();
    folder.remove();
  });

  function dialect(security: SnmpWire["security"], notification: "inform" | "trap", change: Partial<SnmpWire> = {}) {
    const wire = {
      kind: "snmp",
      host: "127.0.0.1",
      port,
      timeoutMs: 1_000,
      retries: 1,
      security,
      engineId: engineIdOf("sz1"),
      ...change,
    } as const;
    return snmpTrapDialect({ wire, notification, places: placesOf(PLACES_SITE) });
  }

  describe.each([
    ["2c", { version: "2c", community: "itsm" }],
    ["3", V3],
  ] as const)("over SNMPv%s", (version, security) => {
    test.each(["inform", "trap"] as const)("reads the life of an alarm by %s", async (notification) => {
      const before = peer.output().length;
      const box = dialect(security, notification);
      const life = [raised(), acknowledged(), cleared()];
      for (const [n, change] of life.entries())
        expect(await box.send(rowFor(change, n + 1), never), version).toMatchObject({
          outcome: "accepted",
          answer: notification === "inform" ? "confirmed" : "sent; nobody confirms a trap",
        });
      box.close();
      const told = (): string => peer.output().slice(before);
      const output = await eventually(told, (text) => text.includes("rwAlarmCleared"));
      expect(output).toMatch(/rwAlarmRaised.*rwSequence\.0 = 1\b[\s\S]*rwAlarmAcknowledged.*rwSequence\.0 = 2\b[\s\S]*rwAlarmCleared/);
      expect(output).toContain("rwProbableCause.0 = 123");
      expect(output).toContain("rwSeverity.0 = major");
      expect(output).toContain("rwSeverity.0 = cleared");
      expect(output).toContain("rwEventTime.0 = 2026-9-20,3:12:45.1,+0:0");
      expect(output).toContain("rwLocationEn.0 = Shenzhen 1 / Main room / Cold aisle");
      expect(output).toContain("rwTextZh.0 = 冷通道温度高 31.2 °C");
      expect(output).toContain("rwBy.0 = wang");
    });
  });

  test("reads by the names of our MIB what the asset register knows of the device", async () => {
    const before = peer.output().length;
    const box = dialect(V3, "inform");
    const facts = { id: "e-1", sequence: 9, bootId: "b", atMs: Date.UTC(2026, 8, 20), clockTrusted: true, subject: SUBJECT };
    const event = incidentEvent(raised({ incidentNumber: "RW-000123" }), facts);
    expect(await box.send(rowOf(event), never)).toMatchObject({ outcome: "accepted", answer: "confirmed" });
    box.close();
    const output = await eventually(
      () => peer.output().slice(before),
      (text) => text.includes("rwWarranty.0"),
    );
    for (const told of [
      "rwIncidentNumber.0 = RW-000123",
      "rwReporterZh.0 = 机房守望 · 深圳一号机房",
      "rwUrgency.0 = 2",
      "rwImpact.0 = 1",
      "rwLocationEn.0 = Shenzhen 1 / Main room / Cold aisle / A 列 3 柜",
      "rwSerial.0 = SN-0012",
      "rwAssetNumber.0 = ZC-2024-7",
      "rwServicePhone.0 = 400-123-4567",
      "rwWarrantyUntil.0 = 2027-05-01",
      "rwWarranty.0 = valid",
    ])
      expect(output).toContain(told);
  });

  test.each(["inform", "trap"] as const)("hears by %s that the box is alive, by the names of our MIB", async (notification) => {
    const before = peer.output().length;
    const box = dialect(V3, notification);
    const live = [eventFor(raised())];
    expect(await box.heartbeat?.beat({ atMs: Date.UTC(2026, 8, 20, 3), number: 7, live }, never)).toMatchObject({ outcome: "accepted" });
    box.close();
    const output = await eventually(
      () => peer.output().slice(before),
      (text) => text.includes("rwEventTime.0"),
    );
    expect(output).toMatch(/rwHeartbeat.*rwBeat\.0 = 7\b.*rwLiveIncidents\.0 = 1\b.*rwEventTime\.0 = 2026-9-20,3:0:0\.0,\+0:0/);
  });

  test("is told the life of an alarm by the dispatcher", async () => {
    const before = peer.output().length;
    expect(await dispatched(dialect(V3, "inform"), [raised(), cleared()])).toEqual(["sent", "sent"]);
    expect(peer.output().slice(before)).toMatch(/rwAlarmRaised[\s\S]*rwAlarmCleared/);
  });

  test.each([
    ["a community it does not know", { version: "2c", community: "wrong" }],
    ["a key it does not know", { ...V3, authKey: "some other secret" }],
  ] as const)("that is told under %s confirms nothing: the event stays and goes again", async (_name, security) => {
    const box = dialect(security, "inform", { timeoutMs: 200 });
    const outcome = await box.send(rowFor(), never);
    expect(outcome.outcome).toBe("unavailable");
    expect(JSON.stringify(outcome)).not.toMatch(/some other secret|wrong"/);
    box.close();
  });

  test("that is not there is tried again", async () => {
    const box = dialect(V3, "inform", { port: await freePort() });
    expect(await box.send(rowFor(), never)).toMatchObject({ outcome: "unavailable", answer: expect.stringContaining("refused") });
    box.close();
  });
});
