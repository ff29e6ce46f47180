import type * as z from "zod";
import { contactFaults, contactFieldSchema } from "./contact/profile.ts";
import { dlt645Faults, dlt645FieldSchema } from "./dlt645/profile.ts";
import { modbusFaults, modbusFieldFaults, modbusFieldSchema } from "./modbus/profile.ts";
import { nearNames } from "./near.ts";
import { osdpFaults, osdpFieldSchema } from "./osdp/profile.ts";
import { type ProbeField, probeFaults, probeFieldSchema } from "./probe/profile.ts";
import { type Field, PROFILE_SCHEMAS, type Profile } from "./profile.ts";
import type { ProfileFault } from "./profile-parts.ts";
import { snmpFaults, snmpFieldSchema } from "./snmp/profile.ts";
import type { SourceText } from "./source-text.ts";
import { textFaults, textFieldSchema } from "./text/profile.ts";
import { findPoint, type PointDefinition, type StateDefinition, VOCABULARY, type Words } from "./vocabulary.ts";
import { yd1363Faults, yd1363FieldSchema } from "./yd1363/profile.ts";

type Protocol = Profile["protocol"];
type Path = readonly PropertyKey[];

const FIELD_SCHEMAS: Readonly<Record<Protocol, z.ZodType<Field>>> = {
  modbus: modbusFieldSchema,
  snmp: snmpFieldSchema,
  megatec: textFieldSchema,
  upslink: textFieldSchema,
  yd1363: yd1363FieldSchema,
  dlt645: dlt645FieldSchema,
  osdp: osdpFieldSchema,
  contact: contactFieldSchema,
  probe: probeFieldSchema,
};
const PROTOCOLS = Object.keys(PROFILE_SCHEMAS) as readonly Protocol[];
/** Settings that are other than the house's need a reason. */
const QUIRKS: Readonly<Record<Protocol, readonly string[]>> = {
  modbus: ["gapMax", "registersPerReadMax", "pauseMs"],
  snmp: ["variablesPerGetMax"],
  megatec: [],
  upslink: [],
  yd1363: ["pauseMs", "floats"],
  dlt645: ["pauseMs"],
  osdp: ["check"],
  contact: [],
  probe: [],
};

/**
 * Reads a profile's plain value. What is wrong is collected in `source`, all of it: points are checked one by one, so that one fault does
 * not hide another, and what needs several of them is checked for those that read well.
 */
export function checkProfile(source: SourceText, id: string, value: unknown, at: Path = []): Profile | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    source.add(at, {
      zh: "设备模板应为映射：protocol、class、maker、family、label、source、points",
      en: "a profile must be a mapping with protocol, class, maker, family, label, source, points",
    });
    return null;
  }
  const protocol = PROTOCOLS.find((known) => known === Reflect.get(value, "protocol"));
  if (protocol === undefined) {
    const found: unknown = Reflect.get(value, "protocol");
    source.add([...at, "protocol"], {
      zh: `应为 ${PROTOCOLS.join("、")} 之一${found === undefined ? "，实际缺少" : `，实际为 \`${String(found)}\``}`,
      en: `expected one of ${PROTOCOLS.join(", ")}${found === undefined ? ", found nothing" : `, found \`${String(found)}\``}`,
    });
    return null;
  }
  const points: unknown = Reflect.get(value, "points");
  const isMapping = typeof points === "object" && points !== null && !Array.isArray(points);
  const before = source.problems.length;
  const head = source.parse(at, PROFILE_SCHEMAS[protocol] as z.ZodType<Omit<Profile, "id">>, isMapping ? { ...value, points: {} } : value);
  const fields: Record<string, Field> = {};
  for (const [name, content] of isMapping ? Object.entries(points) : []) {
    const path = [...at, "points", name];
    const definition = definitionOf(source, path, name);
    const field = source.parse(path, FIELD_SCHEMAS[protocol], content);
    if (field === undefined) continue;
    fields[name] = field;
    if (definition !== undefined) checkField(source, path, name, field, definition);
  }
  if (isMapping && Object.keys(points).length === 0)
    source.add([...at, "points"], { zh: "至少要有一个测点", en: "at least one point is needed" });
  if (head === undefined) return null;
  const profile = { ...head, points: fields, id } as Profile;
  checkWhole(source, profile, at);
  return source.problems.length > before ? null : profile;
}

function definitionOf(source: SourceText, path: Path, name: string): PointDefinition | undefined {
  const definition = findPoint(name);
  if (definition !== undefined) return definition;
  const near = nearNames(name, Object.keys(VOCABULARY));
  source.add(path, {
    zh: `词表中没有测点 \`${name}\`${near.length === 0 ? "" : `；是否想用 ${near.join("、")}？`}`,
    en: `\`${name}\` is not a name of the vocabulary${near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`}`,
  });
  return undefined;
}

function checkField(source: SourceText, path: Path, name: string, field: Field, definition: PointDefinition): void {
  const complain: Complain = (words, ...rest) => source.add([...path, ...rest], words);
  // What a probe tells is in the vocabulary's own words: `probeFaults`.
  if (definition.kind === "state" && !("tells" in field)) checkStates(name, field, definition, complain);
  if (definition.kind !== "state") {
    if (("states" in field && field.states !== undefined) || "flags" in field || field.otherwise !== undefined)
      complain({ zh: `${name} 不是状态量，不应有 states、flags、otherwise`, en: `${name} is a number: no states, flags, otherwise` });
    checkRange(field, definition.range, complain);
  }
  if (!("oid" in field) && name.includes("#"))
    complain({
      zh: `只有 SNMP 有表行：请写明编号，如 \`${name.replace("#", "1")}\``,
      en: `only SNMP has rows: say which, e.g. \`${name.replace("#", "1")}\``,
    });
  if ("table" in field) for (const { path: rest, message } of modbusFieldFaults(field)) complain(message, ...rest);
}

function checkStates(name: string, field: Exclude<Field, ProbeField>, definition: StateDefinition, complain: Complain): void {
  const flags: readonly { readonly state: string }[] = ("flags" in field ? field.flags : undefined) ?? [];
  if (field.states === undefined && flags.length === 0)
    complain({
      zh: "状态测点需要 `states`（原始码：状态名）或 `flags`",
      en: "a state point needs `states` (raw code: state name) or `flags`",
    });
  if (field.states !== undefined && flags.length > 0)
    complain({ zh: "`states` 与 `flags` 只能有一个", en: "either `states` or `flags`, not both" });
  for (const [code, state] of Object.entries(field.states ?? {})) {
    checkState(name, state, definition, complain, "states", code);
    if (field.absent.includes(Number(code)))
      complain({ zh: `原始码 ${code} 既是状态又是“无值”`, en: `raw code ${code} is both a state and "no value"` }, "states", code);
  }
  flags.forEach(({ state }, index) => {
    checkState(name, state, definition, complain, "flags", index, "state");
  });
  if (field.otherwise !== undefined) checkState(name, field.otherwise, definition, complain, "otherwise");
}

function checkState(name: string, state: string, definition: StateDefinition, complain: Complain, ...rest: Path): void {
  const known = definition.states.map((word) => word.name);
  if (known.includes(state)) return;
  const near = nearNames(state, known).slice(0, 1);
  complain(
    {
      zh: `\`${state}\` 不是 ${name} 的状态；有：${known.join("、")}${near.length === 0 ? "" : `；是否想用 ${near[0]}？`}`,
      en: `\`${state}\` is not a state of ${name}; it has ${known.join(", ")}${near.length === 0 ? "" : `; did you mean ${near[0]}?`}`,
    },
    ...rest,
  );
}

type Complain = (words: Words, ...rest: Path) => void;

/** A narrower range than the vocabulary's may be said, a wider one would let the impossible in. */
function checkRange({ range }: Field, [low, high]: readonly [number, number], complain: Complain): void {
  if (range !== undefined && (range[0] < low || range[1] > high))
    complain({ zh: `量程超出词表的 ${low}–${high}`, en: `the range exceeds the vocabulary's ${low} to ${high}` }, "range");
}

/** What can only be seen of all points together. */
function checkWhole(source: SourceText, profile: Profile, at: Path): void {
  const folder = profile.id.split("/")[0];
  if (profile.id.includes("/") && folder !== profile.class)
    source.add([...at, "class"], {
      zh: `文件在 ${folder} 文件夹，class 应为 ${folder}，实际为 \`${profile.class}\``,
      en: `the file lies in folder ${folder}: expected class ${folder}, found \`${profile.class}\``,
    });
  for (const setting of QUIRKS[profile.protocol]) {
    const usual = PROFILE_DEFAULTS[profile.protocol][setting];
    if (Reflect.get(profile, setting) !== usual && profile.quirks[setting] === undefined)
      source.add([...at, setting], {
        zh: `${setting} 与通常的 ${usual} 不同：请在 quirks 中写明原因`,
        en: `${setting} is other than the usual ${usual}: give the reason in quirks`,
      });
  }
  const quirks = QUIRKS[profile.protocol];
  for (const setting of Object.keys(profile.quirks))
    if (!quirks.includes(setting))
      source.add([...at, "quirks", setting], {
        zh: quirks.length === 0 ? `${profile.protocol} 没有需要解释的设置` : `quirks 只解释 ${quirks.join("、")}`,
        en: quirks.length === 0 ? `${profile.protocol} has no setting to explain` : `quirks explain ${quirks.join(", ")} only`,
      });
  for (const [name, rule] of Object.entries(profile.rules)) checkRule(source, [...at, "rules", name], name, rule, profile);
  for (const { path, message } of protocolFaults(profile)) source.add([...at, ...path], message);
}

/** What is wrong with a profile in the terms of its protocol. */
function protocolFaults(profile: Profile): readonly ProfileFault[] {
  switch (profile.protocol) {
    case "modbus":
      return modbusFaults(profile.points);
    case "snmp":
      return snmpFaults(profile.rows, profile.points);
    case "megatec":
    case "upslink":
      return textFaults(profile.queries, profile.points);
    case "yd1363":
      return yd1363Faults(profile.commands, profile.points);
    case "dlt645":
      return dlt645Faults(profile.edition, profile.points);
    case "osdp":
      return osdpFaults(profile.points);
    case "contact":
      return contactFaults(profile.points);
    case "probe":
      return probeFaults(profile.ask, profile.points);
    default:
      return profile satisfies never;
  }
}

const PROFILE_DEFAULTS: Readonly<Record<Protocol, Readonly<Record<string, number | string>>>> = {
  modbus: { gapMax: 8, registersPerReadMax: 120, pauseMs: 0 },
  snmp: {},
  megatec: {},
  upslink: {},
  yd1363: { pauseMs: 0, floats: "little" },
  dlt645: { pauseMs: 0 },
  osdp: { check: "crc16" },
  contact: {},
  probe: {},
};

function checkRule(source: SourceText, path: Path, name: string, rule: Profile["rules"][string], profile: Profile): void {
  const definition = findPoint(name);
  if (!Object.hasOwn(profile.points, name) || definition === undefined) {
    const near = nearNames(name, Object.keys(profile.points));
    source.add(path, {
      zh: `本模板没有测点 \`${name}\`${near.length === 0 ? "" : `；是否想用 ${near.join("、")}？`}`,
      en: `this profile has no point \`${name}\`${near.length === 0 ? "" : `; did you mean ${near.join(" or ")}?`}`,
    });
    return;
  }
  if (definition.kind !== "state") {
    if (rule.state !== undefined) source.add(path, { zh: "数值没有 state 规则", en: "a number has no rule by state" });
    return;
  }
  if (rule.high !== undefined || rule.low !== undefined) source.add(path, { zh: "状态量没有 high、low", en: "a state has no high or low" });
  for (const state of Object.keys(rule.state ?? {}))
    checkState(name, state, definition, (words, ...rest) => source.add([...path, ...rest], words), "state", state);
}
