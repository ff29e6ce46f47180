import type { OpensWire } from "../../drivers/line/wire.ts";
import { readAlone } from "../acquire/alone.ts";
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
  const listener = new BusDoctor(bus, site.devices, clock);
  await readAlone(site, bus, { clock, listener, forMs, ...(opens === undefined ? {} : { opens }) });
  return listener.view();
}
