import type { OpensWire } from "../../drivers/line/wire.ts";
import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import { examine } from "../../firmware/doctor/examine.ts";
import type { Site } from "../../firmware/site/model.ts";
// Loaded beforehand: a driver that is loaded when it is needed takes real time, which virtual time does not wait for.
import "../../drivers/modbus/session.ts";
import type { VirtualClock } from "../drivers/wire/virtual-clock.ts";

/** Lets the real loop read the first bus of a site over such a wire for so long, and says what the doctor makes of it. */
export function examined(site: Site, clock: VirtualClock, opens: OpensWire, forMs: number): Promise<BusDoctorView> {
  const [bus] = site.buses;
  if (bus === undefined) throw new Error("a site without a bus");
  return clock.run(examine(bus, site, clock, forMs, opens));
}
