import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import { syslogDialect } from "../../firmware/upstream/dialects/syslog.ts";
import { eventually } from "../box/box.ts";
import { cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { describePeer, freePort, listening, type Peer, startPeer } from "../peers/peer.ts";

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
