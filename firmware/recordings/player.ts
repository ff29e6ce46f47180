import { createServer, type Server, type Socket } from "node:net";
import type { Pace } from "../../drivers/driver.ts";
import { openSerial, type SerialSettings } from "../../drivers/line/serial.ts";
import type { Words } from "../contract/alarm.ts";
import { spaced } from "./format.ts";
import type { Replay } from "./replay.ts";

/** A question that is not whole is waited for this long. */
const QUESTION_PAUSE_MS = 50;

/** Where a recording is served; until `close`. */
export interface Played {
  readonly at: string;
  close(): Promise<void>;
}

export interface PlayerParts {
  readonly replay: Replay;
  readonly pace: Pace;
  /** A question that the recording does not have. */
  readonly onUnknown: (hex: string) => void;
}

/** Takes the bytes of one side, finds the questions among them, and says what the recording says. */
function answering({ replay, pace, onUnknown }: PlayerParts, say: (bytes: Buffer) => void): (chunk: Uint8Array) => void {
  let heard = Buffer.alloc(0);
  let patience = new AbortController();
  const giveUp = (): void => {
    if (heard.length > 0) onUnknown(spaced(heard));
    heard = Buffer.alloc(0);
  };
  return (chunk) => {
    patience.abort();
    patience = new AbortController();
    const { signal } = patience;
    heard = Buffer.concat([heard, chunk]);
    const replies = replay.answer(heard);
    if (replies !== null) {
      heard = Buffer.alloc(0);
      for (const { bytes, afterMs } of replies) void pace.sleep(Math.round(afterMs)).then(() => say(bytes));
    } else if (heard.length >= replay.questionBytesMax) giveUp();
    else void pace.sleep(QUESTION_PAUSE_MS, signal).then(() => signal.aborted || giveUp());
  };
}

/** Serves a recording at a TCP port of this machine: to a gateway it is a serial device server, or the Modbus TCP device itself. */
export async function playOnTcp(parts: PlayerParts, port: number): Promise<Played | { readonly problem: Words }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const hear = answering(parts, (bytes) => void (socket.writable && socket.write(bytes)));
    socket.on("data", hear);
    // Whoever asked has gone; there is nobody left to tell.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  const failure = await new Promise<Error | null>((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => resolve(null));
  });
  if (failure !== null)
    return {
      problem: {
        zh: `无法监听端口 ${port}：${failure.message}。请用 --listen 换一个端口。`,
        en: `port ${port} cannot be used: ${failure.message}; choose another with --listen`,
      },
    };
  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : port;
  return {
    at: String(at),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Serves a recording on a serial port, for a box at the other end of the cable. */
export async function playOnSerial(parts: PlayerParts, settings: SerialSettings): Promise<Played | { readonly problem: Words }> {
  let say = (_: Buffer): void => {};
  const hear = answering(parts, (bytes) => say(bytes));
  const opened = await openSerial(settings, { bytes: hear, lost: ({ detail }) => parts.onUnknown(detail) });
  if ("fault" in opened) return { problem: { zh: opened.fault.detail, en: opened.fault.detail } };
  say = (bytes) => opened.line.send(bytes);
  return { at: settings.path, close: () => opened.line.close() };
}
