import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type CommandValues, commissioningCommand } from "../../firmware/commissioning/command.ts";
import type { JobResult } from "../../firmware/contract/commissioning.ts";
import { addToken } from "../../firmware/people/tokens.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import { meterTalker } from "../peers/line/meter.ts";
import { SerialUps, smartUpsTalker } from "../peers/line/serial-ups.ts";
import { serveLine } from "../peers/line/serve.ts";
import type { Talker } from "../peers/line/talker.ts";
import { yd1363Talker } from "../peers/line/yd1363-unit.ts";
import { describePeer, freePort, type Peer, startPeer } from "../peers/peer.ts";

const PYTHON = "/usr/bin/python3";
const SLAVE = fileURLToPath(new URL("../peers/modbus-slave.py", import.meta.url));
const CLI = fileURLToPath(new URL("../../firmware/cli.ts", import.meta.url));
const VALUES: CommandValues = { multiple: false, data: "", host: "127.0.0.1", port: "0", running: false, json: true };

/** Unit 5 hears only 19,200 Bd, unit 9 is spoilt on its way. */
const ROOM = {
  units: {
    1: { input: { 1: 235, 2: 456 } },
    3: { input: { 1: 200, 2: 500 }, holding: { 100: 7, 101: 8, 102: 9 }, coil: { 5: 0 } },
    5: { holding: { 0: 1 } },
    9: { holding: { 0: 1 } },
  },
  bauds: { 5: 19_200 },
  garbles: [9],
};

let folder = "";
const ends: (() => Promise<unknown>)[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-rack-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let ports = 0;

async function pairOfUnits(): Promise<string> {
  ports += 1;
  const [map, path] = [join(folder, `map${ports}.json`), join(folder, `tty${ports}`)];
  writeFileSync(map, JSON.stringify(ROOM));
  const slave = await startPeer(PYTHON, [SLAVE, map, "pty", path], { ready: (output) => output.includes("ready") });
  ends.push(() => slave.stop());
  return path;
}

/** A site has a device; where none is meant it is elsewhere. */
const FAR = {
  bus: "{ id: far, kind: modbus-tcp, host: 127.0.0.1 }",
  device: "{ id: far-1, area: room, bus: far, unit: 1, profile: sensor/xy-md02 }",
} as const;

const siteText = (bus: string, devices = ""): string =>
  `site: { id: t, name: Test }\nareas: [{ id: room, name: Room }]\nbuses: [${bus}${devices === "" ? `, ${FAR.bus}` : ""}]\ndevices: [${devices || FAR.device}]\n`;

/** What a command says without a gateway: its answer, and whether it was done. */
async function command(
  name: "scan" | "identify" | "read" | "write",
  rest: readonly string[],
  site: string,
  values: Partial<CommandValues> = {},
) {
  const loaded = loadSite(site);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  const printed: string[] = [];
  const said: string[] = [];
  const ended = await commissioningCommand(
    name,
    rest,
    { ...VALUES, ...values },
    {
      ...{ clock: systemClock, by: "li", keys: {}, interrupted: new AbortController().signal, site: () => loaded.site },
      print: (line) => printed.push(line),
      progress: () => {},
      say: ({ en }) => said.push(en),
      fail: ({ en }) => said.push(en),
    },
  );
  const answer = JSON.parse(printed.at(-1) ?? "{}") as { readonly result: JobResult | null };
  return { ended, said, result: answer.result };
}

async function scanned(site: string, values: Partial<CommandValues>) {
  const { ended, result, said } = await command("scan", ["line"], site, values);
  if (result?.kind !== "scan") throw new Error(`no scan: ${said.join(" ")}`);
  return { ended, said, found: result.found, advice: result.advice.map(({ en }) => en) };
}

describePeer("a pair of wires with pymodbus units at different speeds", ["pymodbus"], () => {
  test("is scanned to the end, over speeds: who answers, who refuses and who garbles", async () => {
    const path = await pairOfUnits();
    const site = siteText(
      `{ id: line, kind: modbus-rtu, path: ${path}, timeout: 150ms }`,
      "{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }",
    );
    const { ended, said, found, advice } = await scanned(site, {
      units: "1-10",
      bauds: "9600,19200",
      parities: "none",
      protocols: "modbus",
    });
    expect(ended).toBe("done");
    expect(said[0]).toMatch(/This takes \d+ s at most/);
    expect(found.map(({ line, place, verdict, device }) => [line, place, verdict, device])).toEqual([
      ["9600 8N1", 1, "exception", "th-1"],
      ["9600 8N1", 3, "exception", null],
      ["9600 8N1", 9, "garbled", null],
      ["19200 8N2", 5, "answered", null],
    ]);
    expect(advice[0]).toContain("check termination");
  }, 60_000);

  test("tells the family of a probe among the likely ones, and is not sure of it", async () => {
    const path = await pairOfUnits();
    const { result } = await command("identify", ["line", "1"], siteText(`{ id: line, kind: modbus-rtu, path: ${path} }`));
    expect(result).toMatchObject({ kind: "identify", verdict: "notSure", candidates: [{ profile: "sensor/xy-md02" }] });
    const nobody = await command("identify", ["line", "77"], siteText(`{ id: line, kind: modbus-rtu, path: ${path}, timeout: 100ms }`));
    expect(nobody.result).toMatchObject({ kind: "identify", verdict: "silent", candidates: [] });
  }, 60_000);

  test("gives out registers, takes one, a coil and several, and says what was there before", async () => {
    const path = await pairOfUnits();
    const site = siteText(`{ id: line, kind: modbus-rtu, path: ${path} }`);
    expect((await command("read", ["line", "3", "holding", "100", "3"], site)).result).toMatchObject({ values: [7, 8, 9] });
    const confirm = "commissioning";
    expect((await command("write", ["line", "3", "holding", "100", "42"], site, { confirm })).result).toMatchObject({
      before: [7],
      after: [42],
      verdict: "taken",
    });
    expect((await command("write", ["line", "3", "coil", "5", "on"], site, { confirm })).result).toMatchObject({
      before: [0],
      after: [1],
      verdict: "taken",
    });
    expect((await command("write", ["line", "3", "holding", "101", "1", "2"], site, { confirm })).result).toMatchObject({
      before: [8, 9],
      after: [1, 2],
      verdict: "taken",
    });
    const refused = await command("write", ["line", "3", "holding", "900", "1"], site, { confirm });
    expect(refused).toMatchObject({ ended: "failed", result: { before: null, after: null, verdict: "unknown" } });
    expect(refused.said.at(-1)).toContain("illegal data address");
    const bare = await command("read", [path, "3", "holding", "100"], site, { bauds: "9600", parities: "none" });
    expect(bare.result).toMatchObject({ values: [42] });
    const raw = await command("read", ["line", "frame", "01 04 00 01 00 02 20 0B"], site, { confirm });
    expect(raw.result).toMatchObject({ heard: "010404 00eb01c8 8bb6".replaceAll(" ", "") });
  }, 60_000);
});

/** A port of this machine with a device at its far end. */
async function serialPort(talker: Talker, baudRate: number): Promise<string> {
  const wire = await serveLine(() => talker, 10_000 / baudRate);
  ends.push(() => wire.stop());
  ports += 1;
  const path = join(folder, `tty${ports}`);
  const bridge = await startPeer("socat", [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${wire.port}`], {
    ready: async () => (await import("node:fs")).existsSync(path),
  });
  ends.push(() => bridge.stop());
  return path;
}

describePeer("what else may be on a line", ["socat"], () => {
  test("a meter says its address, whoever asks", async () => {
    const path = await serialPort((heard) => {
      // "Read the address" is a question of its own, to which the peer has no data: it is answered here as the standard says.
      const at = heard.indexOf(0x68);
      if (heard[at + 8] !== 0x13) return meterTalker([])(heard);
      const body = [0x68, 0x56, 0x34, 0x12, 0, 0, 0, 0x68, 0x93, 6, ...[0x56, 0x34, 0x12, 0, 0, 0].map((byte) => byte + 0x33)];
      return [{ bytes: Buffer.from([0xfe, 0xfe, ...body, body.reduce((sum, byte) => (sum + byte) % 256, 0), 0x16]), afterMs: 20 }];
    }, 2_400);
    const site = siteText(`{ id: line, kind: dlt645-2007, path: ${path} }`);
    const { found } = await scanned(site, { protocols: "dlt645-2007", bauds: "2400" });
    expect(found).toMatchObject([{ protocol: "dlt645-2007", place: "000000123456", verdict: "answered", line: "2400 8E1" }]);
  }, 60_000);

  test("units of YD/T 1363 answer at their addresses, and refuse what they do not know: both are there", async () => {
    const units = [
      { address: 2, cid1: 0x46, info: () => Buffer.from([0]) },
      { address: 5, cid1: 0x2a, info: () => null },
    ];
    const site = siteText(`{ id: line, kind: yd1363, path: ${await serialPort(yd1363Talker(units), 9_600)}, timeout: 200ms }`);
    const { found } = await scanned(site, { protocols: "yd1363", units: "1-6" });
    expect(found.map(({ place, verdict }) => [place, verdict]).sort()).toEqual([
      [2, "answered"],
      [5, "exception"],
    ]);
  }, 60_000);

  test("a UPS at the port is found, and then nothing else is sent to it", async () => {
    const heardAll: string[] = [];
    const ups = smartUpsTalker(new SerialUps());
    const path = await serialPort((heard) => {
      heardAll.push(heard.toString("latin1"));
      return ups(heard);
    }, 2_400);
    const { found, advice } = await scanned(siteText(`{ id: line, kind: modbus-rtu, path: ${path} }`), {});
    expect(found).toMatchObject([{ protocol: "upslink", verdict: "answered" }]);
    expect(heardAll.join("")).toMatch(/^[Q1\rY]+$/);
    expect(advice.join()).toContain("A UPS is at this port");
  }, 60_000);
});

describePeer("SNMP agents on a named subnet", ["snmpd"], () => {
  test("are found with what they say they are; the box itself is not asked", async () => {
    const port = await freePort();
    for (const host of ["127.0.0.2", "127.0.0.5"]) await agentAt(host, port);
    const { ended, result } = await command("scan", [], siteText("{ id: other, kind: modbus-tcp, host: 127.0.0.1, port: 503 }"), {
      snmp: "127.0.0.0/29",
      community: "public",
      "snmp-port": String(port),
    });
    expect(ended).toBe("done");
    if (result?.kind !== "network") throw new Error("no scan of a network");
    expect(result.agents.map(({ address, verdict }) => [address, verdict])).toEqual([
      ["127.0.0.2", "answered"],
      ["127.0.0.5", "answered"],
    ]);
    expect(result.agents[0]?.sysDescr).toContain("Linux");
    expect(result.agents[0]?.sysObjectId).toMatch(/^1\.3\.6\.1\.4\.1\.8072/);
    expect(result).toMatchObject({ own: ["127.0.0.1"], asked: 5, closed: 3 });
    const large = await command("scan", [], siteText("{ id: other, kind: modbus-tcp, host: 127.0.0.1, port: 503 }"), {
      snmp: "127.0.0.0/20",
      community: "public",
    });
    expect(large).toMatchObject({ ended: "failed" });
    expect(large.said.join()).toContain("at most 1024");
  }, 60_000);

  test("are recognised by what they answer, and walked", async () => {
    const port = await freePort();
    await agentAt("127.0.0.1", port);
    const site = siteText(`{ id: card, kind: snmp, host: 127.0.0.1, port: ${port}, timeout: 1s }`);
    const { result } = await command("identify", ["card"], site);
    if (result?.kind !== "identify") throw new Error("not identified");
    expect(result.candidates[0]?.profile).toMatch(/^host\//);
    const walked = await command("read", ["card", "1.3.6.1.2.1.1"], site, { walk: "3" });
    expect(walked.result).toMatchObject({
      kind: "variables",
      more: true,
      variables: [{ oid: "1.3.6.1.2.1.1.1.0" }, { type: "objectIdentifier" }, {}],
    });
  }, 60_000);
});

async function agentAt(host: string, port: number): Promise<void> {
  const config = join(folder, `snmpd-${host}-${port}.conf`);
  writeFileSync(config, "rocommunity public\n");
  const agent = await startPeer("snmpd", ["-f", "-Lo", "-C", "-c", config, "-I", "-smux", "-p", `${config}.pid`, `udp:${host}:${port}`], {
    ready: (output) => output.includes("NET-SNMP version"),
    env: { SNMP_PERSISTENT_DIR: join(folder, `snmp-${host}-${port}`) },
  });
  ends.push(() => agent.stop());
}

/** A command line of its own against the running gateway, as an installer types it. */
function cli(...args: readonly string[]): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const child = spawn("tsx", [CLI, ...args], { env: { ...process.env, LC_ALL: "en_US.UTF-8" } });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("exit", (code) => resolve({ code, out, err }));
  });
}

describePeer("the running gateway", ["pymodbus"], () => {
  let path: string;
  let site: string;
  let data: string;
  let port: number;
  let token: string;
  let gateway: Peer;

  async function start(): Promise<void> {
    path = await pairOfUnits();
    [site, data, port] = [join(folder, `site${ports}.yaml`), join(folder, `data${ports}`), await freePort()];
    writeFileSync(
      site,
      siteText(
        `{ id: line, kind: modbus-rtu, path: ${path}, timeout: 200ms }`,
        "{ id: th-1, area: room, bus: line, unit: 1, profile: sensor/xy-md02, every: 1s }",
      ),
    );
    gateway = await startPeer("tsx", [CLI, "run", "--site", site, "--data", data, "--port", String(port)], {
      ready: (output) => output.includes("is running at"),
      withinMs: 60_000,
    });
    ends.push(() => gateway.stop());
    const added = await addToken(data, "test", "administrator", systemClock);
    token = "token" in added ? added.token : "";
  }

  const api = async (what: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    return (await fetch(`http://127.0.0.1:${port}/api/v1/${what}`, { ...init, headers })).json();
  };

  test("lends its wire to a scan, says so, tells nobody lost, and reads on", async () => {
    await start();
    const busy = await cli("read", "line", "1", "input", "1", "2", "--site", site);
    expect(busy.code).toBe(1);
    expect(busy.err).toContain("--running");
    const { job } = await api("buses/scan", {
      bus: "line",
      units: Array.from({ length: 20 }, (_, at) => at + 40),
      bauds: [9_600, 19_200],
      protocols: ["modbus"],
    });
    expect(job).toMatchObject({ state: "running", bus: "line", by: "test" });
    let lent = null;
    for (let look = 0; look < 100 && lent === null; look += 1) {
      lent = (await api("buses")).buses[0].lent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(lent).toMatchObject({ to: "test" });
    expect((await api("buses")).buses[0]).toMatchObject({ state: "lent" });
    expect(await api("buses/read", { bus: "line", what: { kind: "input", unit: 1, address: 1, count: 2 } })).toMatchObject({
      code: "busLent",
    });
    // Longer than it takes until a device that is asked in vain is called lost.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect((await api("alarms")).alarms).toEqual([]);
    const running = (await api("buses/jobs")).jobs[0];
    expect(running).toMatchObject({ id: job.id, state: "running" });
    expect(running.progress.done).toBeGreaterThan(0);
    await api("buses/cancel", { id: job.id }).catch(() => null);
    for (let look = 0; look < 100 && (await api("buses")).buses[0].state !== "ok"; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await api("buses")).buses[0]).toMatchObject({ state: "ok", lent: null });
    expect((await api("buses/jobs")).jobs[0]).toMatchObject({ state: "cancelled" });
    for (let look = 0; look < 50 && (await api("points")).points[0].quality !== "good"; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await api("points")).points[0]).toMatchObject({ quality: "good" });
    expect((await api("alarms")).alarms).toEqual([]);
  }, 120_000);

  test("does for the command line what it asks, and the audit log has old and new value and why", async () => {
    await start();
    const through = ["--running", "--data", data, "--port", String(port)];
    const read = await cli("read", "line", "3", "holding", "100", "2", "--json", ...through);
    expect(JSON.parse(read.out)).toMatchObject({ result: { values: [7, 8] }, problem: null });
    const written = await cli("write", "line", "3", "holding", "100", "42", "--confirm", "setpoint by the manual", "--json", ...through);
    expect(JSON.parse(written.out)).toMatchObject({ result: { before: [7], after: [42], verdict: "taken" } });
    const { rows = [], lines = rows } = await api("audit?limit=20");
    expect(lines).toContainEqual(
      expect.objectContaining({
        action: "bus.write",
        subject: "line unit 3 holding 100",
        before: "7",
        after: "42",
        detail: "setpoint by the manual",
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ action: "bus.read", subject: "line" }));
    // The token was for these commands alone.
    expect((await api("people")).tokens.map(({ name }: { name: string }) => name)).toEqual(["test"]);
    const wrong = await cli("scan", "gone", ...through);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining("There is: line") });
  }, 120_000);
});
