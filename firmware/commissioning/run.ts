import { PortGuard } from "../../drivers/line/port-guard.ts";
import type { Scanner } from "../../drivers/line/scan.ts";
import type { LineWire } from "../../drivers/line/wire.ts";
import type { ModbusWire } from "../../drivers/modbus/session.ts";
import { modbusWire } from "../acquire/sessions.ts";
import type { JobResult } from "../contract/commissioning.ts";
import type { Clock } from "../platform/clock.ts";
import { isLineBus, lineSettings, lineWire, placeOf, portNames, wireText } from "../site/line.ts";
import { type BusAsk, scanPlanOf, type WireBus } from "./ask.ts";
import type { Bench, Outcome } from "./bench.ts";
import { identifyAgent, identifyUnit } from "./identify.ts";
import { readFrame, readRegisters, readVariables } from "./read.ts";
import { runScan, type ScanProgress } from "./scan.ts";
import type { ScanStage } from "./scan-plan.ts";
import { answersAnythingWords, cannotReachWords, refusals } from "./words.ts";
import { writeRegisters } from "./write.ts";

/** Does what was asked, on a wire that is free. Trouble on the wire is an outcome. */
export async function runAsk(asked: BusAsk, bench: Bench): Promise<Outcome> {
  const { bus } = bench;
  switch (asked.kind) {
    case "scan":
      return bus.kind === "snmp" ? unfit("scan", bus) : scanBus(asked, bus, bench);
    case "identify": {
      if (bus.kind === "snmp") return identifyAgent(bus, bench);
      const wire = modbusWireOf(bus);
      if (wire === null) return unfit("identify", bus);
      return asked.ask.unit === undefined ? { problem: refusals.needsUnit() } : identifyUnit(wire, asked.ask.unit, bench);
    }
    case "read": {
      const { what } = asked.ask;
      if (what.kind === "get" || what.kind === "walk") return bus.kind === "snmp" ? readVariables(bus, what, bench) : unfit(what.kind, bus);
      if (what.kind === "frame") {
        const line = rawWireOf(bus);
        return line === null ? unfit("frame", bus) : readFrame(line, what.hex, bench);
      }
      const wire = modbusWireOf(bus);
      return wire === null ? unfit(what.kind, bus) : readRegisters(wire, what, bench);
    }
    case "write": {
      const wire = modbusWireOf(bus);
      return wire === null ? unfit("write", bus) : writeRegisters(wire, asked.ask, bench);
    }
    default:
      return asked satisfies never;
  }
}

function unfit(what: string, { kind }: WireBus): Outcome {
  return { problem: refusals.unfit(what, kind) };
}

function carriesModbus(bus: WireBus): bus is Extract<WireBus, { kind: `modbus-${string}` }> {
  return bus.kind.startsWith("modbus-");
}

function modbusWireOf(bus: WireBus): ModbusWire | null {
  return carriesModbus(bus) ? modbusWire(bus, guardOf(bus)) : null;
}

/** The bytes of a serial line, whatever is spoken on it; null where there is none. */
function rawWireOf(bus: WireBus): LineWire | null {
  const guard = guardOf(bus);
  if (isLineBus(bus)) return lineWire(bus, guard);
  if (bus.kind === "modbus-rtu-tcp") return { ...ASSUMED_LINE, host: bus.host, port: bus.port, timeoutMs: bus.timeout };
  if (bus.kind !== "modbus-rtu") return null;
  const { baudRate, parity, stopBits, timeout } = bus;
  return { path: wireText(bus), guard, baudRate, parity, stopBits, timeoutMs: timeout };
}

/** Finds the port by its names. Whatever adapter is there may be tried out: nothing of it is taken for a reading of the site. */
function guardOf(bus: WireBus): PortGuard {
  return new PortGuard(portNames(bus));
}

const ASSUMED_LINE = { baudRate: 9_600, parity: "even", stopBits: 1 } as const;

async function scanBus(
  { ask }: Extract<BusAsk, { kind: "scan" }>,
  bus: Exclude<WireBus, { kind: "snmp" }>,
  bench: Bench,
): Promise<Outcome> {
  const { known, clock, ends, tell } = bench;
  let timeoutMs: number | undefined;
  let units = ask.units;
  let answersAnything = false;
  if (bus.kind === "modbus-tcp") {
    const { learnManner } = await import("../../drivers/modbus/scan.ts");
    const wire = modbusWire(bus);
    if (!("host" in wire)) throw new Error("a Modbus TCP bus has another wire");
    const manner = await learnManner(wire, [...(units ?? []), ...known.flatMap(({ unit }) => unit ?? [])], clock);
    if ("unreachable" in manner) return { problem: cannotReachWords(wireText(bus), manner.unreachable) };
    answersAnything = manner.answersAnything;
    timeoutMs = manner.timeoutMs;
    if (answersAnything) units = [known[0]?.unit ?? units?.[0] ?? 1];
  }
  const plan = scanPlanOf(bus, { ...ask, ...(units === undefined ? {} : { units }) }, timeoutMs);
  if (plan === null) throw new Error("an agent is not scanned");
  const ownLine = lineSettings(bus);
  const scanned = await runScan(plan, {
    open: (stage) => openStage(stage, bus, clock),
    deviceAt: (stage, place) => {
      const isOwnLine =
        stage.line === null || `${stage.line.baudRate} 8${stage.line.parity.charAt(0).toUpperCase()}${stage.line.stopBits}` === ownLine;
      return isOwnLine ? (known.find((device) => placeOf(device) === place)?.id ?? null) : null;
    },
    tell: (progress: ScanProgress, found) => tell(progress, found),
    ends,
  });
  const { found, asked, unreachable } = scanned;
  const advice = [...(answersAnything ? [answersAnythingWords()] : []), ...scanned.advice];
  const result: JobResult = { kind: "scan", found: [...found], asked, advice };
  return unreachable === null ? { result } : { result, problem: cannotReachWords(wireText(bus), unreachable) };
}

async function openStage(stage: ScanStage, bus: Exclude<WireBus, { kind: "snmp" }>, clock: Clock): Promise<Scanner> {
  const { protocol, line, timeoutMs, thorough, ydClass } = stage;
  if (protocol === "modbus") {
    const { openModbusScanner } = await import("../../drivers/modbus/scan.ts");
    return openModbusScanner({ ...modbusOf(bus, line), timeoutMs }, thorough, clock);
  }
  const { openLineScanner } = await import("../../drivers/line/scan.ts");
  const raw = rawWireOf(bus);
  if (raw === null) throw new Error(`a scan of ${protocol} was planned for a bus of kind ${bus.kind}`);
  const wire = { ...raw, ...(line ?? {}), timeoutMs };
  switch (protocol) {
    case "dlt645-2007":
    case "dlt645-1997": {
      const { whoIsMeter } = await import("../../drivers/dlt645/scan.ts");
      return openLineScanner(wire, () => whoIsMeter(protocol === "dlt645-2007" ? "2007" : "1997"), clock);
    }
    case "yd1363": {
      if (ydClass === null) throw new Error("a class of YD/T 1363 belongs to its stage");
      const { whoIsUnit } = await import("../../drivers/yd1363/scan.ts");
      return openLineScanner(wire, (address) => whoIsUnit(ydClass, address), clock);
    }
    case "megatec": {
      const { whoIsMegatec } = await import("../../drivers/megatec/scan.ts");
      return openLineScanner(wire, whoIsMegatec, clock);
    }
    case "upslink": {
      const { whoIsUpslink } = await import("../../drivers/upslink/scan.ts");
      return openLineScanner(wire, whoIsUpslink, clock);
    }
    default:
      return protocol satisfies never;
  }
}

/** The wire of a bus as one that carries Modbus, whatever it is meant for. */
function modbusOf(bus: Exclude<WireBus, { kind: "snmp" }>, line: ScanStage["line"]): ModbusWire {
  const raw = rawWireOf(bus);
  if (bus.kind === "modbus-tcp" || raw === null) return modbusWire(bus as Extract<WireBus, { kind: "modbus-tcp" }>);
  const { timeoutMs } = raw;
  return "path" in raw
    ? { kind: "modbus-rtu", path: raw.path, guard: raw.guard, ...(line ?? raw), timeoutMs }
    : { kind: "modbus-rtu-tcp", host: raw.host, port: raw.port, timeoutMs };
}
