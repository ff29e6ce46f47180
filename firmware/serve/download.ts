import { Readable } from "node:stream";
import { constants, createGzip } from "node:zlib";
import type { FastifyReply } from "fastify";

/** A file for the one who asks, sent piece by piece as it is made. Returned by a route that `downloads`. */
export class Download {
  readonly #name: string | null;
  readonly #mediaType: string;
  readonly #pieces: AsyncIterable<string | Uint8Array>;

  /** @param name what a browser calls the file that it keeps; null: it is read by a program, which wants it compressed if it says so. */
  constructor(name: string | null, mediaType: string, pieces: AsyncIterable<string | Uint8Array>) {
    this.#name = name;
    this.#mediaType = mediaType;
    this.#pieces = pieces;
  }

  send(reply: FastifyReply): FastifyReply {
    const pieces = piecemeal(this.#pieces);
    reply.type(this.#mediaType);
    if (this.#name === null) return sendToProgram(reply, pieces);
    const plain = this.#name.replaceAll(/[^\w.-]/g, "_");
    // The second form carries names that are not ASCII (RFC 6266).
    reply.header("content-disposition", `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(this.#name)}`);
    return reply.send(pieces);
  }
}

function sendToProgram(reply: FastifyReply, pieces: Readable): FastifyReply {
  reply.header("vary", "accept-encoding");
  if (!/\bgzip\b(?!;\s*q=0(\.0*)?(,|$))/i.test(String(reply.request.headers["accept-encoding"] ?? ""))) return reply.send(pieces);
  return reply.header("content-encoding", "gzip").send(packed(pieces));
}

/** Made one piece ahead and no more: the event loop turns between two of them. */
export function piecemeal(pieces: AsyncIterable<string | Uint8Array>): Readable {
  return Readable.from(pieces, { objectMode: false, highWaterMark: 1 });
}

/** Text that repeats itself shrinks to a twentieth even at the quickest level; that is done on a thread beside the event loop. */
export function packed(pieces: Readable): Readable {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  pieces.once("error", (error) => gzip.destroy(error));
  gzip.once("close", () => pieces.destroy());
  return pieces.pipe(gzip);
}
