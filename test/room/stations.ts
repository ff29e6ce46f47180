import { loadProfile } from "../../drivers/catalogue.ts";
import type { ModbusProfile } from "../../drivers/modbus/profile.ts";
import type { SnmpProfile } from "../../drivers/snmp/profile.ts";
import { type BusName, DEVICES, type RoomDevice } from "./devices.ts";
import { emptyImage, encodeModbus, encodeSnmp, type RegisterImage } from "./encode.ts";
import type { ModbusTable, Slave, Slaves } from "./wire/pdu.ts";
import type { SnmpVariable } from "./wire/snmp-agent.ts";
import type { World } from "./world.ts";

/** Inputs of one WellPro module, wired or not. */
const MODULE_INPUTS = 16;

interface ModbusDevice {
  readonly device: RoomDevice;
  readonly profile: ModbusProfile;
}

/** The Modbus stations behind one bus, their registers made from the room whenever they are read. */
export function modbusStations(bus: BusName, world: World): Slaves {
  const devices = DEVICES.filter((device) => device.bus === bus).map((device) => ({ device, profile: modbusProfile(device.profile) }));
  const units = new Set(devices.map(({ device }) => device.unit ?? 0));
  return new Map(
    [...units].map((unit) => [
      unit,
      station(
        devices.filter(({ device }) => device.unit === unit),
        world,
      ),
    ]),
  );
}

function station(members: readonly ModbusDevice[], world: World): Slave {
  // Registers between two known ones exist on most devices; where the profile says that they may not, they do not.
  const holesReadable = members.every(({ profile }) => profile.gapMax > 0);
  let made: { readonly revision: number; readonly image: RegisterImage } | null = null;
  const current = (): RegisterImage => {
    const view = world.view();
    if (made?.revision !== view.revision) {
      const image = emptyImage();
      if (members.some(({ profile }) => profile.perChannel))
        for (let input = 0; input < MODULE_INPUTS; input += 1) image.discrete.set(input, 0);
      for (const { device, profile } of members) encodeModbus(profile, device.channel ?? 0, device.values(view), image);
      made = { revision: view.revision, image };
    }
    return made.image;
  };
  return {
    silent: () => members.some(({ device }) => device.silent?.(world.view()) === true),
    read: (table, address, count) => readImage(current(), table, address, count, holesReadable),
  };
}

function readImage(image: RegisterImage, table: ModbusTable, address: number, count: number, holes: boolean): readonly number[] | null {
  const content = image[table];
  const last = holes ? Math.max(...content.keys()) : -1;
  const first = holes ? Math.min(...content.keys()) : 0;
  const words: number[] = [];
  for (let at = address; at < address + count; at += 1) {
    const word = content.get(at) ?? (at >= first && at <= last ? 0 : undefined);
    if (word === undefined) return null;
    words.push(word);
  }
  return words;
}

/** Everything one SNMP device answers: its profile's variables and what any agent says about itself. */
export function snmpVariables(device: RoomDevice, world: World): readonly SnmpVariable[] {
  const profile = snmpProfile(device.profile);
  const text = (oid: string, value: string): SnmpVariable => ({ oid, type: "OctetString", value: () => value });
  const number = (oid: string, value: number): SnmpVariable => ({ oid, type: "Integer", value: () => value });
  const ups: readonly SnmpVariable[] = [
    text("1.3.6.1.2.1.33.1.1.1.0", "Demo room"),
    text("1.3.6.1.2.1.33.1.1.2.0", "Simulated 15 kVA 3:1"),
    text("1.3.6.1.2.1.33.1.1.3.0", "1.0"),
    text("1.3.6.1.2.1.33.1.1.5.0", device.id),
    number("1.3.6.1.2.1.33.1.3.2.0", 3),
    number("1.3.6.1.2.1.33.1.4.3.0", 1),
    number("1.3.6.1.2.1.33.1.5.2.0", 0),
  ];
  return [
    text("1.3.6.1.2.1.1.1.0", `Simulated device ${device.id} of the demo room`),
    { oid: "1.3.6.1.2.1.1.2.0", type: "OID", value: () => profile.sysObjectIds[0] ?? "0.0" },
    { oid: "1.3.6.1.2.1.1.3.0", type: "TimeTicks", value: () => Math.floor(world.view().room.seconds * 100) },
    text("1.3.6.1.2.1.1.5.0", device.id),
    text("1.3.6.1.2.1.1.6.0", device.area),
    ...(device.profile.startsWith("ups/") ? ups : []),
    ...encodeSnmp(profile, device.rows ?? {}, () => device.values(world.view())),
  ];
}

function modbusProfile(id: string): ModbusProfile {
  const answer = loadProfile(id);
  if ("profile" in answer && answer.profile.protocol === "modbus") return answer.profile;
  throw new Error(`the demo room needs the Modbus profile ${id}: ${faultsOf(answer)}`);
}

function snmpProfile(id: string): SnmpProfile {
  const answer = loadProfile(id);
  if ("profile" in answer && answer.profile.protocol === "snmp") return answer.profile;
  throw new Error(`the demo room needs the SNMP profile ${id}: ${faultsOf(answer)}`);
}

const faultsOf = (answer: ReturnType<typeof loadProfile>): string =>
  "problems" in answer ? answer.problems.map((fault) => `${fault.file}: ${fault.path} ${fault.message.en}`).join("; ") : "another protocol";
