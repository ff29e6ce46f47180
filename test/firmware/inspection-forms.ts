import type { InspectionTemplate, MeasuredItem } from "../../firmware/contract/inspection.ts";
import type { PointSummary } from "../../firmware/history/history.ts";
import { loadSite } from "../../firmware/site/load.ts";
import type { Site } from "../../firmware/site/model.ts";
import { loadedSite } from "./loaded-site.ts";

/** The site of the inspection tests: two probes, a UPS, a door. */
export const SITE = `
site: { id: demo, name: { zh: 演示机房, en: Demo room }, timezone: Asia/Shanghai }
areas: [{ id: room, name: Room }]
buses:
  - { id: line, kind: modbus-rtu, path: /dev/ttyUSB0 }
  - { id: card, kind: snmp, host: 10.0.0.5 }
devices:
  - { id: th-1, name: { zh: 1 号温湿度, en: Probe 1 }, area: room, bus: line, unit: 1, profile: sensor/xy-md02 }
  - { id: th-2, name: Probe 2, area: room, bus: line, unit: 2, profile: sensor/xy-md02 }
  - { id: ups-a, name: UPS A, area: room, bus: card, profile: ups/ietf-rfc1628 }
  - { id: door-1, name: Door, area: room, bus: line, unit: 9, channel: 0, profile: door/wellpro-di }
`;

export function siteOf(text: string): Site {
  return loadedSite(text);
}

export function problemsOf(text: string): readonly string[] {
  const loaded = loadSite(text);
  return "problems" in loaded ? loaded.problems.map(({ line, path, message }) => `${line} ${path}: ${message.en}`) : [];
}

const head = (id: string) => ({ id, name: { zh: `中 ${id}`, en: id }, device: null, where: null, weight: 1 });

export function temperature(): MeasuredItem {
  return {
    ...head("th-1/ambient.temperature"),
    ...{ kind: "measured", point: "th-1/ambient.temperature", pointKind: "measure", unit: "°C", digits: 1, fitted: true, states: [] },
    ...{
      limits: [
        { type: "high", severity: "major", limit: 27 },
        { type: "high", severity: "critical", limit: 32 },
      ],
      abnormalStates: [],
    },
  };
}

/** A point with four states: the second and the fourth are abnormal. */
export function powerSource(): MeasuredItem {
  return {
    ...temperature(),
    ...{ id: "ups-a/output.source", point: "ups-a/output.source", pointKind: "state", unit: "", digits: 0, limits: [] },
    states: ["mains", "bypass", "battery", "none"].map((name) => ({ name, zh: name, en: name })),
    abnormalStates: [
      { state: 1, severity: "critical" },
      { state: 3, severity: "minor" },
    ],
  };
}

/** A form with one item of each kind. */
export function form(change: Partial<InspectionTemplate> = {}): InspectionTemplate {
  const choice = (id: string, abnormal: boolean) => ({ id, name: { zh: id, en: id }, abnormal });
  return {
    ...{ id: "daily", name: { zh: "每日巡检", en: "Daily round" }, at: "18:00", who: null },
    items: [
      temperature(),
      { kind: "choice", ...head("lamps"), weight: 2, optional: false, choices: [choice("none", false), choice("lit", true)] },
      { kind: "number", ...head("pressure"), optional: false, unit: "MPa", min: 1, max: 1.4 },
      { kind: "text", ...head("remarks"), weight: 0, optional: true },
    ],
    ...change,
  };
}

export function summary(point: string, change: Partial<PointSummary> = {}): PointSummary {
  return {
    ...{ point, min: 21.5, max: 24.25, avg: 22.75, last: 23, minAtMs: 1_000, maxAtMs: 2_000, minutesWithData: 600, minutes: 600 },
    ...{ gaps: [], clockTrusted: true },
    ...change,
  };
}
