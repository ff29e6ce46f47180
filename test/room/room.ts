import { type Clock, systemClock } from "../../firmware/platform/clock.ts";
import { startControl } from "./control.ts";
import { type BusName, COMMUNITY, DEVICES, V3_ACCESS } from "./devices.ts";
import { siteFile } from "./site-file.ts";
import { modbusStations, snmpVariables } from "./stations.ts";
import { type Listening, LOOPBACK } from "./wire/listen.ts";
import { startModbusRtuTcp } from "./wire/modbus-rtu-tcp.ts";
import { startModbusTcp } from "./wire/modbus-tcp.ts";
import { type SnmpAccess, startSnmpAgent } from "./wire/snmp-agent.ts";
import { createWorld, type World, type WorldView } from "./world.ts";

export interface RoomOptions {
  /** `fixed`: the ports of the demo, 15020 to 16103. `free`: any, for tests beside each other. Or each by name; 0 takes any. */
  readonly ports: "fixed" | "free" | ChosenPorts;
  /** Simulated seconds per real second, 0 to 60. */
  readonly speed: number;
  /** The same seed makes the same day. */
  readonly seed: number;
  /** Adds a webhook target to the site file. */
  readonly webhookUrl?: string;
  readonly clock?: Clock;
}

/** Where each bus and the control page listen. */
export type ChosenPorts = Readonly<Record<BusName | "control", number>>;

/** A running demo room, reached over its ports alone. */
export interface Room {
  /** A complete site file for this room, with the ports it got. */
  readonly siteYaml: string;
  readonly controlUrl: string;
  /** Switches a scenario; throws for a name that the room does not know. */
  scenario(name: string, on: boolean): void;
  setSpeed(speed: number): void;
  state(): WorldView;
  stop(): Promise<void>;
}

/** Ports of the room that customers start; none is a well-known port of something else. */
export const FIXED_PORTS: ChosenPorts = {
  gateway: 15_020,
  sensors: 15_021,
  "ups-a-card": 16_101,
  "ups-b-card": 16_102,
  "srv-1-agent": 16_103,
  control: 15_080,
};

const FREE_PORTS: ChosenPorts = { gateway: 0, sensors: 0, "ups-a-card": 0, "ups-b-card": 0, "srv-1-agent": 0, control: 0 };

/** Starts the room and everything in it that listens. When one port is taken, all is undone and the error names the port. */
export async function startRoom(options: RoomOptions): Promise<Room> {
  const clock = options.clock ?? systemClock;
  const world = createWorld({ clock, seed: options.seed, speed: options.speed });
  const chosen = options.ports === "fixed" ? FIXED_PORTS : options.ports === "free" ? FREE_PORTS : options.ports;
  const listening: Listening[] = [];
  const stop = async (): Promise<void> => {
    world.stop();
    await Promise.all(listening.splice(0).map((each) => each.stop()));
  };
  const open = async (starting: Promise<Listening>): Promise<number> => {
    const started = await starting;
    listening.push(started);
    return started.port;
  };
  try {
    const ports = {
      gateway: await open(startModbusTcp(chosen.gateway, modbusStations("gateway", world))),
      sensors: await open(startModbusRtuTcp(chosen.sensors, modbusStations("sensors", world), clock)),
      "ups-a-card": await open(agent("ups-a-card", chosen["ups-a-card"], { version: "2c", community: COMMUNITY }, world)),
      "ups-b-card": await open(agent("ups-b-card", chosen["ups-b-card"], V3_ACCESS, world)),
      "srv-1-agent": await open(agent("srv-1-agent", chosen["srv-1-agent"], { version: "2c", community: COMMUNITY }, world)),
    };
    const controlPort = await open(startControl(chosen.control, world));
    return {
      siteYaml: siteFile(ports, options.webhookUrl),
      controlUrl: `http://${LOOPBACK}:${controlPort}/`,
      scenario(name, on) {
        if (!world.scenario(name, on)) throw new Error(`the demo room has no scenario \`${name}\``);
      },
      setSpeed(speed) {
        if (!world.setSpeed(speed)) throw new Error(`a speed of ${speed} is outside 0 to 60`);
      },
      state: () => world.view(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function agent(bus: BusName, port: number, access: SnmpAccess, world: World): Promise<Listening> {
  const device = DEVICES.find((each) => each.bus === bus);
  if (device === undefined) throw new Error(`no device on ${bus}`);
  return startSnmpAgent(port, access, snmpVariables(device, world), () => device.silent?.(world.view()) === true);
}
