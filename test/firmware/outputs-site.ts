import type { LiveAlarm, World } from "../../firmware/outputs/world.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

const HEAD = `
site: { id: t, name: T }
areas: [{ id: room, name: Room }, { id: rack, name: Rack, parent: room }, { id: yard, name: Yard }]
buses:
  - { id: do, kind: modbus-tcp, host: 127.0.0.1, port: 1502 }
  - { id: di, kind: gpio }
devices:
  - { id: leak, area: room, bus: di, profile: leak/generic-contact, channel: 22 }
  - { id: pump, area: room, bus: di, profile: leak/generic-contact, channel: 23 }
`;

/** A small room with an output module; `rest` are the sections outputs and linkages. */
export const outputsSite = (rest: string): Site => loadedSite(`${HEAD}${rest}`);
export const outputsText = (rest: string): string => `${HEAD}${rest}`;

export const SIREN = "{ id: siren, area: room, kind: siren, at: { bus: do, unit: 3, coil: 0 }, when: { severities: [critical, major] } }";
export const BEACON = "{ id: beacon, area: room, kind: beacon, at: { bus: do, unit: 3, coil: 1 } }";
export const VALVE = "{ id: valve, area: room, kind: relay, at: { bus: do, unit: 3, coil: 2 }, safe: asItIs }";
export const LEAK_VALVE =
  "{ id: leak-valve, when: { alarms: { types: [leak] }, for: 2s }, set: { output: valve, is: on }, unless: [{ point: pump/leak.detected, state: leak }] }";

/** A live alarm as outputs see it. */
export function alarm(over: Partial<LiveAlarm> & { readonly type?: string; readonly area?: string } = {}): LiveAlarm {
  const { type = "leak", area = "room", ...rest } = over;
  return {
    key: `t/${area}/leak/leak.detected/${type}`,
    point: "leak/leak.detected",
    severity: "critical",
    state: "B",
    raiseCount: 1,
    raisedAtMs: 1_000_000,
    clearedAtMs: null,
    incident: "i1",
    ...rest,
  };
}

/** The world that a test makes, at a moment of its own. */
export class TestWorld implements World {
  alarms: readonly LiveAlarm[] = [];
  values = new Map<number, number | null>();
  outputs = new Map<string, boolean | null>();
  atMs = 1_000;
  local: World["now"]["local"] = { minute: 12 * 60, day: 3 };

  get now(): World["now"] {
    return { monotonicMs: this.atMs, wallMs: 1_000_000 + this.atMs, local: this.local };
  }

  value(point: number): number | null {
    return this.values.get(point) ?? null;
  }

  found(output: string): boolean | null {
    return this.outputs.get(output) ?? null;
  }
}
