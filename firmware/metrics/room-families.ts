import type { AlarmRecord } from "../contract/alarm.ts";
import { SEVERITIES } from "../contract/severity.ts";
import type { BusHealth } from "../contract/site.ts";
import type { Family, Labels, Sample } from "./text.ts";

const MS = 1_000;

/** The alarms of a room by number. Every severity is told: none is a fact, too. */
export function alarmFamilies(site: Labels, alarms: readonly AlarmRecord[]): readonly Family[] {
  const bySeverity = (is: (state: AlarmRecord["state"]) => boolean): Sample[] =>
    SEVERITIES.map((severity) => ({
      labels: { ...site, severity },
      value: alarms.filter((alarm) => alarm.severity === severity && is(alarm.state)).length,
    }));
  const aside = { shelved: "E", suppressed: "F", out_of_service: "G" } as const;
  return [
    gauge(
      "roomward_alarms",
      "Active alarms (ISA-18.2 states B and C); what is set aside is not among them.",
      bySeverity((s) => s === "B" || s === "C"),
    ),
    gauge(
      "roomward_alarms_unacknowledged",
      "Alarms that nobody has acknowledged, active or returned to normal (ISA-18.2 states B and D).",
      bySeverity((s) => s === "B" || s === "D"),
    ),
    gauge(
      "roomward_alarms_set_aside",
      "Alarms that are neither heard nor told: shelved by a person, suppressed under their cause, out of service by maintenance.",
      Object.entries(aside).map(([how, state]) => ({
        labels: { ...site, how },
        value: alarms.filter((alarm) => alarm.state === state).length,
      })),
    ),
    gauge("roomward_incidents_open", "Incidents whose alarms are not all over.", [
      { labels: site, value: new Set(alarms.map(({ incident }) => incident)).size },
    ]),
  ];
}

/** How the buses answer. One that is lent to a person is neither up nor down. */
export function busFamilies(site: Labels, buses: readonly BusHealth[]): readonly Family[] {
  const each = (value: (bus: BusHealth) => number | null): Sample[] =>
    buses.map((bus) => ({ labels: { ...site, bus: bus.id }, value: value(bus) }));
  return [
    gauge(
      "roomward_bus_up",
      "1: something on the bus answers. 0: nothing does, or its adapter or network path is missing. Absent while the bus is lent.",
      each(({ state }) => (state === "lent" ? null : Number(state === "ok" || state === "degraded"))),
    ),
    counter(
      "roomward_bus_transactions_total",
      "Questions on the bus since the start.",
      each(({ transactions }) => transactions),
    ),
    counter(
      "roomward_bus_faults_total",
      "Questions on the bus that went wrong, by reason.",
      buses.flatMap(({ id, faults }) => Object.entries(faults).map(([reason, value]) => ({ labels: { ...site, bus: id, reason }, value }))),
    ),
    gauge(
      "roomward_bus_devices_backing_off",
      "Devices that are asked less often because they do not answer.",
      each(({ devicesBackingOff }) => devicesBackingOff.length),
    ),
  ];
}

/** To milliseconds: digits behind them are bytes on the wire and nothing else. */
export const seconds = (ms: number): number => Math.round(ms) / MS;

export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples };
}
