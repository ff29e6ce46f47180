import type { GatewayParts } from "./gateway.ts";
import type { BoxClock } from "./platform/box-clock.ts";
import type { Clock } from "./platform/clock.ts";
import type { OnDamage } from "./platform/durable-json.ts";
import type { Voice } from "./platform/voice.ts";

/** How a run of the program ended, as exit codes: 2 is a fault of the site file or of the command line, 1 of the machine. */
export const EXIT = { ok: 0, machine: 1, input: 2, broken: 70 } as const;

export interface RunOptions {
  readonly siteFile: string;
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly demo: boolean;
  readonly clock: Clock;
  /** The folder that stands for the root of the file system, where the clock's programs and devices are looked for. */
  readonly machine?: string;
  readonly voice: Voice;
  /** Opens a wire; without it by the drivers of the box. */
  readonly openBus?: GatewayParts["openBus"];
  /** Aborts when the person or the system wants the gateway to end. */
  readonly signal: AbortSignal;
  /** Whom to tell when the configuration is to be looked at again: SIGHUP. */
  readonly onHangup?: (listener: () => void) => void;
  /** Whom to tell when a command wants to read the history beside the gateway: SIGUSR2. */
  readonly onShare?: (listener: () => void) => void;
  /** Called between the steps of a change of the configuration; for tests that end the process there. */
  readonly atStep?: (step: string) => void;
}

/** With the clock of the box. */
export interface Running extends RunOptions {
  readonly clock: BoxClock;
  readonly system: Clock;
  readonly bootId: string;
}

/** A data file that was not whole, whichever it is. The alarm `damaged` is raised from here. */
export function damageOf({ voice }: RunOptions): OnDamage {
  return ({ words }) => voice.log("error", words);
}
