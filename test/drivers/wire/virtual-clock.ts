import { ManualClock } from "../../firmware/manual-clock.ts";
import { VirtualTime } from "./virtual-time.ts";

/** A clock that goes by virtual time. */
export class VirtualClock extends ManualClock {
  readonly time = new VirtualTime();

  override monotonicMs(): ReturnType<ManualClock["monotonicMs"]> {
    return this.time.monotonicMs() as ReturnType<ManualClock["monotonicMs"]>;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.time.sleep(ms, signal);
  }
}
