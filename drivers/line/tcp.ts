import { connect, type Socket } from "node:net";
import type { BusFault, Pace } from "../driver.ts";
import type { Line, LineAnswer, LineListener } from "./line.ts";

export interface TcpEndpoint {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
}

const READ_BUFFER_BYTES = 2_048;
const KEEP_ALIVE_AFTER_MS = 30_000;

/** Connects to a TCP endpoint within `timeoutMs`; trouble is a named fault, never thrown. */
export async function openTcp(endpoint: TcpEndpoint, pace: Pace, listener: LineListener): Promise<LineAnswer> {
  const { host, port, timeoutMs } = endpoint;
  const at = `${host}:${port}`;
  const buffer = Buffer.allocUnsafe(READ_BUFFER_BYTES);
  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    // One buffer for the life of the socket instead of one per answer.
    onread: {
      buffer,
      callback: (count) => {
        listener.bytes(buffer.subarray(0, count));
        return true;
      },
    },
  });
  let failure: BusFault | null = null;
  const connected = new Promise<BusFault | null>((resolve) => {
    socket.once("connect", () => resolve(null));
    // Stays for the life of the socket: an error without a listener would end the process.
    socket.on("error", (error: NodeJS.ErrnoException) => {
      failure = { reason: reasonOf(error.code), detail: `${at}: ${error.code ?? error.message}` };
      resolve(failure);
    });
  });
  const tooLate = pace
    .sleep(timeoutMs)
    .then((): BusFault => ({ reason: "adapterMissing", detail: `${at}: no connection in ${timeoutMs} ms` }));
  const fault = await Promise.race([connected, tooLate]);
  if (fault !== null) {
    socket.destroy();
    // Nobody listens: for the devices behind it that is a wire that is not there, and one trouble, not one for each of them.
    return { fault: { ...fault, reason: "adapterMissing" } };
  }
  let closing = false;
  socket.once("close", () => {
    if (!closing) listener.lost(failure ?? { reason: "refused", detail: `${at}: the other side closed the connection` });
  });
  return { line: tcpLine(socket, () => (closing = true)) };
}

function tcpLine(socket: Socket, closing: () => void): Line {
  return {
    send: (bytes) => {
      socket.write(bytes);
    },
    check: async () => null,
    close: async () => {
      closing();
      socket.destroy();
    },
  };
}

/** Codes with which a host that is there says no; everything else means that there is no way to it. */
function reasonOf(code: string | undefined): BusFault["reason"] {
  return code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EPIPE" ? "refused" : "adapterMissing";
}
