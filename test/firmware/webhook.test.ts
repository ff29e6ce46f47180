import { createHmac } from "node:crypto";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { OutboxRow } from "../../firmware/journal/journal.ts";
import { systemClock } from "../../firmware/platform/clock.ts";
import { targetEntrySchema } from "../../firmware/site/target-schema.ts";
import type { Dialect } from "../../firmware/upstream/dialect.ts";
import { sign, webhookDialect } from "../../firmware/upstream/dialects/webhook.ts";
import { startDispatcher } from "../../firmware/upstream/dispatcher.ts";
import { acknowledged, cleared, entry, journalIn, raised, temporaryFolder } from "./journal-entries.ts";
import { eventFor } from "./upstream-rows.ts";

const SECRET = "a secret of enough length";
/** On it Node says that a client has read a status line and headers. */
const ANSWER_BEGINS = "http.client.response.finish";
const row: OutboxRow = {
  id: "6b1c6f0e-5ad0-4d3a-9a52-3f9a2f0c5a11.itsm",
  target: "itsm",
  key: "sz1/r1/th-3/ambient.temperature/high",
  incident: "incident-1",
  event: "raise",
  sequence: 7,
  body: JSON.stringify({ id: "e", textZh: "冷通道温度高" }),
  atMs: Date.UTC(2026, 8, 20),
  attempts: 0,
};

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly connection: number | undefined;
}

/** A receiver whose answers the test decides, listening on loopback. */
class Receiver {
  readonly received: Received[] = [];
  answer: (response: ServerResponse, n: number) => void = (response) => response.writeHead(204).end();
  readonly server: Server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      const { method, url, headers, socket } = request;
      this.received.push({ method, url, headers, body, connection: socket.remotePort });
      this.answer(response, this.received.length);
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const address = this.server.address();
    return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}/hook`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let receiver = new Receiver();
let url = "";
let webhook: Dialect;
/** Gives up soon, for receivers that never answer. */
let hasty: Dialect;
const never = new AbortController().signal;

beforeEach(async () => {
  receiver = new Receiver();
  url = await receiver.listen();
  webhook = webhookDialect({ url, secret: SECRET, clock: systemClock });
  hasty = webhookDialect({ url, secret: SECRET, clock: systemClock, timeoutMs: 250 });
});

afterEach(async () => {
  webhook.close();
  hasty.close();
  await receiver.close();
});

test("the signature is HMAC-SHA-256 over timestamp, dot and body", () => {
  // Computed with: printf '1789873965.{"a":1}' | openssl dgst -sha256 -hmac 'a secret of enough length'
  expect(sign(SECRET, "1789873965", Buffer.from('{"a":1}'))).toBe(
    "sha256=5e8d4577dc289b5a9ca47695d616a286489f86f02016241703d8d45fccaf460d",
  );
});

describe("a delivery", () => {
  test("is one signed POST of the recorded bytes with its idempotency key", async () => {
    expect(await webhook.send(row, never)).toEqual({ outcome: "accepted", answer: "HTTP 204", ticket: null, ticketUrl: null });
    const [got] = receiver.received;
    expect(got).toMatchObject({ method: "POST", url: "/hook", body: row.body });
    const headers = got?.headers ?? {};
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-roomward-event": "raise",
      "x-roomward-delivery": row.id,
      "idempotency-key": row.id,
    });
    const timestamp = String(headers["x-roomward-timestamp"]);
    expect(Math.abs(Number(timestamp) - systemClock.wallMs() / 1_000)).toBeLessThan(5);
    const expected = createHmac("sha256", SECRET).update(`${timestamp}.${got?.body}`).digest("hex");
    expect(headers["x-roomward-signature"]).toBe(`sha256=${expected}`);
    expect(JSON.stringify(got)).not.toContain(SECRET);
  });

  test("uses the connection of the one before", async () => {
    await webhook.send(row, never);
    await webhook.send(row, never);
    expect(receiver.received[0]?.connection).toBe(receiver.received[1]?.connection);
  });

  test("goes at once over a new connection when the kept one was closed in that moment", async () => {
    await webhook.send(row, never);
    receiver.answer = (response, n) => (n === 2 ? response.socket?.resetAndDestroy() : response.writeHead(200).end());
    expect(await webhook.send(row, never)).toMatchObject({ outcome: "accepted" });
    expect(receiver.received).toHaveLength(3);
  });
});

describe("the answer", () => {
  const reply = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): void => {
    receiver.answer = (response) => response.writeHead(status, headers).end(body);
  };

  test.each([
    ['{"ticket":"INC0010023","url":"https://itsm.example/INC0010023"}', "INC0010023", "https://itsm.example/INC0010023"],
    ['{"ticket":4711}', "4711", null],
    ['{"ticket":"T-1","url":"javascript:alert(1)"}', "T-1", null],
    ['{"ticket":{"id":1},"url":7}', null, null],
    ['{"ticket":""}', null, null],
    [`{"ticket":"${"9".repeat(101)}"}`, null, null],
    ["null", null, null],
    ["<html>", null, null],
    ["", null, null],
  ])("%s is a yes with ticket %j", async (body, ticket, ticketUrl) => {
    reply(200, body);
    expect(await webhook.send(row, never)).toEqual({ outcome: "accepted", answer: "HTTP 200", ticket, ticketUrl });
  });

  test("says nothing of an address that its receiver says back: neither a key in it nor who signs in", async () => {
    const secrets = ["s3cret", "0123456789abcdefgh", "fedcba9876543210"];
    const address = `${url.replace("//", "//box:s3cret@")}/${secrets[1]}?key=${secrets[2]}`;
    receiver.answer = (response) => {
      const { url: asked, headers } = receiver.received.at(-1) ?? { url: "", headers: {} };
      response.writeHead(400).end(`no ${asked} of ${headers.authorization} ${secrets.join(" ")}`);
    };
    const dialect = webhookDialect({ url: address, secret: SECRET, clock: systemClock });
    const { answer } = await dialect.send(row, never);
    dialect.close();
    expect(answer).toBe("HTTP 400: no /hook/…?key=… of Basic … … … …");
  });

  test("says nothing of a credential in its headers, nor of a part of one; what is short is no secret", async () => {
    const pair = Buffer.from("box:pass-word").toString("base64");
    const headers = { Authorization: `Bearer 0123456789`, "X-Basic": `Basic ${pair}`, "X-Version": "1" };
    reply(401, `invalid token 0123456789 of box:pass-word, wrong pass-word ${pair}, version 1`);
    const dialect = webhookDialect({ url, secret: SECRET, clock: systemClock, headers });
    const { answer } = await dialect.send(row, never);
    dialect.close();
    expect(answer).toBe("HTTP 401: invalid token … of …, wrong … …, version 1");
  });

  test("500 means later", async () => {
    reply(500, "<h1>oh\n\n dear</h1>");
    expect(await webhook.send(row, never)).toEqual({ outcome: "unavailable", answer: "HTTP 500: <h1>oh dear</h1>", retryAfterMs: null });
  });

  test("429 with Retry-After means then", async () => {
    reply(429, "", { "retry-after": "30" });
    expect(await webhook.send(row, never)).toEqual({ outcome: "unavailable", answer: "HTTP 429", retryAfterMs: 30_000 });
    reply(503, "", { "retry-after": new Date(systemClock.wallMs() + 60_000).toUTCString() });
    const later = await webhook.send(row, never);
    expect(later).toMatchObject({ outcome: "unavailable" });
    expect(later.outcome === "unavailable" && later.retryAfterMs).toBeGreaterThan(57_000);
  });

  test("400 means never, with the first words of the reason", async () => {
    reply(400, `no field\u0007 "x" ${"y".repeat(5_000)}`);
    const refused = await webhook.send(row, never);
    expect(refused).toMatchObject({ outcome: "refused", answer: expect.stringMatching(/^HTTP 400: no field "x" y+$/) });
    expect(refused.answer.length).toBeLessThan(250);
  });

  test("a redirect is not followed and means never", async () => {
    reply(307, "", { location: url });
    expect(await webhook.send(row, never)).toEqual({ outcome: "refused", answer: "HTTP 307" });
    expect(receiver.received).toHaveLength(1);
  });

  test("that does not come means later", async () => {
    receiver.answer = () => undefined;
    expect(await hasty.send(row, never)).toEqual({ outcome: "unavailable", answer: "no answer in 250 ms", retryAfterMs: null });
  });

  test("whose body hangs counts by its status: its time is over when that was read, however slow the machine", async () => {
    const late = new Promise<void>((resolve) => {
      const read = (): void => {
        unsubscribe(ANSWER_BEGINS, read);
        resolve();
      };
      subscribe(ANSWER_BEGINS, read);
    });
    const patient = webhookDialect({ url, secret: SECRET, clock: { ...systemClock, sleep: () => late } });
    receiver.answer = (response) => response.writeHead(200).write("{");
    expect(await patient.send(row, never)).toMatchObject({ outcome: "accepted" });
    patient.close();
  });

  test("whose body breaks off or never ends counts by its status", async () => {
    receiver.answer = (response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.socket?.resetAndDestroy());
    };
    expect(await webhook.send(row, never)).toMatchObject({ outcome: "accepted" });
    receiver.answer = (response) => {
      response.writeHead(400).on("error", () => undefined);
      response.write("z".repeat(10_000_000));
    };
    expect(await webhook.send(row, never)).toMatchObject({ outcome: "refused" });
  });

  test("that never ends is not read to its end", async () => {
    receiver.answer = (response) => {
      response.writeHead(200).on("error", () => undefined);
      response.write("z".repeat(10_000_000));
    };
    expect(await webhook.send(row, never)).toMatchObject({ outcome: "accepted" });
  });

  test("is trouble with the network when the connection is reset or refused", async () => {
    receiver.answer = (response) => response.socket?.resetAndDestroy();
    expect(await webhook.send(row, never)).toEqual({ outcome: "unavailable", answer: "ECONNRESET", retryAfterMs: null });
    await receiver.close();
    expect(await webhook.send(row, never)).toEqual({ outcome: "unavailable", answer: "ECONNREFUSED", retryAfterMs: null });
    await receiver.listen();
  });

  test("is not waited for when the box stops", async () => {
    receiver.answer = () => undefined;
    const stop = new AbortController();
    const sending = webhook.send(row, stop.signal);
    stop.abort();
    expect(await sending).toMatchObject({ outcome: "unavailable" });
    expect(await webhook.send(row, stop.signal)).toMatchObject({ outcome: "unavailable" });
  });
});

test("from commit to ticket: an incident's life reaches the receiver in order and the ticket comes back to its card", async () => {
  const folder = temporaryFolder();
  const journal = await journalIn(folder.path);
  let told = 0;
  const dispatcher = startDispatcher({
    journal,
    clock: systemClock,
    dialects: new Map([["itsm", webhook]]),
    onTarget: () => undefined,
    onTrouble: () => undefined,
    onDelivery: () => {
      told += 1;
    },
  });
  receiver.answer = (response) => response.writeHead(201).end('{"ticket":"INC7","url":"https://itsm.example/7"}');
  for (const change of [raised(), acknowledged(), cleared()]) {
    await journal.commit(entry([change], { targets: ["itsm"] }));
    dispatcher.wake();
  }
  for (let n = 0; n < 500 && told < 3; n += 1) await systemClock.sleep(10);
  const states = receiver.received.map(({ body }) => JSON.parse(body) as { state: string; sequence: number });
  expect(states).toMatchObject([
    { state: "raise", sequence: 1 },
    { state: "acknowledge", sequence: 2 },
    { state: "clear", sequence: 3 },
  ]);
  const [incident] = await journal.incidents({ limit: 1 });
  expect(incident?.deliveries).toMatchObject(
    Array.from({ length: 3 }, () => ({ state: "sent", attempts: 1, ticket: "INC7", ticketUrl: "https://itsm.example/7" })),
  );
  await dispatcher.stop();
  await journal.close();
  folder.remove();
});

describe("the sign of life", () => {
  test("is a small JSON, signed as a message is, and names what the receiver holds for not over", async () => {
    const dialect = webhookDialect({ url, secret: SECRET, clock: systemClock, heartbeatMs: 60_000, site: "sz1" });
    expect(dialect.heartbeat?.everyMs).toBe(60_000);
    const beat = { atMs: Date.UTC(2026, 8, 20), number: 4, live: [eventFor(raised(), 7)] };
    expect(await dialect.heartbeat?.beat(beat, never)).toMatchObject({ outcome: "accepted" });
    dialect.close();
    expect(receiver.received).toHaveLength(1);
    const { headers, body } = receiver.received[0] as Received;
    expect(JSON.parse(body)).toEqual({
      ...{ type: "heartbeat", site: "sz1", at: "2026-09-20T00:00:00.000Z", number: 4 },
      live: [{ incident: "incident-1", key: raised().record.key, state: "raise", sequence: 7 }],
    });
    expect(headers["x-roomward-event"]).toBe("heartbeat");
    expect(headers["idempotency-key"]).toBe(headers["x-roomward-delivery"]);
    expect(headers["x-roomward-signature"]).toBe(sign(SECRET, String(headers["x-roomward-timestamp"]), Buffer.from(body)));
  });

  test("is not sent unless the site file asks for it", () => {
    expect(webhook.heartbeat).toBeUndefined();
    const asks = targetEntrySchema.parse({ kind: "webhook", id: "itsm", url, secret: SECRET, heartbeat: "60s" });
    expect(asks).toMatchObject({ heartbeat: 60_000 });
    expect(targetEntrySchema.safeParse({ kind: "webhook", id: "itsm", url, secret: SECRET, heartbeat: "1s" }).success).toBe(false);
  });
});
