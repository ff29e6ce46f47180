import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { JournalError } from "../journal/journal.ts";
import { turn } from "../platform/turn.ts";
import { jsonPieces } from "./answer-pieces.ts";
import { piecemeal } from "./download.ts";
import type { ReportFault } from "./ports.ts";
import { Refusal } from "./refusals.ts";

export function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.status === 401) reply.header("www-authenticate", 'Bearer realm="roomward"');
  if (refusal.retryAfterMs !== null) reply.header("retry-after", Math.max(1, Math.ceil(refusal.retryAfterMs / 1_000)));
  return reply.code(refusal.status).send(refusal.problem);
}

/** What a route answers, as JSON. A long one is put into text piece by piece: readings and alarms do not wait for all of it. */
export function sendAnswer(reply: FastifyReply, answer: unknown): FastifyReply {
  const pieces = jsonPieces(answer);
  const first = pieces.next();
  const second = pieces.next();
  reply.type("application/json; charset=utf-8");
  return second.done === true ? reply.send(first.value ?? "") : reply.send(piecemeal(oneEachTurn([first.value, second.value], pieces)));
}

async function* oneEachTurn(made: Iterable<string>, rest: Iterable<string>): AsyncGenerator<string> {
  yield* made;
  for (const piece of rest) {
    await turn();
    yield piece;
  }
}

/** For sockets that fastify does not answer on. */
export function writeRefusal(socket: Duplex, refusal: Refusal): void {
  const body = JSON.stringify(refusal.problem);
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ""}`,
    "content-type: application/json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "cache-control: no-store",
    "connection: close",
  ];
  // A peer that never closes its half must not keep the socket.
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** Bytes that are not HTTP, headers that never end, bodies that trickle. */
export function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  writeRefusal(socket, new Refusal(error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "tooSlow" : "badRequest"));
}

/** The request's own faults are told to the one who asked; ours are told to the log, without the request. */
export function refusalOf(error: unknown, request: FastifyRequest, report: ReportFault): Refusal {
  if (error instanceof JournalError) return new Refusal("journalFailing", { message: error.fault.message });
  const code = error instanceof Error && "code" in error ? error.code : "";
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status === 413) return new Refusal("tooLarge");
  if (status === 415) return new Refusal("wrongMediaType");
  if (error instanceof SyntaxError || String(code).includes("JSON_BODY")) return new Refusal("notJson");
  if (status === 403 || status === 404) return new Refusal("notFound");
  if (status >= 400 && status < 500) return new Refusal("badRequest");
  report(`${request.method} ${request.routeOptions.url ?? "unknown route"}`, error);
  return new Refusal("internal");
}
