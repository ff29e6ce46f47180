import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DeviceProbe } from "../../firmware/contract/probe.ts";
import { parseRecording } from "../../firmware/recordings/format.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";
import { replayed } from "../recordings/bus.ts";
import { bundle, runBox, startBox, workFolder, writeSite } from "./box.ts";

const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));

describePeer("a bus with a pymodbus slave", ["pymodbus", "socat"], () => {
  const work = workFolder();
  const one = join(work.path, "one");
  const site = `
site: { id: t, name: T }
areas: [{ id: room, name: Room }]
buses: [{ id: line, kind: modbus-rtu, path: ${one}, baudRate: 9600 }]
devices:
  - { id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 500ms }
  - { id: th-9, area: room, bus: line, unit: 9, profile: sensor/xy-md02, every: 500ms }
`;
  let cable: Peer;
  let slave: Peer;

  beforeAll(async () => {
    const map = join(work.path, "map.json");
    writeFileSync(map, JSON.stringify({ units: { 1: { input: { 1: 235, 2: 551 } } } }));
    const other = join(work.path, "other");
    cable = await startPeer("socat", [`pty,raw,echo=0,link=${one}`, `pty,raw,echo=0,link=${other}`], {
      ready: () => existsSync(one) && existsSync(other),
    });
    slave = await startPeer("/usr/bin/python3", [SLAVE, map, "rtu", other], { ready: (output) => output.includes("ready") });
  });
  afterAll(async () => {
    await slave.stop();
    await cable.stop();
    work.dispose();
  });

  test("is recorded, and plays again without the bus: the same device, the same silence", { timeout: 60_000 }, async () => {
    const file = join(work.path, "case.rec");
    const record = () => runBox(["record", "line", "--site", writeSite(work.path, site), "-o", file, "--for", "4s"]);
    expect(record()).toMatchObject({ status: 0, output: expect.stringContaining(`exchanges are in ${file}`) });
    // What was recorded is never written over.
    expect(record()).toMatchObject({ status: 2, output: expect.stringContaining("EEXIST") });
    const passes = await replayed(readFileSync(file, "utf8"));
    expect(passes.find(({ device }) => device === "th-1")?.replayed).toEqual({ "ambient.temperature": "23.5", "ambient.humidity": "55.1" });
    expect(passes.every(({ recorded, replayed: now }) => JSON.stringify(recorded) === JSON.stringify(now))).toBe(true);

    const played = join(work.path, "played.yaml");
    const replay = await startPeer(process.execPath, [bundle(), "replay", file, "--listen", String(await freePort()), "-o", played], {
      ready: () => existsSync(played) && readFileSync(played, "utf8").endsWith("\n"),
    });
    try {
      const probes = JSON.parse(runBox(["probe", "--site", played, "--json"]).output) as DeviceProbe[];
      expect(probes.map(({ device, answered, good }) => [device, answered, good])).toEqual([
        ["th-1", true, 2],
        ["th-9", false, 0],
      ]);
    } finally {
      await replay.stop();
    }
  });

  test("is recorded by the gateway that runs on it, for an engineer, and that is written down", { timeout: 60_000 }, async () => {
    const box = await startBox(writeSite(work.path, site), join(work.path, "data"), { role: "administrator" });
    try {
      const answer = await fetch(`${box.url}/api/v1/bus-recording?bus=line&seconds=3`, {
        headers: { authorization: `Bearer ${box.token}` },
      });
      expect(answer.headers.get("content-disposition")).toMatch(/filename="line-[\dTZ.-]+\.rec"/);
      const text = await answer.text();
      const recording = parseRecording(text);
      const kinds = new Set("events" in recording ? recording.events.map(({ kind }) => kind) : []);
      expect([...kinds].sort()).toEqual(["came", "lost", "read", "sent"]);
      expect(text).toContain("= th-1 ambient.temperature=23.5 ambient.humidity=55.1");
      expect(await box.get("/api/v1/audit?limit=5")).toMatchObject({
        lines: expect.arrayContaining([expect.objectContaining({ action: "bus.record", subject: "line", detail: "3 s" })]),
      });
    } finally {
      await box.peer.stop();
    }
  });
});

describePeer("an agent", ["snmpd"], () => {
  test("is recorded variable by variable, and the recording says to a profile what the agent said", { timeout: 60_000 }, async () => {
    const work = workFolder();
    const port = await freePort();
    const settings = join(work.path, "snmpd.conf");
    // Nobody reads its log while the command runs.
    writeFileSync(settings, "rocommunity public 127.0.0.1\nsysLocation rack 7\ndontLogTCPWrappersConnects yes\n");
    const agent = await startPeer("snmpd", ["-f", "-Lo", "-C", "-c", settings, `udp:127.0.0.1:${port}`], {
      env: { SNMP_PERSISTENT_DIR: work.path, MIBS: "" },
      ready: (output) => output.includes("NET-SNMP version"),
    });
    try {
      const site = `
site: { id: t, name: T }
areas: [{ id: room, name: Room }]
buses: [{ id: host, kind: snmp, host: 127.0.0.1, port: ${port}, community: public }]
devices: [{ id: server, area: room, bus: host, profile: host/net-snmp-linux }]
`;
      const file = join(work.path, "host.snmprec");
      expect(runBox(["record", "host", "--site", writeSite(work.path, site), "-o", file])).toMatchObject({
        status: 0,
        output: expect.stringMatching(/\d{3,} variables are in/),
      });
      expect(readFileSync(file, "latin1")).toContain(`1.3.6.1.2.1.1.6.0|4x|${Buffer.from("rack 7").toString("hex")}`);
      expect(runBox(["profile", "test", "host/net-snmp-linux", file])).toMatchObject({ status: 0 });
    } finally {
      await agent.stop();
      work.dispose();
    }
  });
});
