import { type ChildProcess, fork } from "node:child_process";

/** How many devices, each on a port of its own with one block of registers. */
export interface FarmOptions {
  readonly devices: number;
  readonly registers: number;
  /** Every register shows another value at every poll, so that nothing can be skipped for being the same. */
  readonly moving: boolean;
}

export type ToFarm =
  | { readonly kind: "set"; readonly device: number; readonly register: number; readonly value: number }
  | { readonly kind: "count"; readonly periodMs: number }
  | { readonly kind: "reset" };

export interface FarmCount {
  readonly requests: number;
  readonly lateMedianMs: number;
  readonly lateP99Ms: number;
}

export type FromFarm =
  | { readonly kind: "listening"; readonly ports: readonly number[] }
  | { readonly kind: "served"; readonly device: number; readonly atMs: number }
  | ({ readonly kind: "counted" } & FarmCount);

/** Modbus TCP devices in a process of their own. */
export interface Farm {
  readonly ports: readonly number[];
  /** Changes a register; resolves with the machine's time at which the first answer with the new value left. */
  change(device: number, register: number, value: number): Promise<number>;
  /** Changes a register without waiting for anybody to see it. */
  set(device: number, register: number, value: number): void;
  /** Forgets what was counted. */
  reset(): void;
  /** Requests since the last reset, and how late they were on a grid of `periodMs`. */
  count(periodMs: number): Promise<FarmCount>;
  stop(): Promise<void>;
}

export async function startFarm(options: FarmOptions): Promise<Farm> {
  const child = fork(new URL("./farm-process.ts", import.meta.url), [JSON.stringify(options)]);
  const { ports } = await heard(child, "listening");
  const tell = (message: ToFarm): void => {
    child.send(message);
  };
  return {
    ports,
    async change(device, register, value) {
      const served = heard(child, "served");
      tell({ kind: "set", device, register, value });
      return (await served).atMs;
    },
    set: (device, register, value) => tell({ kind: "set", device, register, value }),
    reset: () => tell({ kind: "reset" }),
    async count(periodMs) {
      const counted = heard(child, "counted");
      tell({ kind: "count", periodMs });
      return counted;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}

function heard<Kind extends FromFarm["kind"]>(child: ChildProcess, kind: Kind): Promise<Extract<FromFarm, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the farm ended with ${code}`));
    const listener = (message: FromFarm): void => {
      if (message.kind !== kind) return;
      child.off("message", listener);
      child.off("exit", ended);
      resolve(message as Extract<FromFarm, { kind: Kind }>);
    };
    child.on("message", listener);
    child.once("exit", ended);
  });
}
