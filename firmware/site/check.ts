import type { Profile } from "../../drivers/profile.ts";
import { shownKey, shownText } from "../../drivers/shown-value.ts";
import { problemWords, type SourceText } from "../../drivers/source-text.ts";
import type { Words } from "../contract/alarm.ts";
import { contactWiring } from "./contact-schema.ts";
import { isBusKind, isLineBus, portNames, speaks, wireText } from "./line.ts";
import type { ProfileSource } from "./own-profiles.ts";
import type { BusEntry, DeviceEntry, SnmpTraps } from "./schema.ts";
import type { TargetEntry } from "./target-schema.ts";

/** An entry that reads well on its own, with its place in the file. */
export interface Placed<T> {
  readonly entry: T;
  readonly path: readonly [section: string, index: number];
}

/** A section's entry as written: only what references need, whatever else is wrong with it. */
interface RawEntry {
  readonly index: number;
  text(key: string): string | undefined;
  texts(key: string): readonly string[];
  has(key: string): boolean;
  keysOf(key: string): readonly string[];
  /** Rows that are chosen of a set, or undefined where nothing is said of it. */
  rowCount(set: string): number | undefined;
}

function rawEntries(file: ReadonlyMap<string, unknown>, section: string): readonly RawEntry[] {
  const raw = file.get(section);
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((entry: unknown, index): RawEntry[] => {
    if (typeof entry !== "object" || entry === null) return [];
    const texts = (key: string): readonly string[] =>
      // What finds nothing is said: no more of it than people may see.
      [Reflect.get(entry, key)].flat().flatMap((value) => (typeof value === "string" ? [shownText([section, key], value) ?? "…"] : []));
    const keysOf = (key: string): readonly string[] => Object.keys(Object(Reflect.get(entry, key) ?? {})).map(shownKey);
    const rowCount = (set: string): number | undefined => {
      const chosen: unknown = Reflect.get(Object(Reflect.get(entry, "rows") ?? {}), set);
      return Array.isArray(chosen) ? chosen.length : undefined;
    };
    return [{ index, texts, keysOf, rowCount, text: (key) => texts(key)[0], has: (key) => Reflect.has(entry, key) }];
  });
}

/** Every id once, every reference to something that is there, and nothing that feeds or contains itself. */
export function checkReferences(source: SourceText, file: ReadonlyMap<string, unknown>): void {
  const entries = {
    areas: rawEntries(file, "areas"),
    buses: rawEntries(file, "buses"),
    devices: rawEntries(file, "devices"),
    targets: rawEntries(file, "targets"),
  };
  for (const [section, list] of Object.entries(entries)) checkUnique(source, section, list);
  const refer = (path: readonly PropertyKey[], section: "areas" | "buses" | "devices", id: string | undefined): void => {
    if (id === undefined || entries[section].some((entry) => entry.text("id") === id)) return;
    const names = entries[section].slice(0, 12).map((entry) => entry.text("id"));
    source.add(path, {
      zh: `${section} 中没有 ${id}；现有：${names.join("、")}`,
      en: `there is no ${id} in ${section}; there are: ${names.join(", ")}`,
    });
  };
  for (const { index, text } of entries.areas) refer(["areas", index, "parent"], "areas", text("parent"));
  for (const { index, text, texts } of entries.devices) {
    refer(["devices", index, "area"], "areas", text("area"));
    refer(["devices", index, "bus"], "buses", text("bus"));
    for (const parent of texts("parents")) refer(["devices", index, "parents"], "devices", parent);
  }
  checkLoops(source, "areas", entries.areas, "parent");
  checkLoops(source, "devices", entries.devices, "parents");
}

function checkUnique(source: SourceText, section: string, list: readonly RawEntry[]): void {
  const first = new Map<string, number>();
  for (const { index, text } of list) {
    const id = text("id");
    if (id === undefined) continue;
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, index);
    else
      source.add([section, index, "id"], {
        zh: `编号 ${id} 已在 ${section}[${earlier}] 用过`,
        en: `id ${id} is already used by ${section}[${earlier}]`,
      });
  }
}

function checkLoops(source: SourceText, section: string, list: readonly RawEntry[], key: string): void {
  const byId = new Map(list.map((entry) => [entry.text("id"), entry]));
  const done = new Set<string>();
  const visit = (id: string, trail: readonly string[]): void => {
    const entry = byId.get(id);
    if (entry === undefined || done.has(id)) return;
    if (trail.includes(id)) {
      const loop = [...trail.slice(trail.indexOf(id)), id].join(" → ");
      source.add([section, entry.index, key], { zh: `上级关系成环：${loop}`, en: `parents form a loop: ${loop}` });
      return;
    }
    for (const parent of entry.texts(key)) visit(parent, [...trail, id]);
    done.add(id);
  };
  for (const id of byId.keys()) if (id !== undefined) visit(id, []);
}

/** One more is the broadcast address. */
const OSDP_ADDRESS_MAX = 126;

/** One wire is one bus, and one address on it one device: two masters on a wire, or a device polled twice, break both. */
export function checkWires(source: SourceText, buses: readonly Placed<BusEntry>[], devices: readonly Placed<DeviceEntry>[]): void {
  const wires = new Map<string, string>();
  for (const { entry, path } of buses) {
    if (entry.kind === "snmp") continue;
    const names = portNames(entry);
    for (const wire of names.length === 0 ? [wireText(entry)] : names) {
      const other = wires.get(wire);
      if (other === undefined) wires.set(wire, entry.id);
      else
        source.add(path, {
          zh: `${wire} 已属于总线 ${other}；一条线只能有一个总线`,
          en: `${wire} belongs to bus ${other} already; a wire is one bus`,
        });
    }
  }
  const places = new Map<string, string>();
  const kinds = new Map(buses.map(({ entry }) => [entry.id, entry.kind]));
  for (const { entry, path } of devices) {
    if (entry.unit === undefined && entry.address === undefined) continue;
    const kind = kinds.get(entry.bus);
    if (kind === "yd1363" && (entry.unit === 0 || entry.unit === 255))
      source.add([...path, "unit"], {
        zh: "电总的 0 和 255 是广播地址；应为 1–254",
        en: "0 and 255 are broadcast addresses; expected 1–254",
      });
    if (entry.unit === 0 && (kind === "modbus-ascii" || kind?.startsWith("modbus-rtu") === true))
      source.add([...path, "unit"], {
        zh: "串行线上的 0 是广播地址，没有应答；应为 1–247",
        en: "unit 0 on a serial line is the broadcast address and never answers; expected 1–247",
      });
    if (kind === "osdp" && entry.unit !== undefined && entry.unit > OSDP_ADDRESS_MAX)
      source.add([...path, "unit"], {
        zh: `OSDP 的 127 是广播地址；应为 0–${OSDP_ADDRESS_MAX}`,
        en: `127 is OSDP's broadcast address; expected 0–${OSDP_ADDRESS_MAX}`,
      });
    const place = `${entry.bus} ${entry.unit ?? entry.address} ${kind === "osdp" ? "" : `${entry.channel} ${entry.profile}`}`;
    const other = places.get(place);
    if (other === undefined) places.set(place, entry.id);
    else
      source.add([...path, entry.unit === undefined ? "address" : "unit"], {
        zh: `与 ${other} 是同一台设备（总线、地址和型号相同）`,
        en: `this is the same device as ${other} (same bus, unit and profile)`,
      });
  }
}

/** What a serial line needs: one way to it, and on lines whose protocol knows no addresses one device. */
export function checkLines(source: SourceText, buses: readonly Placed<BusEntry>[], devices: readonly Placed<DeviceEntry>[]): void {
  for (const { entry, path } of buses) {
    if (!isLineBus(entry)) continue;
    if ((entry.path === undefined) === (entry.host === undefined) || (entry.host === undefined) !== (entry.port === undefined))
      source.add(path, {
        zh: `总线 ${entry.id} 应有 path（本机串口），或 host 和 port（串口服务器），二者取一`,
        en: `bus ${entry.id} needs path (a serial port of this box), or host and port (a serial device server), one of them`,
      });
  }
  const alone = new Set(buses.filter(({ entry }) => entry.kind === "megatec" || entry.kind === "upslink").map(({ entry }) => entry.id));
  const taken = new Map<string, string>();
  for (const { entry, path } of devices) {
    const other = taken.get(entry.bus);
    if (alone.has(entry.bus) && other !== undefined)
      source.add([...path, "bus"], {
        zh: `总线 ${entry.bus} 上已有 ${other}；此协议没有地址，一条线只能接一台`,
        en: `${other} is on bus ${entry.bus} already; this protocol knows no addresses, a line has one device`,
      });
    taken.set(entry.bus, other ?? entry.id);
  }
}

/** Each device against its profile, as far as the entry can be read. */
export function checkDevices(source: SourceText, file: ReadonlyMap<string, unknown>, profileOf: ProfileSource): void {
  const kinds = new Map(rawEntries(file, "buses").map(({ text }) => [text("id"), text("kind")]));
  for (const device of rawEntries(file, "devices")) {
    const path = ["devices", device.index];
    const id = device.text("profile");
    if (id === undefined) continue;
    const loaded = profileOf(id);
    if ("profile" in loaded) checkProtocol(source, path, device, loaded.profile, kinds.get(device.text("bus")));
    else
      for (const problem of loaded.problems)
        source.add([...path, "profile"], problem.line === 0 ? problem.message : problemWords(problem.file, problem));
  }
}

function checkProtocol(
  source: SourceText,
  path: readonly PropertyKey[],
  device: RawEntry,
  profile: Profile,
  busKind: string | undefined,
): void {
  const bus = device.text("bus") ?? "";
  if (isBusKind(busKind) && !speaks(busKind, profile)) {
    const protocol = profile.protocol === "dlt645" ? `dlt645-${profile.edition}` : profile.protocol;
    source.add([...path, "bus"], {
      zh: `协议不符：型号 ${profile.id} 用 ${protocol}，总线 ${bus} 是 ${busKind}`,
      en: `profile ${profile.id} speaks ${protocol}, but bus ${bus} is ${busKind}`,
    });
  }
  checkPlace(source, path, device, profile);
  checkRowSets(source, path, device, profile);
}

function checkRowSets(source: SourceText, path: readonly PropertyKey[], device: RawEntry, profile: Profile): void {
  const sets = profile.protocol === "snmp" ? profile.rows : {};
  const names = Object.keys(sets);
  for (const key of device.keysOf("rows"))
    if (!names.includes(key))
      source.add([...path, "rows", key], {
        zh: `型号 ${profile.id} 没有表 ${key}；有：${names.join("、") || "无"}`,
        en: `profile ${profile.id} has no rows ${key}; it has: ${names.join(", ") || "none"}`,
      });
  for (const [key, set] of Object.entries(sets)) {
    if (!set.one) continue;
    const count = device.rowCount(key) ?? set.default.length;
    if (count !== 1)
      source.add([...path, "rows", key], {
        zh: `型号 ${profile.id} 的一台设备是表 ${key}（${set.label.zh}）中的一行：应写一个，实际为 ${count} 个`,
        en: `a device of ${profile.id} is one row of ${key} (${set.label.en}): expected one, found ${count}`,
      });
  }
}

/** Whether a device has the address that its protocol knows, and no other. */
function checkPlace(source: SourceText, path: readonly PropertyKey[], device: RawEntry, { protocol }: Profile): void {
  const name = device.text("id") ?? "";
  if (protocol === "modbus" && !device.has("unit"))
    source.add(path, { zh: `${name} 缺少 unit（Modbus 从站地址，1–247）`, en: `${name} lacks unit (the Modbus address, 1–247)` });
  if (protocol === "yd1363" && !device.has("unit"))
    source.add(path, { zh: `${name} 缺少 unit（电总地址 ADR，1–254）`, en: `${name} lacks unit (the address ADR of YD/T 1363.3, 1–254)` });
  if (protocol === "osdp" && !device.has("unit"))
    source.add(path, {
      zh: `${name} 缺少 unit（读卡器的 OSDP 地址，0–${OSDP_ADDRESS_MAX}）`,
      en: `${name} lacks unit (the OSDP address of the reader, 0–${OSDP_ADDRESS_MAX})`,
    });
  if (protocol === "dlt645" && !device.has("address"))
    source.add(path, {
      zh: `${name} 缺少 address（12 位表号，加引号）`,
      en: `${name} lacks address (the twelve digits of the meter, in quotes)`,
    });
  if (protocol === "contact" && !device.has("channel"))
    source.add(path, {
      zh: `${name} 缺少 channel（GPIO 线号，即 BCM 编号，0–63）`,
      en: `${name} lacks channel (the GPIO line, which is the BCM number, 0–63)`,
    });
  const others = HAS_UNIT.has(protocol) ? ["address"] : protocol === "dlt645" ? ["unit"] : ["unit", "address"];
  const called = PROTOCOL_WORDS[protocol];
  for (const key of protocol === "contact" ? others : [...others, ...Object.keys(contactWiring)])
    if (device.has(key)) source.add([...path, key], { zh: `${called.zh} 设备没有 ${key}`, en: `${called.en} device has no ${key}` });
}

const HAS_UNIT: ReadonlySet<Profile["protocol"]> = new Set(["modbus", "yd1363", "osdp"]);

const PROTOCOL_WORDS: Readonly<Record<Profile["protocol"], Words>> = {
  modbus: { zh: "Modbus", en: "a Modbus" },
  snmp: { zh: "SNMP", en: "an SNMP" },
  megatec: { zh: "Megatec", en: "a Megatec" },
  upslink: { zh: "UPS-Link", en: "a UPS-Link" },
  yd1363: { zh: "电总", en: "a YD/T 1363.3" },
  dlt645: { zh: "DL/T 645", en: "a DL/T 645" },
  osdp: { zh: "OSDP", en: "an OSDP" },
  contact: { zh: "触点", en: "a contact" },
  probe: { zh: "探测", en: "a probed" },
};

export function checkSnmpUser(source: SourceText, { entry, path }: Placed<BusEntry | TargetEntry>): void {
  if ((entry.kind !== "snmp" && entry.kind !== "snmp-trap") || String(entry.version) !== "3") return;
  checkKeys(source, path, entry);
}

export function checkTrapUsers(source: SourceText, { users }: SnmpTraps): void {
  users.forEach((user, index) => {
    checkKeys(source, ["snmpTraps", "users", index], user);
    const first = users.findIndex((other) => other.user === user.user);
    if (first < index)
      source.add(["snmpTraps", "users", index, "user"], {
        zh: `用户 ${user.user} 已在 users[${first}] 中`,
        en: `user ${user.user} is in users[${first}] already`,
      });
  });
}

interface SnmpUser {
  readonly user?: string | undefined;
  readonly level: "noAuthNoPriv" | "authNoPriv" | "authPriv";
  readonly authKey?: string | undefined;
  readonly privKey?: string | undefined;
}

function checkKeys(source: SourceText, path: readonly PropertyKey[], entry: SnmpUser): void {
  const needed = [
    "user",
    ...(entry.level === "noAuthNoPriv" ? [] : (["authKey"] as const)),
    ...(entry.level === "authPriv" ? (["privKey"] as const) : []),
  ] as const;
  for (const key of needed)
    if (entry[key] === undefined) source.add(path, { zh: `SNMPv3 ${entry.level} 需要 ${key}`, en: `SNMPv3 ${entry.level} needs ${key}` });
}

/** What only together makes sense: a name needs its password, and a ticket system somebody who signs in. */
export function checkSignIn(source: SourceText, { entry, path }: Placed<TargetEntry>): void {
  // Of a trap it is a name of SNMPv3, which has keys.
  const signsIn = entry.kind !== "snmp-trap" && "user" in entry ? entry : null;
  if (signsIn?.user !== undefined && signsIn.password === undefined)
    source.add(path, { zh: "有 user 时需要 password", en: "user needs password" });
  if (entry.kind === "request-tracker" && entry.token === undefined && entry.user === undefined)
    source.add(path, { zh: "request-tracker 需要 token，或 user 和 password", en: "request-tracker needs token, or user and password" });
  if (entry.kind === "service-manager" && entry.user === undefined)
    source.add(path, { zh: "service-manager 需要 user 和 password", en: "service-manager needs user and password" });
  if (entry.kind === "b-interface" && entry.edition === "tower" && entry.user !== undefined)
    source.add([...path, "user"], {
      zh: "铁塔版的注册没有用户名和口令；请删去 user 和 password",
      en: "China Tower's edition registers without user and password: leave them out",
    });
  const isServicenow = entry.kind === "servicenow-events" || entry.kind === "servicenow-incident";
  if (isServicenow && entry.apiKey === undefined && entry.user === undefined)
    source.add(path, { zh: `${entry.kind} 需要 apiKey，或 user 和 password`, en: `${entry.kind} needs apiKey, or user and password` });
}
