import type * as z from "zod";
import type { Words } from "../contract/alarm.ts";
import {
  identifyAskSchema,
  type NetworkScanAsk,
  networkScanAskSchema,
  readAskSchema,
  scanAskSchema,
  writeAskSchema,
} from "../contract/commissioning.ts";
import type { BusAsk } from "./ask.ts";

/** What may be said after `roomward scan|identify|read|write`. */
export interface CommissioningValues {
  readonly units?: string | undefined;
  readonly bauds?: string | undefined;
  readonly parities?: string | undefined;
  readonly protocols?: string | undefined;
  readonly snmp?: string | undefined;
  readonly community?: string | undefined;
  readonly user?: string | undefined;
  readonly "auth-protocol"?: string | undefined;
  readonly "priv-protocol"?: string | undefined;
  readonly "snmp-port"?: string | undefined;
  readonly walk?: string | undefined;
  readonly confirm?: string | undefined;
  readonly multiple: boolean;
}

/** Keys are not for a command line, which everybody on the box can read. */
export interface SnmpKeys {
  readonly authKey?: string | undefined;
  readonly privKey?: string | undefined;
}

export type ParsedArguments =
  | { readonly asked: BusAsk }
  | { readonly network: NetworkScanAsk }
  | { readonly problems: readonly Words[] }
  | "usage";

const TABLES = ["holding", "input", "coil", "discrete"];
const LIST_MAX = 254;
const WORD = 0x1_0000;

/** What was asked for, or everything that is wrong with it. */
export function parseArguments(
  command: "scan" | "identify" | "read" | "write",
  rest: readonly string[],
  values: CommissioningValues,
  keys: SnmpKeys,
): ParsedArguments {
  const [bus, second = "", third, fourth, ...more] = rest;
  if (command === "scan" && values.snmp !== undefined) return networkArguments(values, keys);
  if (bus === undefined) return "usage";
  switch (command) {
    case "scan": {
      const units = values.units === undefined ? undefined : numbersIn(values.units);
      const ask = {
        bus,
        ...(units === undefined ? {} : { units }),
        ...(values.bauds === undefined ? {} : { bauds: numbersIn(values.bauds) }),
        ...(values.parities === undefined ? {} : { parities: values.parities.split(",") }),
        ...(values.protocols === undefined ? {} : { protocols: values.protocols.split(",") }),
      };
      return parsed(scanAskSchema, ask, (good) => ({ asked: { kind: "scan", ask: good } }));
    }
    case "identify":
      return parsed(identifyAskSchema, { bus, ...(second === "" ? {} : { unit: Number(second) }) }, (good) => ({
        asked: { kind: "identify", ask: good },
      }));
    case "read": {
      if (second === "") return "usage";
      const what =
        second === "frame"
          ? { kind: "frame", hex: third ?? "", reason: values.confirm }
          : third === undefined
            ? values.walk === undefined
              ? { kind: "get", oid: second }
              : { kind: "walk", oid: second, most: Number(values.walk) }
            : { kind: third, unit: Number(second), address: wordOf(fourth), ...(more[0] === undefined ? {} : { count: Number(more[0]) }) };
      if (second === "frame" && values.confirm === undefined) return { problems: [confirmWords()] };
      if (third !== undefined && second !== "frame" && !TABLES.includes(third)) return "usage";
      return parsed(readAskSchema, { bus, what }, (good) => ({ asked: { kind: "read", ask: good } }));
    }
    case "write": {
      if (more.length === 0) return "usage";
      if (values.confirm === undefined) return { problems: [confirmWords()] };
      const ask = {
        ...{ bus, unit: Number(second), table: third, address: wordOf(fourth), values: more.map(wordOf) },
        ...{ multiple: values.multiple, reason: values.confirm },
      };
      return parsed(writeAskSchema, ask, (good) => ({ asked: { kind: "write", ask: good } }));
    }
    default:
      return command satisfies never;
  }
}

function networkArguments(values: CommissioningValues, keys: SnmpKeys): ParsedArguments {
  const { snmp, community, user } = values;
  if (user === undefined && community === undefined)
    return {
      problems: [
        {
          zh: "请给出 --community 团体名，或 --user 用户名（密钥放在环境变量 ROOMWARD_AUTH_KEY、ROOMWARD_PRIV_KEY 中）。",
          en: "Give --community NAME, or --user NAME (with the keys in the environment: ROOMWARD_AUTH_KEY, ROOMWARD_PRIV_KEY).",
        },
      ],
    };
  const { authKey, privKey } = keys;
  const level = privKey !== undefined ? "authPriv" : authKey !== undefined ? "authNoPriv" : "noAuthNoPriv";
  const access =
    user === undefined
      ? { version: "2c", community }
      : {
          ...{ version: "3", user, level },
          ...(authKey === undefined ? {} : { authKey }),
          ...(privKey === undefined ? {} : { privKey }),
          ...(values["auth-protocol"] === undefined ? {} : { authProtocol: values["auth-protocol"] }),
          ...(values["priv-protocol"] === undefined ? {} : { privProtocol: values["priv-protocol"] }),
        };
  const ask = { subnet: snmp, access, ...(values["snmp-port"] === undefined ? {} : { port: Number(values["snmp-port"]) }) };
  return parsed(networkScanAskSchema, ask, (network) => ({ network }));
}

function confirmWords(): Words {
  return {
    zh: "这会改变设备。确认要做时，请加 --confirm 原因（写入审计日志）。",
    en: "This changes the device. If that is meant, add --confirm REASON (it is written into the audit log).",
  };
}

function parsed<Ask>(schema: z.ZodType<Ask>, raw: unknown, good: (ask: Ask) => ParsedArguments): ParsedArguments {
  const found = schema.safeParse(raw);
  if (found.success) return good(found.data);
  return {
    problems: found.error.issues.map(({ path, message }) => ({ zh: `${path.join(".")}：${message}`, en: `${path.join(".")}: ${message}` })),
  };
}

/** `1-32,40`; what is no number is handed on as one that no schema takes. */
export function numbersIn(list: string): readonly number[] {
  return list.split(",").flatMap((part) => {
    const range = /^(\d+)-(\d+)$/.exec(part);
    if (range === null) return [part.trim() === "" ? Number.NaN : Number(part)];
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (to < from || to - from >= LIST_MAX) return [Number.NaN];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/** `100`, `0x64`, `-5` as the word it is on the wire, `on`, `off`. */
function wordOf(text: string | undefined): number {
  if (text === "on" || text === "off") return text === "on" ? 1 : 0;
  const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return value < 0 && value >= -WORD / 2 ? value + WORD : value;
}
