import { keepBeating } from "./beat.ts";
import type { Dialect } from "./dialect.ts";
import { Lane, type LaneOptions, type LaneSettings } from "./lane.ts";
import { watchFallbacks } from "./stand-in.ts";

export interface DispatcherOptions extends LaneOptions {
  /** By target id. */
  readonly dialects: ReadonlyMap<string, Dialect>;
  /** By target id; absent: nothing is said of it. */
  readonly settings?: ReadonlyMap<string, LaneSettings>;
}

/** Takes what is due from the journal to the targets and writes down what they said. */
export interface Dispatcher {
  /** Call after every commit that queued something: it is sent now, not at the next look. */
  wake(): void;
  /** What a target had refused is queued again by a person; `left`: so many messages are still parked. */
  resent(target: string, left: number): void;
  /** Does something to the outbox of a target while none of its messages is on the way. */
  whileQuiet<Done>(target: string, work: () => Promise<Done>): Promise<Done>;
  /** Breaks off what is on the way; it goes again, under the same key, after the next start. Before the journal is closed. */
  stop(): Promise<void>;
}

export function startDispatcher(options: DispatcherOptions): Dispatcher {
  const stopped = new AbortController();
  const { signal } = stopped;
  const { dialects, settings = new Map<string, LaneSettings>() } = options;
  const laneTo = ([target, dialect]: readonly [string, Dialect]) =>
    [target, new Lane(target, dialect, options, signal, settings.get(target))] as const;
  const lanes = new Map([...dialects].map(laneTo));
  const fallbacks = new Map([...settings].flatMap(([target, { fallback }]) => (fallback === undefined ? [] : [[target, fallback]])));
  const running = [...lanes].flatMap(([target, lane]) => {
    const { heartbeat } = dialects.get(target) as Dialect;
    if (heartbeat === undefined) return lane.run();
    const onBeat: Parameters<typeof keepBeating>[0]["onBeat"] = (outcome, atMs) => {
      options.watch?.beat(target, outcome, atMs);
      lane.judge(outcome);
    };
    return [lane.run(), keepBeating({ ...options, target, heartbeat, signal, onBeat })];
  });
  const isTroubled = (target: string): boolean => lanes.get(target)?.isTroubled === true;
  const wake = (fallback: string): void => lanes.get(fallback)?.wake();
  if (fallbacks.size > 0) running.push(watchFallbacks({ ...options, fallbacks, signal, isTroubled, wake }));
  return {
    wake: () => {
      for (const lane of lanes.values()) lane.wake();
    },
    resent: (target, left) => lanes.get(target)?.resent(left),
    whileQuiet: (target, work) => lanes.get(target)?.whileQuiet(work) ?? work(),
    async stop() {
      stopped.abort();
      await Promise.all(running);
      for (const dialect of dialects.values()) dialect.close();
    },
  };
}
