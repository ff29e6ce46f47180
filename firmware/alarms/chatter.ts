/** So many raises within this time, and an alarm is held on until it has been quiet for so long. */
export const CHATTER = { raises: 3, withinMs: 60_000, quietMs: 600_000 } as const;
/** Over sooner than this, or than twice its own delay, an alarm was hardly there. */
const FLEETING_MIN_MS = 10_000;

/** Notices alarms that come and go. Only those that rang within the last minute are remembered. */
export class ChatterWatch {
  readonly #raisedMs = new Map<string, number[]>();

  /** Returns whether this raise is one too many. */
  raised(key: string, nowMs: number): boolean {
    const lately = (this.#raisedMs.get(key) ?? []).filter((atMs) => nowMs - atMs < CHATTER.withinMs);
    lately.push(nowMs);
    this.#raisedMs.set(key, lately);
    return lately.length >= CHATTER.raises;
  }

  /** Whether the alarm that has just ended was hardly there. */
  isFleeting(key: string, onDelayMs: number, nowMs: number): boolean {
    const last = this.#raisedMs.get(key)?.at(-1);
    return last !== undefined && nowMs - last < Math.max(2 * onDelayMs, FLEETING_MIN_MS);
  }

  forgetOld(nowMs: number, keepMs: number): void {
    for (const [key, raised] of this.#raisedMs) if (nowMs - (raised.at(-1) ?? 0) >= keepMs) this.#raisedMs.delete(key);
  }
}
