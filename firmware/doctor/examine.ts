import type { OpensWire } from "../../drivers/line/wire.ts";
import { type BusDevice, BusLoop } from "../acquire/bus.ts";
import { openBus } from "../acquire/sessions.ts";
import type { BusDoctorView } from "../contract/doctor.ts";
import type { Clock } from "../platform/clock.ts";
import type { Site } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { BusDoctor } from "./doctor.ts";

/**
 * Reads one bus for so long as the gateway reads it, and says what is wrong. The wire is opened for it, so no gateway may have it; nothing
 * is judged, recorded or told.
 */
export async function examine(bus: BusEntry, site: Site, clock: Clock, forMs: number, opens?: OpensWire): Promise<BusDoctorView> {
  const doctor = new BusDoctor(bus, site.devices, clock);
  const stopping = new AbortController();
  const wire = await openBus(bus, clock, {
    ...(opens === undefined ? {} : { opens }),
    watch: (record) => {
      if (!stopping.signal.aborted) doctor.exchange(record);
    },
  });
  const devices = site.devices.flatMap((device, index): BusDevice[] =>
    device.bus === bus.id ? [{ index, id: device.id, periodMs: device.periodMs, reader: wire.reader(device) }] : [],
  );
  const loop = new BusLoop(bus.id, devices, { startMs: clock.monotonicMs(), phase: 0 }, clock, {
    turn: ({ id }) => doctor.begin(id),
    readings: ({ id }, readings, report) => doctor.ended(id, readings, report),
    adapter: () => {},
  });
  const running = loop.run(stopping.signal);
  await clock.sleep(forMs);
  const view = doctor.view();
  stopping.abort();
  await wire.close();
  await running;
  return view;
}
