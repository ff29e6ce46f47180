/** The early warning of one point, and what it remembers between two looks. Pure. */
export interface WarningState {
  readonly active: boolean;
  /** Looks in a row that speak for the other state. */
  readonly streak: number;
  /** Monotonic ms before which it does not ring again. */
  readonly quietUntilMs: number;
}

export const CALM: WarningState = { active: false, streak: 0, quietUntilMs: Number.NEGATIVE_INFINITY };

/** So many looks in a row with a good forecast within the time ring; so many without one end it. */
export const RING_LOOKS = 4;
export const CALM_LOOKS = 6;
/** While it rings, a forecast up to so many times the wanted time keeps it. */
const KEEP_TIMES = 1.5;
/** Between the end of one and the next. */
export const QUIET_MS = 30 * 60_000;

export interface WarningLook {
  /** Null: there is no forecast. */
  readonly inMs: number | null;
  /** Confident enough to call somebody for. */
  readonly confident: boolean;
  /** The limit itself has been passed: its own alarm says so. */
  readonly isPassed: boolean;
}

export function warningStep(state: WarningState, look: WarningLook, withinMs: number, nowMs: number): WarningState {
  const { active, streak, quietUntilMs } = state;
  if (look.isPassed) return active ? calmed(nowMs) : { ...state, streak: 0 };
  if (!active) {
    const near = look.inMs !== null && look.confident && look.inMs <= withinMs && nowMs >= quietUntilMs;
    if (!near) return { ...state, streak: 0 };
    return streak + 1 >= RING_LOOKS ? { active: true, streak: 0, quietUntilMs } : { ...state, streak: streak + 1 };
  }
  if (look.inMs !== null && look.inMs <= KEEP_TIMES * withinMs) return { ...state, streak: 0 };
  return streak + 1 >= CALM_LOOKS ? calmed(nowMs) : { ...state, streak: streak + 1 };
}

const calmed = (nowMs: number): WarningState => ({ active: false, streak: 0, quietUntilMs: nowMs + QUIET_MS });
