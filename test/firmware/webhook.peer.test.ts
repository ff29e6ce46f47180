import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { OutboxRow } from "../../firmware/journal/journal.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import type { SendOutcome } from "../../firmware/upstream/dialect.ts";
import { webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { describePeer, freePort } from "../peers/peer.ts";
import { temporaryFolder } from "./journal-entries.ts";

const row: OutboxRow = {
  id: "6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a11.itsm",
  target: "itsm",
  key: "sz1/r1/th-3/ambient.temperature/high",
  incident: "incident-1",
  event: "raise",
  sequence: 7,
  body: "{}",
  atMs: Date.UTC(2026, 8, 20),
  attempts: 0,
};

describePeer("a receiver with TLS", ["openssl"], () => {
  const folder = temporaryFolder();
  const file = (name: string): string => join(folder.path, name);
  let server: Server;
  let port = 0;
  let heard = 0;

  beforeAll(async () => {
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", file("key.pem")];
    execFileSync("openssl", ["req", "-x509", ...key, "-out", file("cert.pem"), "-days", "2", ...subject], { stdio: "ignore" });
    port = await freePort();
    server = createServer({ key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) }, (_, response) => {
      heard += 1;
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
    folder.remove();
  });

  async function sent(host: string, ca?: string): Promise<SendOutcome> {
    const url = `https://${host}:${port}/`;
    const dialect = webhookDialect({ url, secret: "0123456789abcdef", clock: systemClock, ...(ca === undefined ? {} : { ca }) });
    const outcome = await dialect.send(row, new AbortController().signal);
    dialect.close();
    return outcome;
  }

  test("is told nothing while its certificate is not trusted", async () => {
    expect(await sent("localhost")).toEqual({ outcome: "unavailable", answer: "DEPTH_ZERO_SELF_SIGNED_CERT", retryAfterMs: null });
    expect(heard).toBe(0);
  });

  test("is told when its authority is the one that was given", async () => {
    expect(await sent("localhost", readFileSync(file("cert.pem"), "utf8"))).toMatchObject({ outcome: "accepted" });
  });

  test("is told nothing under a name that its certificate does not carry", async () => {
    heard = 0;
    expect(await sent("127.0.0.1", readFileSync(file("cert.pem"), "utf8"))).toMatchObject({ answer: "ERR_TLS_CERT_ALTNAME_INVALID" });
    expect(heard).toBe(0);
  });
});
