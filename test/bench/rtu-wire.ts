import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";

/** An RS-485 pair behind a serial port of this machine, with slaves that answer as fast as the standard lets them. */
export interface WireOptions {
  /** Where the port appears. */
  readonly path: string;
  readonly baudRate: number;
  readonly slaves: number;
  /** Units among them that never answer. */
  readonly dead?: readonly number[];
}

export type ToWire = "reset" | "count";
export type FromWire = { readonly kind: "ready" } | ({ readonly kind: "counted" } & WireCount);

/** What was seen on the pair since the last count. Gaps are from the last byte of an answer to the first of the next request. */
export interface WireCount {
  readonly requests: number;
  /** The same by unit, unit 1 first. */
  readonly perUnit: readonly number[];
  /** What a transaction takes when nobody wastes anything: request, silence, answer, silence. */
  readonly idealMs: number;
  /** The silence that the standard wants. */
  readonly silenceMs: number;
  readonly gapMedianMs: number;
  readonly gapLeastMs: number;
  readonly gapP99Ms: number;
  /** Requests that began before the silence was over, and such as began while somebody spoke. */
  readonly broken: number;
  readonly collisions: number;
}

export interface RtuWire {
  reset(): void;
  count(): Promise<WireCount>;
  stop(): Promise<void>;
}

export async function startRtuWire(options: WireOptions): Promise<RtuWire> {
  const child = fork(new URL("./rtu-wire-process.ts", import.meta.url), [JSON.stringify(options)]);
  await heard(child, "ready");
  while (!existsSync(options.path)) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    reset: () => child.send("reset" satisfies ToWire),
    async count() {
      const counted = heard(child, "counted");
      child.send("count" satisfies ToWire);
      return counted;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.disconnect();
      }),
  };
}

function heard<Kind extends FromWire["kind"]>(child: ChildProcess, kind: Kind): Promise<Extract<FromWire, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the wire ended with ${code}`));
    const listener = (message: FromWire): void => {
      if (message.kind !== kind) return;
      child.off("message", listener);
      child.off("exit", ended);
      resolve(message as Extract<FromWire, { kind: Kind }>);
    };
    child.on("message", listener);
    child.once("exit", ended);
  });
}
