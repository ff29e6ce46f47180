import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttps, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createTls, type Server as TlsServer } from "node:tls";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Words } from "../../firmware/contract/alarm.ts";
import { systemClock as clock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Dialect, SendOutcome } from "../../firmware/upstream/dialect.ts";
import { mailDialect } from "../../firmware/upstream/dialects/mail.ts";
import { mqttDialect } from "../../firmware/upstream/dialects/mqtt.ts";
import { pagerdutyDialect } from "../../firmware/upstream/dialects/pagerduty.ts";
import { syslogDialect } from "../../firmware/upstream/dialects/syslog.ts";
import { webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { pinCommand } from "../../firmware/upstream/pin-command.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import type { Trust } from "../../firmware/upstream/trust.ts";
import { raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer } from "../peers/peer.ts";
import { type Mosquitto, mosquitto, PASSWORD, USER } from "./mosquitto.ts";

const never = new AbortController().signal;
const OTHER = `${"A".repeat(43)}=`;
const STYLE = { language: "zh", timezone: "Asia/Shanghai", places: placesOf(PLACES_SITE), clock } as const;

/** As `roomward targets pin` tells administrators to read it. */
function opensslPin(pem: string): string {
  const key = execFileSync("openssl", ["x509", "-noout", "-pubkey"], { input: pem });
  const der = execFileSync("openssl", ["pkey", "-pubin", "-outform", "der"], { input: key });
  return execFileSync("openssl", ["dgst", "-sha256", "-binary"], { input: der }).toString("base64");
}

describePeer("a target with a pinned key", ["openssl", "mosquitto"], () => {
  const folder = temporaryFolder();
  let broker: Mosquitto;
  let https: Server;
  let syslog: TlsServer;
  let startTls: SMTPServer;
  let tls: SMTPServer;
  let pem = "";
  let pin = "";
  /** What any of the servers was told: requests, bytes, letters. */
  const heard: string[] = [];

  const listening = (server: { listen(port: number, host: string, done: () => void): unknown }): Promise<void> =>
    new Promise((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const portOf = (server: { address(): AddressInfo | string | null }): number => (server.address() as AddressInfo).port;

  beforeAll(async () => {
    broker = await mosquitto(folder.path);
    await broker.start();
    pem = broker.ca;
    pin = opensslPin(pem);
    const own = { key: readFileSync(`${folder.path}/key.pem`), cert: pem };
    https = createHttps(own, (request, response) => {
      heard.push(String(request.url));
      response.end('{"status":"success"}');
    });
    syslog = createTls(own, (socket) => {
      socket.on("data", (bytes: Buffer) => void heard.push(bytes.toString()));
      socket.on("end", () => socket.end()).on("error", () => undefined);
    });
    syslog.on("tlsClientError", () => undefined);
    const mail = (secure: boolean): SMTPServer => {
      const server = new SMTPServer({
        ...{ ...own, secure, authOptional: true },
        onMailFrom: ({ address }, _session, done) => {
          heard.push(address);
          done();
        },
        onData: (stream, _session, done) => void stream.on("end", () => done()).resume(),
      });
      server.on("error", () => undefined);
      return server;
    };
    [startTls, tls] = [mail(false), mail(true)];
    for (const server of [https, syslog, startTls.server, tls.server]) await listening(server);
  });

  afterAll(async () => {
    https.closeAllConnections();
    for (const server of [https, syslog, startTls.server, tls.server]) server.close();
    await broker.stop();
    folder.remove();
  });

  const toMail = (server: SMTPServer, security: "starttls" | "tls", trust: Trust): Dialect =>
    mailDialect({ ...STYLE, ...trust, host: "localhost", port: portOf(server.server), security, from: "a@b.example", to: ["c@d.example"] });
  const doors: readonly (readonly [name: string, open: (trust: Trust) => Dialect])[] = [
    ["webhook", (trust) => webhookDialect({ ...trust, clock, url: `https://localhost:${portOf(https)}/`, secret: "0123456789abcdef" })],
    ["JSON", (trust) => pagerdutyDialect({ ...STYLE, ...trust, url: `https://127.0.0.1:${portOf(https)}/`, routingKey: "k".repeat(32) })],
    [
      "syslog",
      (trust) =>
        syslogDialect({ ...STYLE, ...trust, facility: 20, hostname: "gw", host: "localhost", port: portOf(syslog), transport: "tls" }),
    ],
    ["mail, STARTTLS", (trust) => toMail(startTls, "starttls", trust)],
    ["mail, TLS", (trust) => toMail(tls, "tls", trust)],
    [
      "MQTT",
      (trust) =>
        mqttDialect({
          ...{ ...trust, clock, host: "localhost", port: broker.tls, security: "tls", user: USER, password: PASSWORD },
          ...{ clientId: "pinned", topic: "roomward", site: "s", hostname: "gw" },
        }),
    ],
  ];

  async function sent(open: (trust: Trust) => Dialect, trust: Trust): Promise<SendOutcome> {
    const dialect = open(trust);
    try {
      return await dialect.send(rowFor(raised({ severity: "critical" })), never);
    } finally {
      dialect.close();
    }
  }

  test.each(doors)("over %s is told when it has the key, also while two are good", async (_, open) => {
    for (const pins of [[pin], [OTHER, pin]]) expect(await sent(open, { ca: pem, pin: pins })).toMatchObject({ outcome: "accepted" });
  });

  test.each(doors)("over %s hears nothing when it has another; the key that was seen is named", async (_, open) => {
    heard.length = 0;
    const before = broker.log().length;
    const { outcome, answer } = await sent(open, { ca: pem, pin: [OTHER] });
    expect({ outcome, answer }).toEqual({
      outcome: "unavailable",
      answer: expect.stringContaining(`PIN_DIFFERS: 服务器公钥为 ${pin}，与 pin 不符`),
    });
    expect(answer).toMatch(/ · the server has this key, not the pinned one; verify it before changing pin$/);
    expect(heard).toEqual([]);
    expect(broker.log().slice(before)).not.toContain(" as pinned ");
  });

  test.each(doors)("over %s is not trusted for its key alone: somebody must vouch for it, under its name", async (_, open) => {
    heard.length = 0;
    const { outcome, answer } = await sent(open, { pin: [pin] });
    expect(outcome).toBe("unavailable");
    expect(answer).toMatch(/self-signed|SELF_SIGNED/);
    expect(heard).toEqual([]);
  });

  describe("is asked for it by `roomward targets pin`", () => {
    const said = async (place: string, isStartTls = false): Promise<{ readonly ended: string; readonly lines: readonly string[] }> => {
      const lines: string[] = [];
      const both = ({ zh, en }: Words): string => `${zh} ${en}`;
      const terminal = {
        clock,
        print: (line: string) => void lines.push(line),
        inTongue: both,
        fail: (words: Words) => void lines.push(both(words)),
      };
      return { ended: await pinCommand(place, isStartTls, terminal), lines };
    };

    test.each([
      ["with TLS", () => portOf(https), false],
      ["a broker", () => broker.tls, false],
      ["with STARTTLS", () => portOf(startTls.server), true],
    ])("%s", async (_, port, isStartTls) => {
      const { ended, lines } = await said(`localhost:${port()}`, isStartTls);
      expect(ended).toBe("done");
      expect(lines[0]).toBe(pin);
      expect(lines.slice(1).join("\n")).toMatch(/CN=localhost[\s\S]*openssl x509/);
    });

    test("and says why there is none", async () => {
      expect(await said(`127.0.0.1:${broker.plain}`)).toEqual({ ended: "failed", lines: [expect.stringContaining("--starttls")] });
      for (const place of ["localhost", "localhost:0", "local host:1", "localhost:70000"]) expect((await said(place)).ended).toBe("usage");
    });
  });
});

describe("pin in a site file", () => {
  const problems = (target: string): readonly string[] => {
    const loaded = loadSite(`site: { id: sz1, name: Room }
areas: [{ id: r1, name: Room }]
buses: [{ id: line, kind: modbus-tcp, host: 127.0.0.1 }]
devices: [{ id: th-3, area: r1, bus: line, unit: 1, profile: sensor/xy-md02 }]
targets: [${target}]
`);
    return "problems" in loaded ? loaded.problems.map(({ path, message }) => `${path}: ${message.en}`) : [];
  };
  test.each([
    [`{ id: a, kind: webhook, url: "https://h/", secret: 0123456789abcdefg, pin: ["${OTHER}"] }`, null],
    [`{ id: a, kind: mail, host: h, from: a@b.example, to: [c@d.example], pin: ["${OTHER}", "${OTHER}"] }`, null],
    [`{ id: a, kind: webhook, url: "http://h/", secret: 0123456789abcdefg, pin: ["${OTHER}"] }`, "targets[0].pin: a does not speak TLS"],
    [`{ id: a, kind: alertmanager, urls: ["https://h/", "http://i/"], pin: ["${OTHER}"] }`, "targets[0].pin: a does not speak TLS"],
    [`{ id: a, kind: syslog, host: h, pin: ["${OTHER}"] }`, "targets[0].pin: a does not speak TLS"],
    [`{ id: a, kind: mqtt, host: h, security: none, pin: ["${OTHER}"] }`, "targets[0].pin: a does not speak TLS"],
    [`{ id: a, kind: mqtt, host: h, pin: [] }`, "targets[0].pin: "],
    [`{ id: a, kind: mqtt, host: h, pin: ["${OTHER}", "${OTHER}", "${OTHER}"] }`, "targets[0].pin: "],
    [`{ id: a, kind: mqtt, host: h, pin: ["AA=="] }`, "targets[0].pin[0]: "],
  ])("%s", (target, problem) => {
    const found = problems(target);
    if (problem === null) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(problem)]);
  });
});
