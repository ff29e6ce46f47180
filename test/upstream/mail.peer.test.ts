import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { mailDialect } from "../../firmware/upstream/dialects/mail.ts";
import { placesOf } from "../../firmware/upstream/place.ts";
import { acknowledged, alarm, cleared, raised, temporaryFolder } from "../firmware/journal-entries.ts";
import { rowFor } from "../firmware/upstream-rows.ts";
import { PLACES_SITE } from "../firmware/upstream-site.ts";
import { describePeer, freePort } from "../peers/peer.ts";

const never = new AbortController().signal;
const PASSWORD = "correct horse";

describePeer("an SMTP server", ["openssl"], () => {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  const received: string[] = [];
  const recipients: string[] = [];
  /** What the server says to a recipient; null takes it. */
  let refusal: { readonly code: number; readonly words: string } | null = null;
  let hang = false;
  let server: SMTPServer;
  let port = 0;

  beforeAll(async () => {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("key.pem")];
    execFileSync("openssl", ["req", "-x509", ...key, "-out", file("cert.pem"), "-days", "2", ...subject], { stdio: "ignore" });
    port = await freePort();
    server = new SMTPServer({
      key: readFileSync(file("key.pem")),
      cert: readFileSync(file("cert.pem")),
      onAuth: ({ username, password }, _session, done) =>
        username === "room" && password === PASSWORD ? done(null, { user: username }) : done(new Error("535 no such user or password")),
      onRcptTo: (address, _session, done) => {
        recipients.push(address.address);
        done(refusal === null ? undefined : Object.assign(new Error(refusal.words), { responseCode: refusal.code }));
      },
      onData: (stream, _session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          if (hang) return;
          received.push(Buffer.concat(chunks).toString("utf8"));
          done();
        });
      },
    });
    server.on("error", () => undefined);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  });

  afterEach(() => {
    refusal = null;
    hang = false;
    received.length = 0;
    recipients.length = 0;
  });

  afterAll(async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    folder.remove();
  });

  function dialect(change: Partial<Parameters<typeof mailDialect>[0]> = {}) {
    return mailDialect({
      host: "localhost",
      port,
      security: "starttls",
      user: "room",
      password: PASSWORD,
      ca: readFileSync(file("cert.pem"), "utf8"),
      from: "room@example.com",
      to: ["duty@example.com", "chief@example.com"],
      language: "zh",
      timezone: "Asia/Shanghai",
      places: placesOf(PLACES_SITE),
      clock: systemClock,
      ...change,
    });
  }
  const sent = (change: Partial<Parameters<typeof mailDialect>[0]> = {}): Promise<SendOutcome> => dialect(change).send(rowFor(), never);

  test("takes the life of an incident as one thread of Chinese letters, under TLS and a password", async () => {
    const box = dialect();
    for (const [n, change] of [raised(), acknowledged(), cleared()].entries())
      expect(await box.send(rowFor(change, n + 1), never)).toMatchObject({ outcome: "accepted", answer: expect.stringMatching(/^250/) });
    expect(received).toHaveLength(3);
    const header = (mail: string, name: string): string | undefined =>
      new RegExp(`^${name}: (.*(\\r\\n\\s.*)*)`, "mi").exec(mail)?.[1]?.replaceAll(/\r\n\s+/g, " ");
    expect(received.map((mail) => header(mail, "References"))).toEqual(received.map(() => "<incident.incident-1@example.com>"));
    expect(new Set(received.map((mail) => header(mail, "Message-ID"))).size).toBe(3);
    const [first = ""] = received;
    expect(first).toContain("Auto-Submitted: auto-generated");
    expect(decodedSubject(header(first, "Subject") ?? "")).toBe("[重要] 冷通道温度高 31.2 °C");
    expect(header(first, "Date")).toBe("Sun, 20 Sep 2026 03:12:45 +0000");
    const body = Buffer.from(first.slice(first.indexOf("\r\n\r\n")), "base64").toString("utf8");
    expect(body).toContain("位置：深圳一号机房 / 主机房 / 冷通道");
  });

  test("brings a step of a plan to the address of whoever is on call, and to nobody else", async () => {
    const note = { plan: "night", step: 2, steps: 3, round: 0, onCall: [{ name: { zh: "王工", en: "Wang" }, phone: "138" }], why: null };
    const escalation = { id: "incident-1", running: null, targets: ["itsm"], note };
    const row = { ...rowFor({ cause: "escalate", record: alarm(), escalation }), to: ["wang@example.com"] };
    expect(await dialect().send(row, never)).toMatchObject({ outcome: "accepted" });
    const [mail = ""] = received;
    expect(/^To: (.*)$/m.exec(mail)?.[1]?.trim()).toBe("wang@example.com");
    expect(recipients.splice(0)).toEqual(["wang@example.com"]);
    expect(Buffer.from(mail.slice(mail.indexOf("\r\n\r\n")), "base64").toString("utf8")).toContain(
      "升级：night：第 2 步，共 3 步\n值班：王工 138",
    );
  });

  test("gets the same bytes at every attempt", async () => {
    await sent();
    await sent();
    expect(received[0]).toBe(received[1]);
  });

  test("that is short of space today is tried again; one that knows no such mailbox is not", async () => {
    refusal = { code: 452, words: "mailbox full" };
    expect(await sent()).toEqual({ outcome: "unavailable", answer: expect.stringContaining("mailbox full"), retryAfterMs: null });
    refusal = { code: 550, words: "no such mailbox" };
    expect(await sent()).toEqual({ outcome: "refused", answer: expect.stringContaining("no such mailbox") });
  });

  test("that does not know the password parks the letter, and the password is in no answer", async () => {
    const outcome = await sent({ password: "hunter2hunter2" });
    expect(outcome.outcome).toBe("refused");
    expect(JSON.stringify(outcome)).not.toContain("hunter2");
    expect(JSON.stringify(outcome)).not.toContain(Buffer.from("\0room\0hunter2hunter2").toString("base64"));
  });

  test("hears nothing when its certificate is not trusted", async () => {
    expect(await sent({ ca: undefined })).toMatchObject({ outcome: "unavailable", answer: expect.stringMatching(/self-signed/) });
    expect(received).toEqual([]);
  });

  test("that hangs is left after the time-out, and at once when the box stops", async () => {
    hang = true;
    expect(await sent({ timeoutMs: 400 })).toEqual({ outcome: "unavailable", answer: "no answer in 400 ms", retryAfterMs: null });
    const stop = new AbortController();
    const sending = dialect().send(rowFor(), stop.signal);
    stop.abort();
    expect(await sending).toMatchObject({ outcome: "unavailable", answer: "stopped" });
  });

  test("that is not there is tried again", async () => {
    expect(await sent({ port: await freePort() })).toMatchObject({
      outcome: "unavailable",
      answer: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

/** RFC 2047 in base64 or quoted-printable. */
function decodedSubject(subject: string): string {
  return subject
    .replaceAll(/\?=\s+=\?/g, "?==?")
    .replaceAll(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toUpperCase() === "B"
        ? Buffer.from(text, "base64").toString("utf8")
        : decodeURIComponent(text.replaceAll("_", " ").replaceAll("%", "%25").replaceAll("=", "%")),
    );
}
