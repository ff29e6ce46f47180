import { deviceAgeMs, deviceUp } from "./device-up.ts";
import type { PointColumns } from "./point-lines.ts";
import type { ReadCounts } from "./read-tally.ts";
import { seconds } from "./room-families.ts";
import type { MeteredDevice } from "./site-labels.ts";
import { inPieces, type Metric, seriesText } from "./text.ts";

const INFO: Metric = { name: "roomward_device_info", type: "gauge", help: "What a device is called; the value is 1." };
const UP: Metric = {
  name: "roomward_device_up",
  type: "gauge",
  help: "1: the device answers. 0: it does not. Absent while it is not asked.",
};
/** Ages are measured, not told by the time of day: a box without a battery may not know that. */
const AGE: Metric = {
  name: "roomward_device_reading_age_seconds",
  type: "gauge",
  help: "How old the youngest good reading of the device is. Absent: there was none since the start.",
};
const TOOK: Metric = {
  name: "roomward_device_read_seconds",
  type: "summary",
  help: "How long answered reads of the device took, all of its questions together.",
};
const UNANSWERED: Metric = {
  name: "roomward_device_reads_unanswered_total",
  type: "counter",
  help: "Reads of the device without any answer.",
};
const FAULTS: Metric = {
  name: "roomward_device_faults_total",
  type: "counter",
  help: "What went wrong in reads of the device, by reason; one read may have several.",
};

/** A device with what stands before each of its values. */
interface Line {
  readonly device: MeteredDevice;
  readonly info: string;
  readonly up: string;
  readonly age: string;
  readonly sum: string;
  readonly count: string;
  readonly unanswered: string;
}

/** How the devices of a room answer, as text. */
export class DeviceLines {
  readonly #lines: readonly Line[];

  constructor(devices: readonly MeteredDevice[]) {
    this.#lines = devices.map((device) => {
      const head = (name: string): string => seriesText(name, device.onBus);
      return {
        device,
        info: `${seriesText(INFO.name, device.info)}1\n`,
        up: head(UP.name),
        age: head(AGE.name),
        sum: head(`${TOOK.name}_sum`),
        count: head(`${TOOK.name}_count`),
        unanswered: head(UNANSWERED.name),
      };
    });
  }

  /** Some devices at a time, so that the event loop turns in between. */
  *pieces(columns: PointColumns, counts: (device: string) => ReadCounts | null, nowMs: number): Iterable<string> {
    const counted = (line: Line, textOf: (found: ReadCounts) => string): string => {
      const found = counts(line.device.id);
      return found === null ? "" : textOf(found);
    };
    yield* inPieces(INFO, this.#lines, ({ info }) => info);
    yield* inPieces(UP, this.#lines, ({ device: { span }, up }) => {
      const isUp = deviceUp(span, columns);
      return isUp === null ? "" : `${up}${isUp ? "1" : "0"}\n`;
    });
    yield* inPieces(AGE, this.#lines, ({ device: { span }, age }) => {
      const ageMs = deviceAgeMs(span, columns, nowMs);
      return ageMs === null ? "" : `${age}${seconds(ageMs)}\n`;
    });
    yield* inPieces(TOOK, this.#lines, (line) =>
      counted(line, ({ answered, answeredMs }) => `${line.sum}${seconds(answeredMs)}\n${line.count}${answered}\n`),
    );
    yield* inPieces(UNANSWERED, this.#lines, (line) => counted(line, ({ unanswered }) => `${line.unanswered}${unanswered}\n`));
    yield* inPieces(FAULTS, this.#lines, (line) =>
      counted(line, ({ faults }) =>
        Object.entries(faults)
          .map(([reason, count]) => `${seriesText(FAULTS.name, { ...line.device.onBus, reason })}${count}\n`)
          .join(""),
      ),
    );
  }
}
