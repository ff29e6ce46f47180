import type { ExchangeRecord } from "../../drivers/line/watch.ts";
import type { Readings } from "../../drivers/reading.ts";
import { type BusDevice, BusLoop } from "../acquire/bus.ts";
import { openBus } from "../acquire/sessions.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { BusRecorder } from "./recorder.ts";

/** How long a recording may take, and how much. */
export const RECORDING_MS_MAX = 3_600_000;
export const RECORDING_BYTES_MAX = 64 * 1024 * 1024;

/** The names of what is read of each device of a bus. */
export function pointNamesOn(site: Site, bus: string): ReadonlyMap<string, readonly string[]> {
  const devices = site.devices.filter((device) => device.bus === bus);
  return new Map(devices.map(({ id, points }) => [id, points.map(({ name }) => name)]));
}

export interface RecordParts {
  readonly clock: Clock;
  readonly forMs: number;
  /** Ends it sooner. */
  readonly signal: AbortSignal;
  write(line: string): void;
}

/** Reads the devices of one bus as the gateway does, and writes down everything that happens. The port must be free: no gateway may have it. */
export async function recordBus(site: Site, bus: BusEntry, { clock, forMs, signal, write }: RecordParts): Promise<void> {
  const recorder = new BusRecorder(pointNamesOn(site, bus.id), clock.monotonicMs(), write);
  const ended = new AbortController();
  // A question that is cut off by our own end says nothing about the bus.
  const watch = (record: ExchangeRecord): void => void (ended.signal.aborted || recorder.exchange(record));
  const wire = await openBus(bus, clock, { watch });
  let loop: BusLoop | null = null;
  const devices = site.devices.flatMap((device, index): BusDevice[] =>
    device.bus === bus.id
      ? [{ index, id: device.id, periodMs: device.periodMs, reader: wire.reader(device, () => loop?.changed(index)) }]
      : [],
  );
  const events = { readings: ({ id }: BusDevice, readings: Readings) => recorder.read(id, readings), adapter: () => {} };
  loop = new BusLoop(bus.id, devices, { startMs: clock.monotonicMs(), phase: 0 }, clock, events, () => wire.release());
  const running = loop.run(ended.signal);
  await clock.sleep(forMs, signal);
  ended.abort();
  await wire.close();
  await running;
}
