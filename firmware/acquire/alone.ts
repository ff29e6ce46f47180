import type { ReadReport } from "../../drivers/driver.ts";
import type { OpensWire } from "../../drivers/line/wire.ts";
import type { Readings } from "../../drivers/reading.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { type BusDevice, type BusListener, BusLoop } from "./bus.ts";
import { openBus } from "./sessions.ts";

export interface AloneParts {
  readonly clock: Clock;
  readonly listener: BusListener;
  readonly forMs: number;
  /** Ends it sooner. */
  readonly signal?: AbortSignal;
  /** Another way to open the wire. */
  readonly opens?: OpensWire;
}

/**
 * Reads the devices of one bus as the gateway does, for a while and for one listener: nothing is judged, remembered or told. The port must be
 * free, no gateway may have it.
 */
export async function readAlone(site: Site, bus: BusEntry, { clock, listener, forMs, signal, opens }: AloneParts): Promise<void> {
  const ended = new AbortController();
  const wire = await openBus(bus, clock, {
    ...(opens === undefined ? {} : { opens }),
    watch(record) {
      // A question that is cut off by our own end says nothing about the bus.
      if (!ended.signal.aborted) listener.exchange(record);
    },
  });
  let loop: BusLoop | null = null;
  const devices = site.devices.flatMap((device, index): BusDevice[] =>
    device.bus === bus.id
      ? [{ index, id: device.id, periodMs: device.periodMs, reader: wire.reader(device, () => loop?.changed(index)) }]
      : [],
  );
  const events = {
    turn: (device: BusDevice | null) => listener.turn(device?.id ?? null),
    readings: ({ id }: BusDevice, readings: Readings, report: ReadReport) => listener.read(id, readings, report),
    adapter: () => {},
  };
  loop = new BusLoop(bus.id, devices, { startMs: clock.monotonicMs(), phase: 0 }, clock, events, () => wire.release());
  const running = loop.run(ended.signal);
  await clock.sleep(forMs, signal);
  ended.abort();
  await wire.close();
  await running;
}
