import type { Clock } from "../../firmware/platform/clock.ts";
import { type Disturbances, ordinaryMorning, type RoomState, step } from "./physics/room.ts";
import { ALL_CLEAR, disturbancesOf, isScenario, SCENARIO_NAMES, type ScenarioName } from "./scenarios.ts";

/** The room at this moment, with what is being done to it. */
export interface WorldView {
  readonly room: RoomState;
  readonly disturbances: Disturbances;
  readonly running: ReadonlySet<ScenarioName>;
  readonly speed: number;
  readonly seed: number;
  /** Changes whenever a device might say something else. */
  readonly revision: number;
}

/** A room that lives: time passes in it, and people may disturb it. */
export interface World {
  view(): WorldView;
  /** Switches a scenario; saying the same thing twice changes nothing. Returns false for a name that nobody knows. */
  scenario(name: string, on: boolean): boolean;
  /** Simulated seconds per real second. Returns false for a speed outside `SPEED_MIN`…`SPEED_MAX`. */
  setSpeed(speed: number): boolean;
  /** Brings the room up to now. The timer does it; tests with a clock of their own may call it. */
  advance(): void;
  stop(): void;
}

export const SPEED_MIN = 0;
export const SPEED_MAX = 60;
/** Often enough that a fast room still moves smoothly, seldom enough that an idle one costs nothing. */
const TICK_MS = 500;
/** After the machine slept, the room does not relive the night: it skips. */
const CATCH_UP_SECONDS_MAX = 300;

/** Makes the room of an ordinary morning and lets its time run. Steps are whole simulated seconds, so a seed means one history. */
export function createWorld(options: { readonly clock: Clock; readonly seed: number; readonly speed: number }): World {
  let room = ordinaryMorning(options.seed);
  let speed = options.speed;
  let owedSeconds = 0;
  let advancedAtMs: number = options.clock.monotonicMs();
  let revision = 0;
  const running = new Set<ScenarioName>();

  const advance = (): void => {
    const nowMs = options.clock.monotonicMs();
    owedSeconds = Math.min(CATCH_UP_SECONDS_MAX, owedSeconds + ((nowMs - advancedAtMs) / 1_000) * speed);
    advancedAtMs = nowMs;
    const whole = Math.floor(owedSeconds);
    owedSeconds -= whole;
    if (whole === 0) return;
    room = step(room, disturbancesOf(running), whole);
    revision += 1;
  };
  const stopTimer = options.clock.every(TICK_MS, advance);

  return {
    view: () => ({ room, disturbances: disturbancesOf(running), running, speed, seed: options.seed, revision }),
    scenario(name, on) {
      // What went before happened under the old circumstances.
      advance();
      revision += 1;
      if (name === ALL_CLEAR) {
        if (on) for (const each of SCENARIO_NAMES) running.delete(each);
        return true;
      }
      if (!isScenario(name)) return false;
      if (on) running.add(name);
      else running.delete(name);
      return true;
    },
    setSpeed(next) {
      if (!(next >= SPEED_MIN && next <= SPEED_MAX)) return false;
      advance();
      speed = next;
      return true;
    },
    advance,
    stop: stopTimer,
  };
}
