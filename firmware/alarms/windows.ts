import type { MaintenanceWindow } from "../contract/maintenance.ts";
import type { Topology } from "./topology.ts";

/** What the windows in force take out of service, by device or bus id. */
export class Windows {
  readonly #topology: Topology;
  #windows: readonly MaintenanceWindow[] = [];
  #inForce: readonly MaintenanceWindow[] = [];

  constructor(topology: Topology, windows: readonly MaintenanceWindow[]) {
    this.#topology = topology;
    this.#windows = windows;
  }

  get all(): readonly MaintenanceWindow[] {
    return this.#windows;
  }

  set(windows: readonly MaintenanceWindow[]): void {
    this.#windows = windows;
  }

  /** Returns whether others are in force than before. */
  look(wallMs: number): boolean {
    const before = this.#inForce;
    this.#inForce = this.#windows.filter((window) => isInForce(window, wallMs));
    return before.length !== this.#inForce.length || before.some(({ id }, index) => id !== this.#inForce[index]?.id);
  }

  /** Id of a window that covers it; null: it is in service. */
  of(device: string): string | null {
    return this.#inForce.find((window) => this.#covers(window, device))?.id ?? null;
  }

  #covers({ scope }: MaintenanceWindow, device: string): boolean {
    const area = this.#topology.areaOf(device);
    if (area === null) {
      // A bus goes with its devices; what is about the box itself or its targets is never out of service.
      const devices = this.#topology.devicesOn(device);
      return devices.length > 0 && devices.every((id) => this.#coversDevice(scope, id));
    }
    return this.#coversDevice(scope, device);
  }

  #coversDevice({ all, areas, devices }: MaintenanceWindow["scope"], device: string): boolean {
    const area = this.#topology.areaOf(device);
    return all || devices.includes(device) || (area !== null && areas.some((id) => this.#topology.isWithin(area, id)));
  }
}

export function isInForce({ fromMs, untilMs, endedAtMs }: MaintenanceWindow, wallMs: number): boolean {
  return endedAtMs === null && fromMs <= wallMs && (untilMs === null || wallMs < untilMs);
}
