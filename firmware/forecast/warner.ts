import type { AlarmRecord } from "../contract/alarm.ts";
import type { EarlyWarning } from "../site/early-warnings.ts";
import { CALM, type WarningState, warningStep } from "./early-warning.ts";
import type { Ahead } from "./told.ts";

/** Where early warnings ring. */
export interface WarningRoom {
  alarms(): readonly AlarmRecord[];
  condition(key: string, active: boolean): void;
}

/** Rings the early warnings that the site asks for, after every look. */
export class Warner {
  readonly #room: WarningRoom;
  readonly #states: Map<EarlyWarning, WarningState>;

  /** What rang before the start rings on until looks say otherwise. */
  constructor(warnings: readonly EarlyWarning[], room: WarningRoom) {
    this.#room = room;
    const ringing = new Set(room.alarms().flatMap(({ key, clearedAtMs }) => (clearedAtMs === null ? [key] : [])));
    this.#states = new Map(warnings.map((warning) => [warning, { ...CALM, active: ringing.has(warning.rule.key) }]));
  }

  look(ahead: readonly Ahead[], nowMs: number): void {
    if (this.#states.size === 0) return;
    const passed = new Set(
      this.#room
        .alarms()
        .flatMap(({ point, type, clearedAtMs }) => (clearedAtMs === null && (type === "high" || type === "low") ? [point] : [])),
    );
    const limits = ahead.flatMap((each) => (each.outcome === "forecast" && each.view.kind === "limit" ? [each.view] : []));
    for (const [warning, state] of this.#states) {
      const soonest = limits.filter(({ point }) => point === warning.pointId).toSorted((a, b) => a.inMs - b.inMs)[0];
      const look = {
        inMs: soonest?.inMs ?? null,
        confident: soonest?.confidence === "high",
        isPassed: passed.has(warning.pointId),
      };
      const next = warningStep(state, look, warning.withinMs, nowMs);
      this.#states.set(warning, next);
      if (next.active === state.active) continue;
      if (next.active && soonest !== undefined) warning.say(soonest.text);
      this.#room.condition(warning.rule.key, next.active);
    }
  }
}
