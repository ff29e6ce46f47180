import { createServer } from "node:net";
import { type Listening, listenTcp } from "../../room/wire/listen.ts";
import type { Talker } from "./talker.ts";

/** How many bytes a converter collects before it passes them on. */
const FIFO_BYTES = 8;

/** A serial device server with one device behind it, at the speed of its line: what it says arrives character by character. */
export function serveLine(talker: () => Talker, characterMs: number, port = 0): Promise<Listening> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    const hears = talker();
    let busyUntilMs = 0;
    /** Timers of a busy process fire out of order; a line never does. */
    const portions: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => {
      const now = performance.now();
      const heardMs = Math.max(now, busyUntilMs) + chunk.length * characterMs;
      for (const { bytes, afterMs } of hears(chunk)) {
        let atMs = Math.max(heardMs, busyUntilMs) + afterMs;
        for (let from = 0; from < bytes.length; from += FIFO_BYTES) {
          const portion = bytes.subarray(from, from + FIFO_BYTES);
          atMs += portion.length * characterMs;
          portions.push(portion);
          setTimeout(() => {
            const next = portions.shift();
            if (next !== undefined && !socket.destroyed) socket.write(next);
          }, atMs - now);
        }
        busyUntilMs = atMs;
      }
    });
  });
  return listenTcp(server, port, "serial device server");
}
