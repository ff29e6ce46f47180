import type { OpensWire } from "../../drivers/line/wire.ts";
import type { ClockQuality } from "../../firmware/contract/clock.ts";
import type { BusDoctorView } from "../../firmware/contract/doctor.ts";
import type { MonotonicMs, WallMs } from "../../firmware/contract/time.ts";
import { examine } from "../../firmware/doctor/examine.ts";
import type { Clock } from "../../firmware/platform/clock.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
// Loaded beforehand: a driver that is loaded when it is needed takes real time, which virtual time does not wait for.
import "../../drivers/modbus/session.ts";
import { VirtualTime } from "../drivers/wire/virtual-time.ts";

/** Virtual time as the gateway's clock. */
export class VirtualClock extends VirtualTime implements Clock {
  override monotonicMs(): MonotonicMs {
    return this.nowMs as MonotonicMs;
  }
  wallMs(): WallMs {
    return (Date.UTC(2026, 8, 20) + this.nowMs) as WallMs;
  }
  every(): () => void {
    throw new Error("nobody here needs a beat");
  }
  wallTrusted(): boolean {
    return true;
  }
  quality(): ClockQuality {
    return { source: "ntp", errorMs: null };
  }
  repeats(): boolean {
    return false;
  }
  random(): number {
    return 0;
  }
  uuid(): string {
    return "";
  }
}

export function siteOf(text: string): Site {
  const loaded = loadSite(text);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.site;
}

/** Lets the real loop read the first bus of a site over such a wire for so long, and says what the doctor makes of it. */
export function examined(site: Site, clock: VirtualClock, opens: OpensWire, forMs: number): Promise<BusDoctorView> {
  const [bus] = site.buses;
  if (bus === undefined) throw new Error("a site without a bus");
  return clock.run(examine(bus, site, clock, forMs, opens));
}
