import type { BusListener } from "../acquire/bus.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import { recordingHead } from "./head.ts";
import { BusRecorder, pointNamesOn, RECORDING_BYTES_MAX } from "./recorder.ts";

/** What is written goes out in portions. */
const PORTION_MS = 250;

/** A bus of the running gateway can be listened to. */
export interface Listenable {
  listenTo(bus: string, listener: BusListener): () => void;
}

export interface LiveParts {
  readonly room: Listenable;
  readonly site: Site;
  readonly siteText: string;
  readonly version: string;
  readonly clock: Clock;
}

/** A recording as it is written, of a bus that goes on being read; ends after `forMs`, or when it has become too large. */
export async function* recordLive({ room, site, siteText, version, clock }: LiveParts, bus: string, forMs: number): AsyncGenerator<string> {
  yield recordingHead(siteText, bus, { version, wallMs: clock.wallMs() });
  let waiting: string[] = [];
  let bytesLeft = RECORDING_BYTES_MAX;
  const startMs = clock.monotonicMs();
  const recorder = new BusRecorder(pointNamesOn(site, bus), startMs, (line) => {
    bytesLeft -= line.length + 1;
    if (bytesLeft >= 0) waiting.push(`${line}\n`);
  });
  const leave = room.listenTo(bus, recorder);
  try {
    for (let leftMs = forMs; leftMs > 0 && bytesLeft > 0; leftMs = startMs + forMs - clock.monotonicMs()) {
      await clock.sleep(Math.min(PORTION_MS, leftMs));
      const portion = waiting.join("");
      waiting = [];
      if (portion !== "") yield portion;
    }
    if (bytesLeft <= 0) yield `# 录制已满 ${RECORDING_BYTES_MAX} 字节 · full: ${RECORDING_BYTES_MAX} bytes\n`;
  } finally {
    leave();
  }
}
