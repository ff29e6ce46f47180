import type { DeviceReader, Pace, Session } from "../driver.ts";
import type { Framing, Manners } from "../line/exchange.ts";
import type { PortGuard } from "../line/port-guard.ts";
import { QueryReader, type Said } from "../line/reader.ts";
import { characterMs, type LineWire, openWire, type Surroundings } from "../line/wire.ts";
import { emptyReadings, type Readings } from "../reading.ts";
import type { Switches } from "../switch.ts";
import { AsciiFraming } from "./ascii.ts";
import { type Answer, ModbusClient } from "./client.ts";
import { decodeBlock, explain } from "./decode.ts";
import { exceptionWords, isGatewayException } from "./exceptions.ts";
import { RtuFraming, TcpFraming } from "./frame.ts";
import { type Block, planReads, type ReadPlan } from "./plan.ts";
import type { ModbusProfile } from "./profile.ts";
import { type ModbusOutput, modbusSwitch } from "./switch.ts";

/** A wire that carries Modbus: TCP, RTU through a serial server's TCP port, or RTU on a serial port. */
export type ModbusWire = {
  readonly timeoutMs: number;
  /** The silence that this port wants before each request, where that is more than the protocol's. */
  readonly pauseMs?: number;
} & (
  | { readonly kind: "modbus-tcp" | "modbus-rtu-tcp"; readonly host: string; readonly port: number }
  | {
      readonly kind: "modbus-rtu";
      readonly path: string;
      readonly guard?: PortGuard | undefined;
      readonly baudRate: number;
      readonly parity: "none" | "even" | "odd";
      readonly stopBits: 1 | 2;
    }
  | ({ readonly kind: "modbus-ascii" } & LineWire)
);

/** Where a device is on its wire. `channel` counts only for profiles whose inputs are devices of their own. */
export interface ModbusAddress {
  readonly profile: ModbusProfile;
  readonly unit: number;
  readonly channel: number;
}

/** Two signs for each byte, and those around the line. */
const ASCII_SIGNS_PER_BYTE = 2.2;
/** Lines are told apart by their signs; this is for a two-wire transceiver to turn round. */
const ASCII_REST_MS = 5;
/** A connection on which this many requests in a row met silence may be dead without anybody having said so. */
const SILENCES_BEFORE_RECONNECT = 3;
/** Serial servers rarely say how fast their line is: the gap of the commonest speed suits faster ones too. */
const ASSUMED_LINE = { baudRate: 9_600, parity: "even", stopBits: 1 } as const;
/** Illegal address and illegal value: the unit does not have all that was asked for, or not in one request. (Modbus application protocol V1.1b3, 7) */
const UNKNOWN_EXCEPTIONS: readonly number[] = [2, 3];

/** A session on one wire. Nothing is opened before the first read, and what was lost is opened again at the next one. */
export function openModbus(wire: ModbusWire, pace: Pace, around: Surroundings = {}): Session<ModbusAddress> & Switches<ModbusOutput> {
  const client = clientFor(wire, pace, around);
  return {
    device: (address) => deviceOver(client, address, pace),
    switchAt: (output) => modbusSwitch(client, output),
    release: () => client.release(),
    close: () => client.close(),
  };
}

/** Whoever answers for a unit: the client on a wire, or a recording. */
export interface Asked {
  ask(unit: number, block: Block, pauseMs?: number): Promise<Answer>;
}

/** A device whose unit answers through anything: a wire, or a recording. */
export function deviceOver(asked: Asked, { profile, unit, channel }: ModbusAddress, pace: Pick<Pace, "monotonicMs">): DeviceReader {
  const plan = planOf(profile, channel);
  const queries = plan.blocks.map((block) => queryOf(unit, block));
  const reader = new QueryReader(plan.pointNames, queries, pace, async (block, into) =>
    readBlock(block, await asked.ask(unit, block, profile.pauseMs), into),
  );
  if (plan.scaled.length === 0) return reader;
  // What explains other registers is read behind the points' columns, in readings that nobody else sees.
  const work = emptyReadings(plan.columnCount);
  return {
    pointNames: plan.pointNames,
    async read(into) {
      const report = await reader.read(work);
      explain(plan, work, into);
      return report;
    },
  };
}

interface BlockQuery extends Block {
  readonly where: string;
  parts(): readonly BlockQuery[];
}

function queryOf(unit: number, block: Block): BlockQuery {
  const where = `unit ${unit} ${block.table} ${block.address}+${block.count}`;
  return { ...block, where, parts: () => block.parts().map((part) => queryOf(unit, part)) };
}

/** One plan serves all devices of a family on the same channel. */
const plans = new WeakMap<ModbusProfile, Map<number, ReadPlan>>();

function planOf(profile: ModbusProfile, channel: number): ReadPlan {
  const byChannel = plans.get(profile) ?? new Map<number, ReadPlan>();
  plans.set(profile, byChannel);
  const plan = byChannel.get(channel) ?? planReads(profile, channel);
  byChannel.set(channel, plan);
  return plan;
}

/**
 * The silence between two RTU frames: 3.5 characters as long as they are on this line (11 bits by the standard, 10 without parity and with
 * one stop bit), and never less than 1.75 ms, which the standard fixes for lines faster than 19,200 Bd. (Modbus over serial line V1.02, 2.5.1.1)
 */
export function frameGapMs(line: Parameters<typeof characterMs>[0]): number {
  return line.baudRate > 19_200 ? 1.75 : 3.5 * characterMs(line);
}

export function clientFor(wire: ModbusWire, pace: Pace, { opens = openWire, watch }: Surroundings = {}): ModbusClient {
  return new ModbusClient(framingOf(wire.kind), mannersOf(wire), pace, (listener) => opens(wire, pace, listener), watch);
}

function framingOf(kind: ModbusWire["kind"]): Framing<Buffer, Buffer> {
  if (kind === "modbus-tcp") return new TcpFraming();
  return kind === "modbus-ascii" ? new AsciiFraming() : new RtuFraming();
}

function mannersOf(wire: ModbusWire): Manners {
  const { timeoutMs, pauseMs = 0 } = wire;
  const overTcp: Manners = { timeoutMs, byteMs: 0, gapMs: pauseMs, drains: false, silencesMax: SILENCES_BEFORE_RECONNECT };
  switch (wire.kind) {
    case "modbus-tcp":
      return overTcp;
    case "modbus-rtu-tcp":
      return { ...overTcp, byteMs: characterMs(ASSUMED_LINE), gapMs: Math.max(frameGapMs(ASSUMED_LINE), pauseMs), drains: true };
    case "modbus-rtu":
      return { timeoutMs, byteMs: characterMs(wire), gapMs: Math.max(frameGapMs(wire), pauseMs), drains: true, silencesMax: 0 };
    case "modbus-ascii":
      return {
        ...{ timeoutMs, byteMs: ASCII_SIGNS_PER_BYTE * characterMs(wire), gapMs: Math.max(ASCII_REST_MS, pauseMs), drains: true },
        silencesMax: "path" in wire ? 0 : SILENCES_BEFORE_RECONNECT,
      };
    default:
      return wire satisfies never;
  }
}

/** What one answer says, its values in the readings. */
function readBlock(block: Block, answer: Answer, into: Readings): Said {
  if (answer.outcome === "lost") return answer;
  if (answer.outcome === "data") {
    decodeBlock(block.columns, answer.bytes, into);
    return { outcome: "data" };
  }
  const { code } = answer;
  return { outcome: "refused", what: exceptionWords(code), reached: !isGatewayException(code), unknown: UNKNOWN_EXCEPTIONS.includes(code) };
}
