import { createServer, type Server } from "node:http";
import type { Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { isOwnHost } from "./access.ts";
import type { Certificate } from "./certificate.ts";
import { Refusal } from "./refusals.ts";

/** First byte of a TLS handshake record (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;
/** Whoever connects says something within this time, and ends the handshake within as much again. */
const FIRST_BYTE_WITHIN_MS = 5_000;
const HANDSHAKE_WITHIN_MS = 5_000;

/**
 * Makes a port speak HTTPS. Plain HTTP on the same port is only sent to `https://`; nothing else is answered there. Call before
 * the server listens. The returned function ends connections that are not yet, or no longer, the server's.
 */
export function speakTls(
  server: Server,
  { key, certificate }: Certificate,
  own: { readonly host: string; readonly hostNames: readonly string[] },
): () => void {
  const early = new Set<Socket>();
  const takeOver = server.listeners("connection");
  server.removeAllListeners("connection");
  const secure = createTlsServer({ key, cert: certificate, minVersion: "TLSv1.2", handshakeTimeout: HANDSHAKE_WITHIN_MS });
  secure.on("secureConnection", (socket) => {
    for (const take of takeOver) take.call(server, socket);
  });
  // Browsers that do not trust the certificate yet break off: that is theirs to say, not ours.
  secure.on("tlsClientError", (_error, socket) => socket.destroy());
  const redirecting = redirector(own);

  server.on("connection", (socket: Socket) => {
    early.add(socket);
    socket.once("close", () => early.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(FIRST_BYTE_WITHIN_MS, () => socket.destroy());
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      const isTls = first[0] === TLS_HANDSHAKE;
      // The redirecting server has no clock of its own: this time-out stays its limit.
      if (isTls) socket.setTimeout(0).removeAllListeners("timeout");
      (isTls ? secure : redirecting).emit("connection", socket);
      if (!isTls) process.nextTick(() => socket.resume());
    });
  });
  return () => {
    for (const socket of early) socket.destroy();
  };
}

/** 308: the method stays, so that a program with an old address hears of it instead of silently reading. */
function redirector({ host, hostNames }: { readonly host: string; readonly hostNames: readonly string[] }): Server {
  return createServer((request, response) => {
    const asked = request.headers.host;
    response.setHeader("connection", "close");
    if (!isOwnHost(asked, host, hostNames)) {
      const { status, problem } = new Refusal("foreignHost");
      response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(problem));
      return;
    }
    response.writeHead(308, { location: `https://${asked}${request.url ?? "/"}` }).end();
  });
}
