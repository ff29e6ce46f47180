import type { Words } from "../vocabulary.ts";
import { TAG, type Variable } from "./decode.ts";
import type { SnmpAnswer, SnmpClient } from "./wire.ts";

/** sysObjectID: what the agent says it is. */
const SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0";
const INTEGER_TAGS: readonly number[] = [TAG.integer, TAG.counter32, TAG.gauge32, TAG.timeTicks];
const NULL = 5;
const IP_ADDRESS = 64;
const LINES_MAX = 500_000;
const OID = /^\d+(\.\d+)+$/;

export interface RecordingProblem {
  readonly line: number;
  readonly message: Words;
}

/** An agent as it once answered, variable by variable, in the order of the tree. */
export interface SnmpRecording {
  readonly variables: ReadonlyMap<string, Variable>;
  readonly order: readonly string[];
  readonly sysObjectId: string;
}

/**
 * Reads a recording of snmpsim (`.snmprec`): a line `OID|TAG|VALUE` per variable; an `x` behind the tag means hexadecimal bytes, an `e` escaped ones. Lines with a
 * variation module (`2:numeric`) are no recording and are refused.
 */
export function parseSnmprec(bytes: Buffer): { readonly recording: SnmpRecording } | { readonly problems: readonly RecordingProblem[] } {
  const variables = new Map<string, Variable>();
  const problems: RecordingProblem[] = [];
  const lines = bytes.toString("latin1").split(/\r?\n/);
  if (lines.length > LINES_MAX)
    return { problems: [{ line: 0, message: { zh: `超过 ${LINES_MAX} 行`, en: `more than ${LINES_MAX} lines` } }] };
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const variable = variableIn(line);
    if (variable === null)
      problems.push({
        line: index + 1,
        message: {
          zh: "应为 `OID|类型|值`，如 `1.3.6.1.2.1.1.3.0|67|123`",
          en: "expected `OID|TAG|VALUE`, e.g. `1.3.6.1.2.1.1.3.0|67|123`",
        },
      });
    else variables.set(variable.oid, variable);
  }
  if (problems.length > 0) return { problems };
  const order = [...variables.keys()].sort(inTreeOrder);
  const said = variables.get(SYS_OBJECT_ID)?.value;
  // Some recorders wrote it down as text.
  const sysObjectId = Buffer.isBuffer(said) ? said.toString("latin1") : typeof said === "string" ? said : "";
  return { recording: { variables, order, sysObjectId: sysObjectId.replace(/^\./, "") } };
}

function variableIn(line: string): Variable | null {
  const [oid = "", tagText = "", ...rest] = line.split("|");
  const match = /^(\d+)([xe]?)$/.exec(tagText);
  if (match === null || !OID.test(oid)) return null;
  const type = Number(match[1]);
  const text = rest.join("|");
  const content = contentOf(text, match[2] ?? "");
  if (INTEGER_TAGS.includes(type)) {
    const value = Number(text);
    return text.trim() === "" || !Number.isInteger(value) ? null : { oid, type, value };
  }
  if (type === TAG.counter64) return /^\d+$/.test(text) ? { oid, type, value: bytesOf(BigInt(text)) } : null;
  if (type === TAG.objectIdentifier) return { oid, type, value: text.replace(/^\./, "") };
  if (type === TAG.octetString || type === TAG.opaque || type === IP_ADDRESS) return { oid, type, value: content };
  return type === NULL ? { oid, type, value: null } : null;
}

function contentOf(text: string, form: string): Buffer {
  if (form === "x") return Buffer.from(text, "hex");
  const plain =
    form === "e" ? text.replaceAll(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))) : text;
  return Buffer.from(plain, "latin1");
}

function bytesOf(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value));
  return bytes;
}

/** Compares two OIDs as agents order them. */
export function inTreeOrder(a: string, b: string): number {
  const left = a.split(".");
  const right = b.split(".");
  for (let arc = 0; arc < Math.min(left.length, right.length); arc += 1) {
    const difference = Number(left[arc]) - Number(right[arc]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A variable as a line of a recording; null for what none could be made of. */
export function snmprecLine({ oid, type, value }: Variable): string | null {
  if (typeof value === "number" || typeof value === "string" || typeof value === "bigint") return `${oid}|${type}|${value}`;
  if (value === null && type === NULL) return `${oid}|${type}|`;
  if (!Buffer.isBuffer(value)) return null;
  return type === TAG.counter64 ? `${oid}|${type}|${counterOf(value)}` : `${oid}|${type}x|${value.toString("hex")}`;
}

/** Counter64 comes in as few bytes as hold it. */
function counterOf(bytes: Buffer): bigint {
  return BigInt.asUintN(64, BigInt(`0x${bytes.toString("hex") || "0"}`));
}

/** Answers like the agent that was recorded, over SNMPv2c. */
export function openRecording({ variables, order }: SnmpRecording): SnmpClient {
  const at = (oid: string): Variable => variables.get(oid) ?? { oid, type: TAG.noSuchInstance, value: null };
  return {
    version: "2c",
    async get(oids): Promise<SnmpAnswer> {
      return { outcome: "variables", variables: oids.map(at) };
    },
    async following(oid, countMax): Promise<SnmpAnswer> {
      let low = 0;
      let high = order.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (inTreeOrder(order[middle] ?? "", oid) <= 0) low = middle + 1;
        else high = middle;
      }
      const next = order.slice(low, low + countMax).map(at);
      return { outcome: "variables", variables: next.length > 0 ? next : [{ oid, type: TAG.endOfMibView, value: null }] };
    },
    close() {},
  };
}
