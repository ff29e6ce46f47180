import { keepBeating } from "./beat.ts";
import type { Dialect } from "./dialect.ts";
import { Lane, type LaneOptions } from "./lane.ts";

export interface DispatcherOptions extends LaneOptions {
  /** By target id. */
  readonly dialects: ReadonlyMap<string, Dialect>;
}

/** Takes what is due from the journal to the targets and writes down what they said. */
export interface Dispatcher {
  /** Call after every commit that queued something: it is sent now, not at the next look. */
  wake(): void;
  /** What a target had refused is queued again by a person; `left`: so many messages are still parked. */
  resent(target: string, left: number): void;
  /** Breaks off what is on the way; it goes again, under the same key, after the next start. Before the journal is closed. */
  stop(): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const stopped = new AbortController();
  const { signal } = stopped;
  const lanes = new Map([...options.dialects].map(([target, dialect]) => [target, new Lane(target, dialect, options, signal)]));
  const running = [...lanes].flatMap(([target, lane]) => {
    const { heartbeat } = options.dialects.get(target) as Dialect;
    if (heartbeat === undefined) return lane.run();
    const onBeat: Parameters<typeof keepBeating>[0]["onBeat"] = (outcome, atMs) => {
      options.watch?.beat(target, outcome, atMs);
      lane.judge(outcome);
    };
    return [lane.run(), keepBeating({ ...options, target, heartbeat, signal, onBeat })];
  });
  return {
    wake: () => {
      for (const lane of lanes.values()) lane.wake();
    },
    resent: (target, left) => lanes.get(target)?.resent(left),
    async stop() {
      stopped.abort();
      await Promise.all(running);
      for (const dialect of options.dialects.values()) dialect.close();
    },
  };
}
