import { type LineSettings, likelyLines, lineName, silenceMs } from "../../drivers/line/scan.ts";
import { WHO_BYTES } from "../../drivers/modbus/scan.ts";
import type { YdClass } from "../../drivers/yd1363/scan.ts";
import type { ScanAsk, ScanProtocol } from "../contract/commissioning.ts";

/** One protocol on one setting of a line: the places to ask at, in order. */
export interface ScanStage {
  readonly protocol: ScanProtocol;
  /** Null where there is nothing to set: the serial line is at the far end of a network connection. */
  readonly line: LineSettings | null;
  readonly places: readonly number[];
  readonly timeoutMs: number;
  /** What a silent place costs. */
  readonly silenceMs: number;
  /** Modbus: by a second question, too. */
  readonly thorough: boolean;
  readonly ydClass: YdClass | null;
}

export interface ScanPlan {
  readonly stages: readonly ScanStage[];
  readonly places: number;
  /** Longer than this it cannot take: every place silent, and the questions that are asked again of those who are not. */
  readonly limitMs: number;
}

/** What is known of the families that can be read. */
export interface FactoryFacts {
  readonly modbusLines: readonly LineSettings[];
  readonly ydClasses: readonly YdClass[];
}

/** The bus that is looked at. */
export interface ScannedBus {
  readonly kind:
    | "modbus-rtu"
    | "modbus-rtu-tcp"
    | "modbus-tcp"
    | "modbus-ascii"
    | "megatec"
    | "upslink"
    | "yd1363"
    | "dlt645-2007"
    | "dlt645-1997"
    | "osdp";
  /** Null for a network connection. */
  readonly line: LineSettings | null;
  readonly timeoutMs: number;
}

/** Who answered, or garbled, is asked so often in all: one answer may be an accident. */
export const ASKS_PER_PLACE = 3;
/** Of all places together: a line of pure noise must not make a scan long. */
export const ASKS_AGAIN_MAX = 128;
const UNITS = Array.from({ length: 32 }, (_, index) => index + 1);
const YD_UNITS = UNITS.slice(0, 16);
/** How long a device may think where nothing is known of it. */
const THINKS_MS = 200;
const SLOW_THINKS_MS = 600;
const TEXT_BYTES = 90;
const YD_BYTES = 56;
const METER_BYTES = 40;
const SERIAL_UPS: LineSettings = { baudRate: 2_400, parity: "none", stopBits: 1 };
const UPS_LINES: readonly LineSettings[] = [SERIAL_UPS, { ...SERIAL_UPS, baudRate: 9_600 }, { ...SERIAL_UPS, baudRate: 1_200 }];
const YD_LINES: readonly LineSettings[] = [{ baudRate: 9_600, parity: "none", stopBits: 1 }];
/** 2007 leaves the factory at 2,400, 1997 at 1,200; even parity by the standard. */
const METER_LINES = {
  "dlt645-2007": [2_400, 9_600, 1_200, 4_800],
  "dlt645-1997": [1_200],
} as const satisfies Record<string, readonly number[]>;
/** Opening of ports and timers that are late. */
const SLACK = 1.1;
const PER_STAGE_MS = 300;
const SLACK_MS = 2_000;

const isUpsPort = (kind: ScannedBus["kind"]): boolean => kind === "megatec" || kind === "upslink";

/**
 * What to ask, likeliest first. First of all whether a UPS is at the far end: in the letters that others send there are some that switch
 * it. A port that is meant for a UPS is asked for nothing else, for the same reason, unless somebody names it.
 */
export function planScan(bus: ScannedBus, ask: Omit<ScanAsk, "bus">, facts: FactoryFacts): ScanPlan {
  const own = protocolOf(bus.kind);
  const usual: readonly ScanProtocol[] =
    bus.line === null && bus.kind.startsWith("modbus")
      ? ["modbus"]
      : isUpsPort(bus.kind)
        ? ["megatec", "upslink"]
        : [
            "megatec",
            "upslink",
            ...(own === null ? [] : [own]),
            ...(["modbus", "dlt645-2007", "yd1363", "dlt645-1997"] as const).filter((other) => other !== own),
          ];
  const protocols = usual.filter((one) => ask.protocols?.includes(one) ?? true);
  const named = (ask.protocols ?? []).filter((one) => !usual.includes(one));
  const first = [...protocols, ...named].flatMap((protocol) => stagesOf(protocol, bus, ask, facts));
  // The settings of the bus before all others, but for the question whether it is a UPS.
  const rank = ({ protocol, line }: ScanStage): number =>
    isUps(protocol)
      ? 0
      : protocol === own && (line === null || bus.line === null || lineName(line) === lineName(bus.line))
        ? 1
        : protocol === "modbus"
          ? 3
          : 2;
  const stages = first.map((stage, index) => ({ stage, index })).sort((a, b) => rank(a.stage) - rank(b.stage) || a.index - b.index);
  return bounded(stages.map(({ stage }) => stage));
}

export const isUps = (protocol: ScanProtocol): boolean => protocol === "megatec" || protocol === "upslink";

function bounded(stages: readonly ScanStage[]): ScanPlan {
  const places = stages.reduce((sum, stage) => sum + stage.places.length, 0);
  const silentMs = stages.reduce((sum, stage) => sum + stage.places.length * stage.silenceMs + PER_STAGE_MS, 0);
  const againMs = Math.min(ASKS_AGAIN_MAX, places * (ASKS_PER_PLACE - 1)) * Math.max(0, ...stages.map((stage) => stage.silenceMs));
  return { stages, places, limitMs: Math.ceil((silentMs + againMs) * SLACK + SLACK_MS) };
}

/**
 * Null for a line of card readers, and for one in ASCII mode: who is there is known to their controller alone, but other devices may be on the
 * pair.
 */
function protocolOf(kind: ScannedBus["kind"]): ScanProtocol | null {
  if (kind === "osdp" || kind === "modbus-ascii") return null;
  return kind === "modbus-rtu" || kind === "modbus-rtu-tcp" || kind === "modbus-tcp" ? "modbus" : kind;
}

function stagesOf(protocol: ScanProtocol, bus: ScannedBus, ask: Omit<ScanAsk, "bus">, facts: FactoryFacts): readonly ScanStage[] {
  const isOwn = protocol === protocolOf(bus.kind);
  const lines = (factory: readonly LineSettings[]): readonly (LineSettings | null)[] => {
    if (bus.line === null) return [null];
    const all = isOwn ? [bus.line, ...factory] : factory;
    const asked = all.filter(
      (line, index) =>
        (ask.bauds?.some((baud) => baud === line.baudRate) ?? true) &&
        (ask.parities?.includes(line.parity) ?? true) &&
        all.findIndex((other) => lineName(other) === lineName(line)) === index,
    );
    return asked;
  };
  const stage = (line: LineSettings | null, places: readonly number[], thinksMs: number, bytes: number): ScanStage => {
    const isOwnLine = isOwn && (line === null || (bus.line !== null && lineName(line) === lineName(bus.line)));
    const timeoutMs = isOwnLine ? bus.timeoutMs : thinksMs;
    const onLine = line ?? { baudRate: 9_600, parity: "even", stopBits: 1 };
    return { ...{ protocol, line, places, timeoutMs, thorough: false, ydClass: null }, silenceMs: silenceMs(onLine, timeoutMs, bytes) };
  };
  switch (protocol) {
    case "modbus": {
      const units = ask.units?.filter((unit) => unit <= 247) ?? UNITS;
      if (bus.line === null) return [stage(null, units, bus.timeoutMs, WHO_BYTES)];
      const own = isOwn ? bus.line : (facts.modbusLines[0] ?? bus.line);
      return likelyLines(own, facts.modbusLines, ask).map((line, index) => {
        const planned = stage(line, units, THINKS_MS, WHO_BYTES);
        return index === 0 && isOwn ? { ...planned, thorough: true, silenceMs: 2 * planned.silenceMs } : planned;
      });
    }
    case "yd1363":
      return lines(YD_LINES).flatMap((line) =>
        facts.ydClasses.map((ydClass) => ({ ...stage(line, ask.units ?? YD_UNITS, SLOW_THINKS_MS / 2, YD_BYTES), ydClass })),
      );
    case "dlt645-2007":
    case "dlt645-1997": {
      const factory = METER_LINES[protocol].map((baudRate): LineSettings => ({ baudRate, parity: "even", stopBits: 1 }));
      return lines(factory).map((line) => stage(line, [0], SLOW_THINKS_MS, METER_BYTES));
    }
    case "megatec":
    case "upslink":
      return lines(isUpsPort(bus.kind) ? UPS_LINES : [SERIAL_UPS]).map((line) => stage(line, [0], SLOW_THINKS_MS, TEXT_BYTES));
    default:
      return protocol satisfies never;
  }
}
