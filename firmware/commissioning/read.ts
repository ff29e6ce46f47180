import { openRaw } from "../../drivers/line/raw.ts";
import type { LineWire } from "../../drivers/line/wire.ts";
import type { Answer, ModbusClient } from "../../drivers/modbus/client.ts";
import { exceptionWords } from "../../drivers/modbus/exceptions.ts";
import { FUNCTION_OF } from "../../drivers/modbus/plan.ts";
import { clientFor, type ModbusWire } from "../../drivers/modbus/session.ts";
import { openClient } from "../../drivers/snmp/client.ts";
import { TAG, type Variable } from "../../drivers/snmp/decode.ts";
import { textIn } from "../../drivers/snmp/scan.ts";
import { walk } from "../../drivers/snmp/walk.ts";
import type { Words } from "../contract/alarm.ts";
import type { JobResult, ReadAsk } from "../contract/commissioning.ts";
import type { BusEntry } from "../site/schema.ts";
import { snmpWire } from "../site/snmp.ts";
import type { Bench, Outcome } from "./bench.ts";
import { cannotReachWords, refusals } from "./words.ts";

type Registers = Extract<ReadAsk["what"], { unit: number }>;
type Variables = Extract<ReadAsk["what"], { oid: string }>;

/** Answers of other units are long; a frame that nobody knows may be as well. */
const FRAME_ANSWER_BYTES = 300;

/** Raw registers, or bits, of one unit. */
export async function readRegisters(
  wire: ModbusWire,
  { kind, unit, address, count }: Registers,
  { clock }: Pick<Bench, "clock">,
): Promise<Outcome> {
  const client = clientFor(wire, clock);
  try {
    const read = await readTable(client, { table: kind, unit, address, count });
    return "values" in read
      ? { result: { kind: "registers", table: kind, address, values: [...read.values] } }
      : { problem: read.unreachable === true ? cannotReachWords(wireName(wire), read.what) : read.problem };
  } finally {
    await client.close();
  }
}

export function wireName(wire: ModbusWire): string {
  return "path" in wire ? wire.path : `${wire.host}:${wire.port}`;
}

/** Words of registers, or bits as 0 and 1. `pauseMs`: the silence that is wanted before. */
export async function readTable(
  client: ModbusClient,
  {
    table,
    unit,
    address,
    count,
  }: { readonly table: Registers["kind"]; readonly unit: number; readonly address: number; readonly count: number },
  pauseMs = 0,
): Promise<{ readonly values: readonly number[] } | { readonly problem: Words; readonly what: string; readonly unreachable?: true }> {
  const isBits = table === "coil" || table === "discrete";
  const bytes = isBits ? Math.ceil(count / 8) : count * 2;
  const answer = await client.ask(unit, { functionCode: FUNCTION_OF[table], address, count, bytes }, pauseMs);
  if (answer.outcome !== "data") return troubleOf(answer);
  const data = answer.bytes;
  return {
    values: Array.from({ length: count }, (_, at) => (isBits ? ((data[at >> 3] ?? 0) >> (at & 7)) & 1 : data.readUInt16BE(at * 2))),
  };
}

export function troubleOf(answer: Exclude<Answer, { outcome: "data" }>): {
  readonly problem: Words;
  readonly what: string;
  readonly unreachable?: true;
} {
  if (answer.outcome === "exception") {
    const what = exceptionWords(answer.code);
    return { problem: refusals.refused(what), what };
  }
  const { what } = answer;
  return answer.reason === "adapterMissing"
    ? { problem: refusals.noAnswer(what), what, unreachable: true }
    : { problem: refusals.noAnswer(what), what };
}

/** Bytes as they are, and what comes back. They may change something: it is noted first. */
export async function readFrame(wire: LineWire, hex: string, { clock, note }: Pick<Bench, "clock" | "note">): Promise<Outcome> {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
  if (!(await note(null, bytes.toString("hex")))) return { problem: refusals.notNoted() };
  const line = openRaw(wire, clock);
  try {
    const answer = await line.ask(bytes, FRAME_ANSWER_BYTES);
    if ("unreachable" in answer)
      return { problem: cannotReachWords("path" in wire ? wire.path : `${wire.host}:${wire.port}`, answer.unreachable) };
    return { result: { kind: "frame", sent: bytes.toString("hex"), heard: answer.heard.toString("hex") } };
  } finally {
    await line.close();
  }
}

const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(TAG).map(([name, tag]) => [tag, name] as const),
  [5, "null"],
  [64, "ipAddress"],
]);

/** One variable of an agent, or those below an OID. */
export async function readVariables(
  bus: Extract<BusEntry, { kind: "snmp" }>,
  what: Variables,
  { clock, ends }: Pick<Bench, "clock" | "ends">,
): Promise<Outcome> {
  const client = openClient(snmpWire(bus), clock);
  try {
    if (what.kind === "get") {
      const answer = await client.get([what.oid]);
      if (answer.outcome === "errorStatus") return { problem: refusals.refused(answer.name) };
      if (answer.outcome === "fault") return { problem: refusals.noAnswer(answer.fault.detail) };
      return { result: shown(answer.variables, false) };
    }
    const walked: Variable[] = [];
    const walking = walk(client, what.oid);
    while (walked.length < what.most && !ends.aborted) {
      const step = await walking.next();
      if (step.done !== true) walked.push(step.value);
      else if (step.value === null) return { result: shown(walked, false) };
      else return { problem: refusals.noAnswer(step.value.detail), result: shown(walked, true) };
    }
    return { result: shown(walked, true) };
  } finally {
    client.close();
  }
}

function shown(variables: readonly Variable[], more: boolean): JobResult {
  return {
    kind: "variables",
    more,
    variables: variables.map(({ oid, type, value }) => ({
      oid,
      type: TYPE_NAMES.get(type) ?? `type ${type}`,
      value: type === TAG.counter64 && Buffer.isBuffer(value) ? String(BigInt(`0x${value.toString("hex") || "0"}`)) : textIn(value),
      hex: Buffer.isBuffer(value) ? value.toString("hex") : "",
    })),
  };
}
