import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlain, type Server as HttpServer, type RequestListener } from "node:http";
import { createServer as createTls } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { loadProfile } from "../../drivers/catalogue.ts";
import type { ReadReport } from "../../drivers/driver.ts";
import type { ProbeSettings } from "../../drivers/probe/plan.ts";
import { type Machine, openProbe } from "../../drivers/probe/session.ts";
import { emptyReadings, qualityName } from "../../drivers/reading.ts";
import { findPoint } from "../../drivers/vocabulary.ts";
import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { CertificateMaker } from "../peers/certificates.ts";
import { describePeer, freePort, listening, type Peer, startPeer } from "../peers/peer.ts";

const TIMEOUT_MS = 1_000;
const ON_NETWORK: Machine = { pingProgram: "ping", isOnNetwork: () => true };
/** This machine by an address that does not look like it. */
const NOT_LOOPBACK = "::ffff:127.0.0.1";
const CLOCK: Clock = { ...systemClock, wallTrusted: () => true };

type Seen = Readonly<Record<string, number | string>> & { readonly report: ReadReport };

/** One read of one probe, as a person sees it: numbers, names of states, or `!` with why there is no value. */
async function probe(
  profile: string,
  settings: ProbeSettings = {},
  { host = "127.0.0.1", timeoutMs = TIMEOUT_MS, machine = ON_NETWORK, clock = CLOCK } = {},
): Promise<Seen> {
  const loaded = loadProfile(profile);
  if ("problems" in loaded || loaded.profile.protocol !== "probe") throw new Error(JSON.stringify(loaded));
  const session = openProbe({ host, timeoutMs }, clock, machine);
  const reader = session.device({ profile: loaded.profile, settings });
  const into = emptyReadings(reader.pointNames.length);
  const report = await reader.read(into);
  await session.close();
  const entries = reader.pointNames.map((name, column): [string, number | string] => {
    const quality = qualityName(into.qualities[column] ?? -1);
    const value = into.values[column] ?? Number.NaN;
    const definition = findPoint(name);
    if (quality !== "good") return [name, `!${quality}`];
    return [name, definition?.kind === "state" ? (definition.states[value]?.name ?? "?") : value];
  });
  return { ...Object.fromEntries(entries), report } as unknown as Seen;
}

const UP = { "service.state": "up", "service.answer": "expected" };
const isDown = (answer: string) => ({ "service.state": "down", "service.answer": answer });

const servers: (Server | HttpServer)[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server | HttpServer): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const tcp = (greet: (socket: Socket) => void): Promise<number> => listen(createServer(greet));

describe("a TCP port", () => {
  test("that takes the connection is up, with its response time", async () => {
    const seen = await probe("application/tcp-port", { port: await tcp(() => {}) });
    expect(seen).toMatchObject(UP);
    expect(seen["response.time"]).toBeGreaterThan(0);
    expect(seen["response.time"]).toBeLessThan(TIMEOUT_MS);
    expect(seen.report).toEqual({ answered: true, transactions: 1, faults: [] });
  });

  test("on which nobody listens is down, which is an answer and no fault of the wire", async () => {
    const port = await freePort();
    const seen = await probe("application/tcp-port", { port });
    expect(seen).toMatchObject({ ...isDown("refused"), "response.time": "!nothingToMeasure" });
    expect(seen.report).toMatchObject({ answered: true, faults: [], remark: "127.0.0.1: refused, ECONNREFUSED" });
  });

  test("that accepts and says nothing is down for those who expect a greeting, after the time that it has", async () => {
    const startedMs = performance.now();
    const seen = await probe("application/ssh", { port: await tcp(() => {}) }, { timeoutMs: 300 });
    expect(seen).toMatchObject(isDown("silent"));
    expect(seen.report.remark).toContain("takes the connection and says nothing in 300 ms");
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  test("that resets the connection is down, and so is one that closes it", async () => {
    expect(await probe("application/ssh", { port: await tcp((socket) => socket.resetAndDestroy()) })).toMatchObject(isDown("closed"));
    expect(await probe("application/ssh", { port: await tcp((socket) => socket.end()) })).toMatchObject(isDown("closed"));
  });

  test("with another service behind it is down, and what that says is told", async () => {
    const seen = await probe("application/ssh", { port: await tcp((socket) => socket.write("220 mail.example ESMTP\r\n")) });
    expect(seen).toMatchObject(isDown("unexpected"));
    expect(seen["response.time"]).toBeGreaterThan(0);
    expect(seen.report.remark).toBe("127.0.0.1: unexpected, it says 220 mail.example ESMTP\\x0d\\x0a");
  });

  test("that says the right thing byte by byte is up", async () => {
    const slow = await tcp((socket) => {
      const left = [..."SSH-2.0-OpenSSH_9.2\r\n"];
      const next = (): void => {
        const byte = left.shift();
        if (byte !== undefined && !socket.destroyed) socket.write(byte, () => setTimeout(next, 2));
      };
      next();
    });
    expect(await probe("application/ssh", { port: slow })).toMatchObject(UP);
  });

  test("that floods is judged by its beginning, and left", async () => {
    const flood = await tcp((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, "x")));
      };
      socket.on("drain", more);
      more();
    });
    expect(await probe("database/redis", { port: flood })).toMatchObject(isDown("unexpected"));
  });
});

describePeer("real services", ["redis-server", "memcached"], () => {
  let redis: Peer | null = null;
  let redisPort: number;
  let memcached: Peer;
  let memcachedPort: number;
  const startRedis = (...options: readonly string[]): Promise<Peer> =>
    startPeer("redis-server", ["--port", String(redisPort), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...options], {
      ready: () => listening(redisPort),
    });
  beforeAll(async () => {
    [redisPort, memcachedPort] = [await freePort(), await freePort()];
    redis = await startRedis();
    memcached = await startPeer("memcached", ["-l", "127.0.0.1", "-p", String(memcachedPort), "-u", "nobody", "-m", "8"], {
      ready: () => listening(memcachedPort),
    });
  });
  afterAll(async () => {
    await redis?.stop();
    await memcached?.stop();
  });

  test("Redis answers PING; stopped, it is down; back with a password, it lives", async () => {
    const settings = { port: redisPort };
    expect(await probe("database/redis", settings)).toMatchObject(UP);
    await redis?.stop();
    redis = null;
    expect(await probe("database/redis", settings)).toMatchObject(isDown("refused"));
    redis = await startRedis("--requirepass", "secret");
    expect(await probe("database/redis", settings)).toMatchObject(UP);
  });

  test("memcached says its version, and is not taken for Redis", async () => {
    expect(await probe("middleware/memcached", { port: memcachedPort })).toMatchObject(UP);
    expect(await probe("database/redis", { port: memcachedPort })).toMatchObject(isDown("unexpected"));
  });
});

describe("a web page", () => {
  const serve = (answer: RequestListener): Promise<number> => listen(createPlain(answer));

  test("is up with its status and time; asked is for the path, by the name that the site says", async () => {
    const asked: string[] = [];
    const port = await serve((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end("ok");
    });
    expect(await probe("application/http", { port, path: "/health?db=1", serverName: "oa.example" })).toMatchObject({
      ...UP,
      "http.status": 200,
    });
    expect(asked).toEqual([`GET /health?db=1 oa.example:${port}`]);
  });

  test("with another status than expected is down and shows it; what the site expects holds", async () => {
    const port = await serve((_, response) => {
      response.statusCode = 503;
      response.end();
    });
    const seen = await probe("application/http", { port });
    expect(seen).toMatchObject({ ...isDown("unexpected"), "http.status": 503 });
    expect(seen["response.time"]).toBeGreaterThan(0);
    expect(seen.report.remark).toContain("status 503, expected 200 to 399");
    expect(await probe("application/http", { port, status: [503] })).toMatchObject({ ...UP, "http.status": 503 });
  });

  test("must have the text that the site expects, in its first 64 KiB", async () => {
    const port = await serve((request, response) =>
      response.end(request.url === "/far" ? `${"x".repeat(70_000)}数据库正常` : "<p>数据库正常</p>"),
    );
    expect(await probe("application/http", { port, text: "数据库正常" })).toMatchObject(UP);
    expect(await probe("application/http", { port, text: "维护" })).toMatchObject(isDown("unexpected"));
    expect(await probe("application/http", { port, text: "数据库正常", path: "/far" })).toMatchObject(isDown("unexpected"));
  });

  test("that never comes, never ends, breaks off or is none, is down in time", async () => {
    const hangs = await serve(() => {});
    const drips = await serve((_, response) => {
      response.write("never");
    });
    const breaks = await serve((_, response) => {
      response.setHeader("content-length", 100);
      response.write("half", () => response.destroy());
    });
    const noHttp = await tcp((socket) => socket.end("SSH-2.0-OpenSSH\r\n\r\n"));
    const short = { timeoutMs: 400 };
    expect(await probe("application/http", { port: hangs }, short)).toMatchObject({
      ...isDown("silent"),
      "http.status": "!nothingToMeasure",
    });
    expect(await probe("application/http", { port: drips, text: "end" }, short)).toMatchObject({ ...isDown("silent"), "http.status": 200 });
    expect(await probe("application/http", { port: breaks, text: "whole" }, short)).toMatchObject(isDown("closed"));
    expect(await probe("application/http", { port: noHttp }, short)).toMatchObject(isDown("unexpected"));
    expect(await probe("application/http", { port: await freePort() }, short)).toMatchObject(isDown("refused"));
  });

  test("is not followed to where it points", async () => {
    let others = 0;
    const other = await serve((_, response) => {
      others += 1;
      response.end();
    });
    const port = await serve((_, response) => response.writeHead(302, { location: `http://127.0.0.1:${other}/` }).end());
    expect(await probe("application/http", { port })).toMatchObject({ ...UP, "http.status": 302 });
    expect(others).toBe(0);
  });
});

describePeer("a page over TLS", ["openssl"], () => {
  const NAME = "oa.example";
  let folder: string;
  let made: CertificateMaker;
  let good: ReturnType<CertificateMaker["signed"]>;
  let expired: typeof good;
  let own: typeof good;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roomward-probe-"));
    made = new CertificateMaker(folder);
    [good, expired, own] = [made.signed(NAME, 20), made.signed("old.example", 0), made.selfSigned("own.example")];
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const serve = (certificate: typeof good): Promise<number> => listen(createTls(certificate, (_, response) => response.end("ok")));

  test("is up when the house's authority has signed its certificate, with the days left", async () => {
    const port = await serve(good);
    const seen = await probe("application/https", { port, serverName: NAME, ca: made.authority });
    expect(seen).toMatchObject({ ...UP, "http.status": 200, "certificate.days": 19 });
    // By its address, which is in the certificate, too.
    expect(await probe("application/https", { port, ca: made.authority })).toMatchObject(UP);
  });

  test("is down when the authority is not known, the name is another one, or the server signed itself; the days are shown all the same", async () => {
    const port = await serve(good);
    const unknown = await probe("application/https", { port, serverName: NAME });
    expect(unknown).toMatchObject({ ...isDown("untrusted"), "certificate.days": 19, "http.status": "!nothingToMeasure" });
    const other = await probe("application/https", { port, serverName: "erp.example", ca: made.authority });
    expect(other).toMatchObject(isDown("untrusted"));
    expect(other.report.remark).toContain("the certificate is for another name");
    const self = await probe("application/https", { port: await serve(own), serverName: "own.example" });
    expect(self).toMatchObject({ ...isDown("untrusted"), "certificate.days": 8 });
    expect(self.report.remark).toContain("the server has signed its certificate itself");
  });

  test("with a certificate of its own making is up where the site does not verify it", async () => {
    const port = await serve(own);
    expect(await probe("application/https", { port, verify: false })).toMatchObject({ ...UP, "certificate.days": 8 });
  });

  test("whose certificate has run out is down, or up with negative days where nobody verifies", async () => {
    const settings = { port: await serve(expired), serverName: "old.example", ca: made.authority };
    const seen = await probe("application/https", settings);
    expect(seen).toMatchObject({ ...isDown("untrusted"), "certificate.days": -1 });
    expect(seen.report.remark).toContain("the certificate has run out (CERT_HAS_EXPIRED)");
    expect(await probe("application/https", { port: settings.port, verify: false })).toMatchObject({ ...UP, "certificate.days": -1 });
  });

  test("is not judged by date on a box that does not know the day: no days, and no alarm for them", async () => {
    const settings = { port: await serve(expired), serverName: "old.example", ca: made.authority };
    const clock = { ...systemClock, wallTrusted: () => false };
    expect(await probe("application/https", settings, { clock })).toMatchObject({ ...UP, "certificate.days": "!nothingToMeasure" });
  });

  test("without TLS behind the port is down", async () => {
    const plain = await listen(createPlain((_, response) => response.end()));
    expect(await probe("application/https", { port: plain })).toMatchObject({
      ...isDown("unexpected"),
      "certificate.days": "!nothingToMeasure",
    });
  });
});

describePeer("ping", ["ping"], () => {
  test("reaches this box in less than a tenth of a second, and loses nothing", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const seen = await probe("host/ping", {}, { host });
      expect(seen).toMatchObject({ ...UP, "packet.loss": 0 });
      expect(seen["response.time"]).toBeLessThan(100);
    }
  });

  test("finds an address down that nobody has, within its time", async () => {
    const startedMs = performance.now();
    // TEST-NET-3 of RFC 5737: on no network. A router may say so, or nobody.
    const seen = await probe("host/ping", {}, { host: "203.0.113.9", timeoutMs: 500 });
    expect(seen).toMatchObject({ "service.state": "down", "packet.loss": 100, "response.time": "!nothingToMeasure" });
    expect(["silent", "unreachable"]).toContain(seen["service.answer"]);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  test("says so when the program is not there: nothing is known, and nothing is zero", async () => {
    const seen = await probe("host/ping", {}, { machine: { ...ON_NETWORK, pingProgram: "/nowhere/ping" } });
    expect(seen).toMatchObject({ "service.state": "!cannotAsk", "packet.loss": "!cannotAsk", "response.time": "!cannotAsk" });
    expect(seen.report).toMatchObject({ answered: false, faults: [{ reason: "cannotAsk" }] });
    expect(seen.report.faults[0]?.detail).toContain("install iputils-ping");
  });

  describePeer("of a user", ["setpriv", "netns"], () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "roomward-ping-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    /** The real ping as another user would run it, in a network of its own. */
    const pingIn = (name: string, prepare: string, run: string): Machine => {
      const file = join(folder, name);
      writeFileSync(file, `#!/bin/sh\nexec unshare --net sh -c '${prepare}; exec ${run} ping "$@"' sh "$@"\n`);
      chmodSync(file, 0o755);
      return { ...ON_NETWORK, pingProgram: file };
    };
    // As the unit has it: no capability, none to be gained, and the one that ping is marked for still in the bounding set.
    const AS_SERVICE = "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all,+net_raw --no-new-privs env";

    test("who may not, as the service without the sysctl of its package, says so", async () => {
      const machine = pingIn("forbidden", "ip link set lo up; echo 1 0 > /proc/sys/net/ipv4/ping_group_range", AS_SERVICE);
      const seen = await probe("host/ping", {}, { machine });
      expect(seen["service.state"]).toBe("!cannotAsk");
      expect(seen.report.faults[0]?.detail).toContain("net.ipv4.ping_group_range");
    });

    test("without capabilities works with the sysctl that the package brings", async () => {
      const [, range] = /^net\.ipv4\.ping_group_range = (.*)$/m.exec(
        execFileSync("cat", ["provisioning/system/tree/usr/lib/sysctl.d/10-roomward.conf"], { encoding: "utf8" }),
      ) ?? [null, ""];
      const machine = pingIn("allowed", `ip link set lo up; echo ${range} > /proc/sys/net/ipv4/ping_group_range`, AS_SERVICE);
      expect(await probe("host/ping", {}, { machine })).toMatchObject({ ...UP, "packet.loss": 0 });
    });

    test("on a box without a route says that the way is missing, not that the host is down", async () => {
      const machine = pingIn("alone", "true", "");
      const seen = await probe("host/ping", {}, { host: "203.0.113.9", machine });
      expect(seen).toMatchObject({ "service.state": "!adapterMissing" });
      expect(seen.report.faults[0]?.detail).toContain("Network is unreachable");
    });
  });
});

describe("a host", () => {
  test("whose name DNS does not know is not down: that is said as what it is", async () => {
    const seen = await probe("application/tcp-port", { port: 80 }, { host: "no-such-host.invalid", timeoutMs: 5_000 });
    expect(seen).toMatchObject({ "service.state": "!unresolved", "response.time": "!unresolved" });
    expect(seen.report).toMatchObject({ answered: false, faults: [{ reason: "unresolved" }] });
  });

  test("that nobody could reach, because the box has no network, is not down", async () => {
    const machine = { ...ON_NETWORK, isOnNetwork: () => false };
    const seen = await probe("application/ssh", { port: await tcp(() => {}) }, { host: NOT_LOOPBACK, timeoutMs: 200, machine });
    expect(seen).toMatchObject({ "service.state": "!adapterMissing" });
    // What is on the box itself can be reached all the same.
    expect(await probe("application/tcp-port", { port: await freePort() }, { machine })).toMatchObject(isDown("refused"));
  });

  test("that is dead does not delay the others", async () => {
    const port = await tcp(() => {});
    const dead = Array.from({ length: 50 }, () => probe("application/ssh", { port }, { timeoutMs: 3_000 }));
    const seen = await probe("application/tcp-port", { port });
    expect(seen).toMatchObject(UP);
    expect(seen["response.time"]).toBeLessThan(TIMEOUT_MS);
    for (const one of await Promise.all(dead)) expect(one).toMatchObject(isDown("silent"));
  });

  test("is let go at once when its bus closes", async () => {
    const loaded = loadProfile("application/ssh");
    if ("problems" in loaded || loaded.profile.protocol !== "probe") throw new Error("no profile");
    const session = openProbe({ host: "127.0.0.1", timeoutMs: 20_000 }, CLOCK, ON_NETWORK);
    const reader = session.device({ profile: loaded.profile, settings: { port: await tcp(() => {}) } });
    const startedMs = performance.now();
    const reading = reader.read(emptyReadings(reader.pointNames.length));
    setTimeout(() => void session.close(), 100);
    await reading;
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describePeer("servers that greet", ["sshd", "exim4"], () => {
  const folder = mkdtempSync(join(tmpdir(), "roomward-greet-"));
  const peers: Peer[] = [];
  let sshPort: number;
  let smtpPort: number;
  const start = async (program: string, args: readonly string[], port: number): Promise<void> => {
    peers.push(await startPeer(program, args, { ready: () => listening(port) }));
  };
  beforeAll(async () => {
    [sshPort, smtpPort] = [await freePort(), await freePort()];
    const key = join(folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    mkdirSync("/run/sshd", { recursive: true });
    const sshd = ["-D", "-e", "-f", "/dev/null", "-h", key, "-p", String(sshPort)];
    await start("/usr/sbin/sshd", [...sshd, "-o", "ListenAddress=127.0.0.1", "-o", "PidFile=none"], sshPort);
    // Exim gives up being root, and writes as its own user.
    chmodSync(folder, 0o777);
    const config = join(folder, "exim.conf");
    writeFileSync(
      config,
      `primary_hostname = mail.example
local_interfaces = 127.0.0.1.${smtpPort}
spool_directory = ${folder}
log_file_path = ${folder}/%slog
pid_file_path = ${folder}/exim.pid
keep_environment =
`,
    );
    await start("/usr/sbin/exim4", ["-bdf", "-C", config], smtpPort);
  });
  afterAll(async () => {
    for (const peer of peers) await peer.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("OpenSSH and Exim are up, and neither is taken for the other", async () => {
    expect(await probe("application/ssh", { port: sshPort })).toMatchObject(UP);
    expect(await probe("application/smtp", { port: smtpPort })).toMatchObject(UP);
    expect(await probe("application/smtp", { port: sshPort })).toMatchObject(isDown("unexpected"));
    expect(await probe("application/ssh", { port: smtpPort })).toMatchObject(isDown("unexpected"));
  });

  test("OpenSSH that is stopped is down", async () => {
    await peers.shift()?.stop();
    expect(await probe("application/ssh", { port: sshPort })).toMatchObject(isDown("refused"));
  });
});
