/** The incoming supply and the meter on it: three phases whose volts, amperes, power factor and watts always belong together. */
export interface PhaseState {
  readonly volts: number;
  readonly amperes: number;
  readonly powerFactor: number;
  readonly watts: number;
}

export interface MainsState {
  readonly present: boolean;
  readonly hertz: number;
  readonly phases: readonly [PhaseState, PhaseState, PhaseState];
  /** Never falls. */
  readonly energyKWh: number;
}

/** Nobody balances single-phase loads perfectly. */
const SHARE = [0.35, 0.33, 0.32] as const;
const POWER_FACTOR = [0.962, 0.955, 0.968] as const;

/** What the room takes from the street, as a meter sees it. `wander` values are about −3 to 3. */
export function stepMains(
  mains: MainsState,
  input: {
    readonly present: boolean;
    readonly watts: number;
    readonly wander: { readonly v1: number; readonly v2: number; readonly v3: number; readonly hertz: number };
  },
  dtSeconds: number,
): MainsState {
  const phase = (index: 0 | 1 | 2, wander: number): PhaseState => {
    if (!input.present) return { volts: 0, amperes: 0, powerFactor: 0, watts: 0 };
    const volts = 229.5 + 1.2 * wander;
    const powerFactor = POWER_FACTOR[index];
    const watts = input.watts * SHARE[index];
    return { volts, powerFactor, watts, amperes: watts / (volts * powerFactor) };
  };
  const watts = input.present ? input.watts : 0;
  return {
    present: input.present,
    hertz: input.present ? 50 + 0.015 * input.wander.hertz : 0,
    phases: [phase(0, input.wander.v1), phase(1, input.wander.v2), phase(2, input.wander.v3)],
    energyKWh: mains.energyKWh + (watts * dtSeconds) / 3_600_000,
  };
}
