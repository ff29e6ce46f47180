import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../firmware/platform/clock.ts";
import { seeded } from "../faults/seeded.ts";

/**
 * What may become of one question on the way: cut before or after the server has it; slow; half open, when nobody answers and the server
 * never has it; late, when the server has it after whoever asked gave up; 500 before or after; 429; a page in place of the answer; half an answer.
 */
export const TROUBLES = [
  ...["cut before", "cut after", "slow", "half open", "late", "500 before", "500 after", "429", "garbage", "half an answer"],
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** What a question meets on the way; null: nothing. */
export type Meets = (question: Pick<IncomingMessage, "method" | "url">) => Trouble | null;

/** Chance alone decides, and can be had again. */
export function byChance(chance: number, seed: number): Meets {
  const { next, of } = seeded(seed);
  return () => (next() < chance ? of(TROUBLES) : null);
}

const SLOW_MS = 300;
/** What is late comes after so many others: whoever gave up has asked again by then, and a ticket may be made twice. */
const LATE_BY = 4;
const LATE_MS_MAX = 5_000;
const RETRY_AFTER_S = 10;
const PAGE = "<html><body>Please sign in to use the network.</body></html>";

/** A way to an HTTP server on loopback on which, questions and answers get lost, late or spoiled. */
export class UnsteadyLink {
  isSteady = false;
  readonly met: Record<string, number> = Object.fromEntries(TROUBLES.map((trouble) => [trouble, 0]));
  asked = 0;
  readonly #meets: Meets;
  readonly #port: number;
  readonly #server: Server;
  /** Questions that the server does not have yet, or has not answered. */
  readonly #under = new Set<Promise<unknown>>();

  constructor(port: number, meets: Meets) {
    this.#port = port;
    this.#meets = meets;
    this.#server = createServer((question, response) => {
      const done = this.#pass(question, response).finally(() => this.#under.delete(done));
      this.#under.add(done);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Nothing is under way any more, late questions included. */
  async quiet(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await this.quiet();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(question: IncomingMessage, response: ServerResponse): Promise<void> {
    const isLeft = new Promise((resolve) => response.on("close", resolve));
    const body = await readAll(question).catch(() => null);
    if (body === null) return;
    this.asked += 1;
    const trouble = this.isSteady ? null : this.#meets(question);
    if (trouble !== null) this.met[trouble] = (this.met[trouble] ?? 0) + 1;
    const reset = (): void => void question.socket.resetAndDestroy();
    switch (trouble) {
      case "cut before":
        return reset();
      case "half open":
        return void (await isLeft);
      case "500 before":
        return void response.writeHead(500).end();
      case "429":
        return void response.writeHead(429, { "retry-after": String(RETRY_AFTER_S) }).end();
      case "garbage":
        return void response.writeHead(200, { "content-type": "text/html" }).end(PAGE);
      case "slow":
        await systemClock.sleep(SLOW_MS);
        break;
      case "late":
        await isLeft;
        await this.#others();
        break;
    }
    const { status, type, text } = await this.#ask(question, body);
    if (trouble === "late") return;
    if (trouble === "cut after") return reset();
    if (trouble === "500 after") return void response.writeHead(500).end();
    response.writeHead(status, { "content-type": type });
    response.end(trouble === "half an answer" ? text.subarray(0, text.length / 2) : text);
  }

  async #others(): Promise<void> {
    const from = this.asked;
    for (let waitedMs = 0; this.asked < from + LATE_BY && waitedMs < LATE_MS_MAX; waitedMs += 10) await systemClock.sleep(10);
  }

  async #ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<{ status: number; type: string; text: Buffer }> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const passed = request({ host: "127.0.0.1", port: this.#port, method, path: url, headers, agent: false }, resolve);
      passed.on("error", reject).end(body);
    });
    return { status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", text: await readAll(answer) };
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
