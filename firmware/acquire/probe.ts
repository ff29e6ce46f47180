import { emptyReadings, isGood, QUALITY } from "../../drivers/reading.ts";
import type { DeviceProbe } from "../contract/probe.ts";
import type { Clock } from "../platform/clock.ts";
import { lineSettings, placeOf, whereText } from "../site/line.ts";
import type { Device, Site } from "../site/model.ts";
import type { BusEntry } from "../site/schema.ts";
import { type OpenBus, openBus } from "./sessions.ts";

/** A device that is silent is asked this often: one answer may be lost, three in a row are not. */
const TRIES = 3;
/** A person looks at the first few. */
const MISSING_TOLD_MAX = 6;
export const PROBE_LIMIT_MS = 120_000;

/**
 * Asks every device of a site once, or up to three times while it is silent; nothing is judged, recorded or told. The wires are opened
 * for it, so no gateway may have them. Ends within about `limitMs`.
 */
export async function probeSite(site: Site, clock: Clock, limitMs = PROBE_LIMIT_MS): Promise<readonly DeviceProbe[]> {
  const endMs = clock.monotonicMs() + limitMs;
  const perBus = await Promise.all(site.buses.map((bus) => probeBus(site, bus, clock, endMs)));
  const byId = new Map(perBus.flat().map((probe) => [probe.device, probe]));
  return site.devices.flatMap(({ id }) => byId.get(id) ?? []);
}

async function probeBus(site: Site, bus: BusEntry, clock: Clock, endMs: number): Promise<readonly DeviceProbe[]> {
  const devices = site.devices.filter((device) => device.bus === bus.id);
  const wire = await openBus(bus, clock);
  try {
    const probes: DeviceProbe[] = [];
    for (const device of devices) probes.push(await probeDevice(device, bus, wire, clock, endMs));
    return probes;
  } finally {
    await wire.close();
  }
}

async function probeDevice(device: Device, bus: BusEntry, wire: OpenBus, clock: Clock, endMs: number): Promise<DeviceProbe> {
  const { id, name } = device;
  const startedMs = clock.monotonicMs();
  const about = {
    device: id,
    name,
    bus: bus.id,
    busKind: bus.kind,
    wire: whereText(bus, device),
    settings: lineSettings(bus),
    unit: placeOf(device),
    points: device.points.length,
  };
  const readings = emptyReadings(device.points.length);
  const reader = wire.reader(device);
  let said: Pick<DeviceProbe, "asked" | "answered" | "down" | "good" | "reason" | "detail" | "advice"> = {
    asked: false,
    answered: false,
    down: false,
    good: 0,
    reason: null,
    detail: "",
    advice: null,
  };
  for (let tries = 0; tries < TRIES && !said.answered && clock.monotonicMs() < endMs; tries += 1) {
    const { answered, faults, remark } = await reader.read(readings);
    const fault = faults.at(-1);
    said = {
      asked: true,
      answered,
      down: remark !== undefined,
      good: readings.qualities.filter(isGood).length,
      reason: fault?.reason ?? null,
      detail: remark ?? fault?.detail ?? "",
      advice: fault?.advice ?? null,
    };
  }
  const missing = device.points.flatMap(({ name, optional }, point) => {
    const quality = readings.qualities[point] ?? Number.NaN;
    return said.answered && !optional && !isGood(quality) && quality !== QUALITY.nothingToMeasure ? [name] : [];
  });
  const identity = reader.identity?.() ?? null;
  return { ...about, ...said, identity, missing: missing.slice(0, MISSING_TOLD_MAX), tookMs: Math.round(clock.monotonicMs() - startedMs) };
}
