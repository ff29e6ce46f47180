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
  /** Breaks off what is on the way; it goes again, under the same key, after the next start. Before the journal is closed. */
  stop(): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const stopped = new AbortController();
  const lanes = [...options.dialects].map(([target, dialect]) => new Lane(target, dialect, options, stopped.signal));
  const running = lanes.map((lane) => lane.run());
  return {
    wake: () => {
      for (const lane of lanes) lane.wake();
    },
    async stop() {
      stopped.abort();
      await Promise.all(running);
      for (const dialect of options.dialects.values()) dialect.close();
    },
  };
}
