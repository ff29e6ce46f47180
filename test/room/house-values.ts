import { HUMIDITY_SETPOINT, RETURN_SETPOINT_C, relativeHumidity } from "./physics/cooling.ts";
import type { PhaseState } from "./physics/mains.ts";
import type { Place, RoomState } from "./physics/room.ts";
import { batteryStatus, batteryVolts, runtimeSeconds, UPS_RATED_W, type UpsState } from "./physics/ups.ts";
import type { WorldView } from "./world.ts";

/** What a device would say, in house units; a state is given by its name. Names of the vocabulary. */
export type HouseValues = Readonly<Record<string, number | string>>;

const OUTPUT_V = 220;
const OUTPUT_POWER_FACTOR = 0.9;
/** Active power of a server supply with power factor correction. */
const INPUT_POWER_FACTOR = 0.98;
const UPS_RATED_VA = UPS_RATED_W / OUTPUT_POWER_FACTOR;

/** A three-phase-in, single-phase-out UPS: one line at the output, and no bypass figures, as its card really says. */
export function upsValues(ups: UpsState, room: RoomState): HouseValues {
  const alive = ups.source !== "none";
  const inputs = room.mains.phases.map((phase, index): HouseValues => {
    const line = `L${index + 1}`;
    const watts = ups.inputW / 3;
    return {
      [`input.${line}-N.voltage`]: phase.volts,
      [`input.${line}.frequency`]: room.mains.hertz,
      [`input.${line}.current`]: phase.volts > 0 ? watts / (phase.volts * INPUT_POWER_FACTOR) : 0,
      [`input.${line}.realpower`]: watts,
    };
  });
  return {
    ...Object.assign({}, ...inputs),
    "battery.status": batteryStatus(ups),
    "battery.charge": 100 * ups.charge,
    "battery.runtime": runtimeSeconds(ups),
    "battery.runtime.elapsed": ups.secondsOnBattery,
    "battery.voltage": batteryVolts(ups),
    // Negative while discharging, and never the −0.1 A that cards without the sensor send.
    "battery.current": Math.abs(ups.batteryW) < 50 ? 0 : -ups.batteryW / batteryVolts(ups),
    "battery.temperature": room.air.batteryRoomC + 1,
    "output.source": ups.source === "mains" ? "normal" : ups.source,
    "output.frequency": alive ? 50 : 0,
    "output.L1-N.voltage": alive ? OUTPUT_V : 0,
    "output.L1.current": alive ? ups.loadW / (OUTPUT_V * OUTPUT_POWER_FACTOR) : 0,
    "output.L1.realpower": ups.loadW,
    "output.L1.power.percent": (100 * ups.loadW) / OUTPUT_POWER_FACTOR / UPS_RATED_VA,
    "ups.alarms": (ups.source === "mains" ? 0 : 1) + (batteryStatus(ups) === "normal" ? 0 : 1),
    "ups.test.result": "passed",
  };
}

/** The meter at the incoming supply. Its electronics are fed by a UPS, so that a dead supply reads 0 V instead of silence. */
export function meterValues(room: RoomState): HouseValues {
  const phaseValues = (phase: PhaseState, line: string): HouseValues => ({
    [`input.${line}-N.voltage`]: phase.volts,
    [`input.${line}.current`]: phase.amperes,
    [`input.${line}.realpower`]: phase.watts,
  });
  const [l1, l2, l3] = room.mains.phases;
  const watts = l1.watts + l2.watts + l3.watts;
  const voltAmperes = [l1, l2, l3].reduce((sum, phase) => sum + phase.volts * phase.amperes, 0);
  return {
    ...phaseValues(l1, "L1"),
    ...phaseValues(l2, "L2"),
    ...phaseValues(l3, "L3"),
    "input.realpower": watts,
    "input.power": voltAmperes,
    "input.powerfactor": voltAmperes > 0 ? watts / voltAmperes : 0,
    "input.frequency": room.mains.hertz,
    "input.energy": room.mains.energyKWh,
  };
}

/** A precision cooler. Its controller has a small battery: without mains it goes on telling that it stands still. */
export function coolerValues(which: "crac1" | "crac2", view: WorldView): HouseValues {
  const { room } = view;
  const cooler = room[which];
  const broken = which === "crac1" && view.disturbances.coolerFailed;
  return {
    "cooling.status": cooler.running ? "running" : "stopped",
    "cooling.alarm": broken ? "alarm" : "normal",
    "cooling.maintenance": "none",
    "return.temperature": cooler.returnC,
    "return.humidity": relativeHumidity(cooler.returnC, room.air.waterGPerKg),
    "supply.temperature": cooler.supplyC,
    "supply.humidity": relativeHumidity(cooler.supplyC, room.air.waterGPerKg),
    "return.temperature.setpoint": RETURN_SETPOINT_C,
    "return.humidity.setpoint": HUMIDITY_SETPOINT,
    "compressor.status": cooler.demand > 0.02 ? "running" : "stopped",
    "fan.status": cooler.fan > 0.05 ? "running" : "stopped",
    "fan.speed": 100 * cooler.fan,
  };
}

export const probeValues = (place: Place, room: RoomState): HouseValues => ({
  "ambient.temperature": room.probes[place].temperatureC,
  "ambient.humidity": room.probes[place].humidity,
});

const KIB = 1_024;
const GIB = KIB ** 3;
const MEMORY_B = 128 * GIB;
const DISK_B = 480 * GIB;
const UPTIME_START_S = 41 * 86_400;

/** One of the servers whose heat the room is about: busier when they take more power. */
export function hostValues(room: RoomState): HouseValues {
  const busy = Math.min(1, Math.max(0, (room.itW / 12_000 - 0.6) / 0.6));
  const load = 32 * busy;
  // About one sixth of a disk a year, so that nobody sees it jump.
  const diskShare = Math.min(0.98, 0.58 + room.seconds / (6 * 365 * 86_400));
  const memoryFree = MEMORY_B * (0.42 - 0.2 * busy);
  return {
    "host.uptime": UPTIME_START_S + room.seconds,
    "host.users": 2,
    "host.processes": Math.round(380 + 60 * busy),
    "host.load.1m": load,
    "host.load.5m": load * 0.97,
    "host.load.15m": load * 0.94,
    "host.cpu.load": 100 * busy,
    "host.memory.total": MEMORY_B,
    "host.memory.free": memoryFree * 0.4,
    "host.memory.available": memoryFree,
    "host.swap.total": 8 * GIB,
    "host.swap.free": 7.9 * GIB,
    "interface.#.status": "up",
    "interface.#.speed": 1_250_000_000,
    "interface.#.in.octets": 9.1e12 + room.seconds * 46e6,
    "interface.#.out.octets": 7.7e12 + room.seconds * 39e6,
    "interface.#.in.errors": 0,
    "interface.#.out.errors": 0,
    "interface.#.in.discards": 12,
    "interface.#.out.discards": 0,
    "disk.#.percent": 100 * diskShare,
    "disk.#.inodes.percent": 9,
    "disk.#.total": DISK_B,
    "disk.#.free": DISK_B * (1 - diskShare),
  };
}
