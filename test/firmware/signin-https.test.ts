import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Words } from "../../firmware/contract/alarm.ts";
import type { WallMs } from "../../firmware/contract/time.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { type Certificate, certificateOf, importCertificate, makeCertificate } from "../../firmware/serve/certificate.ts";
import { openStage, type Stage, until } from "./serve-stage.ts";

const NAMES = { hosts: ["box.lan", "localhost"], addresses: ["127.0.0.1", "::1", "10.1.2.3", "2001:db8::7:1"] };
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 6, 1);

let folder = "";
const open: { close(): unknown }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "roomward-https-"));
});
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
  rmSync(folder, { recursive: true });
});

describe("a certificate that is made here", () => {
  test("signs itself, names this box by host and address, and is for servers only", () => {
    const made = makeCertificate(NAMES, NOW_MS);
    const certificate = new X509Certificate(made.certificate);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.export({ type: "spki", format: "pem" })).toBe(
      createPublicKey(made.key).export({ type: "spki", format: "pem" }),
    );
    for (const host of NAMES.hosts) expect(certificate.checkHost(host)).toBe(host);
    for (const address of NAMES.addresses) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkHost("evil.example")).toBeUndefined();
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.subject).toBe("CN=Roomward box.lan");
    expect(certificate.validToDate.getTime()).toBe(NOW_MS + 825 * DAY_MS);
  });

  test("of a box whose clock was never set is good when it is set", () => {
    const { validFromDate, validToDate } = new X509Certificate(makeCertificate(NAMES, 0).certificate);
    expect(validFromDate.getTime()).toBeLessThan(NOW_MS);
    expect(validToDate.getTime()).toBeGreaterThan(NOW_MS + DAY_MS);
  });

  test("law: whatever the addresses and names, other programs read the same ones back", () => {
    const host = fc.stringMatching(/^[a-z][a-z\d-]{0,40}[a-z\d]$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(host, { minLength: 1, maxLength: 5 }),
        fc.uniqueArray(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 5 }),
        (hosts, addresses) => {
          const certificate = new X509Certificate(makeCertificate({ hosts, addresses }, Date.UTC(2051, 0, 1)).certificate);
          expect(certificate.verify(certificate.publicKey)).toBe(true);
          for (const name of hosts) expect(certificate.checkHost(name)).toBe(name);
          for (const address of addresses) expect(certificate.checkIP(address)).toBe(address);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("is made for this start alone where it cannot be kept, and one that runs out goes on", async () => {
    const told: string[] = [];
    const inTheWay = join(folder, "file");
    writeFileSync(inTheWay, "");
    const made = await certificateOf(join(inTheWay, "data"), systemClock, ({ en }) => told.push(en));
    expect(made).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9A-F:]{95}$/) });
    expect(told).toEqual([expect.stringContaining("Cannot write")]);

    const first = await certificateOf(folder, systemClock, expectNoTrouble);
    // A name in the way stands for a card that takes nothing.
    mkdirSync(join(folder, "certificate.json.new"));
    const late = { ...systemClock, wallMs: () => (systemClock.wallMs() + 800 * DAY_MS) as WallMs };
    expect(await certificateOf(folder, late, ({ en }) => told.push(en))).toEqual(first);
    expect(told).toHaveLength(2);
  });

  test("is kept from start to start, and made anew before it runs out", async () => {
    const at = (wallMs: number) => ({ ...systemClock, wallMs: () => wallMs as WallMs });
    const fingerprint = async (wallMs: number): Promise<string> => {
      const found = await certificateOf(folder, at(wallMs), expectNoTrouble);
      return "problem" in found ? found.problem.en : found.fingerprint;
    };
    const first = await fingerprint(NOW_MS);
    expect(await fingerprint(NOW_MS + 700 * DAY_MS)).toBe(first);
    expect(await fingerprint(NOW_MS + 800 * DAY_MS)).not.toBe(first);
  });
});

function expectNoTrouble(words: Words): never {
  throw new Error(words.en);
}

describe("a certificate of one's own", () => {
  test("is used as it is, and gives the names under which the box may be opened", async () => {
    const own = makeCertificate({ hosts: ["room.example"], addresses: [] }, systemClock.wallMs());
    expect(await importCertificate(folder, own, systemClock)).toMatchObject({ hostNames: ["room.example"] });
    expect(await certificateOf(folder, systemClock, expectNoTrouble)).toMatchObject({ ...own, hostNames: ["room.example"] });
  });

  test("that would lock everybody out is refused with the reason, and the old one stays", async () => {
    const before = await certificateOf(folder, systemClock, expectNoTrouble);
    const own = makeCertificate(NAMES, systemClock.wallMs());
    const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const late = { ...systemClock, wallMs: () => (systemClock.wallMs() + 900 * DAY_MS) as WallMs };
    expect(await importCertificate(folder, { ...own, key: other }, systemClock)).toMatchObject({
      problem: { zh: expect.stringContaining("不配对") },
    });
    expect(await importCertificate(folder, { ...own, certificate: "x" }, systemClock)).toMatchObject({
      problem: { en: expect.stringContaining("PEM") },
    });
    expect(await importCertificate(folder, own, late)).toMatchObject({ problem: { en: expect.stringContaining("ran out") } });
    expect(await certificateOf(folder, systemClock, expectNoTrouble)).toEqual(before);
  });
});

describe("the port", () => {
  async function secureStage(): Promise<{ readonly stage: Stage; readonly certificate: Certificate }> {
    const certificate = await certificateOf(folder, systemClock, expectNoTrouble);
    if ("problem" in certificate) throw new Error(certificate.problem.en);
    const stage = await openStage({ certificate });
    open.push(stage);
    return { stage, certificate };
  }

  interface Answer {
    readonly status: number;
    readonly body: string;
    readonly cookie: string;
  }
  function ask(
    stage: Stage,
    ca: string,
    path: string,
    options: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const agent = new Agent({ ca });
    open.push({ close: () => agent.destroy() });
    return new Promise((resolve, reject) => {
      const method = options.body === undefined ? "GET" : "POST";
      const headers = { "content-type": "application/json", ...options.headers };
      const asked = request({ host: "127.0.0.1", port: stage.port, path, method, headers, agent }, (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body, cookie: response.headers["set-cookie"]?.[0] ?? "" }));
      });
      asked.on("error", reject);
      asked.end(options.body === undefined ? undefined : JSON.stringify(options.body));
    });
  }

  function raw(port: number, bytes: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
      let answer = "";
      socket.on("data", (chunk) => {
        answer += chunk.toString();
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
    });
  }

  test("speaks HTTPS with the checked certificate, and its cookie is for HTTPS and this host alone", async () => {
    const { stage, certificate } = await secureStage();
    expect(stage.url).toBe(`https://127.0.0.1:${stage.port}`);
    expect((await ask(stage, certificate.certificate, "/api/v1/health")).status).toBe(200);
    const signedIn = await ask(stage, certificate.certificate, "/api/v1/session", { body: { token: stage.token.viewer } });
    expect(signedIn.cookie).toMatch(/^__Host-roomward=[\w-]{43};/);
    for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"]) expect(signedIn.cookie).toContain(part);
    const cookie = signedIn.cookie.split(";", 1)[0] ?? "";
    expect((await ask(stage, certificate.certificate, "/api/v1/points", { headers: { cookie } })).status).toBe(200);
    // The same secret under the name for plain HTTP is nobody's.
    const plain = cookie.replace("__Host-", "");
    expect((await ask(stage, certificate.certificate, "/api/v1/points", { headers: { cookie: plain } })).status).toBe(401);
  });

  test("carries the live stream", async () => {
    const { stage, certificate } = await secureStage();
    const socket = new WebSocket(`wss://127.0.0.1:${stage.port}/api/v1/live`, {
      ca: certificate.certificate,
      headers: { authorization: `Bearer ${stage.token.viewer}` },
    });
    open.push({ close: () => socket.terminate() });
    let messages = 0;
    socket.on("message", () => {
      messages += 1;
    });
    await until("hello and snapshot", () => messages >= 2);
  });

  test("answers plain HTTP with the way to HTTPS and nothing else, and no foreign name gets even that", async () => {
    const { stage } = await secureStage();
    const answer = await raw(
      stage.port,
      `GET /api/v1/points?x=1 HTTP/1.1\r\nhost: 127.0.0.1:${stage.port}\r\nauthorization: Bearer ${stage.token.viewer}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 308 /);
    expect(answer).toContain(`location: https://127.0.0.1:${stage.port}/api/v1/points?x=1`);
    expect(answer).not.toContain("dev/p0");
    expect(await raw(stage.port, "GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 [\s\S]*foreignHost/);
  });

  test("survives garbage, broken handshakes and silence, and closes without waiting for them", async () => {
    const { stage, certificate } = await secureStage();
    await raw(stage.port, "\x16\x03\x01\x00\x05hello");
    await raw(stage.port, "\0\0\0\0\r\n\r\n");
    const silent = connect(stage.port, "127.0.0.1");
    silent.on("error", () => {});
    const old = connectTls({
      port: stage.port,
      host: "127.0.0.1",
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
      ciphers: "DEFAULT@SECLEVEL=0",
    });
    const refused = new Promise((resolve) => old.on("error", resolve));
    expect(await refused).toBeInstanceOf(Error);
    expect((await ask(stage, certificate.certificate, "/api/v1/health")).status).toBe(200);
    const startedMs = performance.now();
    await open.pop()?.close();
    for (const thing of open.splice(0).reverse()) await thing.close();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    silent.destroy();
  });
});
