/** A moment as the journal knows it: which start of the gateway, how long that ran, and the time of day as far as it is known. */
export interface Mark {
  /** Start of the gateway, counted. */
  readonly boot: number;
  readonly uptimeMs: number;
  readonly atMs: number;
}

/** Time that was spent, by its end: measured, while only its place in the day is by the wall clock. */
export interface Span {
  readonly toMs: number;
  readonly spanMs: number;
}

/**
 * How long an incident has been somebody's to solve. It stands still while the incident waits and when it is resolved. `answered`: how
 * many of the spans had passed when somebody took it; null: nobody has.
 */
export interface ServiceClock {
  readonly spans: readonly Span[];
  readonly running: Mark | null;
  readonly answered: number | null;
}

/** A flapping alarm starts and stops the clock thousands of times; beyond this the last span takes the next in. */
const SPANS_MAX = 100;

export const NEVER_STARTED: ServiceClock = { spans: [], running: null, answered: null };

/**
 * Time from one mark to another: by the monotonic clock within one start of the gateway, whatever became of the time of day meanwhile; by
 * the wall clock across a restart. Never below zero.
 */
export function spanBetween(from: Mark, to: Mark): number {
  return Math.max(0, from.boot === to.boot ? to.uptimeMs - from.uptimeMs : to.atMs - from.atMs);
}

export function startClock(clock: ServiceClock, now: Mark): ServiceClock {
  return clock.running === null ? { ...clock, running: now } : clock;
}

export function stopClock(clock: ServiceClock, now: Mark): ServiceClock {
  if (clock.running === null) return clock;
  return { ...clock, spans: withSpan(clock, { toMs: now.atMs, spanMs: spanBetween(clock.running, now) }), running: null };
}

/** Somebody took it: what has passed until now is how long that took. */
export function answerClock(clock: ServiceClock, now: Mark): ServiceClock {
  if (clock.answered !== null) return clock;
  const stopped = stopClock(clock, now);
  const answered = { ...stopped, answered: stopped.spans.length };
  return clock.running === null ? answered : startClock(answered, now);
}

/** All that was spent up to `now`, or only until somebody took it. */
export function spansOf(clock: ServiceClock, what: "acknowledge" | "resolve", now: Mark): readonly Span[] {
  if (what === "acknowledge" && clock.answered !== null) return clock.spans.slice(0, clock.answered);
  return stopClock(clock, now).spans;
}

/** The clock with right times, once the time of day is known: spans of `boot` that were told before. */
export function restampedClock(clock: ServiceClock, boot: number, moved: (atMs: number) => number): ServiceClock {
  const { running, spans } = clock;
  return {
    ...clock,
    spans: spans.map((span) => ({ ...span, toMs: moved(span.toMs) })),
    running: running !== null && running.boot === boot ? { ...running, atMs: moved(running.atMs) } : running,
  };
}

/** Never into the last span before somebody took it: that one is counted by both clocks. */
function withSpan({ spans, answered }: ServiceClock, span: Span): readonly Span[] {
  const last = spans.at(-1);
  if (spans.length < SPANS_MAX || spans.length === answered || last === undefined) return [...spans, span];
  return [...spans.slice(0, -1), { toMs: span.toMs, spanMs: last.spanMs + span.spanMs }];
}
