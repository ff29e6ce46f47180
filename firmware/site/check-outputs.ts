import type { SourceText } from "../../drivers/source-text.ts";
import type { Placed } from "./check.ts";
import type { OutputEntry } from "./output-schema.ts";
import type { BusEntry, DeviceEntry } from "./schema.ts";

const isModbus = (kind: string): boolean => kind.startsWith("modbus");

/** Every output once, at a place of its own on a bus that can switch it, and what of its settings makes sense together. */
export function checkOutputs(
  source: SourceText,
  outputs: readonly Placed<OutputEntry>[],
  buses: readonly Placed<BusEntry>[],
  devices: readonly Placed<DeviceEntry>[],
  areas: ReadonlySet<string>,
): void {
  const kinds = new Map(buses.map(({ entry }) => [entry.id, entry.kind]));
  const contacts = new Map(devices.map(({ entry }) => [`${entry.bus} line ${entry.channel}`, entry.id]));
  const ids = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const { entry, path } of outputs) {
    const { id, area, at } = entry;
    if (ids.has(id)) source.add([...path, "id"], { zh: `输出 ${id} 已定义过`, en: `output ${id} is there already` });
    ids.set(id, id);
    if (!areas.has(area)) source.add([...path, "area"], { zh: `areas 中没有 ${area}`, en: `there is no ${area} in areas` });
    const kind = kinds.get(at.bus);
    if (kind === undefined) source.add([...path, "at", "bus"], { zh: `buses 中没有 ${at.bus}`, en: `there is no ${at.bus} in buses` });
    else checkPlace(source, entry, [...path, "at"], kind);
    const place = placeText(entry);
    const other = taken.get(place);
    if (other !== undefined)
      source.add([...path, "at"], {
        zh: `${place} 已是输出 ${other}；一个线圈、寄存器或 GPIO 线只能是一个输出`,
        en: `${place} is output ${other} already; a coil, register or GPIO line is one output`,
      });
    taken.set(place, id);
    const contact = at.line === undefined ? undefined : contacts.get(`${at.bus} line ${at.line}`);
    if (contact !== undefined && kind === "gpio")
      source.add([...path, "at", "line"], {
        zh: `总线 ${at.bus} 的 GPIO ${at.line} 是触点 ${contact} 的输入；请换一根线`,
        en: `GPIO ${at.line} of bus ${at.bus} is the input of contact ${contact}; take another line`,
      });
    checkSettings(source, entry, path);
  }
}

function placeText({ at }: OutputEntry): string {
  if (at.line !== undefined) return `${at.bus} line ${at.line}`;
  return at.coil === undefined ? `${at.bus} unit ${at.unit} register ${at.register}` : `${at.bus} unit ${at.unit} coil ${at.coil}`;
}

function checkPlace(source: SourceText, { at }: OutputEntry, path: readonly PropertyKey[], kind: BusEntry["kind"]): void {
  const say = (zh: string, en: string, key?: string): void => source.add(key === undefined ? path : [...path, key], { zh, en });
  const has = (key: keyof typeof at): boolean => at[key] !== undefined;
  if (kind !== "gpio" && !isModbus(kind)) {
    say(
      `总线 ${at.bus} 是 ${kind}，不能有输出；应为 gpio 或 modbus`,
      `bus ${at.bus} is ${kind} and can switch nothing: expected gpio or modbus`,
      "bus",
    );
    return;
  }
  const foreign = kind === "gpio" ? (["unit", "coil", "register", "on", "off", "multiple"] as const) : (["line"] as const);
  for (const key of foreign) if (has(key)) say(`总线 ${at.bus} 是 ${kind}，没有 ${key}`, `bus ${at.bus} is ${kind}: it has no ${key}`, key);
  if (kind === "gpio") {
    if (!has("line")) say("缺少 line（GPIO 线号，BCM 编号）", "line is missing (the GPIO line, which is the BCM number)");
    return;
  }
  if (!has("unit")) say("缺少 unit（Modbus 从站地址）", "unit is missing (the Modbus address)");
  if (at.unit === 0 && kind !== "modbus-tcp")
    say(
      "串行线上的 0 是广播地址，不能回读；应为 1–247",
      "unit 0 on a serial line is the broadcast address and cannot be read back; expected 1–247",
      "unit",
    );
  if (has("coil") === has("register")) say("应写 coil 或 register，二者取一", "expected coil or register, one of them");
  if (has("coil") && (has("on") || has("off")))
    say("线圈没有 on、off；需要反相时用 active: low", "a coil has no on and off; use active: low where it is the other way round");
  if (has("register") && (at.on ?? 1) === (at.off ?? 0)) say("on 与 off 的值相同", "on and off have the same value");
}

function checkSettings(source: SourceText, entry: OutputEntry, path: readonly PropertyKey[]): void {
  const { id, kind, normally, onAtMost, quiet, when, safe } = entry;
  const say = (key: string, zh: string, en: string): void => source.add([...path, key], { zh, en });
  if (kind === "relay" && safe === undefined)
    source.add(path, {
      zh: `继电器 ${id} 缺少 safe（网关停止或检修时的状态）：应为 off、on 或 asItIs`,
      en: `relay ${id} lacks safe (what it is left at when the gateway ends): expected off, on or asItIs`,
    });
  if (kind !== "relay" && normally === true) say("normally", `${kind} 平时应为 off`, `a ${kind} is off while all is well`);
  if (kind !== "relay" && (safe === "on" || safe === true))
    say("safe", `${kind} 的 safe 应为 off 或 asItIs`, `a ${kind} is left at off or asItIs`);
  if (normally === true && onAtMost !== undefined)
    say("onAtMost", "normally: on 与 onAtMost 矛盾：平时一直开", "normally: on and onAtMost contradict each other: it is on all the time");
  if (quiet.length > 0 && kind === "relay" && when === undefined)
    say("quiet", "没有 when 的继电器不需要 quiet", "quiet does nothing for a relay without when");
}
