import type { Line, LineListener } from "../../../drivers/line/line.ts";
import type { OpensWire } from "../../../drivers/line/wire.ts";
import type { Talker } from "../../peers/line/talker.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** How many bytes a converter collects before it passes them on. */
const FIFO_BYTES = 8;

/** A line in virtual time with one device, or several, at its far end; each byte takes its time on the line. */
export function simulatedLine(
  time: VirtualTime,
  talker: Talker,
  characterMs: number,
): { opens: OpensWire; sent: Buffer[]; opened(): number } {
  const sent: Buffer[] = [];
  let opened = 0;
  const opens: OpensWire = async (_wire, _pace, listener: LineListener) => {
    opened += 1;
    let open = true;
    const line: Line = {
      send(bytes) {
        const asked = Buffer.from(bytes);
        sent.push(asked);
        for (const { bytes: said, afterMs } of talker(asked)) {
          let atMs = asked.length * characterMs + afterMs;
          for (let from = 0; from < said.length; from += FIFO_BYTES) {
            const portion = said.subarray(from, from + FIFO_BYTES);
            atMs += portion.length * characterMs;
            time.after(atMs, () => open && listener.bytes(portion));
          }
        }
      },
      check: async () => null,
      close: async () => {
        open = false;
      },
    };
    return { line };
  };
  return { opens, sent, opened: () => opened };
}
