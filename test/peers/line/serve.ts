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
    socket.on("data", (chunk: Buffer) => {
      const now = performance.now();
      const heardMs = Math.max(now, busyUntilMs) + chunk.length * characterMs;
      for (const { bytes, afterMs } of hears(chunk)) {
        let atMs = Math.max(heardMs, busyUntilMs) + afterMs;
        for (let from = 0; from < bytes.length; from += FIFO_BYTES) {
          const portion = bytes.subarray(from, from + FIFO_BYTES);
          atMs += portion.length * characterMs;
          setTimeout(() => socket.destroyed || socket.write(portion), atMs - now);
        }
        busyUntilMs = atMs;
      }
    });
  });
  return listenTcp(server, port, "serial device server");
}
