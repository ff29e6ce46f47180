/** Milliseconds that only go forward, to measure with. Zero is the start of the process. */
export type MonotonicMs = number & { readonly __brand: "monotonic" };
/** Milliseconds since 1970 by a clock that people and NTP may move, to print with. */
export type WallMs = number & { readonly __brand: "wall" };
