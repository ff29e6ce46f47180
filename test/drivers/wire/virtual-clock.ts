import type { ClockQuality } from "../../../firmware/contract/clock.ts";
import type { MonotonicMs, WallMs } from "../../../firmware/contract/time.ts";
import type { Clock } from "../../../firmware/platform/clock.ts";
import { VirtualTime } from "./virtual-time.ts";

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
