import type { BusDoctorView } from "../contract/doctor.ts";
import type { Device } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import type { DEVICE_COUNTERS } from "./counters.ts";
import { findingsOf, loadOf } from "./findings.ts";
import type { BusFigures, DeviceFigures } from "./tally.ts";
import { findingWords } from "./words.ts";

/** Counters that are told as errors, or as something odd. */
const TOLD = [
  "silent",
  "checksum",
  "partial",
  "headless",
  "wrongLength",
  "foreign",
  "twice",
  "late",
  "edge",
  "unknownData",
  "busy",
  "unreachable",
  "noiseBursts",
  "foreignQuestions",
  "adapterMissing",
  "echo",
] as const satisfies readonly (typeof DEVICE_COUNTERS)[number][];

/** The figures of a bus as people see them, and what they mean. */
export function viewOf(bus: BusEntry, devices: readonly Device[], figures: BusFigures): BusDoctorView {
  const { counts, latency, windowMs } = figures;
  const percent = (part: number): number => Math.round(part * 1_000) / 10;
  const load = loadOf(figures);
  return {
    bus: bus.id,
    windowSeconds: Math.round(windowMs / 1_000),
    exchanges: counts.asked,
    answered: counts.answered,
    busyPercent: counts.reads === 0 ? null : Math.min(100, percent(counts.busyMs / windowMs)),
    loadPercent: load === null ? null : percent(load),
    latency,
    errors: errorsOf(figures),
    devices: figures.devices.map((device) => ({
      device: device.id,
      exchanges: device.counts.asked,
      answered: device.counts.answered,
      latency: device.latency,
      errors: errorsOf(device),
    })),
    // Contacts and probes of hosts have no wire: what is wrong there their drivers and alarms say themselves.
    findings: (bus.kind === "gpio" || bus.kind === "probe" ? [] : findingsOf(figures)).map(
      ({ causes, certainty, devices: about, ...rest }) => ({
        causes: [...causes],
        certainty,
        devices: [...about],
        ...findingWords({ causes, certainty, devices: about, ...rest }, bus, devices),
      }),
    ),
  };
}

function errorsOf({ counts }: Pick<DeviceFigures, "counts">): Record<string, number> {
  return Object.fromEntries(TOLD.flatMap((counter) => (counts[counter] === 0 ? [] : [[counter, counts[counter]]])));
}
