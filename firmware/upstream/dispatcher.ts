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
  /** When each target last took a sign of life, wall clock; targets that have taken none since the start are missing. */
  lastBeats(): ReadonlyMap<string, number>;
  /** Breaks off what is on the way; it goes again, under the same key, after the next start. Before the journal is closed. */
  stop(): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const stopped = new AbortController();
  const { signal } = stopped;
  const lanes = new Map([...options.dialects].map(([target, dialect]) => [target, new Lane(target, dialect, options, signal)]));
  const lastBeats = new Map<string, number>();
  const running = [...lanes].flatMap(([target, lane]) => {
    const { heartbeat } = options.dialects.get(target) as Dialect;
    if (heartbeat === undefined) return lane.run();
    const onBeat: Parameters<typeof keepBeating>[0]["onBeat"] = (outcome, atMs) => {
      if (outcome.outcome === "accepted") lastBeats.set(target, atMs);
      lane.judge(outcome);
    };
    return [lane.run(), keepBeating({ ...options, target, heartbeat, signal, onBeat })];
  });
  return {
    wake: () => {
      for (const lane of lanes.values()) lane.wake();
    },
    lastBeats: () => lastBeats,
    async stop() {
      stopped.abort();
      await Promise.all(running);
      for (const dialect of options.dialects.values()) dialect.close();
    },
  };
}
