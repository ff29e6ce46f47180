import type { AlarmRecord, Delivery, Words } from "../contract/alarm.ts";
import type { Clock } from "../platform/clock.ts";
import type { Dialect, TicketState, ToldAlarm } from "./dialect.ts";

/** How soon what a person does at the target is seen in the room. */
const LOOK_EVERY_MS = 30_000;
/** A change this young may not be at the target yet, and what stands there may be about the time before it. */
export const SETTLED_AFTER_MS = 10_000;
const ALARMS_PER_LOOK_MAX = 200;
const BY_MAX = 64;

export interface DecisionOptions {
  readonly dialects: Iterable<readonly [target: string, dialect: Dialect]>;
  readonly clock: Clock;
  readonly onTrouble: (message: Words) => void;
  readonly room: {
    alarms(): readonly AlarmRecord[];
    deliveries(): Readonly<Record<string, readonly Delivery[]>>;
    /** What the tickets of this target are called there now. */
    ticketStates?(target: string, states: readonly TicketState[]): void;
    acknowledge(keys: readonly string[], who: { readonly by: string; readonly from: string }, note: string): Promise<unknown>;
  };
}

/** Lets what people decide at the targets flow back: an alarm whose ticket they took or closed is acknowledged here, in their name. */
export function watchDecisions({ dialects, clock, room, onTrouble }: DecisionOptions): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const running = [...dialects].map(async ([target, dialect]) => {
    if (dialect.decisions === undefined) return;
    while (!stopped.signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, stopped.signal);
      if (stopped.signal.aborted) continue;
      try {
        const ticketed = withTicket(room.alarms(), room.deliveries(), target);
        if (dialect.ticketStates !== undefined && ticketed.length > 0)
          room.ticketStates?.(target, await dialect.ticketStates(ticketed, stopped.signal));
        const open = unacknowledged(room.alarms(), room.deliveries(), target, clock.wallMs());
        if (stopped.signal.aborted || open.length === 0) continue;
        for (const { key, by, note } of await dialect.decisions(open, stopped.signal))
          await room.acknowledge(waiting(room.alarms(), key), { by: `${by}@${target}`.slice(0, BY_MAX), from: target }, note);
      } catch (error) {
        // Our mistake, as with a delivery: it must not end the watch over the room.
        onTrouble({
          zh: `读取上级 ${target} 的受理情况时出错：${String(error)}`,
          en: `cannot read what ${target} decided: ${String(error)}`,
        });
      }
    }
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

/** Incidents of live alarms that have a ticket at the target. */
function withTicket(
  alarms: readonly AlarmRecord[],
  deliveries: Readonly<Record<string, readonly Delivery[]>>,
  target: string,
): readonly ToldAlarm[] {
  const ticketed = alarms.filter(({ incident }) =>
    (deliveries[incident] ?? []).some((delivery) => delivery.target === target && delivery.ticket !== null),
  );
  return toldOf(ticketed, ({ clearedAtMs }) => clearedAtMs === null);
}

/** Incidents that wait for somebody and of which the target has heard all there is. */
function unacknowledged(
  alarms: readonly AlarmRecord[],
  deliveries: Readonly<Record<string, readonly Delivery[]>>,
  target: string,
  nowMs: number,
): readonly ToldAlarm[] {
  const open = alarms.filter(({ state, incident, changedAtMs }) => {
    const mine = (deliveries[incident] ?? []).filter((delivery) => delivery.target === target);
    const heard = mine.length > 0 && mine.every((delivery) => delivery.state === "sent");
    return isWaiting(state) && heard && Math.abs(nowMs - changedAtMs) >= SETTLED_AFTER_MS;
  });
  return toldOf(open, ({ state }) => state === "B");
}

/** One per incident, under the key that targets know it by; active while one of its alarms is. */
function toldOf(alarms: readonly AlarmRecord[], isActive: (alarm: AlarmRecord) => boolean): readonly ToldAlarm[] {
  const told = new Map<string, ToldAlarm>();
  for (const alarm of alarms) {
    const key = alarm.incidentKey ?? alarm.key;
    const before = told.get(`${alarm.incident} ${key}`);
    told.set(`${alarm.incident} ${key}`, { key, incident: alarm.incident, active: before?.active === true || isActive(alarm) });
  }
  return [...told.values()].slice(0, ALARMS_PER_LOOK_MAX);
}

/** Keys of the alarms that wait for somebody, of the incident that a target knows by this key. */
function waiting(alarms: readonly AlarmRecord[], told: string): readonly string[] {
  const mine = alarms.filter(({ key, incidentKey, state }) => (incidentKey ?? key) === told && isWaiting(state)).map(({ key }) => key);
  return mine.length > 0 ? mine : [told];
}

function isWaiting(state: AlarmRecord["state"]): boolean {
  return state === "B" || state === "D";
}
