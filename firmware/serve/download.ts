import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";

/** A file for the one who asks, sent piece by piece as it is made. Returned by a route that `downloads`. */
export class Download {
  readonly #name: string;
  readonly #mediaType: string;
  readonly #pieces: AsyncIterable<string | Uint8Array>;

  constructor(name: string, mediaType: string, pieces: AsyncIterable<string | Uint8Array>) {
    this.#name = name;
    this.#mediaType = mediaType;
    this.#pieces = pieces;
  }

  send(reply: FastifyReply): FastifyReply {
    const plain = this.#name.replaceAll(/[^\w.-]/g, "_");
    // The second form carries names that are not ASCII (RFC 6266).
    reply.header("content-disposition", `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(this.#name)}`);
    return reply.type(this.#mediaType).send(Readable.from(this.#pieces, { objectMode: false }));
  }
}
