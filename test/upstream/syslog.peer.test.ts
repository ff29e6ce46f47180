import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type SyslogOptions, syslogDialect } from "../../firmware/upstream/dialects/syslog.ts";
import { eventually } from "../box/box.ts";
import { cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { describePeer, freePort, listening, type Peer, startPeer } from "../peers/peer.ts";
import { dispatched } from "./dispatched.ts";
import { selfSigned } from "./mosquitto.ts";

const never = new AbortController().signal;

describePeer("rsyslogd", ["rsyslogd"], () => {
  const folder = temporaryFolder();
  const log = join(folder.path, "log.json");
  let peer: Peer;
  let port = 0;

  beforeAll(async () => {
    port = await freePort();
    const conf = join(folder.path, "rsyslog.conf");
    writeFileSync(
      conf,
      `global(workDirectory="${folder.path}")
module(load="imudp") module(load="imtcp") module(load="mmpstrucdata")
template(name="all" type="string" string="%pri% %hostname% %app-name% %msgid% %timereported:::date-rfc3339% %$!rfc5424-sd% %msg%\\n")
ruleset(name="in") { action(type="mmpstrucdata") action(type="omfile" file="${log}" template="all") }
input(type="imudp" address="127.0.0.1" port="${port}" ruleset="in")
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="in")
`,
    );
    peer = await startPeer("rsyslogd", ["-n", "-f", conf, "-i", join(folder.path, "pid")], {
      ready: () => listening(port),
    });
  });

  afterAll(async () => {
    await peer.stop();
    folder.remove();
  });

  test.each(["udp", "tcp"] as const)("reads every field of a raise and a clear over %s", async (transport) => {
    const dialect = syslogDialect({
      facility: 20,
      language: "zh",
      hostname: `gw-${transport}`,
      host: "127.0.0.1",
      port,
      transport,
      clock: systemClock,
    });
    const [before, after] = [raised(), cleared()];
    expect(await dialect.send(rowFor(before, 1), never)).toMatchObject({ outcome: "accepted" });
    expect(await dialect.send(rowFor(after, 2), never)).toMatchObject({
      answer: transport === "udp" ? "sent over UDP; syslog gives no receipt" : "sent over TCP, read to its end",
    });
    dialect.close();
    const mine = (): string[] =>
      (existsSync(log) ? readFileSync(log, "utf8") : "").split("\n").filter((line) => line.includes(`gw-${transport} `));
    const [first = "", second = ""] = await eventually(mine, (lines) => lines.length === 2);
    expect(first).toMatch(/^162 gw-\w+ roomward ALARM_RAISE 2026-09-20T03:12:45.121/);
    expect(first).toContain("冷通道温度高 31.2 °C");
    const data: unknown = JSON.parse(first.slice(first.indexOf("{"), first.lastIndexOf("}") + 1));
    expect(data).toMatchObject({
      alarm: { resource: "sz1/r1/th-3", probablecause: "highTemperature", perceivedseverity: "major" },
      meta: { sequenceid: "1" },
      "roomward@32473": { key: "sz1/r1/th-3/ambient.temperature/high", value: "31.2", limit: "27" },
    });
    expect(second).toMatch(/^165 gw-\w+ roomward ALARM_CLEAR/);
  });
});

describePeer("rsyslogd with TLS", ["rsyslogd", "rsyslog-gnutls", "openssl"], () => {
  const folder = temporaryFolder();
  const log = join(folder.path, "log");
  let peer: Peer;
  let port = 0;
  let ca = "";

  beforeAll(async () => {
    port = await freePort();
    const { key, cert, pem } = selfSigned(folder.path);
    ca = pem;
    const conf = join(folder.path, "rsyslog.conf");
    writeFileSync(
      conf,
      `global(workDirectory="${folder.path}" defaultNetstreamDriver="gtls"
  defaultNetstreamDriverCAFile="${cert}" defaultNetstreamDriverCertFile="${cert}" defaultNetstreamDriverKeyFile="${key}")
module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="anon")
template(name="all" type="string" string="%pri% %hostname% %msgid% %msg%\\n")
ruleset(name="in") { action(type="omfile" file="${log}" template="all") }
input(type="imtcp" port="${port}" ruleset="in")
`,
    );
    peer = await startPeer("rsyslogd", ["-n", "-f", conf, "-i", join(folder.path, "pid")], { ready: () => listening(port) });
  });

  afterAll(async () => {
    await peer.stop();
    folder.remove();
  });

  const dialect = (change: Partial<SyslogOptions> = {}) => {
    const to = { host: "localhost", port, transport: "tls", ca } as const;
    return syslogDialect({ facility: 20, language: "zh", hostname: "gw-tls", clock: systemClock, ...to, ...change });
  };
  const told = (): readonly string[] => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []);

  test("is told the life of an alarm by the dispatcher", async () => {
    expect(await dispatched(dialect(), [raised(), cleared()])).toEqual(["sent", "sent"]);
    const [first = "", second = ""] = await eventually(told, (lines) => lines.length === 2);
    expect(first).toMatch(/^162 gw-tls ALARM_RAISE .*冷通道温度高 31.2 °C$/);
    expect(second).toMatch(/^165 gw-tls ALARM_CLEAR/);
  });

  test("by its address as by its name, with a receipt", async () => {
    const before = told().length;
    expect(await dialect({ host: "127.0.0.1" }).send(rowFor(), never)).toMatchObject({ answer: "sent over TLS, read to its end" });
    // Read to its end is not written yet.
    await eventually(told, (lines) => lines.length === before + 1);
  });

  test.each<[string, () => Partial<SyslogOptions>, RegExp]>([
    ["nobody vouches for its certificate", () => ({ ca: undefined }), /^TLS refused, \w*SELF_SIGNED\w*: self-signed certificate/],
    ["its certificate is for another name", () => ({ host: "127.0.0.2" }), /^TLS refused, ERR_TLS_CERT_ALTNAME_INVALID: /],
  ])("is told nothing when %s", async (_name, change, words) => {
    const before = told().length;
    expect(await dialect(change()).send(rowFor(), never)).toMatchObject({ outcome: "unavailable", answer: expect.stringMatching(words) });
    expect(told().length).toBe(before);
  });

  test("is told nothing by TLS where it speaks none", async () => {
    const server = createServer((socket) => socket.end("go away\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const at = typeof address === "object" && address !== null ? address.port : 0;
    const outcome = await dialect({ host: "127.0.0.1", port: at }).send(rowFor(), never);
    server.close();
    expect(outcome).toMatchObject({ outcome: "unavailable", answer: expect.stringMatching(/^TLS refused, (EPROTO|ERR_SSL\w+): /) });
  });
});
